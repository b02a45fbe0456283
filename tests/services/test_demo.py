"""The demonstration is plainly invented, sealed like anything else, and shows a search in which everything binds."""

from datetime import time, timedelta

import pytest
from django.db import connection, transaction

from cms.accounts.models import User
from cms.database.context import acting_as
from services import demo
from services.actions.needs import limits_here
from services.actions.slots import find_slots, wish_for
from services.models import (
    Case,
    CaseReference,
    ChildIdentity,
    GroupMembership,
    Occupancy,
    RecoveryBooking,
    RecoverySession,
    VenueDirections,
)
from services.rules.slots import CALENDAR
from tests import factories


@pytest.fixture
def shown(own_database):
    with transaction.atomic():
        demo.load(password="rumah-dengan-lampu")


def test_who_the_invented_child_is(shown):
    with transaction.atomic(), acting_as(User.objects.get(email="sari@contoh.example")):
        identity = ChildIdentity.objects.get()
        assert "contoh" in identity.called_name.open()
        assert identity.nik.open().startswith("000000")  # no district of Indonesia
        assert CaseReference.objects.get().number.open().endswith("CONTOH")
        with connection.cursor() as cursor:
            cursor.execute("SELECT called_name FROM services_childidentity")
            assert cursor.fetchone()[0].startswith("d1.")
    with transaction.atomic(), acting_as(User.objects.get(email="fajar@contoh.example")):
        assert "Contoh" in VenueDirections.objects.get().text.open()


def test_school_and_the_way_of_the_police_bind_the_search_for_the_child_who_is_ready(shown):
    """Half past eight is the first the police can be there; school ends at ten, and by half past eleven they must go."""
    with transaction.atomic(), acting_as(User.objects.get(email="sari@contoh.example")):
        case = Case.objects.get(age_months=8 * 12 + 4)

        def mornings(*within):
            now = factories.now()
            wish = wish_for(case=case, limits=limits_here(case, now), minutes=45, now=now, within=within)
            local = {start.astimezone(demo.JAKARTA).time() for start in find_slots(wish=wish, now=now).starts()}
            return min(local), max(one for one in local if one < time(12))

        assert mornings() == (time(8, 30), time(10, 45))
        assert mornings(CALENDAR) == (time(10), time(10, 45))


def test_the_room_of_the_sessions_is_cleaned_after_each(shown):
    with transaction.atomic(), acting_as(User.objects.get(email="sari@contoh.example")):
        (room,) = {session.room for session in RecoverySession.objects.select_related("room")}
        ahead = RecoverySession.objects.filter(state="booked")
        taken = Occupancy.objects.filter(
            pk__in=RecoveryBooking.objects.filter(session__in=ahead).values("occupancy_id"), resource=room
        )
        shown_until = sorted(session.span.upper for session in ahead)
        assert len(shown_until) == 6
        assert [one.span.upper - until for one, until in zip(taken.order_by("span"), shown_until, strict=True)] == [
            timedelta(minutes=15)
        ] * 6


def test_the_child_in_recovery_is_in_the_invented_group(shown):
    with transaction.atomic(), acting_as(User.objects.get(email="sari@contoh.example")):
        member = GroupMembership.objects.get()
        assert (member.place.number, member.group.capacity) == (1, 6)
        assert member.visits.filter(state="booked").exists()
