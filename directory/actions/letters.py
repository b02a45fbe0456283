"""Two neutral letters to people who keep pages: there is something to read, and here you choose a password.

Neither says for whom, of what or by whom. A mail server that is away loses the letter and not the work.
"""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.core.mail import send_mass_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from directory.policies import User


def something_waits(people: Iterable[User], site: str) -> None:
    """Queue the neutral letter to each of `people` for when the transaction is kept. `site` is `https://host`."""
    _post("something_waits", [person.email for person in people], {"site": site + _address("account_login")})


def way_in(person: User, site: str) -> None:
    """Queue the letter by which a new account's owner chooses a password: its link works once, for three days."""
    from allauth.account.forms import default_token_generator  # not in the readers' process
    from allauth.account.utils import user_pk_to_url_str

    owner = get_user_model().objects.get(pk=person.pk)
    key = {"uidb36": user_pk_to_url_str(owner), "key": default_token_generator.make_token(owner)}
    link = site + _address("account_reset_password_from_key", **key)
    again = site + _address("account_reset_password")
    _post("way_in", [person.email], {"link": link, "again": again})


def _address(name: str, **parts: str) -> str:
    with override("id"):
        return reverse(name, kwargs=parts)


def _post(template: str, addresses: list[str], facts: dict[str, str]) -> None:
    with override("id"):  # the reader's language is not known here; the text stands in both
        text = render_to_string(f"directory/email/{template}.txt", facts).strip()
        subject = str(_("Something to read"))
    mails = [(subject, text, None, [address]) for address in addresses]
    transaction.on_commit(lambda: send_mass_mail(mails, fail_silently=False), robust=True)
