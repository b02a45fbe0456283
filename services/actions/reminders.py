"""Write down who is to be told that there is something to read, and send what is due.

A letter is written in the transaction of what it tells of. It is sent in a transaction of its own that holds the row, so
that a second sweeper skips it and a sweeper that dies before the mail server took the letter leaves it to the next. Whoever
dies in the instant between the server's yes and the commit has it sent again under the same Message-ID.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Any

from django.db import connection, transaction

from services.models import Reminder, Resource
from services.models.reminders import BEFORE

NEXT = "SELECT letter, address FROM sekali_next_letter(%s)"
MOST_ATTEMPTS = 8
PAUSE = timedelta(minutes=5)  # doubled with each attempt
Send = Callable[[int, str], None]


def invite(interview: Any, *, by: Any, now: datetime) -> None:
    """Everybody who attends is invited, and reminded before a booked one; `by` knows of the invitation already."""
    people = attending(interview)
    _write(interview, people - {by.pk}, Reminder.Kind.INVITED, now)
    if interview.state == "booked":
        remind(interview, now=now, people=people)


def remind(interview: Any, *, now: datetime, people: Iterable[int] | None = None) -> None:
    """The letters of the day before and two hours before each session, where that is still to come. Written twice, they are one."""
    everybody = set(attending(interview) if people is None else people)
    for session in interview.sessions:
        for kind, before in BEFORE.items():
            if (due := session.starts - before) > now:
                _write(interview, everybody, Reminder.Kind(kind), due)


def tell(interview: Any, people: Iterable[int], kind: Reminder.Kind, *, now: datetime) -> None:
    """Tell `people` (ids of users) at once that something is to be read."""
    _write(interview, set(people), kind, now)


def attending(interview: Any) -> set[int]:
    """The users who have a place at the interview."""
    rows = Resource.objects.filter(pk__in=interview.participants.values("resource_id"), user__isnull=False)
    return {pk for pk in rows.values_list("user_id", flat=True) if pk is not None}


def _write(interview: Any, people: set[int], kind: Reminder.Kind, due: datetime) -> None:
    Reminder.objects.bulk_create(
        [
            Reminder(case_id=interview.case_id, interview=interview, recipient_id=pk, kind=kind, due_at=due)
            for pk in sorted(people)
        ],
        ignore_conflicts=True,
    )


def send_due(*, now: datetime, send: Send) -> tuple[int, int]:
    """Send every letter that is due and still wanted; returns (sent, put off). Runs as background work.

    `send(letter id, address)` raises OSError (smtplib's errors are) when it could not. An address that the mail server
    refuses is tried again later, a few times; a server that is away ends this sweep.
    """
    sent = failed = 0
    while True:
        with transaction.atomic():
            letter, address = _next(now)
            if letter is None:
                return sent, failed
            row = Reminder.objects.filter(pk=letter)
            try:
                send(letter, address)
            except (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError):
                _put_off(row, now)
                failed += 1
                continue
            except OSError:
                return sent, failed + 1
            row.update(sent_at=now)
            sent += 1


def _next(now: datetime) -> tuple[int | None, str]:
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [now])
        return cursor.fetchone()


def _put_off(row: Any, now: datetime) -> None:
    attempts = row.get().attempts + 1
    if attempts >= MOST_ATTEMPTS:
        row.update(attempts=attempts, dropped_at=now)
    else:
        row.update(attempts=attempts, retry_at=now + PAUSE * 2**attempts)
