"""Tell whoever keeps listings that some are to be looked at again: 30 and 7 days before, and on the day.

Runs as background work, once a day. A person gets one mail for all of theirs; what they were told is written in the
transaction that sends it, so that a run after a run sends nothing, and a run that dies leaves the rest to the next. Whoever
dies in the instant between the mail server's yes and the commit has it sent again under the same Message-ID.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from wagtail.models import GroupPagePermission, Page

from cms.accounts.models import User
from directory.models import ListingReminder, ProviderPage, ServicePage
from directory.rules import freshness as rules


@dataclass(frozen=True)
class Due:
    """A public listing that is due on a day, soon or already, and how near that is (`stage`, in days before)."""

    page: int
    due_on: date
    stage: int


# Raises OSError when it could not (smtplib's errors are).
Send = Callable[[User, list[Due]], None]


def remind_listings(*, now: datetime, send: Send) -> tuple[int, int]:
    """Send what is due and was not sent; returns (people told, people put off until the next run).

    An address that the mail server refuses keeps nobody else waiting; a server that is away ends the run.
    """
    today = timezone.localdate(now)
    sent = failed = 0
    due, people = due_listings(today), keepers()
    for person in User.objects.filter(pk__in=people, is_active=True).select_related("wagtail_userprofile"):
        listings = [one for path in people[person.pk] for one in due.get(path, ())]
        try:
            with transaction.atomic():
                told = [one for one in listings if _written(person, one, today)]
                if told:
                    send(person, told)
                    sent += 1
        except (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError):
            failed += 1
        except OSError:
            return sent, failed + 1
    return sent, failed


def due_listings(today: date) -> dict[str, list[Due]]:
    """`{path of the provider: its public listings that are due}`; one that nobody checked is due since it became public."""
    found: dict[str, list[Due]] = defaultdict(list)
    for page, path in _soon(today):
        since = page.first_published_at or page.last_published_at
        checked_on, kind = page.checked_on, getattr(page, "kind", "")
        due_on = rules.due_on(kind, checked_on) if checked_on else timezone.localdate(since) if since else today
        stage = rules.stage(due_on, today=today)
        if stage is not None:
            found[path].append(Due(page.pk, due_on, stage))
    return found


def _soon(today: date) -> Iterator[tuple[ServicePage | ProviderPage, str]]:
    """Every public listing that may be due within the first reminder, with its provider's path. The rule has the last word."""
    first = today + timedelta(days=max(rules.REMINDED))
    wanted = Q(checked_on=None) | Q(checked_on__lte=first - timedelta(days=rules.SHORT))
    fields = ("path", "checked_on", "first_published_at", "last_published_at")
    for service in ServicePage.objects.listed().filter(wanted).only("kind", *fields).iterator():
        yield service, service.path[: -Page.steplen]
    for provider in ProviderPage.objects.listed().filter(wanted).only(*fields).iterator():
        yield provider, provider.path


def keepers() -> dict[int, list[str]]:
    """`{user id: paths of the providers}` whose pages somebody may change, through a group of that very provider's."""
    paths: dict[int, list[str]] = defaultdict(list)
    providers = ProviderPage.objects.values("pk")
    held = GroupPagePermission.objects.filter(permission__codename="change_page", page__in=providers)
    by_group: dict[int, list[str]] = defaultdict(list)
    for group, path in held.values_list("group_id", "page__path"):
        by_group[group].append(path)
    for group, person in Group.user_set.through.objects.filter(group__in=by_group).values_list("group_id", "user_id"):
        paths[person] += by_group[group]
    return paths


def _written(person: User, due: Due, today: date) -> bool:
    """Note that they are told; False if they were. A second run at the same moment waits here, and then knows."""
    _row, new = ListingReminder.objects.get_or_create(
        page_id=due.page, recipient=person, due_on=due.due_on, stage=due.stage, defaults={"sent_on": today}
    )
    return new
