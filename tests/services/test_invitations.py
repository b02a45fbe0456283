"""Proposals, answers, substitutes and ways to attend: their promises, each tried to be broken."""

import dataclasses
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import conflicts, interviews, invitations, plans, testimony
from services.actions.cases import add_member
from services.actions.occupancy import SlotTaken, take
from services.models import (
    Availability,
    CaseMember,
    ChildView,
    Interview,
    Occupancy,
    Participant,
    QuestionNeed,
    Readiness,
    Reminder,
)
from services.rules.invitations import Answer
from services.rules.testimony import Entry
from tests import factories
from tests.databases import as_owner
from tests.services.conftest import let_time_pass, plan_for, record_preparation
from tests.services.proposing import ASKED, accept_all, answer, book, let_it_lapse, place_of, propose


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def refused(statement, *values, match):
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        run(statement, *values)
        run("SET CONSTRAINTS ALL IMMEDIATE")


def live():
    return Occupancy.objects.filter(live=True)


def facts(ready, interview, **more):
    return {"case": ready.case, "interview": interview, "by": ready.cast.social_worker, "now": factories.now(), **more}


# --- proposing ---------------------------------------------------------------------------------------------------------


def test_a_proposal_holds_everything_until_the_protocols_hours_are_over(ready):
    interview = propose(ready)
    assert interview.state == "proposed"
    assert abs(interview.proposed_until - factories.now() - timedelta(hours=48)) < timedelta(minutes=1)
    assert {one.hold_until for one in live()} == {interview.proposed_until}
    assert live().count() == len({*ready.plan().resources(), ready.case.child_resource_id})
    answers = dict(interview.participants.values_list("role", "response"))
    assert answers == dict.fromkeys(ASKED, "invited") | {"case_manager": "accepted"}


def test_a_proposal_for_tomorrow_is_held_no_longer_than_until_its_hour(ready):
    soon = factories.workday(days=1)
    interview = propose(ready, starts=soon)
    assert interview.proposed_until == min(soon, interview.booked_at + timedelta(hours=48))


def test_it_stands_with_the_last_answer_that_the_protocol_asks_for(ready):
    interview = accept_all(propose(ready), but=["prosecutor"])
    assert (interview.state, interviews.missing_answers(interview)) == ("proposed", ("prosecutor",))
    interview = answer(interview, "prosecutor")
    assert (interview.state, interview.proposed_until) == ("booked", None)
    assert {one.hold_until for one in live()} == {None}
    assert AuditEvent.objects.filter(verb="interview.confirmed", case_id=ready.case.pk).count() == 1


def test_the_interviewer_of_the_pool_who_sees_no_case_can_give_the_last_answer(ready):
    interview = accept_all(propose(ready), but=["interviewer"])
    with acting_as(ready.cast.interviewer):
        assert not CaseMember.objects.exists()
        mine = Participant.objects.of_person(ready.cast.interviewer, factories.now())
        assert [place.interview_id for place in mine.select_related("interview")] == [interview.pk]
    assert answer(interview, "interviewer").state == "booked"


def test_booked_at_once_everybody_is_invited_and_nobody_waited_for(ready):
    interview = book(ready)
    assert interview.state == "booked"
    assert dict(interview.participants.values_list("role", "response"))["companion"] == "invited"
    assert {one.hold_until for one in live()} == {None}
    assert answer(interview, "companion", "declined").state == "booked"


def test_a_rule_that_turned_against_it_keeps_it_from_standing_and_is_said_to_the_manager(ready):
    interview = accept_all(propose(ready), but=["prosecutor"])
    worker = ready.cast.social_worker
    ChildView.objects.create(case=ready.case, means="talk", answer="no", by=worker, at=factories.now())
    assert answer(interview, "prosecutor").state == "proposed"
    with pytest.raises(Objected) as refusal:
        interviews.confirm_interview(**facts(ready, interview))
    assert refusal.value.keys == ("child_said_no",)
    ChildView.objects.create(case=ready.case, means="talk", answer="yes", by=worker, at=factories.now())
    assert interviews.confirm_interview(**facts(ready, interview)).state == "booked"


def test_what_an_agency_files_while_people_answer_hinders_nobody(ready):
    interview = accept_all(propose(ready), but=["prosecutor"])
    factories.need(ready.case, ready.cast, 5)
    assert answer(interview, "prosecutor").state == "booked"


def test_it_is_not_booked_before_everybody_has_accepted(ready):
    interview = accept_all(propose(ready), but=["companion"])
    with pytest.raises(Objected) as refusal:
        interviews.confirm_interview(**facts(ready, interview))
    assert refusal.value.keys == ("answers_missing",)


def test_a_second_joint_interview_is_neither_booked_nor_proposed_beside_a_proposal(ready):
    propose(ready)
    for way in (True, False):
        with pytest.raises(Objected) as refusal:
            book(ready, propose=way, starts=factories.workday(hour=13))
        assert set(refusal.value.keys) == {"second_joint_interview"}


def test_the_same_form_proposes_once_and_books_nothing_else(ready):
    key = uuid.uuid4()
    first = {
        "case": ready.case,
        "plan": ready.plan(),
        "by": ready.cast.social_worker,
        "now": factories.now(),
        "key": key,
    }
    interview = interviews.propose_interview(**first)
    assert interviews.propose_interview(**first) == interview
    with pytest.raises(Objected) as refusal:
        interviews.book_interview(**first)
    assert refusal.value.keys == ("form_used_differently",)


# --- lapsing -----------------------------------------------------------------------------------------------------------


def test_what_nobody_answered_lapses_and_frees_everything(ready):
    interview = let_it_lapse(propose(ready))
    assert interviews.expire_proposals(now=factories.now(), case=ready.case) == 1
    interview.refresh_from_db()
    ready.need.refresh_from_db()
    assert interview.state == "expired"
    assert not live().exists()
    assert (ready.need.state, ready.need.interview) == (QuestionNeed.State.OPEN, None)
    assert Reminder.objects.filter(interview=interview, kind="expired").count() == 5
    assert interviews.expire_proposals(now=factories.now(), case=ready.case) == 0


def test_nothing_lapses_before_its_time_whatever_hour_is_claimed(ready):
    propose(ready)
    assert interviews.expire_proposals(now=factories.now() + timedelta(days=30), case=ready.case) == 0


def test_another_cases_proposals_do_not_lapse_by_ones_own_hand(ready):
    let_it_lapse(propose(ready))
    with acting_as(ready.cast.other_worker):
        assert interviews.expire_proposals(now=factories.now(), case=ready.case) == 0
        assert interviews.expire_proposals(now=factories.now()) == 0


def test_a_lapsed_proposal_is_in_nobodys_way_before_anything_sweeps_it(ready):
    first = let_it_lapse(propose(ready))
    second = book(ready)
    first.refresh_from_db()
    assert (first.state, second.state) == ("expired", "booked")


def test_an_answer_that_comes_too_late_is_refused(ready):
    interview = let_it_lapse(accept_all(propose(ready), but=["companion"]))
    with pytest.raises(Objected) as refusal:
        answer(interview, "companion")
    assert refusal.value.keys == ("invitation_over",)


def test_a_room_that_went_to_somebody_else_meanwhile_is_not_confirmed(ready):
    interview = accept_all(propose(ready), but=["prosecutor"])
    room = ready.plan().room
    as_owner("UPDATE services_occupancy SET live = false WHERE resource_id = %s", room)
    assert answer(interview, "prosecutor").state == "proposed"
    with pytest.raises(Objected) as refusal:
        interviews.confirm_interview(**facts(ready, interview))
    assert refusal.value.keys == ("room_missing",)


# --- the database keeps the same promises --------------------------------------------------------------------------------

STATE = (
    "UPDATE services_interview SET state = %s, proposed_until = NULL, held_at = now(), expired_at = now() WHERE id = %s"
)


def test_a_proposal_is_not_booked_without_its_quorum_by_any_statement(ready):
    interview = accept_all(propose(ready), but=["companion"])
    as_owner("UPDATE services_occupancy SET hold_until = NULL WHERE live")
    refused(STATE, "booked", interview.pk, match="not everybody has accepted")


def test_a_proposal_is_not_booked_on_what_is_only_held(ready):
    interview = propose(ready)
    as_owner("UPDATE services_participant SET response = 'accepted', answered_at = now()")
    refused(STATE, "booked", interview.pk, match="is not firm")


def test_a_proposal_is_neither_moved_lengthened_nor_let_lapse_by_hand(ready):
    interview = propose(ready)
    for change in ("state = 'expired', expired_at = now()", "span = tstzrange(lower(span), upper(span) + interval '1 hour')",
                   "proposed_until = proposed_until + interval '1 hour'"):  # fmt: skip
        refused(
            f"UPDATE services_interview SET {change} WHERE id = %s",
            interview.pk,
            match="only time lets|only what is booked",
        )


def test_a_proposal_waits_until_its_hour_at_the_latest(ready):
    interview = propose(ready)
    with pytest.raises(IntegrityError, match="waits_for_no_answer_past_its_hour"), transaction.atomic():
        as_owner("UPDATE services_interview SET proposed_until = upper(span) WHERE id = %s", interview.pk)


def test_nobody_answers_for_another(ready):
    interview = propose(ready)
    accept = "UPDATE services_participant SET response = 'accepted', answered_at = now() WHERE id = %s"
    place = place_of(interview, "companion")
    refused(accept, place.pk, match="answered_in_own_name")
    with acting_as(ready.cast.prosecutor):
        refused(accept, place.pk, match="answered_in_own_name")
    for stranger in (ready.cast.outsider, ready.cast.other_worker, ready.cast.interviewer):
        with acting_as(stranger):
            assert run(accept, place.pk) == 0
    with acting_as(ready.cast.companion):
        assert run(accept, place.pk) == 1


def test_nobody_is_put_down_as_having_accepted(ready):
    interview = propose(ready)
    insert = (
        "INSERT INTO services_participant (case_id, interview_id, resource_id, role, presence, response, answered_at)"
        " VALUES (%s, %s, %s, 'psychologist', 'in_room', 'accepted', now())"
    )
    refused(insert, ready.case.pk, interview.pk, ready.cast.psychologist.resource.pk, match="in_own_name")


def test_the_pools_interviewer_sees_their_own_place_and_nothing_else_of_the_case(ready):
    interview = propose(ready)
    with acting_as(ready.cast.interviewer):
        assert list(Participant.objects.values_list("role", flat=True)) == ["interviewer"]
        assert list(Interview.objects.values_list("pk", flat=True)) == [interview.pk]
        for table in ("case", "casemember", "questionneed", "booking", "childview", "reminder"):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM services_{table}")
                assert cursor.fetchone() == (0,), table
        assert run("UPDATE services_interview SET zone = 'Asia/Makassar'") == 0
        move = "UPDATE services_participant SET role = 'companion' WHERE response = 'invited'"
        refused(move, match="a place at an interview stays what it is")


def test_an_interviewer_who_left_the_agency_sees_it_no_longer(ready):
    propose(ready)
    ready.cast.interviewer.memberships.update(ends=factories.now() - timedelta(seconds=30))
    with acting_as(ready.cast.interviewer):
        assert not Interview.objects.exists()
        assert not Participant.objects.exists()


def test_who_attended_what_is_over_stays_so(ready):
    interview = book(ready)
    let_time_pass(interview, factories.now() - timedelta(hours=3))
    refused(
        "UPDATE services_participant SET presence = 'remote' WHERE interview_id = %s", interview.pk, match="stays so"
    )


# --- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("response", ["declined", "other_time"])
def test_whoever_booked_is_told_that_somebody_cannot_come_and_no_reason_is_kept(ready, response):
    interview = book(ready)
    other = factories.workday(days=6) if response == "other_time" else None
    answer(interview, "companion", response, other)
    place = place_of(interview, "companion")
    assert (place.response, place.other_start) == (response, other)
    told = Reminder.objects.get(interview=interview, kind="changed")
    assert told.recipient == ready.cast.social_worker
    text_columns = {
        field.name for field in Participant._meta.concrete_fields if field.get_internal_type() == "TextField"
    }
    assert text_columns == set()


def test_one_may_think_again_until_the_interview_begins(ready):
    interview = book(ready)
    answer(interview, "companion", "declined")
    answer(interview, "companion")
    assert place_of(interview, "companion").response == "accepted"
    former = run("SELECT FROM services_participantformer WHERE response = 'declined' AND pgh_obj_id = %s",
                 place_of(interview, "companion").pk)  # fmt: skip
    assert former == 1
    place = place_of(interview, "companion")
    with acting_as(ready.cast.companion), pytest.raises(Objected) as refusal:
        invitations.answer_invitation(
            participant=place, answer=Answer("declined"), by=ready.cast.companion, now=interview.starts
        )
    assert refusal.value.keys == ("invitation_over",)


def test_another_persons_place_is_not_found(ready):
    interview = book(ready)
    with pytest.raises(Participant.DoesNotExist):
        answer(interview, "companion", by=ready.cast.prosecutor)


# --- ways to attend ------------------------------------------------------------------------------------------------------


def test_somebody_attends_otherwise_and_is_asked_anew(ready):
    interview = book(ready)
    answer(interview, "investigator")
    place = place_of(interview, "investigator")
    place = invitations.change_presence(**facts(ready, interview, participant=place, presence="remote"))
    assert (place.presence, place.response) == ("remote", "invited")
    assert list(Reminder.objects.filter(kind="changed").values_list("recipient", flat=True)) == [
        ready.cast.investigator.pk
    ]


def test_only_as_the_protocol_allows(ready):
    interview = book(ready)
    place = place_of(interview, "interviewer")
    with pytest.raises(Objected) as refusal:
        invitations.change_presence(**facts(ready, interview, participant=place, presence="remote"))
    assert refusal.value.keys == ("presence_not_allowed",)


def test_nobody_observes_where_there_is_no_room_for_it(ready):
    team = tuple(
        dataclasses.replace(one, presence="remote") if one.presence == "observing" else one
        for one in ready.plan().attendees
    )
    interview = book(ready, attendees=team, observation_room=None)
    place = place_of(interview, "prosecutor")
    with pytest.raises(Objected) as refusal:
        invitations.change_presence(**facts(ready, interview, participant=place, presence="observing"))
    assert refusal.value.keys == ("observation_room_missing",)


# --- substitutes -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def spare(ready):
    """A second companion on the team, trained, at work, and agreed with the investigator."""
    person = factories.member("Lia", ready.cast.house, "companion")
    resource = factories.person_resource(person, ready.cast.house)
    factories.qualify(resource, "companion")
    factories.works(resource)
    add(ready, person)
    agree(ready, person)
    return resource


def add(ready, person):
    membership = person.memberships.select_related("user", "agency").get()
    add_member(case=ready.case, membership=membership, role=membership.role, is_suspect_parent=False,
               by=ready.cast.social_worker, now=factories.now())  # fmt: skip
    CaseMember.objects.filter(user=person).update(starts=factories.now() - timedelta(minutes=1))


def agree(ready, person):
    Readiness.objects.create(case=ready.case, investigator=ready.cast.investigator, companion=person,
                             agreed_on=factories.now().date(), by=ready.cast.social_worker, at=factories.now())  # fmt: skip


def substitute(ready, interview, resource, role="companion", **more):
    place = place_of(interview, role)
    return invitations.substitute_participant(**facts(ready, interview, participant=place, resource=resource, **more))


def candidates(ready, interview, role="companion"):
    found = invitations.substitutes_for(
        case=ready.case, interview=interview, participant=place_of(interview, role), now=factories.now()
    )
    return {one.resource.name: one for one in found}


def test_a_substitute_takes_the_place_and_the_other_is_free_at_once(ready, spare):
    interview = book(ready)
    answer(interview, "companion", "declined")
    former = place_of(interview, "companion").resource
    place = substitute(ready, interview, spare)
    assert (place.resource, place.role, place.response) == (spare, "companion", "invited")
    assert not live().filter(resource=former).exists()
    assert live().get(resource=spare).span == live().filter(resource=ready.plan().room).get().span
    assert plans.plan_of(interview).in_role("companion")[0].resource == spare.pk
    assert (
        run("SELECT FROM services_participantformer WHERE resource_id = %s AND response = 'declined'", former.pk) == 1
    )
    told = set(Reminder.objects.filter(interview=interview).values_list("recipient__first_name", "kind"))
    assert {("Lia", "invited"), ("Lia", "day_before"), ("Dewi", "changed")} <= told


def test_a_substitute_in_a_proposal_is_held_as_long_as_the_rest_and_can_complete_it(ready, spare):
    interview = accept_all(propose(ready), but=["companion"])
    answer(interview, "companion", "declined")
    substitute(ready, interview, spare)
    assert live().get(resource=spare).hold_until == interview.proposed_until
    assert answer(interview, "companion").state == "booked"


SPOILT = {
    "untrained": (lambda spare: spare.qualifications.all().delete(), "companion_untrained"),
    "left the team": (
        lambda spare: CaseMember.objects.filter(user=spare.user).update(ends=factories.now() - timedelta(seconds=30)),
        "not_a_member",
    ),
    "out of use": (lambda spare: type(spare).objects.filter(pk=spare.pk).update(active=False), "not_a_member"),
    "away": (lambda spare: Availability.objects.filter(resource=spare).delete(), "outside_working_hours"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_every_rule_is_asked_again(ready, spare, name):
    spoil, key = SPOILT[name]
    interview = book(ready)
    spoil(spare)
    with pytest.raises(Objected) as refusal:
        substitute(ready, interview, spare)
    assert key in refusal.value.keys
    assert place_of(interview, "companion").resource == ready.cast.companion.resource


def test_a_companion_with_whom_nobody_agreed_on_readiness_is_no_substitute(ready):
    interview = book(ready)
    person = factories.member("Lia", ready.cast.house, "companion")
    resource = factories.person_resource(person, ready.cast.house)
    factories.qualify(resource, "companion")
    factories.works(resource)
    add(ready, person)
    with pytest.raises(Objected) as refusal:
        substitute(ready, interview, resource)
    assert refusal.value.keys == ("readiness_not_recorded",)
    agree(ready, person)
    assert substitute(ready, interview, resource).resource == resource


def test_a_substitute_who_was_booked_meanwhile_is_taken(ready, spare):
    interview = book(ready)
    take(wanted=[(spare.pk, (interview.starts, interview.ends))], now=factories.now())
    with pytest.raises(SlotTaken):
        substitute(ready, interview, spare)
    assert live().filter(resource=ready.cast.companion.resource).exists()


def test_candidates_are_said_with_what_speaks_for_and_against_them(ready, spare):
    interview = book(ready)
    other = factories.member("Mira", ready.cast.house, "companion")
    factories.person_resource(other, ready.cast.house, sex="M")
    add(ready, other)
    found = candidates(ready, interview)
    assert list(found) == ["Lia", "Mira"]
    assert (found["Lia"].objections, all(word.good for word in found["Lia"].words)) == ([], True)
    assert {o.key for o in found["Mira"].objections} >= {"companion_untrained", "outside_working_hours"}
    assert {word.key for word in found["Mira"].words if not word.good} == {"not_free", "untrained"}


def test_an_interviewer_of_the_pool_is_offered_where_the_team_has_none(ready):
    interview = book(ready)
    assert candidates(ready, interview, "interviewer") == {}
    person = factories.member("Nia", ready.cast.house, "interviewer")
    resource = factories.person_resource(person, ready.cast.house)
    factories.qualify(resource, "forensic")
    factories.works(resource)
    assert candidates(ready, interview, "interviewer")["Nia"].objections == []
    assert substitute(ready, interview, resource, "interviewer").resource == resource


def test_nobody_is_substituted_in_what_has_begun_or_is_over(ready, spare):
    interview = book(ready)
    with pytest.raises(Objected) as refusal:
        substitute(ready, interview, spare, now=interview.starts)
    assert refusal.value.keys == ("interview_not_ahead",)
    interviews.cancel_interview(**facts(ready, interview))
    with pytest.raises(Objected) as refusal:
        substitute(ready, interview, spare)
    assert refusal.value.keys == ("interview_not_ahead",)


@pytest.mark.parametrize("name", ["_exchange", "_ask_anew"])
def test_a_crash_on_the_way_leaves_everything_as_it_was(ready, spare, monkeypatch, name):
    interview = book(ready)
    before = set(live().values_list("pk", "resource"))

    def crash(*_args):
        raise RuntimeError("crash")

    monkeypatch.setattr(invitations, name, crash)
    with pytest.raises(RuntimeError):
        substitute(ready, interview, spare)
    assert set(live().values_list("pk", "resource")) == before
    assert place_of(interview, "companion").resource == ready.cast.companion.resource


# --- who must not come -----------------------------------------------------------------------------------------------------


def side(ready, person, side="suspects_side"):
    return conflicts.record_conflict(
        case=ready.case, person=person, side=side, by=ready.cast.social_worker, now=factories.now()
    )


def test_whoever_stands_on_the_suspects_side_neither_joins_nor_attends(ready):
    person = factories.member("Omar", ready.cast.house, "companion")
    resource = factories.person_resource(person, ready.cast.house)
    first = side(ready, person)
    assert side(ready, person) == first
    with pytest.raises(Objected) as refusal:
        add(ready, person)
    assert refusal.value.keys == ("attendee_conflicted",)
    insert = "INSERT INTO services_casemember (case_id, user_id, agency_id, role, is_suspect_parent, starts) VALUES (%s, %s, %s, 'companion', false, now())"
    refused(insert, ready.case.pk, person.pk, ready.cast.house.pk, match="suspect's side")
    interview = book(ready)
    attend = "UPDATE services_participant SET resource_id = %s, response = 'invited', answered_at = NULL WHERE id = %s"
    refused(attend, resource.pk, place_of(interview, "companion").pk, match="suspect's side")


def test_an_interviewer_of_the_suspects_side_is_refused_by_the_rule(ready):
    side(ready, ready.cast.interviewer)
    with pytest.raises(Objected) as refusal:
        book(ready)
    assert refusal.value.keys == ("attendee_conflicted",)


def test_somebody_on_the_team_leaves_it_first(ready):
    with pytest.raises(Objected) as refusal:
        side(ready, ready.cast.companion)
    assert refusal.value.keys == ("conflict_on_the_team",)


# --- later interviews ------------------------------------------------------------------------------------------------------


def test_an_interview_that_was_asked_for_can_be_proposed_and_is_not_made_twice(world):
    one, cast = world.told, world.cast
    with acting_as(cast.social_worker):
        plan = plan_for(cast, world.things, kind="supplementary", asking=one.asking.pk)
        made = {"case": one.case, "by": cast.social_worker, "now": factories.now()}
        interview = interviews.propose_interview(plan=plan, key=uuid.uuid4(), **made)
        again = dataclasses.replace(plan, starts=factories.workday(hour=13), ends=factories.workday(hour=13, minute=45))
        with pytest.raises(Objected) as refusal:
            interviews.book_interview(plan=again, key=uuid.uuid4(), **made)
        assert refusal.value.keys == ("asking_booked_already",)
        accept_all(interview)
        assert interview.state == "booked"


def test_the_topics_of_a_later_interview_are_those_it_was_asked_for_and_get_their_outcomes(world):
    one, cast = world.told, world.cast
    with acting_as(cast.social_worker):
        plan = plan_for(cast, world.things, kind="supplementary", asking=one.asking.pk)
        made = {"case": one.case, "by": cast.social_worker, "now": factories.now()}
        interview = interviews.book_interview(plan=plan, key=uuid.uuid4(), **made)
        assert testimony.topics_of(interview) == {one.stopped.topic_id}
        let_time_pass(interview, factories.now() - timedelta(hours=2))
        interviews.hold_interview(interview=interview, **made)
        [row] = testimony.record_outcomes(
            interview=interview, entries=[Entry(one.stopped.topic_id, "not_asked")], **made
        )
        assert (row.interview, row.topic_id) == (interview, one.stopped.topic_id)


def test_outcomes_are_written_of_what_was_held_only(ready):
    interview = propose(ready)
    with pytest.raises(Objected) as refusal:
        testimony.record_outcomes(entries=[], **facts(ready, interview))
    assert refusal.value.keys == ("interview_not_held_yet",)


def test_a_case_with_a_proposal_is_not_closed(ready):
    from services.actions.retention import close_case

    interview = propose(ready)
    close = {"case": ready.case, "reason": "done", "by": ready.cast.social_worker, "now": factories.now()}
    with pytest.raises(Objected) as refusal:
        close_case(**close)
    assert refusal.value.keys == ("closing_interview_ahead",)
    let_it_lapse(interview)
    assert close_case(**close)


def test_preparation_is_needed_as_for_any_interview(case, cast, things):
    with pytest.raises(Objected):
        interviews.propose_interview(
            case=case, plan=plan_for(cast, things), by=cast.social_worker, now=factories.now(),
            key=uuid.uuid4(),
        )  # fmt: skip
    record_preparation(case, cast)
    assert not Interview.objects.exists()
