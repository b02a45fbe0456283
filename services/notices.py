"""Mail that says only that there is something to read after signing in: no case, no place, no kind, no name."""

from django.conf import settings
from django.core.mail import EmailMessage, send_mass_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import override


def something_to_read(people, site):
    """Queue the one neutral mail to each of `people` for when the transaction is kept. `site` is the address to sign in at.

    A mail server that is away loses the mail and not the work: what there is to read waits on the screen as well.
    """
    subject, text = _words(site)
    mails = [(subject, text, None, [person.email]) for person in people]
    transaction.on_commit(lambda: send_mass_mail(mails, fail_silently=False), robust=True)


def letter(number, address, site, connection):
    """The one neutral mail as an EmailMessage for the Reminder with this number, not sent yet.

    Its Message-ID is the same whenever it is made, so that a letter sent again is known as the same letter. It is keyed:
    nobody counts letters by it.
    """
    subject, text = _words(site)
    mark = salted_hmac("services.reminder", str(number)).hexdigest()[:32]
    host = settings.DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].strip("<> ")
    return EmailMessage(
        subject, text, None, [address], connection=connection, headers={"Message-ID": f"<{mark}@{host}>"}
    )


def _words(site):
    with override("id"):  # the reader's language is not known here; the text stands in both
        text = render_to_string("services/email/something_to_read.txt", {"site": site + reverse("account_login")})
        return str(_("Something to read")), text.strip()
