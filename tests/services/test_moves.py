"""Moving an interview: what moves, what stays, what is refused, and what races and crashes leave behind."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cms.audit.models import AuditEvent
from cms.refusals import Objected
from services.actions import interviews, invitations, moves
from services.actions.occupancy import SlotTaken, take
from services.models import Booking, Interview, Move, Occupancy, Participant, QuestionNeed, Resource
from tests import factories
from tests.databases import as_owner


def book(ready, **changes):
    return interviews.book_interview(
        case=ready.case, plan=ready.plan(**changes), by=ready.cast.social_worker, now=factories.now(), key=uuid.uuid4()
    )


@pytest.fixture
def booked(ready):
    ready.interview = book(ready)
    return ready


def move(one, *, starts=None, picks=(), key=None, plan=None, now=None):
    starts = starts or factories.workday(hour=13)
    plan = plan or moves.plan_of_move(one.interview, starts, dict(picks))
    return moves.move_interview(
        case=one.case, interview=one.interview, plan=plan, by=one.cast.social_worker,
        now=now or factories.now(), key=key or uuid.uuid4(),
    )  # fmt: skip


def refused(one, **facts):
    with pytest.raises(Objected) as refusal:
        move(one, **facts)
    return set(refusal.value.keys)


def spans(*resources):
    rows = Occupancy.objects.filter(live=True)
    return set((rows.filter(resource__in=resources) if resources else rows).values_list("resource_id", "span"))


# --- what a move does -------------------------------------------------------------------------------------------------


def test_everything_is_taken_at_the_new_hour_and_free_at_the_old(booked):
    before = spans()
    moved = move(booked)
    assert moved.pk == booked.interview.pk
    assert (moved.starts, moved.ends - moved.starts) == (factories.workday(hour=13), timedelta(minutes=45))
    assert spans() == {(resource, factories.span(moved.starts, 45)) for resource, _span in before}
    bookings = Booking.objects.filter(interview=moved)
    assert set(bookings.values_list("occupancy__live", flat=True)) == {True}
    assert bookings.count() == len(before)


def test_another_interviewer_and_room_take_over(booked):
    other = factories.person_resource(booked.cast.keeper, booked.cast.house)
    factories.qualify(other, "forensic")
    venue = factories.venue(booked.cast.house)
    room = factories.room(venue, "Anggrek", child_friendly=True)
    glass = factories.room(venue, "Kaca 2", kind="observation_room")
    kit = Resource.objects.create(kind="kit", name="Perekam 2", agency=booked.cast.house, venue=venue)
    for resource in (other, room, glass, kit):
        factories.works(resource)
    picks = {"interviewer": other.pk, "room": room.pk, "observation_room": glass.pk, "kit": kit.pk}
    moved = move(booked, picks=picks)
    assert Participant.objects.get(interview=moved, role="interviewer").resource == other
    assert (moved.venue, moved.zone) == (room.venue, str(room.venue.zone))
    assert {thing.pk for thing in moves.things_of(moved)} >= {room.pk}
    assert booked.things["room"].pk not in {thing.pk for thing in moves.things_of(moved)}
    assert spans(booked.cast.interviewer.resource.pk, booked.things["room"].pk) == set()


def test_state_kind_protocol_and_booking_stay(booked):
    kept = ("state", "kind", "case_id", "protocol_id", "key", "payload_hash", "booked_by_id", "booked_at")
    before = Interview.objects.values(*kept).get(pk=booked.interview.pk)
    move(booked)
    assert Interview.objects.values(*kept).get(pk=booked.interview.pk) == before


def test_where_it_was_is_remembered_and_the_move_is_recorded(booked):
    was = booked.interview.span
    move(booked)
    with connection.cursor() as cursor:
        cursor.execute("SELECT span, changed_by FROM services_interviewformer WHERE id = %s", [booked.interview.pk])
        assert cursor.fetchall() == [(was, booked.cast.social_worker.pk)]
    event = AuditEvent.objects.get(verb="interview.moved")
    assert (event.case_id, event.key, event.detail) == (booked.case.pk, str(booked.interview.pk), {})
    assert Move.objects.get().interview == booked.interview


def test_an_overlap_with_its_own_old_hour_is_no_conflict(booked):
    later = booked.interview.starts + timedelta(minutes=15)
    assert move(booked, starts=later).starts == later


def test_what_an_agency_filed_since_becomes_part_of_it(booked):
    need = factories.need(booked.case, booked.cast, 1)
    move(booked)
    need.refresh_from_db()
    assert (need.state, need.interview) == (QuestionNeed.State.ATTACHED, booked.interview)


def test_a_copy_for_the_child_says_that_it_was_moved_and_not_to_when(booked):
    from services.models.copies import copy_of

    move(booked)
    parts = {str(part["title"]): part["entries"] for part in copy_of(booked.case, factories.now())["parts"]}
    (entry,) = parts["Wawancara"]
    told = str(entry)
    assert told.count("dipindahkan pada") == 1
    assert "13.00" not in told


# --- twice is once ----------------------------------------------------------------------------------------------------


def test_the_same_key_moves_once(booked):
    key, plan = uuid.uuid4(), moves.plan_of_move(booked.interview, factories.workday(hour=13), {})
    first = move(booked, key=key, plan=plan)
    assert move(booked, key=key, plan=plan) == first
    assert (Move.objects.count(), AuditEvent.objects.filter(verb="interview.moved").count()) == (1, 1)


def test_the_same_key_with_another_hour_or_interview_is_refused(booked):
    key = uuid.uuid4()
    move(booked, key=key)
    assert refused(booked, key=key, starts=factories.workday(hour=15)) == {"form_used_differently"}
    assert Interview.objects.get(pk=booked.interview.pk).starts == factories.workday(hour=13)


# --- every rule is asked again ----------------------------------------------------------------------------------------


def test_moving_to_where_it_is_or_with_other_roles_is_refused(booked):
    assert refused(booked, starts=booked.interview.starts) == {"move_changes_nothing"}
    plan = moves.plan_of_move(booked.interview, factories.workday(hour=13), {})
    assert refused(booked, plan=replace(plan, attendees=plan.attendees[1:])) == {"move_changes_the_team"}
    assert refused(booked, plan=replace(plan, ends=plan.ends + timedelta(minutes=5))) == {"move_changes_the_team"}


@pytest.mark.parametrize(
    ("hour", "keys"), [({"hour": 20}, {"outside_working_hours"}), ({"days": -3}, {"slot_in_the_past"})]
)
def test_an_hour_that_could_not_be_booked(booked, hour, keys):
    assert refused(booked, starts=factories.workday(**hour)) >= keys
    assert Interview.objects.get(pk=booked.interview.pk).starts == booked.interview.starts


def test_rules_of_the_case_are_asked_as_they_stand_now(booked):
    from services.models import ChildView

    facts = {"case": booked.case, "by": booked.cast.social_worker, "at": factories.now()}
    ChildView.objects.create(means="talk", answer="no", **facts)
    assert refused(booked) == {"child_said_no"}


def test_somebody_untrained_cannot_take_over(booked):
    other = factories.person_resource(booked.cast.keeper, booked.cast.house)
    factories.works(other)
    assert refused(booked, picks={"interviewer": other.pk}) == {"interviewer_unqualified"}


def test_who_was_replaced_and_came_back_moves_along(booked):
    """Their place was booked twice by then: once for the time before, once for the time after."""
    cast, before = booked.cast, spans()
    nia = factories.person_resource(factories.member("Nia", cast.house, "interviewer"), cast.house)
    factories.qualify(nia, "forensic")
    factories.works(nia)
    for person in (nia, cast.interviewer.resource):
        invitations.substitute_participant(
            case=booked.case, interview=booked.interview, resource=person, by=cast.social_worker, now=factories.now(),
            participant=Participant.objects.get(interview=booked.interview, role="interviewer"),
        )  # fmt: skip
    assert spans() == before
    move(booked)
    assert {resource for resource, _span in spans()} == {resource for resource, _span in before}
    assert spans() & before == set()


def test_an_interview_is_not_moved_from_another_case(booked):
    with pytest.raises(Objected) as refusal:
        moves.move_interview(
            case=factories.open_case(booked.cast), interview=booked.interview, by=booked.cast.social_worker,
            plan=moves.plan_of_move(booked.interview, factories.workday(hour=13), {}), now=factories.now(), key=uuid.uuid4(),
        )  # fmt: skip
    assert refusal.value.keys == ("form_used_differently",)


def test_what_was_held_cancelled_or_has_begun_stays(booked):
    assert refused(booked, now=booked.interview.starts) >= {"interview_begun_not_moved"}
    interviews.cancel_interview(
        case=booked.case, interview=booked.interview, by=booked.cast.social_worker, now=factories.now()
    )
    assert refused(booked) == {"interview_not_booked"}


def test_a_taken_hour_is_refused_and_nothing_changes(booked):
    hour = factories.workday(hour=13)
    take(wanted={booked.things["room"].pk: (hour, hour + timedelta(minutes=30))}, now=factories.now())
    before = (spans(), list(Booking.objects.order_by("pk").values()), list(Interview.objects.values()))
    with pytest.raises(SlotTaken):
        move(booked)
    assert before == (spans(), list(Booking.objects.order_by("pk").values()), list(Interview.objects.values()))
    assert not Move.objects.exists()
    assert AuditEvent.objects.filter(verb="interview.refused").count() == 1


# --- what the database keeps, whoever writes --------------------------------------------------------------------------


def refused_by_the_database(statement, *values, match):
    with pytest.raises(DatabaseError, match=match), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    "change",
    ["key = gen_random_uuid()", "payload_hash = 'x'", "booked_at = now()", "protocol_id = protocol_id + 1"],
)
def test_how_it_was_booked_cannot_be_rewritten(booked, change):
    refused_by_the_database(f"UPDATE services_interview SET {change}", match="how an interview was booked stays")


@pytest.mark.parametrize("state", ["held", "cancelled"])
def test_what_is_over_keeps_its_hour_and_place(booked, state):
    at = {"held": "held_at", "cancelled": "cancelled_at"}[state]
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE services_interview SET state = %s, {at} = now()", [state])
    later = factories.span(factories.workday(days=9))
    for change, value in (("span", later), ("zone", "Asia/Jayapura"), ("venue_id", booked.interview.venue_id + 1)):
        statement = f"UPDATE services_interview SET {change} = %s"
        refused_by_the_database(statement, value, match="only what is booked and still to come is moved")


def test_nothing_is_moved_into_the_past(booked):
    past = factories.span(factories.now() - timedelta(days=1))
    refused_by_the_database("UPDATE services_interview SET span = %s", past, match="still to come")


def test_the_hour_cannot_change_without_what_is_booked_for_it(booked):
    later = factories.span(factories.workday(days=9), 45)
    refused_by_the_database(
        "UPDATE services_interview SET span = %s; SET CONSTRAINTS ALL IMMEDIATE".replace("%s", f"'{later}'"),
        match="not moved out of what is booked",
    )


def test_moves_only_grow_and_are_signed_by_oneself(booked):
    move(booked)
    refused_by_the_database("DELETE FROM services_move", match="permission denied")
    refused_by_the_database("UPDATE services_move SET at = now()", match="permission denied")
    with pytest.raises(IntegrityError, match="only grows"), transaction.atomic():
        as_owner("DELETE FROM services_move")
    facts = {"case": booked.case, "interview": booked.interview, "key": uuid.uuid4(), "at": factories.now()}
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Move.objects.create(by=booked.cast.companion, **facts)


def test_a_move_hangs_on_an_interview_of_its_own_case(booked):
    other = factories.open_case(booked.cast)
    with pytest.raises(IntegrityError, match="of_the_same_case"), transaction.atomic():
        Move.objects.create(
            case=other, interview=booked.interview, key=uuid.uuid4(), by=booked.cast.social_worker, at=factories.now()
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# --- a crash at every statement ---------------------------------------------------------------------------------------


class Crash(Exception):
    pass


def crashing_at(number):
    """A wrapper that lets `number` statements pass and dies before the next; `.seen` counts."""

    def wrapper(execute, sql, params, many, context):
        wrapper.seen += 1
        if wrapper.seen > number:
            raise Crash
        return execute(sql, params, many, context)

    wrapper.seen = 0
    return wrapper


def crash_at_every_statement(work, state):
    """Run `work` again and again, dying one statement later each time: always all or nothing. Returns how many died."""
    before, died = state(), 0
    while True:
        wrapper = crashing_at(died)
        try:
            with transaction.atomic(), connection.execute_wrapper(wrapper):
                work()
        except Crash:
            assert state() == before, f"something was left at statement {died + 1}"
            died += 1
        else:
            return died


def test_a_crash_at_any_statement_of_a_move_leaves_all_or_nothing(booked):
    key, plan = uuid.uuid4(), moves.plan_of_move(booked.interview, factories.workday(hour=13), {})

    def state():
        booked.interview.refresh_from_db()
        return (spans(), booked.interview.span, Move.objects.count(), list(Booking.objects.order_by("pk").values()))

    died = crash_at_every_statement(lambda: move(booked, key=key, plan=plan), state)
    assert died > 20
    after = state()
    assert move(booked, key=key, plan=plan) == booked.interview  # the retry finds the first result
    assert (state(), Move.objects.count()) == (after, 1)


def test_a_leave_during_the_hour_is_met_by_the_rule(booked):
    """Who is away has no working hours then; moving there is refused, moving away is not."""
    person = booked.cast.interviewer.resource
    from services.models import Availability

    away = (factories.workday(hour=12), factories.workday(hour=17))
    Availability.objects.filter(resource=person, span__overlap=factories.span(away[0], 300)).delete()
    assert refused(booked) == {"outside_working_hours"}
    assert move(booked, starts=factories.workday(days=6, hour=9)).starts == factories.workday(days=6, hour=9)
