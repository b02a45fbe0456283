"""Reminders to look again: once each, at 30, 7 and 0 days, to a provider's own people, saying nothing of the listing."""

import os
import smtplib
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from wagtail.users.models import UserProfile

from cms.database import embedded
from cms.database.connection import as_jobs
from directory.actions.freshness import confirm_listing
from directory.actions.reminders import remind_listings
from directory.models import ListingReminder
from tests import mailserver
from tests.directory import factories

DAY = timedelta(days=1)


@pytest.fixture
def editor(own_database):
    """Everything here is committed: reminders are background work, which asks on a connection of its own."""
    return factories.user("penyunting")


@pytest.fixture
def provider(editor):
    """Checked today: its own page asks for nothing within the half year."""
    return factories.provider(editors=[editor], checked_on=timezone.localdate(), checked_by="reviewer")


def checked(provider, before_due, title="Layanan", **facts):
    """A service whose check is due in so many days."""
    day = timezone.localdate() - timedelta(days=180 - before_due)
    return factories.service(provider, title, checked_on=day, checked_by="reviewer", **facts)


def run(days=0):
    """`[(who, [stages], how many)]` of one run so many days from now."""
    sent = []

    def send(person, due):
        sent.append((person.first_name, sorted(one.stage for one in due)))

    remind(send, days)
    return sent


def remind(send, days=0):
    with as_jobs():
        return remind_listings(now=timezone.now() + days * DAY, send=send)


def test_a_whole_cycle_reminds_three_times(provider):
    checked(provider, 40)
    told = {day: run(day) for day in range(60)}
    assert {day: sent for day, sent in told.items() if sent} == {
        10: [("penyunting", [30])],
        33: [("penyunting", [7])],
        40: [("penyunting", [0])],
    }


def test_twice_a_day_is_once_and_a_missed_day_is_made_up_for(provider):
    checked(provider, 40)
    assert run(9) == []
    assert run(15) == [("penyunting", [30])]
    assert run(15) == []
    assert run(50) == [("penyunting", [0])]  # what was missed in between is not told as well
    assert run(51) == []


def test_one_mail_for_everything_that_is_due(provider):
    checked(provider, 20, "A")
    checked(provider, 5, "B")
    checked(provider, -3, "C")
    checked(provider, 100, "D")
    factories.service(provider, "E")  # nobody ever checked it
    assert run() == [("penyunting", [0, 0, 7, 30])]


def test_confirming_begins_anew(provider, editor):
    service = checked(provider, 0)
    assert run() == [("penyunting", [0])]
    confirm_listing(page=service, by=editor, now=timezone.now())
    assert run(149) == []
    assert run(150) == [("penyunting", [30, 30])]  # the provider's own page was checked on the same day


def test_drafts_defunct_and_withdrawn_listings_are_nobodys_task(provider):
    checked(provider, 0, live=False)
    checked(provider, 0, status="defunct")
    checked(provider, 0).unpublish()
    assert run() == []


def test_only_the_providers_own_active_people_are_told(provider):
    gone = factories.user("pergi")
    provider.refresh_from_db()
    group = provider.group_permissions.first().group
    gone.groups.add(group)
    gone.is_active = False
    gone.save()
    other = factories.user("lain")
    factories.provider("Lain", editors=[other], checked_on=timezone.localdate(), checked_by="reviewer")
    checked(provider, 0)
    assert [who for who, _stages in run()] == ["penyunting"]


def test_who_joins_later_is_told_from_then_on(provider):
    checked(provider, 20)
    assert run() == [("penyunting", [30])]
    factories.user("baru").groups.add(provider.group_permissions.first().group)
    assert run() == [("baru", [30])]


def test_an_address_that_is_refused_keeps_nobody_waiting(provider):
    factories.user("kedua").groups.add(provider.group_permissions.first().group)
    checked(provider, 0)

    def send(person, _due):
        if person.first_name == "penyunting":
            raise smtplib.SMTPRecipientsRefused({})

    assert remind(send) == (1, 1)
    assert ListingReminder.objects.get().recipient.first_name == "kedua"
    assert run() == [("penyunting", [0])]


def test_a_server_that_is_away_ends_the_run_and_loses_nothing(provider):
    factories.user("kedua").groups.add(provider.group_permissions.first().group)
    checked(provider, 0)

    def away(_person, _due):
        raise ConnectionRefusedError

    assert remind(away) == (0, 1)
    assert len(run()) == 2


@pytest.mark.parametrize(("stage", "name"), [(30, "once_for_each_stage"), (29, "of_a_known_stage")])
def test_the_table_keeps_each_once(provider, editor, stage, name):
    today = timezone.localdate()
    facts = {"page_id": provider.pk, "recipient": editor, "due_on": today, "sent_on": today}
    with as_jobs():
        ListingReminder.objects.create(stage=30, **facts)
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            ListingReminder.objects.create(stage=stage, **facts)
    assert str(ListingReminder.objects.get()) == f"30 / {today}"


# --- the command ---


@pytest.fixture
def house(own_database):
    """A provider with a shelter that is due, committed."""
    with transaction.atomic():
        editor = factories.user("penyunting")
        provider = factories.provider("Rumah Rahasia", editors=[editor], hidden_place=True)
        factories.service(provider, "Tempat tinggal rahasia", kind="c8", areas=[{"province": "ID-JB"}])
    return editor


def command(*options):
    call_command("remind_listings", "--site", "https://sekali.example.org/", *options)
    return mail.outbox


def test_the_mail_names_no_listing_and_is_in_both_languages(house, capsys):
    (letter,) = command()
    assert (letter.subject, letter.to) == ("Mohon periksa halaman Anda", ["penyunting@contoh.example"])
    indonesian, english = letter.body.split("\n\n")
    assert indonesian.startswith("2 halaman Anda di Sekali perlu diperiksa lagi.")
    assert english.startswith("2 of your pages in Sekali want a look.")
    assert letter.body.count("https://sekali.example.org/provider/") == 2
    assert "Rahasia" not in letter.message().as_string()
    assert "rahasia" not in letter.message().as_string()
    assert "1 told, 0 put off" in capsys.readouterr().err
    assert len(command()) == 1


def test_the_readers_own_language_comes_first(house):
    UserProfile.objects.create(user=house, preferred_language="en")
    (letter,) = command()
    assert letter.subject == "Please look at your pages"
    assert letter.body.startswith("2 of your pages")


def test_a_site_that_is_no_address_is_refused(own_database):
    with pytest.raises(CommandError, match="--site"):
        call_command("remind_listings", "--site", "sekali.example.org")


def test_without_the_address_of_background_work_nothing_is_sent(house, settings):
    settings.DATABASE_JOBS = None
    with pytest.raises(CommandError, match="DATABASE_JOBS_URL"):
        command()
    assert mail.outbox == []


def test_the_site_itself_cannot_say_that_somebody_was_told(own_database, house):
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        ListingReminder.objects.create(
            page_id=1, recipient=house, due_on=timezone.localdate(), stage=0, sent_on=timezone.localdate()
        )


def runner(name, server):
    """A process of its own that sends by real SMTP."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("SEKALI_", "DATABASE_"))}
    environ |= {"DATABASE_URL": embedded.url("sekali_app", name, settings.TEST_POSTGRES),
                "DATABASE_JOBS_URL": embedded.url("sekali_jobs", name, settings.TEST_POSTGRES),
                "DJANGO_SETTINGS_MODULE": "tests.mailing", "MAIL_PORT": str(server.port),
                "PYTHONWARNINGS": "ignore"}  # fmt: skip
    words = [sys.executable, "manage.py", "remind_listings", "--site", "https://sekali.example.org"]
    return subprocess.Popen(words, cwd=settings.BASE_DIR, env=environ, stderr=subprocess.PIPE, text=True)


def test_two_runs_at_once_send_each_letter_once_over_the_wire(house, own_database):
    with mailserver.serving() as server:
        server.stuck.clear()
        first = runner(own_database, server)
        assert server.asked.wait(60)
        second = runner(own_database, server)
        server.stuck.set()
        said = [process.communicate(timeout=60)[1].strip().splitlines()[-1] for process in (first, second)]
    assert sorted(said) == ["0 told, 0 put off", "1 told, 0 put off"]
    ((recipient, letter),) = server.taken
    assert recipient == "penyunting@contoh.example"
    assert "ahasia" not in letter.as_string()
    assert "ahasia" not in letter.get_payload(decode=True).decode()
