"""One interview in several sessions: booked all or none, held one after the other, stopped, and told once."""

import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import interviews as actions
from services.actions import invitations, moves, presences, testimony
from services.actions.occupancy import SlotTaken, take
from services.models import CaseMember, Interview, InterviewPart, Occupancy, Readiness, Reminder, State, VenuePresence
from services.models.sheets import sheet_of
from services.rules.testimony import Entry
from tests import factories
from tests.cast import gather, rooms
from tests.databases import as_owner
from tests.racing import deadlocks
from tests.services.conftest import give_hours, plan_for, record_preparation
from tests.services.proposing import accept_all, let_it_lapse
from tests.services.test_interviews import book
from tests.services.test_moves_races import kinds, race_as
from tests.services.test_reminders import sweep

HOUR = timedelta(hours=1)


def further(days=(2, 4)):
    """Starts of further sessions so many days after the first."""
    first = factories.workday()
    return tuple(first + timedelta(days=day) for day in days)


@pytest.fixture
def extended(ready):
    ready.interview = book(ready, later=further())
    return ready


def live(resource=None):
    rows = Occupancy.objects.filter(live=True)
    return rows.filter(resource=resource) if resource else rows


def parts(interview):
    return list(interview.parts.order_by("number").values_list("number", "state"))


def hours_pass(interview, number):
    """It is two hours after session `number` began; only time does that, so the owner stands in for it."""
    shift = factories.now() - 2 * HOUR - interview.parts.get(number=number).starts
    for table, column in (("services_interview", "id"), ("services_interviewpart", "interview_id")):
        as_owner(f"UPDATE {table} SET span = tstzrange(lower(span) + %s, upper(span) + %s) WHERE {column} = %s",
                 shift, shift, interview.pk)  # fmt: skip
    taken = list(interview.bookings.values_list("occupancy_id", flat=True))
    as_owner(
        "UPDATE services_occupancy SET span = tstzrange(lower(span) + %s, upper(span) + %s) WHERE id = ANY (%s)",
        shift, shift, taken,
    )  # fmt: skip
    interview.refresh_from_db()


def hold(one, **facts):
    return actions.hold_interview(
        case=one.case, interview=one.interview, by=one.cast.social_worker, now=factories.now(), **facts
    )


def refused(work, **facts):
    with pytest.raises(Objected) as refusal:
        work(**facts)
    return set(refusal.value.keys)


# --- booking ---------------------------------------------------------------------------------------------------------


def test_every_session_takes_everybody_everything_and_the_child(extended):
    wanted = {*extended.plan().resources(), extended.case.child_resource_id}
    for start in (factories.workday(), *further()):
        taken = live().filter(span__contains=(start, start + timedelta(minutes=45)))
        assert set(taken.values_list("resource_id", flat=True)) == wanted
    assert live().count() == 3 * len(wanted)
    assert extended.interview.bookings.count() == 3 * len(wanted)
    assert [one.starts for one in extended.interview.sessions] == [factories.workday(), *further()]
    assert extended.interview.kind == "joint"


def test_one_hour_that_is_gone_books_none(ready):
    blocked = further()[1]
    take(wanted=[(ready.things["kit"].pk, (blocked, blocked + HOUR))], now=factories.now())
    with pytest.raises(SlotTaken):
        book(ready, later=further())
    assert live().count() == 1
    assert (Interview.objects.count(), InterviewPart.objects.count()) == (0, 0)


def test_outside_somebodys_hours_on_a_later_day_books_none(ready):
    night = factories.workday(hour=20) + timedelta(days=2)
    assert "outside_working_hours" in refused(book, ready=ready, later=(night,))
    assert not live().exists()


def test_a_later_session_is_asked_every_rule_of_its_own_day(ready):
    """The companion's training ends between the sessions, and the suspect is at the venue on the last day."""
    last = further()[1].date()
    ready.cast.companion.resource.qualifications.update(expires_on=last - timedelta(days=1))
    assert refused(book, ready=ready, later=further()) == {"companion_untrained"}
    ready.cast.companion.resource.qualifications.update(expires_on=last)
    book(ready, later=further())


def test_sending_the_form_again_finds_it_and_other_days_are_refused(ready):
    key = uuid.uuid4()
    first = book(ready, key=key, later=further())
    assert book(ready, key=key, later=further()) == first
    assert refused(book, ready=ready, key=key, later=further((2, 3))) == {"form_used_differently"}
    assert InterviewPart.objects.count() == 3


def test_two_bookers_of_a_session_race_and_one_wins(own_database):
    with transaction.atomic():
        cast = gather()
        things = rooms(cast)
        give_hours(cast, things)
        with acting_as(cast.social_worker):
            ones = [_prepared(cast, things) for _number in range(2)]
    later = further()
    works = [
        lambda: book(ones[0], later=later),
        lambda: book(ones[1], starts=later[0], ends=later[0] + timedelta(minutes=45)),
    ]
    answers = race_as(cast.social_worker, *works * 3)
    won = {answer.pk for answer in answers if isinstance(answer, Interview)}
    assert len(won) == 1, kinds(answers)
    assert deadlocks() == 0
    with transaction.atomic(), acting_as(cast.social_worker):
        assert live(cast.interviewer.resource).count() in {1, 3}


def _prepared(cast, things):
    case = factories.open_case(cast)
    factories.add_team(case, cast)
    record_preparation(case, cast)
    need = factories.need(case, cast)
    one = SimpleNamespace(case=case, cast=cast, need=need)
    one.plan = lambda **changes: plan_for(cast, things, needs=frozenset([need.pk]), **changes)
    return one


# --- holding and stopping --------------------------------------------------------------------------------------------


def test_it_is_held_session_by_session_and_told_once(extended):
    one = extended
    assert refused(hold, one=one) == {"interview_not_begun"}
    hours_pass(one.interview, 1)
    assert hold(one).state == State.BOOKED
    assert parts(one.interview) == [(1, "held"), (2, "planned"), (3, "planned")]
    assert refused(hold, one=one) == {"part_not_begun"}
    hours_pass(one.interview, 3)
    hold(one)
    assert hold(one).state == State.HELD
    assert parts(one.interview) == [(1, "held"), (2, "held"), (3, "held")]
    assert sheet_of(one.case, factories.now()).told == 1
    facts = {"case": one.case, "by": one.cast.social_worker, "now": factories.now()}
    entry = Entry(one.need.topic_id, "told_recorded", one.cast.police.pk, "SEGEL-1", "ab" * 32)
    testimony.record_outcomes(interview=one.interview, entries=[entry], **facts)
    verbs = AuditEvent.objects.filter(case_id=one.case.pk, verb__startswith="interview.").order_by("at")
    assert sorted(verbs.exclude(verb="interview.refused").values_list("verb", flat=True)) == [
        "interview.booked", "interview.held", "interview.session_held", "interview.session_held",
        "interview.session_held"]  # fmt: skip


def test_outcomes_wait_for_the_last_session(extended):
    hours_pass(extended.interview, 1)
    hold(extended)
    entry = Entry(extended.need.topic_id, "told_recorded", extended.cast.police.pk, "SEGEL-1", "ab" * 32)
    facts = {"case": extended.case, "by": extended.cast.social_worker, "now": factories.now()}
    keys = refused(testimony.record_outcomes, interview=extended.interview, entries=[entry], **facts)
    assert keys == {"interview_not_held_yet"}


def test_a_child_who_wants_no_more_stops_it_and_everybody_is_free(extended):
    hours_pass(extended.interview, 1)
    assert refused(hold, one=extended, stop=True) == {"parts_none_held"}
    hold(extended)
    assert hold(extended, stop=True).state == State.HELD
    assert parts(extended.interview) == [(1, "held"), (2, "dropped"), (3, "dropped")]
    assert not live().filter(span__startswith__gt=factories.now()).exists()
    assert live().count() == len(extended.plan().resources()) + 1  # what was, was


def test_cancelling_frees_every_session_and_another_may_be_booked(extended):
    facts = {"case": extended.case, "interview": extended.interview, "by": extended.cast.social_worker}
    actions.cancel_interview(now=factories.now(), **facts)
    assert not live().exists()
    assert book(extended, later=further()).state == State.BOOKED


def test_after_the_first_session_it_is_not_cancelled_any_more(extended):
    hours_pass(extended.interview, 1)
    hold(extended)
    facts = {"case": extended.case, "interview": extended.interview, "by": extended.cast.social_worker}
    assert refused(actions.cancel_interview, now=factories.now(), **facts) == {"interview_begun"}


def test_it_is_not_moved_in_part(extended):
    plan = moves.plan_of_move(extended.interview, factories.workday(hour=13), {})
    facts = {"case": extended.case, "interview": extended.interview, "by": extended.cast.social_worker}
    keys = refused(moves.move_interview, plan=plan, now=factories.now(), key=uuid.uuid4(), **facts)
    assert keys == {"extended_not_moved"}
    assert [one.starts for one in extended.interview.sessions] == [factories.workday(), *further()]


def test_a_proposal_holds_every_session_and_lapses_whole(ready):
    made = {"case": ready.case, "by": ready.cast.social_worker, "key": uuid.uuid4()}
    ready.interview = actions.propose_interview(plan=ready.plan(later=further()), now=factories.now(), **made)
    assert {one.hold_until for one in live()} == {ready.interview.proposed_until}
    assert live().count() == 3 * (len(ready.plan().resources()) + 1)
    let_it_lapse(ready.interview)
    assert actions.expire_proposals(case=ready.case, now=factories.now()) == 1
    assert not live().exists()


def test_a_proposal_whose_people_have_accepted_stands_with_every_session(ready):
    made = {"case": ready.case, "by": ready.cast.social_worker, "key": uuid.uuid4()}
    ready.interview = actions.propose_interview(plan=ready.plan(later=further()), now=factories.now(), **made)
    accept_all(ready.interview)
    ready.interview.refresh_from_db()
    assert ready.interview.state == State.BOOKED
    assert {one.hold_until for one in live()} == {None}
    assert Reminder.objects.filter(kind="day_before").values("due_at").distinct().count() == 3


def test_a_substitute_comes_to_every_session(extended):
    cast = extended.cast
    person = factories.member("Wulan", cast.house, "companion")
    resource = factories.person_resource(person, cast.house)
    factories.works(resource)
    factories.qualify(resource, "companion")
    CaseMember.objects.create(case=extended.case, user=person, agency=cast.house, role="companion",
                              starts=factories.now() - timedelta(minutes=1))  # fmt: skip
    Readiness.objects.create(case=extended.case, investigator=cast.investigator, companion=person,
                             agreed_on=factories.now().date(), by=cast.social_worker, at=factories.now())  # fmt: skip
    place = extended.interview.participants.get(role="companion")
    invitations.substitute_participant(
        case=extended.case, interview=extended.interview, participant=place, resource=resource,
        by=cast.social_worker, now=factories.now(),
    )  # fmt: skip
    assert live(resource).count() == 3
    assert not live(cast.companion.resource).exists()


# --- child and suspect apart -----------------------------------------------------------------------------------------


def suspect_at(one, day):
    return presences.record_suspect(
        case=one.case, venue=one.things["room"].venue, first=day, last=day, today=factories.now().date(),
        by=one.cast.social_worker, now=factories.now(),
    )  # fmt: skip


def test_where_the_suspect_has_business_on_a_later_day_no_session_is_booked(ready):
    suspect_at(ready, further()[1].date())
    assert refused(book, ready=ready, later=further()) == {"venue_not_suitable_that_day"}
    assert not live().exists()


def test_the_suspect_has_no_business_there_on_the_day_of_any_session(extended):
    days = [one.starts.astimezone(factories.JAKARTA).date() for one in extended.interview.sessions]
    assert len(days) == 3
    for day in days:
        with pytest.raises((Objected, IntegrityError)), transaction.atomic():
            suspect_at(extended, day)
    suspect_at(extended, days[0] + timedelta(days=1))


def test_the_day_of_a_dropped_session_is_free_for_anybody(extended):
    hours_pass(extended.interview, 1)
    hold(extended)
    day = extended.interview.sessions[2].starts.astimezone(factories.JAKARTA).date()
    hold(extended, stop=True)
    suspect_at(extended, day)


def test_confirming_and_holding_leave_the_days_as_they_are(ready):
    made = {"case": ready.case, "by": ready.cast.social_worker, "key": uuid.uuid4()}
    ready.interview = actions.propose_interview(plan=ready.plan(later=further()), now=factories.now(), **made)
    accept_all(ready.interview)
    assert VenuePresence.objects.standing().filter(interview=ready.interview).count() == 3
    actions.cancel_interview(
        case=ready.case, interview=ready.interview, by=ready.cast.social_worker, now=factories.now()
    )
    assert not VenuePresence.objects.standing().filter(interview=ready.interview).exists()


# --- letters ---------------------------------------------------------------------------------------------------------


def test_everybody_is_reminded_of_each_session(extended):
    due = Reminder.objects.filter(kind="hours_before").order_by("due_at").values_list("due_at", flat=True).distinct()
    assert list(due) == [start - 2 * HOUR for start in (factories.workday(), *further())]


def test_a_reminder_of_a_session_is_sent_and_one_of_a_dropped_session_is_not(own_database):
    with transaction.atomic():
        cast = gather()
        things = rooms(cast)
        give_hours(cast, things)
        with acting_as(cast.social_worker):
            one = _prepared(cast, things)
            one.interview = book(one, later=further())
    hour = further()[0]
    first = sweep(now=hour - 2 * HOUR)  # those of the first session have passed unsent, and are dropped
    assert first
    with transaction.atomic(), acting_as(cast.social_worker):
        hours_pass(one.interview, 1)
        hold(one)
        hold(one, stop=True)
    assert sweep(now=further()[1] - 2 * HOUR) == []


# --- what even wrong SQL cannot do -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE services_interviewpart SET state = 'held', ended_at = now() WHERE number = 2", "interviewpart_keeps_its_course"),
        ("UPDATE services_interviewpart SET state = 'dropped', ended_at = now() WHERE number = 1", "interviewpart_keeps_its_course"),
        ("UPDATE services_interviewpart SET state = 'dropped', ended_at = now() WHERE number = 3", "interviewpart_keeps_its_course"),
        ("UPDATE services_interviewpart SET span = tstzrange(lower(span) + interval '1 hour', upper(span) + interval '1 hour') WHERE number = 2", "interviewpart_keeps_its_course"),
        ("UPDATE services_interviewpart SET state = 'held' WHERE number = 1", "interviewpart_ended_at_some_time"),
        ("UPDATE services_interview SET state = 'held', held_at = now()", "interview_is_held_after_its_sessions"),
        ("UPDATE services_interview SET span = tstzrange(lower(span) + interval '1 day', upper(span) + interval '1 day'); SET CONSTRAINTS ALL IMMEDIATE", "interview_within_what_is_booked"),
        ("INSERT INTO services_interviewpart (case_id, interview_id, number, span, state, ended_at) SELECT case_id, interview_id, 9, span, 'planned', NULL FROM services_interviewpart WHERE number = 3", "interviewpart_no_more_than_the_most"),
        ("INSERT INTO services_interviewpart (case_id, interview_id, number, span, state, ended_at) SELECT case_id, interview_id, 3, span, 'planned', NULL FROM services_interviewpart WHERE number = 3", "interviewpart_numbered_once"),
        ("INSERT INTO services_interviewpart (case_id, interview_id, number, span, state, ended_at) SELECT case_id, interview_id, 4, span, 'held', now() FROM services_interviewpart WHERE number = 3", "interviewpart_begins_planned"),
    ],
)  # fmt: skip
def test_by_raw_sql_sessions_keep_their_course(extended, statement, broken):
    with pytest.raises((IntegrityError, DatabaseError)) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert refusal.value.__cause__.diag.constraint_name == broken


def test_nobody_deletes_a_session(extended):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM services_interviewpart")


def test_others_see_no_session(extended):
    with acting_as(extended.cast.outsider):
        assert not InterviewPart.objects.exists()
    with acting_as(extended.cast.interviewer):  # invited, and on no team
        assert InterviewPart.objects.count() == 3
