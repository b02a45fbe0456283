"""Mail that says only that there is something to read after signing in: no case, no place, no kind, no name."""

from django.core.mail import send_mass_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override


def something_to_read(people, site):
    """Queue the one neutral mail to each of `people` for when the transaction is kept. `site` is the address to sign in at.

    A mail server that is away loses the mail and not the work: what there is to read waits on the screen as well.
    """
    with override("id"):  # the reader's language is not known here; the text stands in both
        text = render_to_string("services/email/something_to_read.txt", {"site": site + reverse("account_login")})
        mails = [(_("Something to read"), text.strip(), None, [person.email]) for person in people]
    transaction.on_commit(lambda: send_mass_mail(mails, fail_silently=False), robust=True)
