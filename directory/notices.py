"""Mail to whoever keeps listings: that some are to be looked at again, that there is something to read, or where to choose
a password. It names no listing, no kind of help, no place and nobody.
"""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage, send_mass_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext, ngettext, override

from cms.templatetags.sekali import day

PORTAL = "/provider/"


def upkeep_letter(address, language, due, site, connection):
    """The mail as an EmailMessage, not sent yet: how many listings are `due` (actions.reminders.Due), and the first day.

    In both languages, the reader's own first. Its Message-ID is the same whenever it is made for these days and stages, so
    that a letter sent again is known as the same letter. It is keyed: nobody counts letters by it.
    """
    with override(language):
        subject = gettext("Please look at your pages")
    first_day, texts = min(one.due_on for one in due), []
    for tongue in sorted(dict(settings.LANGUAGES), key=lambda code: code != language):
        with override(tongue):
            texts.append(_text(len(due), first_day, site))
    mark = salted_hmac(
        "directory.upkeep", f"{address} {sorted((one.page, one.due_on, one.stage) for one in due)}"
    ).hexdigest()[:32]
    host = settings.DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].strip("<> ")
    headers = {"Message-ID": f"<{mark}@{host}>"}
    return EmailMessage(subject, "\n\n".join(texts), None, [address], connection=connection, headers=headers)


def _text(listings, first_day, site):
    many = ngettext(
        "One of your pages in Sekali wants a look. The day for it is %(day)s.",
        "%(count)s of your pages in Sekali want a look. The first day is %(day)s.",
        listings,
    )
    told = many % {"count": listings, "day": day(first_day)}
    way = gettext("Sign in and say that it is still correct, or change it: %(address)s")
    return f"{told}\n{way % {'address': site + PORTAL}}"


def something_waits(people, site):
    """Queue the one neutral letter to each of `people` for when the transaction is kept. `site` is `https://host`.

    A mail server that is away loses the letter and not the work.
    """
    _post("something_waits", [person.email for person in people], {"site": site + _address("account_login")})


def way_in(person, site):
    """Queue the letter by which a new account's owner chooses a password: its link works once, for three days."""
    from allauth.account.forms import default_token_generator  # not in the readers' process
    from allauth.account.utils import user_pk_to_url_str

    owner = get_user_model().objects.get(pk=person.pk)
    key = {"uidb36": user_pk_to_url_str(owner), "key": default_token_generator.make_token(owner)}
    link = site + _address("account_reset_password_from_key", **key)
    again = site + _address("account_reset_password")
    _post("way_in", [person.email], {"link": link, "again": again})


def _address(name, **parts):
    with override("id"):
        return reverse(name, kwargs=parts)


def _post(template, addresses, facts):
    with override("id"):  # the reader's language is not known here; the text stands in both
        text = render_to_string(f"directory/email/{template}.txt", facts).strip()
        subject = gettext("Something to read")
    mails = [(subject, text, None, [address]) for address in addresses]
    transaction.on_commit(lambda: send_mass_mail(mails, fail_silently=False), robust=True)
