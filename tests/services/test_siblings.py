"""Siblings' joint interviews one right after the other: found together, booked together or not at all, and no word of it."""

import dataclasses
import uuid
from datetime import timedelta

import pytest
from django.db import transaction

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import interviews, siblings
from services.actions.families import leave_family
from services.actions.occupancy import SlotTaken, take
from services.actions.plans import limits_of, protocol_in_force
from services.actions.siblings import NotBoth, laid_out_together
from services.actions.slots import wish_for
from services.models import Booking, CaseMember, ChildView, Interview, Occupancy, QuestionNeed, Resource
from services.rules.interviews import Attendee
from services.rules.siblings import together
from services.rules.slots import THINGS
from tests import factories
from tests.cast import gather, rooms
from tests.racing import deadlocks
from tests.services.conftest import give_hours, plan_for
from tests.services.family import book_both, siblings_of
from tests.services.test_houses import way
from tests.services.test_moves_races import kinds, race_as


@pytest.fixture
def family(cast, things, as_worker):
    give_hours(cast, things)
    return siblings_of(cast, things)


def nothing_is_kept():
    return not (Interview.objects.exists() or Occupancy.objects.exists() or Booking.objects.exists())


def occupy(resource, start, minutes):
    """Somebody else has it."""
    return take(wanted={resource.pk: (start, start + timedelta(minutes=minutes))}, now=factories.now())


def minutes_around(interview, resource):
    """How many minutes before the interview, and after it, somebody is taken for it."""
    span = interview.bookings.get(occupancy__resource=resource).occupancy.span
    return (interview.starts - span.lower) / timedelta(minutes=1), (span.upper - interview.ends) / timedelta(minutes=1)


# --- both -------------------------------------------------------------------------------------------------------------


def test_both_are_booked_one_after_the_other(family):
    former, latter = book_both(family)
    assert (former.case, latter.case) == (family.one.case, family.other.case)
    assert (former.state, latter.state) == ("booked", "booked")
    assert latter.starts - former.ends == timedelta(minutes=15)
    assert former.venue == latter.venue
    for interview, child in ((former, family.one), (latter, family.other)):
        things = set(interview.bookings.values_list("occupancy__resource__kind", flat=True))
        assert things == {"person", "room", "observation_room", "kit", "child"}
        taken = interview.bookings.filter(occupancy__resource=child.case.child_resource_id)
        assert taken.count() == 1
        assert set(interview.needs.all()) == set(child.needs)
    assert not Booking.objects.filter(interview=former, occupancy__in=latter.bookings.values("occupancy")).exists()


def test_the_one_whose_form_it_was_may_be_second(family):
    plans = family.plans()
    made = book_both(family, case=family.other.case, plans=dict(reversed(plans.items())))
    assert [interview.case for interview in made] == [family.one.case, family.other.case]


def test_nothing_that_is_written_names_the_pair(family):
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    book_both(family)
    events = AuditEvent.objects.exclude(pk__in=before).order_by("case_id")
    assert [(event.verb, event.case_id, event.detail) for event in events] == [
        ("interview.booked", family.one.case.pk, {"kind_of": "joint"}),
        ("interview.booked", family.other.case.pk, {"kind_of": "joint"}),
    ]


def test_afterwards_they_are_two_ordinary_interviews(family):
    former, latter = book_both(family)
    interviews.cancel_interview(case=family.one.case, interview=former, by=family.by, now=factories.now())
    latter.refresh_from_db()
    assert latter.state == "booked"
    assert latter.bookings.filter(occupancy__live=True).count() == 9


# --- whoever comes to both --------------------------------------------------------------------------------------------


def from_afar(family, minutes=60):
    """The investigator comes an hour; the prosecutor attends by video."""
    family.cast.police.district = "Kab Jauh"
    family.cast.police.save()
    way(family.cast, neighbouring=minutes, same_province=minutes, farther=minutes)


def test_whoever_comes_to_both_is_taken_from_coming_until_going(family):
    from_afar(family)
    former, latter = book_both(family)
    there, afar = family.cast.investigator.resource, family.cast.prosecutor.resource
    assert (minutes_around(former, there), minutes_around(latter, there)) == ((60, 15), (0, 60))
    assert (minutes_around(former, afar), minutes_around(latter, afar)) == ((0, 0), (0, 0))


def test_whoever_comes_to_both_needs_hours_from_coming_until_going(family):
    """By themselves they would need the way between as well: an hour's way does not fit into a quarter of an hour."""
    from_afar(family)
    late = factories.workday(hour=14, minute=15)  # until 16.00, and the way until 17.00, when they stop working
    assert len(book_both(family, plans=family.plans(late))) == 2


def test_past_the_hours_of_whoever_comes_to_both_nothing_is_booked(family):
    from_afar(family)
    with pytest.raises(NotBoth) as refusal:
        book_both(family, plans=family.plans(factories.workday(hour=14, minute=30)))
    found = refusal.value.found
    assert {pk: [one.key for one in said if not one.warning] for pk, said in found.items()} == {
        family.other.case.pk: ["outside_working_hours"]
    }


def test_a_room_that_is_cleaned_longer_than_the_break_serves_one(family):
    Resource.objects.filter(pk=family.things["room"].pk).update(after_minutes=20)
    with pytest.raises(SlotTaken) as refusal:
        book_both(family)
    assert family.things["room"].pk in refusal.value.resources
    assert nothing_is_kept()
    assert len(book_both(family, plans=family.plans(rest=30))) == 2


# --- neither ----------------------------------------------------------------------------------------------------------


def says_no(family, child):
    ChildView.objects.create(case=child.case, means="talk", answer="no", by=family.by, at=factories.now())


def test_what_one_child_lacks_refuses_both_and_is_said_of_that_child(family):
    says_no(family, family.other)
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    with pytest.raises(NotBoth) as refusal:
        book_both(family)
    assert {pk: [one.key for one in said] for pk, said in refusal.value.found.items()} == {
        family.other.case.pk: ["child_said_no"]
    }
    assert nothing_is_kept()
    events = AuditEvent.objects.exclude(pk__in=before).order_by("case_id")
    assert [(event.verb, event.case_id, event.detail["rules"]) for event in events] == [
        ("interview.refused", family.one.case.pk, []),
        ("interview.refused", family.other.case.pk, ["child_said_no"]),
    ]


def test_what_either_lacks_is_said_at_once(family):
    says_no(family, family.one)
    says_no(family, family.other)
    with pytest.raises(NotBoth) as refusal:
        book_both(family)
    assert refusal.value.found.keys() == {family.one.case.pk, family.other.case.pk}
    assert refusal.value.keys == ("child_said_no",)


def test_a_second_joint_interview_of_either_refuses_both(family):
    plan = plan_for(
        family.cast, family.things, starts=factories.workday(days=6), needs=frozenset(n.pk for n in family.other.needs)
    )
    interviews.book_interview(case=family.other.case, plan=plan, by=family.by, now=factories.now(), key=uuid.uuid4())
    with pytest.raises(NotBoth) as refusal:
        book_both(family)
    assert list(refusal.value.found) == [family.other.case.pk]
    assert not Interview.objects.filter(case=family.one.case).exists()


@pytest.mark.parametrize("who", ["one", "other"])
def test_the_last_judge_refuses_both(family, monkeypatch, who):
    """Somebody booked the same child between the rules and the row: the index says it."""
    child = getattr(family, who)
    monkeypatch.setattr(siblings, "refuse", lambda *_args, **_more: {})
    plan = plan_for(family.cast, family.things, starts=factories.workday(days=6), needs=frozenset())
    interviews.book_interview(
        case=child.case,
        plan=dataclasses.replace(plan, needs=frozenset(n.pk for n in child.needs)),
        by=family.by,
        now=factories.now(),
        key=uuid.uuid4(),
    )
    with pytest.raises(NotBoth) as refusal:
        book_both(family)
    assert {pk: [one.key for one in said] for pk, said in refusal.value.found.items()} == {
        child.case.pk: ["second_joint_interview"]
    }
    assert Interview.objects.count() == 1


def test_somebody_faster_leaves_neither(family):
    later = factories.workday() + timedelta(minutes=60)
    occupy(family.things["room"], later, 15)
    with pytest.raises(SlotTaken):
        book_both(family)
    assert not Interview.objects.exists()
    assert Occupancy.objects.count() == 1
    assert QuestionNeed.objects.filter(state="open").count() == 4


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("name", ["_save", "_save_attendance", "settle_needs"])
def test_a_crash_at_any_step_of_either_leaves_nothing(family, monkeypatch, name, at):
    really, calls = getattr(interviews, name), []

    def crash(*args):
        calls.append(args)
        if len(calls) == at:
            raise RuntimeError("crash")
        return really(*args)

    monkeypatch.setattr(interviews, name, crash)
    with pytest.raises(RuntimeError):
        book_both(family)
    assert nothing_is_kept()


# --- sent twice -------------------------------------------------------------------------------------------------------


def test_the_same_form_finds_the_first_result(family):
    key, plans = uuid.uuid4(), family.plans()
    first = book_both(family, key=key, plans=plans)
    assert book_both(family, key=key, plans=plans) == first
    assert Interview.objects.count() == 2


def test_another_plan_of_either_is_another_form(family):
    key, plans = uuid.uuid4(), family.plans()
    book_both(family, key=key, plans=plans)
    for case in plans:
        changed = plans | {case: dataclasses.replace(plans[case], prosecutor_absent_because="Sakit.")}
        with pytest.raises(Objected) as refusal:
            book_both(family, key=key, plans=changed)
        assert refusal.value.keys == ("form_used_differently",)
    for child in (family.one, family.other):  # nor does either by itself find it
        with pytest.raises(Objected) as refusal:
            interviews.book_interview(
                case=child.case, plan=plans[child.case], by=family.by, now=factories.now(), key=key
            )
        assert refusal.value.keys[0] in {"form_used_differently", "second_joint_interview"}


# --- a pair -----------------------------------------------------------------------------------------------------------


def refused_keys(family, **changes):
    with pytest.raises(Objected) as refusal:
        book_both(family, **changes)
    assert nothing_is_kept()
    return refusal.value.keys


def test_two_hours_apart_are_no_pair(family):
    assert refused_keys(family, plans=family.plans(rest=45)) == ("siblings_not_one_after_the_other",)


def test_two_venues_are_no_pair(family):
    elsewhere = factories.room(factories.venue(family.cast.house), "Mawar", child_friendly=True)
    plans = family.plans()
    plans[family.other.case] = dataclasses.replace(plans[family.other.case], room=elsewhere.pk)
    assert refused_keys(family, plans=plans) == ("siblings_not_at_one_venue",)


def test_one_child_is_no_pair(family):
    plans = family.plans()
    assert refused_keys(family, plans={family.one.case: plans[family.one.case]}) == ("family_not_yours",)
    assert refused_keys(family, plans={family.other.case: plans[family.other.case]}) == ("family_not_yours",)


def test_children_who_are_no_siblings_are_no_pair(family):
    leave_family(case=family.other.case, by=family.by, now=factories.now())
    assert refused_keys(family) == ("family_not_yours",)


def test_an_interview_in_several_sessions_is_booked_alone(family):
    plans = family.plans()
    later = factories.workday(hour=9) + timedelta(days=7)
    plans[family.one.case] = dataclasses.replace(plans[family.one.case], later=(later,))
    assert refused_keys(family, plans=plans) == ("siblings_in_one_session",)
    assert nothing_is_kept()


def test_who_leads_only_one_of_them_books_neither(family):
    """And is told what they would be told of a code that does not exist."""
    coordinator = factories.member("Indah", family.cast.house, "coordinator")
    factories.person_resource(coordinator, family.cast.house)
    starts = factories.long_ago()
    CaseMember.objects.create(
        case=family.one.case, user=coordinator, agency=family.cast.house, role="coordinator", starts=starts
    )
    with acting_as(coordinator):
        assert refused_keys(family, by=coordinator) == ("family_not_yours",)


# --- found ------------------------------------------------------------------------------------------------------------


def boards(family, **changes):
    now, limits = factories.now(), limits_of(protocol_in_force(factories.now()))
    wishes = [
        wish_for(case=child.case, limits=limits, minutes=45, now=now, **changes) for child in (family.one, family.other)
    ]
    return laid_out_together(wishes=wishes, now=now)


def test_a_pair_that_is_found_can_be_booked(family):
    from_afar(family, 30)
    Resource.objects.filter(pk=family.things["room"].pk).update(after_minutes=15)
    laid = boards(family)
    pair = together(laid).pairs[0]
    plans = {}
    for slot, number in zip(pair.slots, pair.order, strict=True):
        child, picks = (family.one, family.other)[number], slot.picks
        people = [seat for seat in laid[number].wish.seats if seat.key not in THINGS]
        plans[child.case] = plan_for(
            family.cast,
            family.things,
            starts=slot.start,
            ends=slot.end,
            attendees=tuple(Attendee(picks[seat.key], seat.key, seat.presence) for seat in people),
            needs=frozenset(need.pk for need in child.needs),
        )
    former, latter = book_both(family, plans=plans)
    assert 15 <= (latter.starts - former.ends) / timedelta(minutes=1) <= 30


def test_a_sibling_of_another_zone_is_looked_for_on_one_clock(family):
    now, limits = factories.now(), limits_of(protocol_in_force(factories.now()))
    wishes = [wish_for(case=one.case, limits=limits, minutes=45, now=now) for one in (family.one, family.other)]
    elsewhere = dataclasses.replace(
        wishes[1], zone="Asia/Jayapura", not_before=wishes[1].not_before + timedelta(hours=9)
    )
    first, second = laid_out_together(wishes=[wishes[0], elsewhere], now=now)
    assert (second.wish.origin, second.wish.not_before) == (first.wish.origin, first.wish.not_before)
    assert together((first, second)) == together(laid_out_together(wishes=wishes, now=now))


def test_without_enough_at_first_the_search_looks_further(family):
    assert len(boards(family)[0].windows) == 1
    occupy(family.things["room"], factories.now(), 16 * 24 * 60)
    assert len(boards(family)[0].windows) == 2


def test_the_same_days_are_read_for_both(family):
    one, other = boards(family)
    assert one.windows == other.windows


# --- at the same moment -----------------------------------------------------------------------------------------------


@pytest.fixture
def committed(own_database):
    with transaction.atomic():
        cast = gather()
        things = rooms(cast)
        give_hours(cast, things)
        with acting_as(cast.social_worker):
            return siblings_of(cast, things)


def standing(family):
    with transaction.atomic(), acting_as(family.by):
        return sorted(Interview.objects.values_list("case_id", flat=True))


def test_the_same_form_sent_twice_at_once_books_once(committed):
    key, plans = uuid.uuid4(), committed.plans()
    answers = race_as(committed.by, *[lambda: book_both(committed, key=key, plans=plans)] * 4)
    assert kinds(answers) == ["list"] * 4
    assert len({interview.pk for made in answers for interview in made}) == 2
    assert standing(committed) == sorted([committed.one.case.pk, committed.other.case.pk])
    assert deadlocks() == 0


def test_two_forms_of_one_family_book_one_pair(committed):
    early, late = committed.plans(), committed.plans(factories.workday(days=6, hour=13))
    answers = race_as(
        committed.by,
        lambda: book_both(committed, plans=early),
        lambda: book_both(committed, case=committed.other.case, plans=late),
    )
    assert kinds(answers) == ["NotBoth", "list"]
    assert standing(committed) == sorted([committed.one.case.pk, committed.other.case.pk])
    assert deadlocks() == 0


def test_a_pair_and_somebody_who_wants_the_second_room_at_that_hour(committed):
    """The room of the second only: whoever is faster, there are both of the pair or neither."""
    second = factories.workday() + timedelta(minutes=60)
    with transaction.atomic(), acting_as(committed.by):
        mawar = factories.room(committed.things["room"].venue, "Mawar", child_friendly=True)
        factories.works(mawar)
    plans = committed.plans()
    plans[committed.other.case] = dataclasses.replace(plans[committed.other.case], room=mawar.pk)

    def wanting():
        return occupy(mawar, second, 45)

    booked, *others = race_as(committed.by, lambda: book_both(committed, plans=plans), *[wanting] * 3)
    pairs = 1 if kinds([booked]) == ["list"] else 0
    assert kinds([booked, *others]) == ["SlotTaken"] * 3 + ["list"]
    assert len(standing(committed)) == 2 * pairs
    with transaction.atomic(), acting_as(committed.by):
        assert Occupancy.objects.filter(live=True).count() == (18 if pairs else 1)
    assert deadlocks() == 0
