"""Planning anew: who is told what, what is proposed, and that accepting is all or nothing, once."""

import uuid
from datetime import timedelta
from itertools import pairwise

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cms.audit.models import AuditEvent
from cms.database import embedded
from cms.database.connection import as_jobs
from cms.refusals import Objected
from services.actions import interviews, moves, proposing, replannings
from services.actions.erasure import closed_cases, erase_case, erase_kind
from services.actions.occupancy import SlotTaken, take
from services.actions.plans import limits_of, protocol_in_force
from services.models import Interview, Move, Occupancy, Participant, Proposal, Replanning
from tests import factories
from tests.entering import letters
from tests.services import replanning_house
from tests.services.replanning_house import as_person, asked, falls_ill, fresh, proposals, think
from tests.services.test_moves import crash_at_every_statement


@pytest.fixture
def house(own_database):
    return replanning_house.build()


def accept(house, replanning, chosen, *, by=None):
    by = by or house.cast.social_worker
    with as_person(by):
        return replannings.accept_proposals(replanning=replanning, proposals=chosen, by=by, now=factories.now())


# --- what is proposed -------------------------------------------------------------------------------------------------


def test_everybody_keeps_the_hour_with_the_interviewer_who_stands_in(house):
    replanning = falls_ill(house)
    think()
    found = fresh(replanning, house.cast.keeper)
    assert (found.state, found.best, found.affected, found.moved, found.unplaced) == ("done", 2, 4, 0, 0)
    mine = proposals(replanning, house.cast.social_worker)
    assert [(p.span, p.picks["interviewer"]) for p in mine] == [(p.was, house.second.pk) for p in mine]
    assert {p.interview_id for p in mine} == {one.interview.pk for one in house.ones}


def test_when_the_room_closes_and_nobody_stands_in_no_time_is_said(own_database):
    house = replanning_house.build(stand_in=False)
    replanning = falls_ill(house)
    think()
    found = fresh(replanning, house.cast.keeper)
    assert (found.affected, found.unplaced, found.moved) == (4, 4, 0)
    with pytest.raises(Objected) as refusal:
        accept(house, replanning, proposals(replanning, house.cast.social_worker)[:1])
    assert refusal.value.keys == ("proposal_without_time",)


def test_the_hours_are_free_for_somebody_else_meanwhile_so_another_day_is_proposed(house):
    """The stand-in is busy all that day: everybody moves, none to another's new hour."""
    day = factories.workday(hour=8)
    with transaction.atomic():
        take(wanted={house.second.pk: (day, day + timedelta(hours=9))}, now=factories.now())
    replanning = falls_ill(house)
    think()
    found = fresh(replanning, house.cast.keeper)
    assert (found.moved, found.unplaced, found.greedy_moved) == (4, 0, 4)
    spans = sorted(p.span.lower for one in (house.cast.social_worker, house.other) for p in proposals(replanning, one))
    assert len(set(spans)) == 4
    band = limits_of(protocol_in_force(factories.now())).band_for(9 * 12)
    assert all(band.earliest <= start.astimezone(factories.JAKARTA).time() < band.latest for start in spans)
    assert all(later - earlier >= timedelta(minutes=45) for earlier, later in pairwise(spans))


def test_no_proposal_that_a_rule_would_refuse(house):
    """A child who said no since is not planned for, whoever is free."""
    from services.models import ChildView

    one = house.ones[0]
    with as_person(house.cast.social_worker):
        facts = {"case": one.case, "by": house.cast.social_worker, "at": factories.now()}
        ChildView.objects.create(means="talk", answer="no", **facts)
    replanning = falls_ill(house)
    think()
    by_case = {p.case_id: p.span for p in proposals(replanning, house.cast.social_worker)}
    assert by_case[one.case.pk] is None
    assert sum(span is None for span in by_case.values()) == 1


def test_without_anything_booked_nothing_is_proposed(house):
    with as_person(house.cast.keeper):
        replanning = replannings.plan_anew(asked=asked(house, house.second), by=house.cast.keeper, now=factories.now())
    think()
    assert (fresh(replanning, house.cast.keeper).state, fresh(replanning, house.cast.keeper).affected) == ("done", 0)


def test_a_half_done_one_is_begun_again_and_a_second_process_keeps_away(house, monkeypatch):
    replanning = falls_ill(house)

    class Killed(Exception):
        pass

    def killed(*_args, **_facts):
        assert think_elsewhere() is None  # while this one is at it
        raise Killed

    def think_elsewhere():
        address = embedded.url("sekali_jobs", house_name(), settings.TEST_POSTGRES)
        with psycopg.connect(address) as raw:
            return None if not raw.execute(proposing.LOCK).fetchone()[0] else "alone"

    monkeypatch.setattr(proposing, "improve", killed)
    with pytest.raises(Killed):
        think()
    found = fresh(replanning, house.cast.keeper)
    assert (found.state, found.best) == ("thinking", 1)  # the greedy plan is there already
    assert len(proposals(replanning, house.cast.social_worker)) == 3
    monkeypatch.undo()
    think()
    assert (fresh(replanning, house.cast.keeper).state, think()) == ("done", None)


def house_name():
    return connection.settings_dict["NAME"]


def test_who_moved_meanwhile_keeps_the_first_plan(house, monkeypatch):
    replanning = falls_ill(house)
    one = house.ones[0]

    seen = []
    first = proposing._first_round

    def first_round_then_moved(waiting, now):
        answer = first(waiting, now)
        seen.append(True)
        address = embedded.url("sekali_owner", house_name(), settings.TEST_POSTGRES)
        with psycopg.connect(address) as raw:
            raw.execute(
                "UPDATE services_interview SET state = 'cancelled', cancelled_at = now() WHERE id = %s",
                [one.interview.pk],
            )
        return answer

    monkeypatch.setattr(proposing, "_first_round", first_round_then_moved)
    think()
    assert seen
    found = fresh(replanning, house.cast.keeper)
    assert (found.state, found.best) == ("done", 1)


# --- who sees and is told what ----------------------------------------------------------------------------------------


def test_a_proposal_is_for_the_members_of_its_case_alone(house):
    replanning = falls_ill(house)
    think()
    seen = {
        name: len(proposals(replanning, person))
        for name, person in {
            "manager": house.cast.social_worker, "other": house.other, "keeper": house.cast.keeper,
            "coordinator": house.coordinator, "outsider": house.cast.outsider, "elsewhere": house.cast.other_worker,
        }.items()
    }  # fmt: skip
    assert seen == {"manager": 3, "other": 1, "keeper": 0, "coordinator": 0, "outsider": 0, "elsewhere": 0}


def test_the_planning_itself_is_for_whoever_keeps_coordinates_or_is_touched(house):
    falls_ill(house)
    think()

    def sees(person):
        with as_person(person):
            return Replanning.objects.count()

    people = (house.cast.keeper, house.coordinator, house.cast.social_worker, house.other)
    assert [sees(person) for person in people] == [1, 1, 1, 1]
    assert [sees(person) for person in (house.cast.outsider, house.cast.other_worker)] == [0, 0]


def test_the_case_managers_get_a_neutral_mail(house):
    falls_ill(house)
    think()
    told = {address for letter in letters() for address in letter.to}
    assert told == {house.cast.social_worker.email, house.other.email}
    words = "".join(letter.body + letter.subject for letter in letters())
    assert not [one.code for one in (*house.ones, house.hidden) if one.code in words]
    assert house.cast.interviewer.resource.name not in words


def test_the_application_neither_writes_proposals_nor_asks_whom_it_touches(house):
    replanning = falls_ill(house)
    think()
    one = house.ones[0]
    changes = {"proposal": "span = was", "replanning": "best = 0", "absence": "span = NULL", "mark": "off = NULL"}
    statements = [f"UPDATE services_{table} SET {change}" for table, change in changes.items()]
    statements += [*(f"DELETE FROM services_{table}" for table in changes), "SELECT sekali_affected(1, now())"]
    for statement in statements:
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            as_person(house.cast.social_worker),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    with pytest.raises(DatabaseError, match="permission denied"), as_person(house.cast.social_worker):
        Proposal.objects.create(
            replanning=replanning, case=one.case, interview=one.interview, round=3, was=one.interview.span
        )
    for person in (house.cast.social_worker, house.cast.outsider):  # asks for an agency of which they keep nothing
        with pytest.raises(DatabaseError, match="row-level security"), as_person(person):
            Replanning.objects.create(agency=house.cast.house, fingerprint="ab" * 32, by=person, at=factories.now())


def test_a_proposal_hangs_on_an_interview_of_its_case(house, owner):
    replanning = falls_ill(house)
    row = (replanning.pk, house.ones[0].case.pk, house.ones[1].interview.pk, uuid.uuid4())
    with pytest.raises(psycopg.IntegrityError, match="of_the_same_case"):
        owner.execute(
            "INSERT INTO services_proposal (replanning_id, case_id, interview_id, round, key, was, picks, hit_by, mark)"
            " VALUES (%s, %s, %s, 1, %s, tstzrange(now(), now() + interval '1 hour'), '{}', '{1}', '')", row,
        )  # fmt: skip


# --- asking -----------------------------------------------------------------------------------------------------------


def test_asked_twice_it_is_one(house):
    assert falls_ill(house).pk == falls_ill(house).pk
    with as_person(house.cast.keeper):
        assert AuditEvent.objects.filter(verb="replanning.started").count() == 1


@pytest.mark.parametrize("hours", [(10, 9), (10, 10), (-200, -100)])
def test_a_period_that_is_none_or_past_is_refused(house, hours):
    now = factories.now()
    start, end = (now + timedelta(hours=one) for one in hours)
    with as_person(house.cast.keeper), pytest.raises(Objected) as refusal:
        wish = asked(house, house.second, day=(start, end))
        replannings.plan_anew(asked=wish, by=house.cast.keeper, now=now)
    assert refusal.value.keys == ("replanning_period",)


def test_how_many_bookings_are_affected(house):
    resource = house.cast.interviewer.resource
    with as_person(house.cast.keeper):
        day = (factories.workday(hour=0), factories.workday(hour=23))
        assert replannings.affected_count(resource, *day, factories.now()) == 4
        assert replannings.affected_count(resource, factories.workday(hour=12), day[1], factories.now()) == 1
        assert replannings.affected_count(resource, *day, factories.workday(hour=23)) == 0


# --- accepting --------------------------------------------------------------------------------------------------------


@pytest.fixture
def proposed(house):
    house.replanning = falls_ill(house)
    think()
    house.mine = proposals(house.replanning, house.cast.social_worker)
    return house


def interviewer_of(house, one):
    with as_person(one.manager):
        return Participant.objects.get(interview=one.interview, role="interviewer").resource_id


def test_all_at_once(proposed):
    moved = accept(proposed, proposed.replanning, proposed.mine)
    assert len(moved) == 3
    assert {interviewer_of(proposed, one) for one in proposed.ones} == {proposed.second.pk}
    assert interviewer_of(proposed, proposed.hidden) == proposed.cast.interviewer.resource.pk
    with as_person(proposed.cast.social_worker):
        assert AuditEvent.objects.get(verb="replanning.accepted").detail == {"interviews": 3}
        assert AuditEvent.objects.filter(verb="interview.moved").count() == 3
        assert not Proposal.objects.open(factories.now()).exists()


def test_some_and_each_manager_for_their_own_in_any_order(proposed):
    accept(proposed, proposed.replanning, proposals(proposed.replanning, proposed.other), by=proposed.other)
    accept(proposed, proposed.replanning, proposed.mine[1:2])
    assert [interviewer_of(proposed, one) == proposed.second.pk for one in proposed.ones] == [False, True, False]
    assert interviewer_of(proposed, proposed.hidden) == proposed.second.pk


def test_accepting_again_finds_them_moved(proposed):
    first = accept(proposed, proposed.replanning, proposed.mine)
    assert accept(proposed, proposed.replanning, proposed.mine) == first
    with as_person(proposed.cast.social_worker):
        assert Move.objects.count() == 3
        assert AuditEvent.objects.get(verb="replanning.accepted").detail == {"interviews": 3}


def test_accepting_more_than_before_records_what_is_new(proposed):
    for chosen in (proposed.mine[:1], proposed.mine):
        accept(proposed, proposed.replanning, chosen)
    with as_person(proposed.cast.social_worker):
        told = AuditEvent.objects.filter(verb="replanning.accepted")
        assert sorted(event.detail["interviews"] for event in told) == [1, 2]


def test_nothing_is_kept_when_somebody_booked_one_of_the_times_meanwhile(proposed):
    hour = proposed.mine[1].span
    with transaction.atomic():
        take(wanted={proposed.second.pk: (hour.lower, hour.upper)}, now=factories.now())
    with pytest.raises(SlotTaken):
        accept(proposed, proposed.replanning, proposed.mine)
    assert {interviewer_of(proposed, one) for one in proposed.ones} == {proposed.cast.interviewer.resource.pk}
    with as_person(proposed.cast.social_worker):
        assert not Move.objects.exists()


def test_nothing_is_kept_when_one_was_moved_or_cancelled_since(proposed):
    one = proposed.ones[0]
    with as_person(one.manager):
        interviews.cancel_interview(case=one.case, interview=one.interview, by=one.manager, now=factories.now())
    with pytest.raises(Objected) as refusal:
        accept(proposed, proposed.replanning, proposed.mine)
    assert refusal.value.keys == ("interview_not_booked",)
    other = proposed.ones[1]
    with as_person(other.manager):
        starts, picks = factories.workday(days=8, hour=9), {"interviewer": proposed.second.pk}
        plan = moves.plan_of_move(Interview.objects.get(pk=other.interview.pk), starts, picks)
        moves.move_interview(
            case=other.case,
            interview=other.interview,
            plan=plan,
            by=other.manager,
            now=factories.now(),
            key=uuid.uuid4(),
        )
    with pytest.raises(Objected) as refusal:
        accept(proposed, proposed.replanning, proposed.mine[1:])
    assert refusal.value.keys == ("proposal_stale",)
    assert interviewer_of(proposed, proposed.ones[2]) == proposed.cast.interviewer.resource.pk


def test_choosing_nothing_is_refused(proposed):
    with pytest.raises(Objected) as refusal:
        accept(proposed, proposed.replanning, [])
    assert refusal.value.keys == ("proposal_none_chosen",)


@pytest.mark.prove
def test_a_crash_at_any_statement_of_accepting_leaves_all_or_nothing(proposed):
    def state():
        return (
            sorted(Occupancy.objects.filter(live=True).values_list("resource_id", "span"), key=str),
            list(Interview.objects.order_by("pk").values("span", "venue_id")),
            Move.objects.count(),
        )

    with as_person(proposed.cast.social_worker):
        died = crash_at_every_statement(
            lambda: replannings.accept_proposals(
                replanning=proposed.replanning,
                proposals=proposed.mine,
                by=proposed.cast.social_worker,
                now=factories.now(),
            ),
            state,
        )
        assert died > 60
        assert Move.objects.count() == 3
    accept(proposed, proposed.replanning, proposed.mine)
    with as_person(proposed.cast.social_worker):
        assert Move.objects.count() == 3


# --- keeping ----------------------------------------------------------------------------------------------------------


def test_after_ninety_days_it_is_erased_with_its_proposals(proposed):
    later = timezone.now() + timedelta(days=91)
    with as_jobs(), transaction.atomic():
        assert erase_kind(key="replannings", by=None, now=later - timedelta(days=2)) == 0
        assert erase_kind(key="replannings", by=None, now=later) == 10
        assert not Proposal.objects.exists()
        assert not Replanning.objects.exists()


def test_an_erased_case_leaves_no_move_and_no_proposal(proposed, owner):
    accept(proposed, proposed.replanning, proposed.mine)
    gone, left = proposed.ones[0].case.pk, proposed.ones[1].case.pk
    owner.execute("UPDATE services_interview SET state = 'cancelled', cancelled_at = now() WHERE case_id = %s", [gone])
    owner.execute("UPDATE services_case SET closed_at = now() - interval '30 years' WHERE id = %s", [gone])
    with as_jobs(), transaction.atomic():
        (closed,) = closed_cases()
        counts = erase_case(closed=closed, by=None, now=timezone.now())
    assert (counts["services_move"], counts["services_proposal"]) == (1, 2)
    for table in ("services_move", "services_proposal", "services_participantformer", "services_bookingformer"):
        found = owner.execute(f"SELECT case_id FROM {table}").fetchall()
        assert (gone,) not in found
        assert (left,) in found
