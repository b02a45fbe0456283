"""Every state x event, on a real database: what is in the table happens, what is not is refused by action and by trigger."""

import dataclasses
import itertools
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import interviews, invitations, moves, testimony
from services.models import Interview, Testimony
from services.rules import states
from services.rules.invitations import Answer
from services.rules.states import EVENTS, STATES, TABLE
from services.rules.testimony import Entry
from tests import factories
from tests.databases import as_owner
from tests.services.conftest import let_time_pass
from tests.services.proposing import accept_all, let_it_lapse, place_of

PAIRS = list(itertools.product(STATES, EVENTS))


class Life:
    """One case whose joint interview is brought into a state, and one event that is tried on it."""

    def __init__(self, ready):
        self.ready, self.case, self.worker = ready, ready.case, ready.cast.social_worker
        self.interview = None

    def facts(self):
        return {"case": self.case, "interview": self.interview, "by": self.worker, "now": factories.now()}

    def create(self, act):
        made = act(case=self.case, plan=dataclasses.replace(self.ready.plan(), needs=self.open_needs()), by=self.worker, now=factories.now(),
                   key=uuid.uuid4())  # fmt: skip
        self.interview = self.interview or made
        return made

    def open_needs(self):
        self.ready.need.refresh_from_db()
        return frozenset([self.ready.need.pk]) if self.ready.need.state == "open" else frozenset()

    def reach(self, state):
        if state == states.NOTHING:
            return
        self.create(interviews.propose_interview if state in {"proposed", "expired"} else interviews.book_interview)
        if state == states.EXPIRED:
            let_it_lapse(self.interview)
            interviews.expire_proposals(now=factories.now(), case=self.case)
        elif state == states.CANCELLED:
            interviews.cancel_interview(**self.facts())
        elif state == states.HELD:
            let_time_pass(self.interview, factories.now() - timedelta(hours=2))
            self.interview.refresh_from_db()
            interviews.hold_interview(**self.facts())
        self.interview.refresh_from_db()
        assert self.interview.state == state

    # Each event, done as its action does it; where an event needs a certain hour, that hour is brought about.

    def propose(self):
        return self.create(interviews.propose_interview)

    def book(self):
        return self.create(interviews.book_interview)

    def answer(self):
        place = place_of(self.interview, "companion")
        with acting_as(self.ready.cast.companion):
            invitations.answer_invitation(
                participant=place, answer=Answer("accepted"), by=self.ready.cast.companion, now=factories.now()
            )

    def attend(self):
        place = place_of(self.interview, "investigator")
        invitations.change_presence(participant=place, presence="remote", **self.facts())

    def substitute(self):
        person = factories.member("Nia", self.ready.cast.house, "interviewer")
        resource = factories.person_resource(person, self.ready.cast.house)
        factories.qualify(resource, "forensic")
        factories.works(resource)
        place = place_of(self.interview, "interviewer")
        invitations.substitute_participant(participant=place, resource=resource, **self.facts())

    def confirm(self):
        if self.interview.state == "proposed":  # all but one accept, and the last does so behind the action's back
            accept_all(self.interview, but=["companion"])
            as_owner(
                "UPDATE services_participant SET response = 'accepted', answered_at = now() WHERE role = 'companion'"
            )
        interviews.confirm_interview(**self.facts())

    def expire(self):
        if self.interview.state == "proposed":
            let_it_lapse(self.interview)
        if not interviews.expire_proposals(now=factories.now(), case=self.case):
            raise Objected(states.objections(self.interview.state, states.EXPIRE, begun=False))

    def move(self):
        plan = moves.plan_of_move(self.interview, factories.workday(hour=13), {})
        moves.move_interview(plan=plan, key=uuid.uuid4(), **self.facts())

    def cancel(self):
        interviews.cancel_interview(**self.facts())

    def hold(self):
        if self.interview.state in states.AHEAD:
            as_owner("UPDATE services_interview SET proposed_until = NULL WHERE state <> 'proposed'")
            past = self.interview.ends + timedelta(minutes=1)
            interviews.hold_interview(**{**self.facts(), "now": past})
        else:
            interviews.hold_interview(**self.facts())

    def record(self):
        entries = [Entry(topic, "not_asked") for topic in testimony.topics_of(self.interview)]
        testimony.record_outcomes(entries=entries, **self.facts())


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_what_is_in_the_table_happens_and_what_is_not_is_refused(ready, state, event):
    life = Life(ready)
    life.reach(state)
    if life.interview is None and event not in {states.PROPOSE, states.BOOK}:
        assert (state, event) not in TABLE  # there is nothing that the event could happen to
        return
    before = row(life.interview)
    if (state, event) in TABLE:
        made = getattr(life, event)() or life.interview
        made.refresh_from_db()
        assert made.state == TABLE[state, event]
        if state in states.ENDED:
            assert row(life.interview) == before
        return
    with pytest.raises(Objected) as refusal:
        getattr(life, event)()
    assert refusal.value.keys
    if event not in {states.HOLD, states.EXPIRE}:
        assert set(refusal.value.keys) & {states.REFUSALS.get(event), "interview_not_ahead"}
    assert row(life.interview) == before
    assert Interview.objects.filter(case=ready.case).count() == 1
    assert not Testimony.objects.exists()


def row(interview):
    if interview is None:
        return None
    return (
        Interview.objects.filter(pk=interview.pk)
        .values("state", "span", "proposed_until", "cancelled_at", "held_at")
        .get()
    )


@pytest.mark.parametrize(("old", "new"), [(old, new) for old, new in itertools.permutations(STATES[1:], 2)])
def test_no_statement_of_the_applications_goes_where_the_table_does_not(ready, old, new):
    """The database lets pass what the table lets pass, under the table's conditions, and nothing else."""
    life = Life(ready)
    life.reach(old)
    if (old, new) == ("proposed", "booked"):  # a fair try: the quorum is there and everything is firm
        as_owner("UPDATE services_participant SET response = 'accepted', answered_at = now()")
        as_owner("UPDATE services_occupancy SET hold_until = NULL WHERE live")
    if turned(life.interview, new):
        assert new in states.changes(old)
        assert (old, new) != ("proposed", "expired")
    else:
        # Lapsing is the clock's: the function alone may do it (test_invitations).
        assert new not in states.changes(old) or (old, new) == ("proposed", "expired")
        assert row(life.interview)["state"] == old


def turned(interview, state):
    until = "proposed_until" if state in {"cancelled", "expired"} else "lower(span)" if state == "proposed" else "NULL"
    statement = (
        "UPDATE services_interview SET state = %s, held_at = now(), cancelled_at = now(), expired_at = now(),"
        f" proposed_until = {until} WHERE id = %s"
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [state, interview.pk])
    except DatabaseError:
        return False
    return True


@pytest.mark.parametrize("state", ["held", "cancelled", "expired"])
def test_no_interview_begins_at_its_end(ready, state):
    life = Life(ready)
    life.reach("cancelled")
    columns = "case_id, kind, span, venue_id, zone, protocol_id, booked_by_id, booked_at, payload_hash, prosecutor_absent_because"
    statement = (
        f"INSERT INTO services_interview ({columns}, state, held_at, cancelled_at, expired_at, key)"
        f" SELECT {columns}, %s, now(), now(), now(), %s FROM services_interview WHERE id = %s"
    )
    with (
        pytest.raises(DatabaseError, match="begins proposed or booked"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [state, uuid.uuid4(), life.interview.pk])
