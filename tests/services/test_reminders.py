"""Letters: each once, whoever sweeps and whoever dies; none that is not wanted any more; and none that says anything."""

import os
import signal
import smtplib
import subprocess
import sys
import time
import uuid
from datetime import timedelta
from types import SimpleNamespace

import psycopg
import pytest
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from cms.database import embedded
from cms.database.connection import as_jobs
from cms.database.context import acting_as
from services.actions import interviews, reminders
from services.actions.reminders import MOST_ATTEMPTS, send_due
from services.models import Interview, QuestionNeed, Reminder
from tests import databases, factories, mailserver
from tests.cast import gather, rooms
from tests.services.conftest import _prepared, give_hours, plan_for
from tests.services.proposing import answer, book, propose

INVITED = {"Ratna", "Dewi", "Bima", "Citra"}  # whoever booked knows already


@pytest.fixture
def house(own_database):
    """A committed case whose joint interview is booked for a workday to come."""
    with transaction.atomic():
        cast = gather()
        things = rooms(cast)
        give_hours(cast, things)
        with acting_as(cast.social_worker):
            one = _prepared(cast)
            made = {"case": one.case, "by": cast.social_worker, "now": factories.now(), "key": uuid.uuid4()}
            plan = plan_for(cast, things, needs=frozenset(need.pk for need in one.needs))
            interview = interviews.book_interview(plan=plan, **made)
    names = {person.email: person.first_name for person in vars(cast).values() if hasattr(person, "email")}
    return SimpleNamespace(cast=cast, case=one.case, interview=interview, names=names, things=things)


def sweep(now=None, send=None):
    """[(letter, address)] of what one sweep at `now` sends."""
    sent = []
    with as_jobs():
        send_due(now=now or factories.now(), send=send or (lambda letter, address: sent.append((letter, address))))
    return sent


def whom(house, sent):
    return sorted(house.names[address] for _letter, address in sent)


def acting(house, **facts):
    return {
        "case": house.case,
        "interview": house.interview,
        "by": house.cast.social_worker,
        "now": factories.now(),
    } | facts


# --- what is sent, and when --------------------------------------------------------------------------------------------


def test_who_attends_is_invited_and_reminded_the_day_before_and_two_hours_before(house):
    starts = house.interview.starts
    assert whom(house, sweep()) == sorted(INVITED)
    assert sweep() == []
    everybody = sorted([*INVITED, "Sari"])
    assert sweep(starts - timedelta(hours=24, seconds=1)) == []
    assert whom(house, sweep(starts - timedelta(hours=24))) == everybody
    assert sweep(starts - timedelta(hours=3)) == []
    assert whom(house, sweep(starts - timedelta(hours=2))) == everybody
    assert sweep(starts + timedelta(days=1)) == []


def test_the_letter_says_that_there_is_something_to_read_and_nothing_else(house, capsys):
    call_command("remind", site="https://sekali.example.org/")
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        address for address, name in house.names.items() if name in INVITED
    )
    expected = (
        "Ada yang perlu Anda baca. Masuk di https://sekali.example.org/account/login/\n\n"
        "There is something for you to read. Sign in at https://sekali.example.org/account/login/"
    )
    for message in mail.outbox:
        assert (message.body, message.cc, message.bcc, message.attachments) == (expected, [], [], [])
        assert message.subject == "Ada yang perlu dibaca"
    assert "4 sent" in capsys.readouterr().err


def test_a_cancelled_interview_reminds_nobody(house):
    sweep()
    with transaction.atomic(), acting_as(house.cast.social_worker):
        interviews.cancel_interview(**acting(house))
    assert whom(house, sweep()) == sorted(INVITED)  # that there is something to read: it is cancelled
    assert sweep(house.interview.starts - timedelta(hours=1)) == []
    assert Reminder.objects.count() == 0  # nobody is being acted for


def test_an_invitation_that_was_not_sent_before_the_cancelling_is_not_sent_after(house, owner):
    with transaction.atomic(), acting_as(house.cast.social_worker):
        interviews.cancel_interview(**acting(house))
    assert whom(house, sweep()) == sorted(INVITED)
    dropped = owner.execute("SELECT count(*) FROM services_reminder WHERE kind = 'invited' AND dropped_at IS NOT NULL")
    assert dropped.fetchone() == (4,)


def test_what_was_moved_is_not_reminded_of_at_its_former_hour(house, owner):
    sweep()
    later = "tstzrange(lower(span) + interval '3 hours', upper(span) + interval '3 hours')"
    owner.execute(f"UPDATE services_interview SET span = {later} WHERE id = %s", [house.interview.pk])
    assert sweep(house.interview.starts - timedelta(hours=2)) == []


def test_who_cannot_come_is_not_reminded(house):
    sweep()
    with transaction.atomic(), acting_as(house.cast.social_worker):
        interview = Interview.objects.get(pk=house.interview.pk)
        answer(interview, "companion", "declined")
    assert whom(house, sweep()) == ["Sari"]
    left = sorted({*INVITED, "Sari"} - {"Dewi"})
    assert whom(house, sweep(house.interview.starts - timedelta(hours=24))) == left
    assert whom(house, sweep(house.interview.starts - timedelta(hours=2))) == left


@pytest.mark.parametrize(
    "leave",
    ["UPDATE accounts_membership SET ends = now() WHERE user_id = %s",
     "UPDATE accounts_user SET is_active = false WHERE id = %s"],
)  # fmt: skip
def test_letters_go_to_accounts_of_staff_only(house, owner, leave):
    owner.execute(leave, [house.cast.companion.pk])
    assert whom(house, sweep()) == sorted(INVITED - {"Dewi"})


def test_what_nobody_answered_lapses_in_the_background(house, owner, capsys):
    with transaction.atomic(), acting_as(house.cast.social_worker):
        interviews.cancel_interview(**acting(house))
        made = {"case": house.case, "by": house.cast.social_worker, "now": factories.now(), "key": uuid.uuid4()}

        plan = plan_for(house.cast, house.things, needs=_needs(house))
        proposal = interviews.propose_interview(plan=plan, **made)
    owner.execute(
        "UPDATE services_interview SET proposed_until = now() - interval '1 minute' WHERE id = %s", [proposal.pk]
    )
    call_command("remind", site="https://sekali.example.org")
    assert "1 lapsed" in capsys.readouterr().err
    state = owner.execute("SELECT state FROM services_interview WHERE id = %s", [proposal.pk]).fetchone()
    assert state == ("expired",)
    assert owner.execute("SELECT count(*) FROM services_occupancy WHERE live").fetchone() == (0,)
    verbs = owner.execute("SELECT actor_id, case_id FROM audit_auditevent WHERE verb = 'interview.expired'").fetchall()
    assert verbs == [(None, house.case.pk)]


def _needs(house):
    return frozenset(QuestionNeed.objects.open().filter(case=house.case).values_list("pk", flat=True))


# --- mail servers that refuse, and that are away --------------------------------------------------------------------------


def test_an_address_that_is_refused_is_tried_again_later_and_keeps_nobody_waiting(house, owner):
    dewi = house.cast.companion.email

    def send(_letter, address):
        if address == dewi:
            raise smtplib.SMTPRecipientsRefused({dewi: (550, b"nobody")})
        sent.append(address)

    sent, moment = [], factories.now()
    sweep(moment, send)
    assert sorted(house.names[address] for address in sent) == sorted(INVITED - {"Dewi"})
    sweep(moment + timedelta(minutes=1), send)
    assert owner.execute("SELECT max(attempts) FROM services_reminder").fetchone() == (1,)
    for _again in range(MOST_ATTEMPTS):
        moment += timedelta(hours=12)
        if moment < house.interview.starts - timedelta(hours=24):
            sweep(moment, send)
    attempts, dropped = owner.execute(
        "SELECT attempts, dropped_at IS NOT NULL FROM services_reminder WHERE attempts > 0 ORDER BY 1 DESC LIMIT 1"
    ).fetchone()
    assert attempts > 1
    assert dropped == (attempts == MOST_ATTEMPTS)


def test_it_is_given_up_in_the_end(house, owner):
    owner.execute("UPDATE services_reminder SET attempts = %s WHERE kind = 'invited'", [MOST_ATTEMPTS - 1])

    def send(_letter, address):
        raise smtplib.SMTPRecipientsRefused({address: (550, b"nobody")})

    sweep(send=send)
    left = owner.execute("SELECT count(*) FROM services_reminder WHERE kind = 'invited' AND dropped_at IS NULL")
    assert left.fetchone() == (0,)


def test_a_mail_server_that_is_away_ends_the_sweep_and_loses_nothing(house):
    tried = []

    def away(letter, _address):
        tried.append(letter)
        raise ConnectionRefusedError

    sweep(send=away)
    assert len(tried) == 1
    assert whom(house, sweep()) == sorted(INVITED)


# --- who may write what ---------------------------------------------------------------------------------------------------


def test_the_application_says_what_is_to_be_sent_and_never_that_it_was(ready):
    interview = book(ready)
    facts = {"case": ready.case, "interview": interview, "recipient": ready.cast.companion, "kind": "changed"}
    with pytest.raises(DatabaseError, match="not_sent_yet"), transaction.atomic():
        Reminder.objects.create(due_at=factories.now(), sent_at=factories.now(), **facts)
    for statement in ("UPDATE services_reminder SET sent_at = now()", "DELETE FROM services_reminder"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    with acting_as(ready.cast.other_worker):
        assert not Reminder.objects.exists()


def test_a_letter_that_was_sent_is_sent_for_good(house, owner):
    sweep()
    with psycopg.connect(
        embedded.url("sekali_jobs", owner.info.dbname, settings.TEST_POSTGRES), autocommit=True
    ) as jobs:
        for change in ("sent_at = NULL", "due_at = now() + interval '1 hour'", "kind = 'changed'"):
            with pytest.raises(psycopg.errors.RestrictViolation):
                jobs.execute(f"UPDATE services_reminder SET {change} WHERE sent_at IS NOT NULL")


def test_the_same_moment_is_one_letter(ready):
    interview = propose(ready)
    before = Reminder.objects.count()
    now = Reminder.objects.filter(kind="invited").first().due_at
    reminders.invite(interview, by=ready.cast.social_worker, now=now)
    assert Reminder.objects.count() == before


def test_without_the_address_of_background_work_nothing_is_sent(own_database, settings):
    settings.DATABASE_JOBS = None
    with pytest.raises(CommandError, match="DATABASE_JOBS_URL is not set"):
        call_command("remind")


def test_a_site_that_is_no_address_is_refused(own_database):
    with pytest.raises(CommandError, match="--site is an address"):
        call_command("remind", site="sekali.example.org")


# --- real processes, a real mail server, and death on the way --------------------------------------------------------------


@pytest.fixture
def server():
    with mailserver.serving() as running:
        yield running


def sweeper(name, server, *options):
    """A process of its own that sweeps."""
    address = {
        variable: embedded.url(role, name, settings.TEST_POSTGRES)
        for variable, role in (("DATABASE_URL", "sekali_app"), ("DATABASE_JOBS_URL", "sekali_jobs"))
    }
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("SEKALI_", "DATABASE_"))}
    environ |= address | {"DJANGO_SETTINGS_MODULE": "tests.mailing", "MAIL_PORT": str(server.port),
                          "PYTHONWARNINGS": "ignore"}  # fmt: skip
    command = [sys.executable, "manage.py", "remind", "--site", "https://sekali.example.org", *options]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environ, stderr=subprocess.PIPE, text=True)


def finished(process):
    _out, said = process.communicate(timeout=60)
    return said.strip().splitlines()[-1]


def many_letters(house, owner, number):
    """`number` more letters for everybody who was invited, all due."""
    owner.execute(
        "INSERT INTO services_reminder (case_id, interview_id, recipient_id, kind, due_at, attempts)"
        " SELECT case_id, interview_id, recipient_id, 'changed', now() - n * interval '1 second', 0"
        "   FROM services_reminder, generate_series(1, %s) AS n WHERE kind = 'invited'",
        [number],
    )


def marks(server):
    return [message["Message-ID"] for _recipient, message in server.taken]


def test_two_sweepers_at_once_send_each_letter_once(house, owner, own_database, server):
    many_letters(house, owner, 20)
    pair = [sweeper(own_database, server), sweeper(own_database, server)]
    said = [finished(one) for one in pair]
    assert len(marks(server)) == len(set(marks(server))) == 84
    assert sum(int(line.split(", ")[1].split()[0]) for line in said) == 84
    assert {recipient for recipient, _message in server.taken} == {
        address for address, name in house.names.items() if name in INVITED
    }


def test_a_sweeper_that_dies_with_a_letter_in_its_hands_leaves_it_to_the_other(house, own_database, server):
    server.stuck.clear()
    first = sweeper(own_database, server)
    assert server.asked.wait(30)
    second = sweeper(own_database, server)  # skips what the first one holds, and waits with the next letter
    time.sleep(3)
    first.kill()
    first.communicate()
    server.stuck.set()
    finished(second)
    finished(sweeper(own_database, server))
    assert len(marks(server)) == len(set(marks(server))) == 4


def test_a_sweeper_that_dies_between_the_servers_yes_and_its_own_repeats_the_same_letter(
    house, owner, own_database, server
):
    """No mail can rule this out: the server has it and nobody knows. It comes again under its own name, and is one letter."""
    owner.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;"
        "CREATE TRIGGER a_slow BEFORE UPDATE OF sent_at ON services_reminder FOR EACH ROW EXECUTE FUNCTION slow();"
    )
    first = sweeper(own_database, server)
    until(lambda: len(marks(server)) == 1 and asleep(own_database))
    first.kill()
    first.communicate()
    with databases.administrator() as administrator:
        administrator.execute("SELECT pg_terminate_backend(%s)", [asleep(own_database)])
    until(lambda: not asleep(own_database))
    owner.execute("DROP TRIGGER a_slow ON services_reminder")
    finished(sweeper(own_database, server))
    assert (len(marks(server)), len(set(marks(server)))) == (5, 4)
    assert marks(server)[0] in marks(server)[1:]


def asleep(name):
    with databases.administrator() as administrator:
        found = administrator.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND wait_event = 'PgSleep'", [name]
        ).fetchone()
    return found[0] if found else None


def until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


def test_a_sweeper_that_follows_goes_on_until_it_is_stopped(house, owner, own_database, server):
    process = sweeper(own_database, server, "--follow", "0.2")
    until(lambda: len(marks(server)) == 4)
    many_letters(house, owner, 1)
    until(lambda: len(marks(server)) == 8)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert len(set(marks(server))) == 8


def test_nothing_of_the_case_is_in_what_really_goes_over_the_wire(house, own_database, server):
    finished(sweeper(own_database, server))
    for _recipient, message in server.taken:
        assert sorted(message.keys()) == sorted(
            ["Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Date", "Message-ID"]
        )
        text = message.get_payload(decode=True).decode()
        assert text.count("https://sekali.example.org/account/login/") == 2
        assert not any(
            told in text
            for told in (house.case.code, house.interview.venue.code_name, "wawancara", "interview", "kasus", "case")
        )
