"""Two cases of two agencies that share people, rooms and kits, and everything that can happen to them, in any order.

A hypothesis state machine over the real actions on the real database, as the application's role. Time passes by moving what
was planned into the past, a day at a time, so that the database's own clock agrees. Crashes break an action at any of its
statements. After every step the promises of booking.md are asked of the database itself.
"""

import contextlib
import itertools
import uuid
from collections import Counter
from datetime import timedelta

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import cases, interviews, invitations, moves, testimony
from services.actions.occupancy import SlotTaken
from services.models import (
    Approval,
    Asking,
    ChildView,
    Interview,
    Participant,
    QuestionNeed,
    Testimony,
)
from services.rules import states
from services.rules.interviews import Attendee, InterviewPlan
from services.rules.invitations import Answer
from services.rules.states import TABLE
from services.rules.testimony import AgainPlan, Entry
from tests import factories
from tests.databases import as_owner
from tests.services.machine_world import PASS, PROMISES

ROLES = ("interviewer", "companion", "investigator", "prosecutor", "case_manager")
NUMBERS = st.integers(0, 5)
CASES = st.integers(0, 1)


class Crash(Exception):
    """The connection of a worker that is killed."""


class Booking(RuleBasedStateMachine):
    """`done` counts, over all examples, what really happened; a machine that is always refused proves nothing."""

    world = None  # set by the test
    done: Counter = Counter()
    steps = 0

    @initialize()
    def begin(self):
        self.inside = transaction.atomic()
        self.inside.__enter__()
        self.ledger = {}
        self.keys = itertools.count()

    def teardown(self):
        if hasattr(self, "inside"):
            transaction.set_rollback(True)
            self.inside.__exit__(None, None, None)

    # --- how anything is done ---

    def case(self, number):
        return self.world["cases"][number]

    @contextlib.contextmanager
    def managing(self, number):
        case = self.case(number)
        with acting_as(case.manager):
            yield {"case": case, "by": case.manager, "now": factories.now()}

    def do(self, number, event, interview, act):
        """Let `event` happen to `interview` (None: to nothing): as the table says, or refused and nothing changed."""
        now = factories.now()
        old = interview.state_at(now) if interview else states.NOTHING
        try:
            made = act()
        except (Objected, SlotTaken):
            type(self).done[event, "refused"] += 1
            if interview:
                assert self.seen(number, interview).state_at(now) == old
            return None
        assert (old, event) in TABLE, (old, event)
        after = self.seen(number, made if isinstance(made, Interview) else interview)
        stood = TABLE[old, event] == "proposed" and after.state == "booked"
        assert after.state == TABLE[old, event] or stood
        if (stood or event == states.CONFIRM) and after.state == "booked":
            with acting_as(self.case(number).manager):
                assert set(after.participants.values_list("response", flat=True)) == {"accepted"}
            type(self).done["stood", "done"] += 1
        type(self).done[event, "done"] += 1
        return made

    def seen(self, number, interview):
        """The interview as it is now, as its case manager sees it."""
        with acting_as(self.case(number).manager):
            return Interview.objects.get(pk=interview.pk)

    def latest(self, number, asking=None):
        found = Interview.objects.filter(case=self.case(number))
        found = found.filter(asking=asking) if asking else found
        return found.order_by("-pk").first()

    def plan(self, number, day, hour, pick, **more):
        case, people = self.case(number), self.world["people"]
        start = factories.workday(days=0, hour=hour) + timedelta(days=day)
        things = self.world["things"][pick % 2]
        team = [Attendee(chosen[pick // 2 % len(chosen)].resource.pk, role) for role, chosen in people.items()]
        team.append(Attendee(case.manager.resource.pk, "case_manager", "observing"))
        ways = {"investigator": "observing", "prosecutor": "remote"}
        team = tuple(Attendee(one.resource, one.role, ways.get(one.role, one.presence)) for one in team)
        needs = frozenset(QuestionNeed.objects.open().filter(case=case).values_list("pk", flat=True))
        return InterviewPlan(start, start + timedelta(minutes=45), team, things["room"].pk, things["kit"].pk,
                             things["observation"].pk, **{"needs": needs, **more})  # fmt: skip

    # --- what can happen ---

    @rule(number=CASES, proposing=st.booleans(), day=st.integers(1, 4), hour=st.sampled_from([9, 10, 13]), pick=NUMBERS)
    def make(self, number, proposing, day, hour, pick):
        with self.managing(number) as facts:
            old = Interview.objects.filter(case=facts["case"], kind="joint").order_by("-pk").first()
            plan = self.plan(number, day, hour, pick)
            act = interviews.propose_interview if proposing else interviews.book_interview
            event = states.PROPOSE if proposing else states.BOOK
            self.do(number, event, old, lambda: act(plan=plan, key=uuid.uuid4(), **facts))

    @rule(number=CASES, proposing=st.booleans(), day=st.integers(1, 4), hour=st.sampled_from([9, 10, 13]), pick=NUMBERS)
    def make_again(self, number, proposing, day, hour, pick):
        with self.managing(number) as facts:
            asking = Asking.objects.filter(case=facts["case"]).order_by("-pk").first()
            if asking is None:
                return
            plan = self.plan(number, day, hour, pick, kind=asking.kind, asking=asking.pk, needs=frozenset())
            act = interviews.propose_interview if proposing else interviews.book_interview
            event = states.PROPOSE if proposing else states.BOOK
            if self.do(number, event, self.latest(number, asking), lambda: act(plan=plan, key=uuid.uuid4(), **facts)):
                type(self).done["again", "done"] += 1

    @rule(
        number=CASES,
        role=st.sampled_from(ROLES),
        response=st.sampled_from(["accepted"] * 4 + ["declined", "other_time"]),
    )
    def answer(self, number, role, response):
        place = self.place(number, role)
        if place is None:
            return
        person = place.resource.user
        other = factories.workday(days=9) if response == "other_time" else None
        with acting_as(person):
            self.do(number, states.ANSWER, place.interview, lambda: invitations.answer_invitation(
                participant=place, answer=Answer(response, other), by=person, now=factories.now()))  # fmt: skip

    @rule(number=CASES)
    def everybody_accepts(self, number):
        for role in ROLES:
            self.answer(number, role, "accepted")

    @rule(number=CASES, role=st.sampled_from(ROLES), presence=st.sampled_from(["in_room", "observing", "remote"]))
    def attend_otherwise(self, number, role, presence):
        place = self.place(number, role)
        if place is None:
            return
        with self.managing(number) as facts:
            self.do(number, states.ATTEND, place.interview, lambda: invitations.change_presence(
                interview=place.interview, participant=place, presence=presence, **facts))  # fmt: skip

    @rule(number=CASES, role=st.sampled_from(["interviewer", "companion"]), pick=st.integers(0, 1))
    def substitute(self, number, role, pick):
        place = self.place(number, role)
        if place is None:
            return
        person = self.world["people"][role][pick].resource
        with self.managing(number) as facts:
            self.do(number, states.SUBSTITUTE, place.interview, lambda: invitations.substitute_participant(
                interview=place.interview, participant=place, resource=person, **facts))  # fmt: skip

    @rule(number=CASES, event=st.sampled_from([states.CONFIRM, states.CANCEL, states.HOLD, states.HOLD]))
    def turn(self, number, event):
        acts = {states.CONFIRM: interviews.confirm_interview, states.CANCEL: interviews.cancel_interview,
                states.HOLD: interviews.hold_interview}  # fmt: skip
        with self.managing(number) as facts:
            interview = self.latest(number)
            if interview:
                self.do(number, event, interview, lambda: acts[event](interview=interview, **facts))

    @rule(number=CASES, day=st.integers(1, 4), hour=st.sampled_from([9, 10, 13]), pick=NUMBERS)
    def move(self, number, day, hour, pick):
        with self.managing(number) as facts:
            interview = self.latest(number)
            if interview:
                starts = factories.workday(days=0, hour=hour) + timedelta(days=day)
                plan = moves.plan_of_move(interview, starts, {"room": self.world["things"][pick % 2]["room"].pk})
                self.do(number, states.MOVE, interview, lambda: moves.move_interview(
                    interview=interview, plan=plan, key=uuid.uuid4(), **facts))  # fmt: skip

    @rule(number=CASES, outcome=st.sampled_from(["told_recorded", "stopped", "not_asked"]))
    def record(self, number, outcome):
        with self.managing(number) as facts:
            interview = self.latest(number)
            if interview is None:
                return
            kept = (self.world["cast"].police.pk, "SEGEL-1", "ab" * 32) if outcome == "told_recorded" else ()
            entries = [Entry(topic, outcome, *kept) for topic in sorted(testimony.topics_of(interview))]
            self.do(number, states.RECORD, interview, lambda: testimony.record_outcomes(
                interview=interview, entries=entries, **facts) and interview)  # fmt: skip
            self.ledger_only_grows(facts["case"])

    @rule(
        number=CASES, kind=st.sampled_from(["continuation", "supplementary", "court_ordered"]), topic=st.integers(0, 2)
    )
    def ask_again(self, number, kind, topic):
        court = self.world["cast"].prosecution.pk if kind == "court_ordered" else None
        with self.managing(number) as facts, contextlib.suppress(Objected):
            wish = AgainPlan(kind, frozenset([factories.topic(topic).pk]), "Berkas belum lengkap.", court,
                             factories.now().date() if court else None)  # fmt: skip
            testimony.ask_again(plan=wish, agency=facts["case"].agency, **facts)
            type(self).done["asked again", "done"] += 1

    @rule(number=CASES, who=st.sampled_from(["case_manager", "psychologist"]))
    def approve(self, number, who):
        case = self.case(number)
        person = case.manager if who == "case_manager" else self.world["cast"].psychologist
        with acting_as(person), contextlib.suppress(Objected):
            asking = Asking.objects.filter(case=case).order_by("-pk").first()
            if asking and not Approval.objects.filter(asking=asking, role=who).exists():
                testimony.approve(case=case, asking=asking, role=who, by=person, now=factories.now())

    @rule(number=CASES, topic=st.integers(0, 2))
    def file_need(self, number, topic):
        with self.managing(number) as facts, contextlib.suppress(Objected):
            need = QuestionNeed(agency=self.world["cast"].police, topic=factories.topic(topic), purpose="investigation",
                                needed_by=factories.workday().date())  # fmt: skip
            cases.file_need(need=need, **facts)

    @rule()
    def a_day_passes(self):
        as_owner(PASS)

    @rule(number=CASES)
    def sweep(self, number):
        with self.managing(number) as facts:
            lapsed = interviews.expire_proposals(now=facts["now"], case=facts["case"])
            type(self).done["expire", "done"] += lapsed

    @rule(
        number=CASES,
        at=st.integers(1, 25),
        pick=NUMBERS,
        event=st.sampled_from(["book", "cancel", "move", "substitute", "answer"]),
    )
    def crash(self, number, at, pick, event):
        """Whatever breaks at whatever statement: nothing of it is there afterwards."""
        before = self.everything()
        with contextlib.suppress(Crash), transaction.atomic():
            with killed_at(at):
                if event == "book":
                    self.make(number, pick % 2 == 0, 1 + pick % 4, 9, pick)
                elif event == "cancel":
                    self.turn(number, states.CANCEL)
                elif event == "move":
                    self.move(number, 1 + pick % 4, 13, pick)
                elif event == "substitute":
                    self.substitute(number, "companion", pick % 2)
                else:
                    self.answer(number, ROLES[pick % 5], "accepted")
            raise Crash  # also where it was not killed on the way: the transaction is lost all the same
        assert self.everything() == before
        type(self).done["crash", "done"] += 1

    # --- what takes several steps and would come about by chance too seldom ---

    @rule(number=CASES, outcome=st.sampled_from(["told_recorded", "stopped"]), pick=NUMBERS)
    def a_child_tells(self, number, outcome, pick):
        self.make(number, proposing=False, day=1, hour=9, pick=pick)
        self.a_day_passes()
        self.a_day_passes()
        self.turn(number, states.HOLD)
        self.record(number, outcome)

    @rule(number=CASES, pick=NUMBERS)
    def nobody_answers(self, number, pick):
        self.make(number, proposing=True, day=4, hour=10, pick=pick)
        for _day in range(2):
            self.a_day_passes()
        self.sweep(number)

    @rule(number=CASES, pick=NUMBERS)
    def plans_change(self, number, pick):
        self.make(number, proposing=False, day=3, hour=9, pick=pick)
        self.substitute(number, "companion", pick % 2)
        self.attend_otherwise(number, "prosecutor", "observing")
        self.move(number, day=4, hour=13, pick=pick + 1)
        self.turn(number, states.CANCEL)

    @rule(number=CASES, pick=NUMBERS)
    def the_child_thinks_again(self, number, pick):
        """Everybody accepts while the child does not want to: it stands by the case manager's hand, afterwards."""
        self.make(number, proposing=True, day=3, hour=10, pick=pick)
        self.the_child_says(number, "no")
        self.everybody_accepts(number)
        self.the_child_says(number, "yes")
        self.turn(number, states.CONFIRM)

    @rule(number=CASES, topic=st.integers(0, 2), pick=NUMBERS)
    def the_police_ask_again(self, number, topic, pick):
        self.ask_again(number, "supplementary", topic)
        for who in ("case_manager", "psychologist"):
            self.approve(number, who)
        self.the_child_says(number, "yes")
        self.make_again(number, proposing=pick % 2 == 0, day=3, hour=13, pick=pick)

    def the_child_says(self, number, word):
        with self.managing(number) as facts:
            cases.write_down(entry=ChildView(means="talk", answer=word), **facts)

    @rule(number=CASES)
    def a_stranger_tries(self, number):
        """The other case's manager, by any statement, on this case's rows."""
        other = self.case(1 - number).manager
        case = self.case(number)
        with acting_as(other), connection.cursor() as cursor:
            for change in ("interview SET state = 'cancelled', cancelled_at = now()", "participant SET response = 'invited'",
                           "questionneed SET state = 'withdrawn'"):  # fmt: skip
                cursor.execute(f"UPDATE services_{change} WHERE case_id = %s", [case.pk])
                assert cursor.rowcount == 0

    # --- what always holds ---

    @invariant()
    def promises(self):
        type(self).steps += 1
        as_owner(PROMISES)

    def ledger_only_grows(self, case):
        now = dict(Testimony.objects.filter(case=case).values_list("pk", "outcome"))
        known = self.ledger.setdefault(case.pk, {})
        assert {pk: now.get(pk) for pk in known} == known
        self.ledger[case.pk] = now

    def place(self, number, role):
        with self.managing(number):
            interview = self.latest(number)
            if interview is None:
                return None
            places = Participant.objects.select_related("interview", "resource__user")
            return places.filter(interview=interview, role=role).first()

    def everything(self):
        found = []
        for number in (0, 1):
            with self.managing(number) as facts:
                case = facts["case"]
                found += [
                    sorted(Interview.objects.filter(case=case).values_list("pk", "state", "proposed_until")),
                    sorted(Participant.objects.filter(case=case).values_list("pk", "resource", "presence", "response")),
                    sorted(QuestionNeed.objects.filter(case=case).values_list("pk", "state")),
                ]
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, resource_id, live, hold_until FROM services_occupancy ORDER BY id")
            return [*found, cursor.fetchall()]


@contextlib.contextmanager
def killed_at(number):
    """Raise Crash instead of the `number`th statement."""
    left = itertools.count(1)

    def run(execute, sql, params, many, context):
        if next(left) == number:
            raise Crash
        return execute(sql, params, many, context)

    with connection.execute_wrapper(run):
        yield
