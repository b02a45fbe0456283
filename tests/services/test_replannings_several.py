"""One plan for several who are away, with interviews named or frozen: what is proposed, who sees why, what stands."""

from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cms.audit.models import AuditEvent
from cms.database.connection import as_jobs
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import replannings
from services.actions.erasure import closed_cases, erase_case
from services.models import Absence, Mark, Move, Replanning
from services.rules.replanning_wish import FREEZE, MOVE, Asked, Marked
from tests import factories
from tests.racing import race
from tests.services import replanning_house
from tests.services.replanning_house import as_person, asked, fresh, plan, proposals, think

NINE_TO_TEN = (9, 10)


@pytest.fixture
def house(own_database):
    """As it is told in replanning_house; its coordinator is on the three cases of the one manager."""
    house = replanning_house.build()
    replanning_house.coordinate(house, house.ones)
    return house


def between(first, last):
    return factories.workday(hour=first), factories.workday(hour=last)


def moving(one, hours=(0, 23)):
    return Marked(one.interview.pk, MOVE, *between(*hours))


def freezing(one):
    return Marked(one.interview.pk, FREEZE)


def mine(house, replanning):
    """{interview: proposal} of the three cases of one manager."""
    return {p.interview_id: p for p in proposals(replanning, house.cast.social_worker)}


def day_of(span):
    return span.lower.astimezone(factories.JAKARTA).date()


# --- several at once --------------------------------------------------------------------------------------------------


def test_two_who_are_ill_are_planned_around_together_without_a_leave(house):
    """The stand-in is ill too, so nobody is left that day: everybody moves, and to no hour twice."""
    replanning = plan(house, house.cast.interviewer.resource, house.second)
    think()
    found = fresh(replanning, house.cast.keeper)
    assert (found.affected, found.moved, found.unplaced, found.frozen) == (4, 4, 0, 0)
    spans = [p.span for person in (house.cast.social_worker, house.other) for p in proposals(replanning, person)]
    assert factories.workday().date() not in {day_of(span) for span in spans}
    assert len({span.lower for span in spans}) == 4


def test_each_is_away_for_its_own_time_and_the_plan_says_who_moved_whom(house):
    """The stand-in is away before noon only: who is asked after noon keeps the hour; the room is closed before nine."""
    interviewer, room = house.cast.interviewer.resource, house.things["room"]
    wish = Asked(
        house.cast.house.pk,
        (
            *asked(house, interviewer).away,
            *asked(house, house.second, day=between(0, 12)).away,
            *asked(house, room, day=between(0, 9)).away,
        ),
    )
    with as_person(house.cast.keeper):
        replanning = replannings.plan_anew(asked=wish, by=house.cast.keeper, now=factories.now())
        absence = {one.resource_id: one.pk for one in replanning.absences.all()}
    think()
    (theirs,) = proposals(replanning, house.other)
    assert (theirs.span, theirs.picks["interviewer"]) == (theirs.was, house.second.pk)
    assert theirs.hit_by == [absence[interviewer.pk]]
    found = mine(house, replanning)
    both = sorted([absence[interviewer.pk], absence[room.pk]])
    assert [found[one.interview.pk].hit_by for one in house.ones] == [both, both[:1], both[:1]]
    assert all(p.span.lower >= factories.workday(hour=12) or day_of(p.span) != day_of(p.was) for p in found.values())


def test_a_closed_house_is_all_its_rooms(house):
    replanning = plan(house, *(house.things[one] for one in ("room", "plain", "observation")))
    think()
    found = mine(house, replanning)
    assert {len(p.hit_by) for p in found.values()} == {
        2
    }  # the room and the one behind the glass; the other was not booked
    assert all(day_of(p.span) != day_of(p.was) for p in found.values())
    assert {p.picks["interviewer"] for p in found.values()} == {
        house.cast.interviewer.resource.pk
    }  # who stays if that can be


# --- named, and frozen ------------------------------------------------------------------------------------------------


def test_an_interview_that_was_named_moves_though_everybody_is_free(house):
    one = house.ones[0]
    replanning = plan(house, marks=[moving(one)], by=house.coordinator)
    think()
    (found,) = mine(house, replanning).values()
    assert (found.interview_id, found.hit_by, found.mark) == (one.interview.pk, [], "move")
    assert day_of(found.span) != day_of(found.was)
    assert found.picks["interviewer"] == house.cast.interviewer.resource.pk
    accept(house, replanning, [found])
    with as_person(house.cast.social_worker):
        one.interview.refresh_from_db()
    assert one.interview.span == found.span


def test_it_leaves_only_the_time_that_was_named_and_goes_around_what_is_frozen(house):
    first, second, third = house.ones
    marks = [moving(second, NINE_TO_TEN), freezing(first), freezing(third)]
    replanning = plan(house, marks=marks, by=house.coordinator)
    think()
    (found,) = mine(house, replanning).values()
    assert (found.interview_id, day_of(found.span)) == (second.interview.pk, day_of(found.was))
    others = [one.interview.span for one in (first, third, house.hidden)]
    assert all(found.span.upper <= span.lower or found.span.lower >= span.upper for span in others)
    assert found.span.lower >= factories.workday(hour=10)


def test_a_frozen_one_that_is_hit_has_no_solution_and_the_others_are_planned_for(house):
    frozen, *others = house.ones
    replanning = plan(house, house.cast.interviewer.resource, marks=[freezing(frozen)], by=house.coordinator)
    think()
    found = fresh(replanning, house.coordinator)
    assert (found.affected, found.frozen, found.unplaced, found.moved, found.kept) == (4, 1, 0, 0, 3)
    left = mine(house, replanning)
    assert (left[frozen.interview.pk].span, left[frozen.interview.pk].mark) == (None, "freeze")
    assert all(left[one.interview.pk].picks["interviewer"] == house.second.pk for one in others)
    for chosen in ([left[frozen.interview.pk]], list(left.values())):
        with pytest.raises(Objected) as refusal:
            accept(house, replanning, chosen)
        assert refusal.value.keys == ("proposal_frozen",)
    accept(house, replanning, [left[one.interview.pk] for one in others])
    with as_person(house.cast.social_worker):
        assert set(Move.objects.values_list("interview", flat=True)) == {one.interview.pk for one in others}


def test_an_interview_in_several_sessions_stays_and_somebody_is_named_to_call(house):
    cast, later = house.cast, (factories.workday(hour=14) + timedelta(days=2),)
    with transaction.atomic():
        extended = replanning_house.booked(cast, house.things, cast.social_worker, 14, later=later)
    replanning_house.coordinate(house, [extended])
    replanning = plan(house, cast.interviewer.resource, by=house.coordinator)
    think()
    found = fresh(replanning, house.coordinator)
    assert (found.affected, found.frozen, found.moved, found.kept) == (5, 1, 0, 4)
    left = mine(house, replanning)[extended.interview.pk]
    assert (left.span, left.mark) == (None, "freeze")


def test_when_everything_that_is_hit_is_frozen_it_is_ready_at_once(house):
    marks = [freezing(one) for one in house.ones]
    replanning = plan(house, house.things["room"], marks=marks, by=house.coordinator, day=between(0, 12))
    think()
    found = fresh(replanning, house.coordinator)
    assert (found.state, found.best, found.affected, found.frozen, found.kept) == ("done", 1, 3, 3, 0)
    assert len(mine(house, replanning)) == 3


def accept(house, replanning, chosen):
    by = house.cast.social_worker
    with as_person(by):
        return replannings.accept_proposals(replanning=replanning, proposals=chosen, by=by, now=factories.now())


# --- the same plan twice ----------------------------------------------------------------------------------------------


def places(house, replanning):
    return [(key, p.span, p.picks, p.mark) for key, p in sorted(mine(house, replanning).items())]


def test_from_the_same_wish_comes_the_same_plan_whatever_the_order_it_was_named_in(house):
    ill = [house.cast.interviewer.resource, house.second]
    marks = [moving(house.ones[0]), freezing(house.ones[1])]
    plans = []
    for resources, marked in ((ill, marks), (ill[::-1], marks[::-1])):
        replanning = plan(house, *resources, marks=marked, by=house.coordinator)
        think()
        plans.append(replanning)
    one, other = (fresh(replanning, house.coordinator) for replanning in plans)
    assert (one.pk != other.pk, one.fingerprint == other.fingerprint) == (True, True)
    assert places(house, one) == places(house, other)
    third = plan(house, *ill, marks=marks[:1], by=house.coordinator)
    think()
    assert fresh(third, house.coordinator).fingerprint != one.fingerprint
    assert places(house, third) != places(house, one)


def test_while_it_is_thought_about_the_same_question_finds_it_and_another_does_not(house):
    ill = house.cast.interviewer.resource
    first = plan(house, ill, marks=[freezing(house.ones[0])], by=house.coordinator)
    assert plan(house, ill, marks=[freezing(house.ones[0])], by=house.coordinator) == first
    others = [
        plan(house, ill, by=house.coordinator),
        plan(house, ill, marks=[freezing(house.ones[1])], by=house.coordinator),
        plan(house, ill, marks=[moving(house.ones[0])], by=house.coordinator),
        plan(house, ill, house.second, by=house.coordinator),
    ]
    assert len({first.pk, *(one.pk for one in others)}) == 5


def test_two_colleagues_who_ask_the_same_at_once_get_one_plan(house):
    wish = asked(house, house.cast.interviewer.resource, house.second)

    def ask():
        with acting_as(house.cast.keeper):
            return replannings.plan_anew(asked=wish, by=house.cast.keeper, now=factories.now()).pk

    answers = race(*[ask] * 4)
    assert len(set(answers)) == 1, answers
    with as_person(house.cast.keeper):
        assert (Replanning.objects.count(), Absence.objects.count()) == (1, 2)
        assert AuditEvent.objects.filter(verb="replanning.started").count() == 1


# --- who may name what, and who sees it -------------------------------------------------------------------------------


def test_an_interview_one_does_not_see_is_refused_as_one_that_is_not_there(house):
    hidden, absent = freezing(house.hidden), Marked(999_999, FREEZE)
    for mark in (hidden, absent):
        with pytest.raises(Objected) as refusal:
            plan(house, house.second, marks=[mark], by=house.coordinator)
        assert refusal.value.keys == ("replanning_marks_what_is_not_booked",)
    with as_person(house.coordinator):
        assert not Replanning.objects.exists()


def test_an_interview_that_was_cancelled_since_cannot_be_named(house, owner):
    one = house.ones[0].interview
    owner.execute("UPDATE services_interview SET state = 'cancelled', cancelled_at = now() WHERE id = %s", [one.pk])
    with pytest.raises(Objected) as refusal:
        plan(house, marks=[moving(house.ones[0])], by=house.coordinator)
    assert refusal.value.keys == ("replanning_marks_what_is_not_booked",)


def test_a_child_is_no_resource_to_be_away(house, owner):
    with as_person(house.cast.social_worker):
        child = house.ones[0].case.child_resource
    with pytest.raises(Objected) as refusal:
        plan(house, child)
    assert refusal.value.keys == ("replanning_of_several_agencies",)


def test_members_see_which_absence_hits_their_case_and_no_other(house):
    replanning = plan(house, house.cast.interviewer.resource, house.second, house.things["plain"])
    think()

    def seen(person):
        with as_person(person):
            return {one.resource.name for one in Absence.objects.filter(replanning=replanning)}

    everybody = {house.cast.interviewer.resource.name, house.second.name, house.things["plain"].name}
    people = {"keeper": house.cast.keeper, "coordinator": house.coordinator}
    assert {name: seen(person) for name, person in people.items()} == dict.fromkeys(people, everybody)
    for member in (house.cast.social_worker, house.other, house.cast.investigator):
        assert seen(member) == {house.cast.interviewer.resource.name}
    for stranger in (house.cast.outsider, house.cast.other_worker):
        assert seen(stranger) == set()


def test_a_mark_is_for_the_members_of_its_case(house):
    plan(house, house.second, marks=[freezing(house.ones[0])], by=house.coordinator)
    people = (house.coordinator, house.cast.social_worker, house.cast.keeper, house.other, house.cast.outsider)
    seen = []
    for person in people:
        with as_person(person):
            seen.append(Mark.objects.count())
    assert seen == [1, 1, 0, 0, 0]


def test_naming_an_interview_stands_in_the_record_of_its_case(house):
    plan(house, house.second, marks=[freezing(house.ones[0])], by=house.coordinator)
    with as_person(house.coordinator):
        (event,) = AuditEvent.objects.filter(verb="interview.marked")
    assert (event.case_id, event.actor_id, event.detail) == (house.ones[0].case.pk, house.coordinator.pk, {})


def test_an_erased_case_leaves_no_mark_and_the_plan_stays(house, owner):
    replanning = plan(house, house.second, marks=[freezing(one) for one in house.ones[:2]], by=house.coordinator)
    gone, left = (one.case.pk for one in house.ones[:2])
    owner.execute("UPDATE services_interview SET state = 'cancelled', cancelled_at = now() WHERE case_id = %s", [gone])
    owner.execute("UPDATE services_case SET closed_at = now() - interval '30 years' WHERE id = %s", [gone])
    with as_jobs(), transaction.atomic():
        (closed,) = closed_cases()
        assert erase_case(closed=closed, by=None, now=timezone.now())["services_mark"] == 1
    assert owner.execute("SELECT case_id FROM services_mark").fetchall() == [(left,)]
    assert fresh(replanning, house.cast.keeper).state == "waiting"


# --- what the database itself keeps -----------------------------------------------------------------------------------


def test_the_application_adds_no_absence_to_anothers_plan_nor_of_another_agency(house):
    elsewhere = factories.room(factories.venue(house.cast.other_worker.memberships.get().agency), "Lain")
    waiting = plan(house, house.cast.interviewer.resource)
    span = factories.span(factories.workday())
    for person, resource in ((house.cast.keeper, elsewhere), (house.coordinator, house.second)):
        with pytest.raises(DatabaseError, match="row-level security"), as_person(person):
            Absence.objects.create(replanning=waiting, resource=resource, span=span)
    with as_person(house.cast.keeper):
        Absence.objects.create(replanning=waiting, resource=house.second, span=span)
    think()
    with pytest.raises(DatabaseError, match="row-level security"), as_person(house.cast.keeper):
        Absence.objects.create(replanning=waiting, resource=house.things["kit"], span=span)


def test_the_application_marks_no_case_that_one_is_not_on_and_nothing_in_anothers_plan(house):
    waiting = plan(house, house.second, by=house.coordinator)
    hidden, shown = ({"case": one.case, "interview": one.interview} for one in (house.hidden, house.ones[0]))
    for person, row in ((house.coordinator, hidden), (house.cast.social_worker, shown)):
        with pytest.raises(DatabaseError, match="row-level security"), as_person(person):
            Mark.objects.create(replanning=waiting, kind="freeze", **row)
    with pytest.raises(DatabaseError, match="mark_interview_of_the_same_case"), as_person(house.coordinator):
        Mark.objects.create(
            replanning=waiting, kind="freeze", case=house.ones[0].case, interview=house.ones[1].interview
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


PROPOSAL = (
    "INSERT INTO services_proposal (replanning_id, case_id, interview_id, round, key, was, span, picks, hit_by, mark)"
    " SELECT %(plan)s, %(case)s, %(interview)s, 1, gen_random_uuid(), span, {span}, '{{}}', '{hit}', '{mark}'"
    " FROM services_interview WHERE id = %(interview)s"
)
ABSENCE = "INSERT INTO services_absence (replanning_id, resource_id, span) VALUES (%(plan)s, %(resource)s, {span})"
MARK = (
    "INSERT INTO services_mark (replanning_id, case_id, interview_id, kind, off)"
    " VALUES (%(plan)s, %(case)s, %(interview)s, '{kind}', {off})"
)
TWIN = (
    "INSERT INTO services_replanning (agency_id, fingerprint, by_id, at, state, best, affected, moved, greedy_moved,"
    " unplaced, frozen) SELECT agency_id, fingerprint, by_id, at, 'thinking', 1, 0, 0, 0, 0, 0"
    " FROM services_replanning WHERE id = %(plan)s"
)
HOUR = "tstzrange(now(), now() + interval '1 hour')"


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (PROPOSAL.format(span="span", hit="{}", mark=""), "proposal_has_a_reason"),
        (PROPOSAL.format(span="NULL", hit="{}", mark="freeze"), "proposal_has_a_reason"),
        (PROPOSAL.format(span="span", hit="{1}", mark="freeze"), "proposal_leaves_frozen_alone"),
        (ABSENCE.format(span="'empty'"), "absence_ends_after_it_starts"),
        (f"{ABSENCE.format(span=HOUR)}; {ABSENCE.format(span=HOUR)}", "absence_once_per_resource"),
        (MARK.format(kind="move", off="NULL"), "mark_moves_out_of_a_time_or_freezes"),
        (MARK.format(kind="move", off="'empty'"), "mark_moves_out_of_a_time_or_freezes"),
        (MARK.format(kind="freeze", off=HOUR), "mark_moves_out_of_a_time_or_freezes"),
        (MARK.format(kind="none", off="NULL"), "mark_moves_out_of_a_time_or_freezes"),
        (f"{MARK.format(kind='freeze', off='NULL')}; {MARK.format(kind='move', off=HOUR)}", "mark_once_per_interview"),
        (
            TWIN,
            "replanning_thought_about_once_at_a_time",
        ),
    ],
)
def test_not_even_the_owner_breaks_a_promise(house, owner, statement, constraint):
    waiting = plan(house, house.second)
    one = house.ones[0]
    facts = {"plan": waiting.pk, "case": one.case.pk, "interview": one.interview.pk, "resource": house.things["kit"].pk}
    with pytest.raises(psycopg.IntegrityError, match=constraint), owner.transaction():
        for part in statement.split("; "):
            owner.execute(part, facts)
