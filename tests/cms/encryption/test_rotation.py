"""After `rotate_keys` the old master key opens nothing that anybody needs; killed in the middle, it goes on."""

import io

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from cms.accounts.factors import totp_secret
from cms.audit.models import AuditEvent
from cms.database.connection import as_owner
from cms.database.context import acting_as
from cms.encryption import canary, rotation
from cms.encryption.keys import KeyRing, encoded_key
from cms.encryption.models import MasterKeyCheck
from cms.encryption.sealing import Unreadable
from services.models import ChildIdentity, VenueDirections
from tests import factories
from tests.cast import gather, rooms
from tests.databases import destroy_key

OLD = "test:TGFtcHUta2VjaWwtZGktamVuZGVsYS1ydW1haC1pbmk="
NEW = f"new:{encoded_key()}"
WAY = "Gang Kenari 7"


@pytest.fixture
def filled(own_database):
    """Three cases, one way to a venue, one authenticator app, all under the old key."""
    with transaction.atomic():
        cast = gather()
        cast.rooms = rooms(cast)
        with acting_as(cast.social_worker):
            cast.cases = [factories.open_case(cast) for _number in range(3)]
            for number, case in enumerate(cast.cases):
                ChildIdentity.objects.create(case=case, called_name=f"Kenari {number}")
        with acting_as(cast.keeper):
            VenueDirections.objects.create(venue=cast.rooms["room"].venue, text=WAY, by=cast.keeper, at=factories.now())
        cast.secret = totp_secret(cast.social_worker)
        cast.factors = Authenticator.objects.count()
    return cast


def rotate(*words):
    said = io.StringIO()
    call_command("rotate_keys", *words, stdout=said)
    return said.getvalue()


def read(cast):
    with transaction.atomic(), acting_as(cast.social_worker):
        names = [ChildIdentity.objects.get(case=case).called_name.open() for case in cast.cases]
        secret = totp_secret(cast.social_worker)
    with transaction.atomic(), acting_as(cast.keeper):
        return names, VenueDirections.objects.get().text.open(), secret


def as_it_was(cast):
    return [f"Kenari {number}" for number in range(3)], WAY, cast.secret


def test_the_old_key_can_be_dropped_afterwards(filled, settings):
    settings.MASTER_KEYS = KeyRing.parse(f"{NEW},{OLD}")
    said = rotate()
    assert "data keys: 3 to do\n  3 of 3\n" in said
    assert "venuedirections.text: 1 to do\n  1 of 1\n" in said
    assert f"second factors: {filled.factors} to do\n" in said
    assert said.endswith("Done. These keys open nothing any more and may be dropped: test.\n")
    settings.MASTER_KEYS = KeyRing.parse(NEW)
    assert canary.fault() == ""
    assert read(filled) == as_it_was(filled)
    assert list(MasterKeyCheck.objects.values_list("key_id", flat=True)) == ["new"]
    with as_owner():
        event = AuditEvent.objects.get(verb="keys.rotated")
    assert event.detail["counts"] == {"data keys": 3, "venuedirections.text": 1, "second factors": filled.factors}
    assert "0 in all" in rotate("--dry-run")


def test_before_it_the_old_key_cannot_be_dropped(filled, settings):
    settings.MASTER_KEYS = KeyRing.parse(NEW)
    assert "the master key test is missing" in canary.fault()
    with pytest.raises(CommandError, match="the master key test is missing"):
        rotate()
    with pytest.raises(Unreadable):
        read(filled)


def test_a_dry_run_counts_and_changes_nothing(filled, settings):
    settings.MASTER_KEYS = KeyRing.parse(f"{NEW},{OLD}")
    said = rotate("--dry-run")
    assert "data keys: 3 under an older key" in said
    assert f"{4 + filled.factors} in all would go under the master key new." in said
    settings.MASTER_KEYS = KeyRing.parse(OLD)
    assert canary.fault() == ""
    assert read(filled) == as_it_was(filled)


@pytest.mark.parametrize("survived", [0, 1, 2, 3, 4])
def test_killed_anywhere_everything_reads_and_the_next_run_finishes(filled, settings, monkeypatch, survived):
    class Killed(BaseException):
        pass

    done = []
    original = rotation.run

    def run(work, report):
        def count(row, renew=work.renew):
            if len(done) == survived:
                raise Killed
            renew(row)
            done.append(row)

        return original(rotation.Work(work.name, work.waiting, count), report)

    settings.MASTER_KEYS = KeyRing.parse(f"{NEW},{OLD}")
    monkeypatch.setattr(rotation, "BATCH", 1)
    monkeypatch.setattr(rotation, "run", run)
    with pytest.raises(Killed):
        rotate()
    connection.close()
    assert canary.fault() == ""
    assert read(filled) == as_it_was(filled)
    for half in (OLD, NEW):
        settings.MASTER_KEYS = KeyRing.parse(half)
        assert "is missing" in canary.fault()
    settings.MASTER_KEYS = KeyRing.parse(f"{NEW},{OLD}")
    monkeypatch.setattr(rotation, "run", original)
    rotate()
    settings.MASTER_KEYS = KeyRing.parse(NEW)
    assert (canary.fault(), read(filled)) == ("", as_it_was(filled))


def test_what_was_moved_stops_it_in_words_without_a_value(filled, settings):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("UPDATE encryption_datakey SET wrapped = (SELECT wrapped FROM encryption_datakey LIMIT 1)")
    settings.MASTER_KEYS = KeyRing.parse(f"{NEW},{OLD}")
    with pytest.raises(CommandError, match=r"\Astopped; what was done stays done. datakey.wrapped: does not open"):
        rotate()


def test_a_destroyed_key_stays_destroyed(filled, settings):
    with transaction.atomic():
        destroy_key(filled.cases[0].pk)
    settings.MASTER_KEYS = KeyRing.parse(f"{NEW},{OLD}")
    assert "data keys: 2 to do" in rotate()
