"""The one read of a search, and the search around somebody else's booking."""

import uuid
from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from cms.database.context import acting_as
from cms.limits import AgeBand, ProtocolLimits, RequiredRole
from services.actions.cases import open_new_case
from services.actions.interviews import book_interview
from services.actions.occupancy import SlotTaken, release, take
from services.actions.slots import find_slots, wish_for
from services.models import Availability, Booking, CaseMember, Interview, Qualification, Resource
from services.models.free_time import free_time
from services.rules.slots import WINDOWS
from tests import factories

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def nine():
    return factories.workday(hour=9)


@pytest.fixture
def room():
    return factories.room(factories.venue(factories.agency("UPTD PPA Contoh")), "Melati")


def works(resource, *spans):
    Availability.objects.bulk_create(Availability(resource=resource, span=DateTimeTZRange(*span)) for span in spans)


def read(room, nine, **changes):
    """Free minutes after 9, of nine to fifteen o'clock."""
    facts = {"start": nine, "end": nine + 6 * HOUR, "origin": nine, "now": factories.now()}
    return free_time([room.pk], **{**facts, **changes}).get(room.pk)


def test_free_is_working_less_busy(room, nine):
    works(room, (nine - HOUR, nine + HOUR), (nine + 2 * HOUR, nine + 5 * HOUR), (nine + 5 * HOUR, nine + 9 * HOUR))
    take(wanted={room.pk: (nine + 3 * HOUR, nine + 3.5 * HOUR)}, now=factories.now())
    assert read(room, nine) == [0, 60, 120, 180, 210, 360]


def test_minutes_are_rounded_inwards(room, nine):
    works(room, (nine + timedelta(seconds=1), nine + HOUR - timedelta(seconds=1)))
    assert read(room, nine) == [1, 59]


def test_holds_count_until_they_run_out_and_ones_own_never(room, nine):
    works(room, (nine, nine + 2 * HOUR))
    now = factories.now()
    (held,) = take(wanted={room.pk: (nine, nine + HOUR)}, now=now, hold_until=now + HOUR)
    assert read(room, nine, now=now) == [60, 120]
    assert read(room, nine, now=now + HOUR) == [0, 120]
    assert read(room, nine, now=now, ignoring=[held.pk]) == [0, 120]
    release([held])
    assert read(room, nine, now=now) == [0, 120]


def test_a_child_is_free_unless_taken(nine):
    child = Resource.objects.create(kind="child")
    take(wanted={child.pk: (nine + HOUR, nine + 2 * HOUR)}, now=factories.now())
    assert read(child, nine, always=[child.pk]) == [0, 60, 120, 360]


def test_who_is_never_free_is_left_out(room, nine):
    assert read(room, nine) is None


def test_one_query(room, nine, django_assert_num_queries):
    works(room, (nine, nine + HOUR))
    with django_assert_num_queries(1):
        read(room, nine)


# --- the wish of a case -----------------------------------------------------------------------------------------------

BAND = AgeBand(0, 17, 20, 60, "TEST", factories.time(8), factories.time(12), "TEST", 30, 5, "TEST")
LIMITS = ProtocolLimits(
    (BAND,),
    (
        RequiredRole("interviewer", ("in_room",), "TEST"),
        RequiredRole("investigator", ("observing", "remote"), "TEST"),
        RequiredRole("companion", ("in_room",), "TEST"),
    ),
    14,
    "TEST",
    1,
    "TEST",
)


def wished(case, **changes):
    return wish_for(**{"case": case, "limits": LIMITS, "minutes": 50, "now": factories.now(), **changes})


def pools(wish):
    return {seat.key: [c.name for c in seat.candidates] for seat in wish.seats}


def test_the_seats_are_the_protocols_roles_filled_by_the_team(cast, things, case):
    wish = wished(case)
    assert pools(wish) == {
        "investigator": ["Bima"],
        "companion": ["Dewi"],
        "interviewer": ["Ratna"],
        "room": ["Melati"],
        "kit": ["Perekam 1"],
        "child": [""],
        "observation_room": ["Kaca"],
    }
    assert {seat.key: seat.presence for seat in wish.seats}["investigator"] == "observing"
    assert wish.always_free() == (case.child_resource_id,)


def test_without_an_observer_no_observation_room(cast, things, case):
    assert "observation_room" not in pools(wished(case, presence_by_role={"investigator": "remote"}))


def test_roles_can_be_named_and_seats_narrowed(cast, things, case):
    other = factories.room(things["room"].venue, "Mawar", child_friendly=True)
    wish = wished(case, roles=["psychologist"], chosen={"room": other.pk})
    assert pools(wish) == {
        "psychologist": ["Eka"],
        "interviewer": ["Ratna"],
        "room": ["Mawar"],
        "kit": ["Perekam 1"],
        "child": [""],
    }


def test_only_rooms_and_people_of_the_province(cast, things, case):
    far = factories.agency("UPTD PPA Jauh", province="ID-PA")
    factories.room(factories.venue(far, province="ID-PA"), "Jauh", child_friendly=True)
    stranger = factories.person_resource(factories.user("Yuni"), far)
    factories.qualify(stranger, Qualification.Kind.FORENSIC)
    wish = wished(case)
    assert (pools(wish)["room"], pools(wish)["interviewer"]) == (["Melati"], ["Ratna"])


@pytest.mark.parametrize(
    ("needs", "facts", "found"),
    [
        ({}, {"languages": ["id"]}, True),
        ({"language": "su"}, {"languages": ["id"]}, False),
        ({"language": "su"}, {"languages": ["id", "su"]}, True),
        ({"interviewer_sex": "M"}, {"sex": "F"}, False),
        ({"interviewer_sex": "M"}, {"sex": "M"}, True),
        ({"access_needs": ["autism"]}, {}, False),
        ({"access_needs": ["autism"]}, {"trained": "autism"}, True),
        ({"access_needs": ["autism"]}, {"trained": ""}, True),
        ({"access_needs": ["autism"]}, {"trained": "deaf"}, False),
        ({"access_needs": ["wheelchair"]}, {}, True),
        ({"access_needs": ["deaf"]}, {"trained": "deaf", "languages": ["id"]}, False),
        ({"access_needs": ["deaf"]}, {"trained": "deaf", "languages": ["ins"]}, True),
        ({}, {"until": -1}, False),
        ({}, {"active": False}, False),
    ],
)
def test_who_may_interview(cast, case, needs, facts, found):
    """Trained and in force, for the child's needs, of the language and sex that are asked for."""
    Qualification.objects.filter(resource=cast.interviewer.resource).delete()
    made = factories.person_resource(
        factories.user("Wati"), cast.house, facts.get("sex", "F"), facts.get("languages", ["id"])
    )
    until = factories.timezone.localdate() + timedelta(days=facts.get("until", 10))
    factories.qualify(made, Qualification.Kind.FORENSIC, until)
    if "trained" in facts:
        Qualification.objects.create(
            resource=made, kind="disability", access_need=facts["trained"], expires_on=until - timedelta(days=1)
        )
    Resource.objects.filter(pk=made.pk).update(active=facts.get("active", True))
    for name, value in needs.items():
        setattr(case, name, value)
    wish = wished(case)
    assert pools(wish)["interviewer"] == (["Wati"] if found else [])
    if found:
        (candidate,) = next(seat.candidates for seat in wish.seats if seat.key == "interviewer")
        assert candidate.qualified_until == until - timedelta(
            days=1 if "trained" in facts and needs["access_needs"] else 0
        )


def test_an_interpreter_opens_the_pool_and_has_a_seat(cast, case):
    helper = factories.person_resource(factories.member("Indah", cast.house, "interpreter"), cast.house)
    CaseMember.objects.create(
        case=case, user=helper.user, agency=cast.house, role="interpreter", starts=factories.long_ago()
    )
    case.language = "su"
    assert pools(wished(case))["interpreter"] == ["Indah"]
    assert pools(wished(case))["interviewer"] == ["Ratna"]


def test_the_cases_own_interviewer_is_the_only_one(cast, case):
    own = factories.person_resource(factories.member("Wati", cast.house, "interviewer"), cast.house)
    CaseMember.objects.create(
        case=case, user=own.user, agency=cast.house, role="interviewer", starts=factories.long_ago()
    )
    wish = wished(case)
    assert pools(wish)["interviewer"] == ["Wati"]
    assert not find_slots(wish=wish, now=factories.now()).starts()  # she is not trained: said, not hidden


def test_former_members_are_not_asked(cast, case):
    CaseMember.objects.filter(case=case, role="companion").update(ends=factories.now())
    assert pools(wished(case))["companion"] == []


def test_what_the_child_prefers_travels_along(cast, case):
    case.preferences, case.companion_sex = ["morning", "drawing"], "F"
    wish = wished(case, on=factories.workday().date(), ignoring=[7])
    assert wish.prefers == {"morning"}
    assert wish.prefer_sex == {"companion": "F"}
    assert (wish.district, wish.zone, wish.age_months) == ("Kota Contoh", "Asia/Jakarta", case.age_months)
    assert (wish.on, wish.ignoring) == (factories.workday().date(), {7})


def test_the_wish_costs_the_same_whatever_the_numbers(cast, things, case, django_assert_num_queries):
    case = type(case).objects.select_related("agency").get(pk=case.pk)
    with django_assert_num_queries(8):
        wished(case)
    for number in range(3):
        factories.room(things["room"].venue, f"Ruang {number}", child_friendly=True)
        factories.qualify(
            factories.person_resource(factories.user(f"P{number}"), cast.house), Qualification.Kind.FORENSIC
        )
    with django_assert_num_queries(8):
        wished(case)


# --- the search -------------------------------------------------------------------------------------------------------


def everybody_works(cast, things, **changes):
    for person in (cast.interviewer, cast.investigator, cast.prosecutor, cast.companion, cast.psychologist):
        factories.works(person.resource, **changes)
    for thing in things.values():
        factories.works(thing, **changes)


def test_one_query_when_the_first_window_is_enough_and_one_for_each_wider(
    cast, things, case, django_assert_num_queries
):
    wish = wished(case)
    with django_assert_num_queries(len(WINDOWS)):
        found = find_slots(wish=wish, now=factories.now())
    assert (found.slots, len(found.windows)) == ((), 3)
    everybody_works(cast, things)
    with django_assert_num_queries(1):
        found = find_slots(wish=wish, now=factories.now())
    assert len(found.slots) == wish.most
    assert len(found.windows) == 1


def test_a_day_that_is_asked_for_is_reached(cast, things, case):
    everybody_works(cast, things)
    day = (factories.workday(20)).date()
    found = find_slots(wish=wished(case, on=day), now=factories.now())
    assert {slot.start.date() for slot in found.slots} == {day}
    assert len(found.windows) == 2


def test_nothing_sooner_than_a_team_can_gather(cast, things, case):
    for thing in [p.resource for p in (cast.interviewer, cast.investigator, cast.companion)] + list(things.values()):
        factories.works(thing, first=0, last=23)
    found = find_slots(wish=wished(case), now=factories.now())
    assert found.starts()[0] >= factories.now() + timedelta(minutes=119)


def test_the_search_and_the_taking_go_around_another_cases_booking(ready):
    """Row security hides case A from B's member; that its room is taken is seen all the same, and nothing more."""
    book_interview(
        case=ready.case, plan=ready.plan(), by=ready.cast.social_worker, now=factories.now(), key=uuid.uuid4()
    )
    booked, room = factories.workday(), ready.things["room"].pk
    with acting_as(ready.cast.other_worker):
        agency = ready.cast.other_worker.memberships.get().agency
        other = open_new_case(
            facts=factories.case_facts(), agency=agency, by=ready.cast.other_worker, now=factories.now()
        )
        assert not Booking.objects.exists()
        assert not Interview.objects.exists()
        found = find_slots(wish=wished(other, roles=[], on=booked.date()), now=factories.now())
        assert found.slots
        assert not [start for start in found.starts() if abs(start - booked) < timedelta(minutes=45)]
        with pytest.raises(SlotTaken) as refusal:
            take(
                wanted={room: (booked, booked + HOUR), other.child_resource_id: (booked, booked + HOUR)},
                now=factories.now(),
            )
    assert refusal.value.resources == (room,)
