"""Mail to whoever keeps listings: that some are to be looked at again. It names no listing, no kind of help and no place."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import override


def upkeep_letter(address, language, due, site, connection):
    """The mail as an EmailMessage, not sent yet: how many listings are `due` (actions.reminders.Due), and the first day.

    In both languages, the reader's own first. Its Message-ID is the same whenever it is made for these days and stages, so
    that a letter sent again is known as the same letter. It is keyed: nobody counts letters by it.
    """
    with override(language):
        subject = str(_("Please look at your pages"))
    texts, first_day = [], min(one.due_on for one in due)
    for tongue in sorted(dict(settings.LANGUAGES), key=lambda code: code != language):
        with override(tongue):
            facts = {"listings": len(due), "first_day": first_day, "address": f"{site}/provider/"}
            texts.append(render_to_string("directory/email/upkeep.txt", facts).strip())
    mark = salted_hmac(
        "directory.upkeep", f"{address} {sorted((one.page, one.due_on, one.stage) for one in due)}"
    ).hexdigest()[:32]
    host = settings.DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].strip("<> ")
    headers = {"Message-ID": f"<{mark}@{host}>"}
    return EmailMessage(subject, "\n\n".join(texts), None, [address], connection=connection, headers=headers)
