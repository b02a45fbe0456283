"""Mail to whoever keeps listings: that some are to be looked at again. It names no listing, no kind of help and no place."""

from django.conf import settings
from django.core.mail import EmailMessage
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
