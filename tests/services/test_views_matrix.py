"""Every address of the closed side x everybody x own, other and absent object: what they answer is declared here.

An address that is not in the table fails the test, and so does a line of the table without an address.
"""

import uuid
from copy import copy
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from services import urls
from services.actions import (
    accesses,
    breaches,
    feeds,
    interviews,
    presences,
    replannings,
    retention,
    subjects,
    tasks,
    waiting,
)
from services.models import Booking, CaseReference, Leave, OutsideCalendar, Qualification, Task
from services.rules.replanning_wish import Asked, Away
from tests import factories
from tests.entering import enter
from tests.services import grouping, recovering
from tests.services.conftest import _prepared, plan_for
from tests.services.family import siblings_of

# manager: the case's; worker: another agency's case manager; keeper keeps rooms; stranger has no role at all.
PEOPLE = ("manager", "police", "prosecutor", "companion", "psychologist", "worker", "keeper", "stranger", "nobody")
ANYBODY_WITH_A_ROLE = "200 200 200 200 200 200 403 403 302"
THE_MANAGER = "200 403 403 403 403 404 404 404 302"
MANAGER_DOES = "302 403 403 403 403 404 404 404 302"
THE_TEAM = "200 200 200 200 200 404 404 404 302"
WHO_RECORDS = "200 200 403 403 403 404 404 404 302"
POST_ONLY = "405 405 405 405 405 405 405 405 302"
NOBODY = "404 404 404 404 404 404 404 404 302"
THE_KEEPER = "404 404 404 404 404 404 200 404 302"
KEEPER_AND_ONESELF = "404 404 404 200 404 404 200 404 302"

WHO_LEADS = "200 404 404 404 404 404 404 404 302"
LEADER_DOES = "302 404 404 404 404 404 404 404 302"

# name: (GET, POST with an empty form) as PEOPLE are listed, on a case of the team and on the companion's own row.
CASES = {
    "case_detail": (THE_TEAM, THE_TEAM),
    "child_edit": (THE_MANAGER, THE_MANAGER),
    "member_add": (THE_MANAGER, THE_MANAGER),
    "member_end": (THE_MANAGER, MANAGER_DOES),
    "identity_detail": (THE_TEAM, THE_TEAM),
    "identity_edit": (THE_MANAGER, THE_MANAGER),
    "reference_add": (THE_MANAGER, THE_MANAGER),
    "reference_withdraw": (POST_ONLY, MANAGER_DOES),
    # Who is expected there; the psychologist of the team is not.
    "interview_directions": ("200 200 200 200 403 404 404 404 302",) * 2,
    "need_add": (THE_TEAM, THE_TEAM),
    "need_withdraw": (POST_ONLY, "302 302 403 403 403 404 404 404 302"),
    "record_add": (THE_MANAGER, THE_MANAGER),
    # Where the suspect's side will be is for those who plan.
    "presence_list": (WHO_RECORDS, WHO_RECORDS),
    "presence_end": (POST_ONLY, "302 302 403 403 403 404 404 404 302"),
    "interview_book": (THE_MANAGER, THE_MANAGER),
    # Of a case with a sibling; without one, and to whoever leads only one of the two: tests/services/test_views_siblings.py.
    "interview_siblings": (THE_MANAGER, THE_MANAGER),
    "interview_detail": (THE_TEAM, THE_TEAM),
    # A proposal: the manager may ask, and is told whose answers are missing.
    "interview_confirm": (THE_MANAGER, MANAGER_DOES.replace("302 403", "409 403")),
    "participant_presence": (THE_MANAGER, THE_MANAGER),
    "participant_substitute": (THE_MANAGER, THE_MANAGER),
    "conflict_add": (THE_MANAGER, THE_MANAGER),
    "interview_hold": (WHO_RECORDS, "302 302 403 403 403 404 404 404 302"),
    # Its hour has come: the manager may ask, and is told that it can no longer be cancelled.
    "interview_cancel": (THE_MANAGER, MANAGER_DOES.replace("302 403", "409 403")),
    # As above: its hour has come, so there is no time to choose and nothing to send.
    "interview_move": (THE_MANAGER, THE_MANAGER),
    "outcome_record": (WHO_RECORDS, WHO_RECORDS),
    # An empty form names no item of the protocol.
    "checklist_tick": (POST_ONLY, THE_TEAM.replace("200", "409")),
    "interview_sheet": (THE_TEAM, THE_TEAM),
    "interview_day": (THE_TEAM, THE_TEAM),
    # Shown to the child, with whoever shows it signed out.
    "interview_day_show": (POST_ONLY, THE_TEAM),
    # Who observes it; the companion is in the room.
    "topic_add": ("200 200 200 403 403 404 404 404 302",) * 2,
    "task_add": (THE_TEAM, THE_TEAM),
    # The companion's task, which an empty form would not do, and which is not done.
    "task_set": (POST_ONLY, "409 403 403 409 403 404 404 404 302"),
    "interview_again": (THE_TEAM, THE_TEAM),
    # Approving is the manager's and the psychologist's; here both have approved already, and are told so.
    "asking_detail": (THE_TEAM, "200 403 403 403 200 404 404 404 302"),
    "asking_book": (THE_MANAGER, THE_MANAGER),
    "outcome_correct": (WHO_RECORDS, WHO_RECORDS),
    "record_request": (THE_TEAM, THE_TEAM),
    # The prosecutor asked; the police keep the record. Nothing is granted yet, so the prosecutor is shown nothing.
    "access_detail": (THE_TEAM, "403 200 409 403 403 404 404 404 302"),
    "access_decide": ("403 200 403 403 403 404 404 404 302",) * 2,
    "access_end": ("403 403 200 403 403 404 404 404 302", "403 403 302 403 403 404 404 404 302"),
    "ledger_export": (THE_MANAGER, THE_MANAGER),
    "case_keeping": (THE_TEAM, THE_TEAM),
    "case_close": (THE_MANAGER, THE_MANAGER),
    "case_reopen": (THE_MANAGER, THE_MANAGER),
    "hold_place": (THE_MANAGER, THE_MANAGER),
    "hold_lift": (THE_MANAGER, MANAGER_DOES),
    "subject_ask": (THE_MANAGER, THE_MANAGER),
    "subject_detail": (THE_MANAGER, THE_MANAGER),
    "subject_end": (THE_MANAGER, THE_MANAGER),
    # The evidence's team does not even find that there is a recovery; tests/services/test_views_recovery.py has therapists.
    "case_recovery": (WHO_LEADS, WHO_LEADS),
    "recovery_book": (WHO_LEADS, WHO_LEADS),
    "recovery_detail": (WHO_LEADS, WHO_LEADS),
    "recovery_rest": (WHO_LEADS, WHO_LEADS),
    "recovery_pause": (WHO_LEADS, LEADER_DOES),
    "recovery_cancel": (WHO_LEADS, LEADER_DOES),
    "recovery_review": (WHO_LEADS, WHO_LEADS),
    "session_move": (WHO_LEADS, WHO_LEADS),
    "session_leave_out": (WHO_LEADS, LEADER_DOES),
    "session_attendance": (WHO_LEADS, WHO_LEADS),
    "waiting_add": (WHO_LEADS, WHO_LEADS),
    "waiting_withdraw": (POST_ONLY, LEADER_DOES),
    "family_note": (POST_ONLY, WHO_LEADS),
    "family_leave": (POST_ONLY, LEADER_DOES),
    "group_join": (WHO_LEADS, WHO_LEADS),
    "group_leave": (WHO_LEADS, LEADER_DOES),
    "visit_attendance": (WHO_LEADS, WHO_LEADS),
    "visit_leave_out": (WHO_LEADS, LEADER_DOES),
}
RESOURCES = {
    "resource_edit": (THE_KEEPER, THE_KEEPER),
    "resource_hours": (KEEPER_AND_ONESELF, KEEPER_AND_ONESELF),
    "resource_directions": (THE_KEEPER, THE_KEEPER),
    "resource_leave": (KEEPER_AND_ONESELF, KEEPER_AND_ONESELF),
    "leave_remove": (POST_ONLY, KEEPER_AND_ONESELF.replace("200", "302")),
    "resource_outside": (KEEPER_AND_ONESELF, KEEPER_AND_ONESELF),
    "outside_keep": (POST_ONLY, KEEPER_AND_ONESELF.replace("200", "302")),
    "outside_remove": (POST_ONLY, KEEPER_AND_ONESELF.replace("200", "302")),
    "resource_qualifications": ("404 404 404 403 404 404 200 404 302",) * 2,
    "qualification_remove": (POST_ONLY, "404 404 404 403 404 404 302 404 302"),
}
OF_NOTHING = {
    "case_list": (ANYBODY_WITH_A_ROLE, ANYBODY_WITH_A_ROLE),
    "case_find": (POST_ONLY, ANYBODY_WITH_A_ROLE),
    "case_create": ("200 403 403 403 403 200 403 403 302",) * 2,
    "emergency_open": ("200 403 403 403 403 200 403 403 302",) * 2,
    # The coordinator's, who is nobody here: tests/services/test_emergencies.py has one.
    "emergency_list": ("403 403 403 403 403 403 403 403 302",) * 2,
    "emergency_seen": (POST_ONLY, NOBODY),
    "ledger_check": (ANYBODY_WITH_A_ROLE, ANYBODY_WITH_A_ROLE),
    "told_overview": ("403 403 403 403 403 403 403 403 302",) * 2,
    # A coordinator's, where nobody of the agency is on the case: tests/services/test_views_accesses.py has one.
    "custody_list": ("403 403 403 403 403 403 403 403 302",) * 2,
    "custody_decide": ("403 403 403 403 403 403 403 403 302",) * 2,
    "waiting_list": ("200 403 403 403 403 200 403 403 302",) * 2,
    # The coordinator's, who is nobody here.
    "waiting_offer": (POST_ONLY, "403 403 403 403 403 403 403 403 302"),
    "resource_list": ("200 200 200 200 200 403 200 403 302",) * 2,
    "resource_create": (THE_KEEPER, THE_KEEPER),
    "venue_create": (THE_KEEPER, THE_KEEPER),
    "venue_list": ("403 403 403 403 403 403 200 403 302",) * 2,
    # A verifier's, who is nobody here: tests/services/test_views_venues.py has one.
    "venue_tie": (NOBODY, NOBODY),
}
HOUSES = {
    "travel_edit": (THE_KEEPER, THE_KEEPER),
    "rhythm_list": (THE_KEEPER, THE_KEEPER),
    "rhythm_remove": (POST_ONLY, THE_KEEPER.replace("200", "302")),
}
# Of the house's companion, for whom its keeper asks; no case of anybody's is touched.
PLANNED = {
    "replanning_list": ("200 200 200 200 200 200 200 403 302",) * 2,
    "replanning_create": ("403 403 403 403 403 403 200 403 302",) * 2,
    "replanning_detail": ("404 404 404 404 404 404 200 403 302", "404 404 404 404 404 404 409 403 302"),
}
# Of the house: who plans recovery sees it, and its keepers and therapists call it off.
WHO_SEES_GROUPS = "200 403 403 403 200 200 200 403 302"
GROUPS = {
    "group_list": (WHO_SEES_GROUPS,) * 2,
    "group_create": ("404 404 404 404 200 404 200 404 302",) * 2,
    "group_detail": (WHO_SEES_GROUPS,) * 2,
    "group_call_off": ("403 403 403 403 200 403 200 403 302", "403 403 403 403 302 403 302 403 302"),
    "group_end": ("403 403 403 403 200 403 200 403 302", "403 403 403 403 302 403 302 403 302"),
}
WHOEVER_WORKS_HERE = "200 200 200 200 200 200 200 403 302"
REGISTER = {
    "retention_list": ("200 200 200 200 200 200 200 200 302",) * 2,
    "invitation_list": (WHOEVER_WORKS_HERE,) * 2,
    # The companion's own place.
    "invitation_answer": ("404 404 404 200 404 404 404 403 302",) * 2,
    "breach_list": (WHOEVER_WORKS_HERE,) * 2,
    "breach_report": (WHOEVER_WORKS_HERE,) * 2,
    # The manager reported it; only a coordinator of the agency adds to it.
    "breach_detail": ("200 404 404 404 404 404 404 403 302", "403 404 404 404 404 404 404 403 302"),
}
CALENDARS = {
    "house_day": (WHOEVER_WORKS_HERE,) * 2,
    "house_week": (WHOEVER_WORKS_HERE,) * 2,
    "agenda": (WHOEVER_WORKS_HERE,) * 2,
    # The companion's own hour, on a case of hers.
    "agenda_open": ("404 404 404 302 404 404 404 404 302",) * 2,
    "feed_detail": (WHOEVER_WORKS_HERE,) * 2,
    "feed_end": (POST_ONLY, WHOEVER_WORKS_HERE.replace("200", "302")),
    "feed_switch": (POST_ONLY, "403 403 403 403 403 403 302 403 302"),
    # Whoever holds the token: it only says busy.
    "feed": ("200 200 200 200 200 200 200 200 200", "405 405 405 405 405 405 405 405 405"),
}
EXPECTED = CASES | RESOURCES | HOUSES | OF_NOTHING | REGISTER | CALENDARS | PLANNED | GROUPS
READINESS = "200 200 403 200 403 404 404 404 302"
COURT = "200 200 200 403 403 404 404 404 302"
ABSENT = "K-2222-2222"  # its check character fits
METHODS = pytest.mark.parametrize("method", ["get", "post"])


@pytest.fixture
def people(world):
    cast = world.cast
    everybody = (cast.social_worker, cast.investigator, cast.prosecutor, cast.companion, cast.psychologist,
                 cast.other_worker, cast.keeper, cast.outsider, None)  # fmt: skip
    return dict(zip(PEOPLE, everybody, strict=True))


@pytest.fixture
def own(world):
    """{name: arguments} of every address, on things with which it can do what it is for."""
    fresh, booked, told, cast = world.fresh, world.booked, world.told, world.cast
    row = cast.companion.resource
    leave = Leave.objects.create(
        resource=row, span=factories.span(factories.workday()), by=cast.keeper, at=factories.now()
    )
    rhythm = factories.rhythm(cast.house, cast.keeper)
    training = Qualification.objects.get(resource=row)
    with acting_as(cast.social_worker):
        reference = CaseReference.objects.create(
            case=fresh.case, kind="simfoni", number="1", by=cast.social_worker, at=factories.now()
        )
    hold, asked, breach = kept(world)
    with acting_as(cast.prosecutor):
        access = accesses.request_record(
            case=told.case, testimony=told.entry, agency=cast.prosecution, purpose="prosecution", by=cast.prosecutor,
            now=factories.now(),
        )  # fmt: skip
    proposed = proposal(world)
    place = places(world, proposed)
    draft, token, hour = brought_along(world)
    return (
        {name: [fresh.code] for name in CASES}
        | {name: [row.pk] for name in RESOURCES}
        | {name: [cast.house.pk] for name in HOUSES}
        | {name: [] for name in OF_NOTHING | REGISTER | CALENDARS | PLANNED | GROUPS}
        | {
            "member_end": [fresh.code, fresh.member.pk],
            "reference_withdraw": [fresh.code, reference.pk],
            "interview_directions": [booked.code, booked.interview.pk],
            "resource_directions": [world.things["room"].pk],
            "need_withdraw": [fresh.code, fresh.needs[0].pk],
            "record_add": [fresh.code, "basis"],
            "presence_end": [fresh.code, apart(world).pk],
            "checklist_tick": [booked.code, booked.interview.pk],
            "interview_sheet": [booked.code, booked.interview.pk],
            "interview_day": [booked.code, booked.interview.pk],
            "interview_day_show": [booked.code, booked.interview.pk],
            "topic_add": [booked.code, booked.interview.pk],
            "task_set": [fresh.code, given(world).pk],
            "interview_siblings": [kin(world)],
            "interview_detail": [booked.code, booked.interview.pk],
            "interview_confirm": [proposed.code, proposed.interview.pk],
            "participant_presence": [proposed.code, place["investigator"]],
            "participant_substitute": [proposed.code, place["companion"]],
            "invitation_answer": [place["companion"]],
            "interview_hold": [booked.code, booked.interview.pk],
            "interview_cancel": [booked.code, booked.interview.pk],
            "interview_move": [booked.code, booked.interview.pk],
            "outcome_record": [told.code, told.interview.pk],
            "interview_again": [told.code],
            "asking_detail": [told.code, told.asking.pk],
            "asking_book": [told.code, told.asking.pk],
            "ledger_export": [told.code],
            "outcome_correct": [told.code, told.entry.pk],
            "record_request": [told.code, told.entry.pk],
            "access_detail": [told.code, access.pk],
            "access_decide": [told.code, access.pk],
            "access_end": [told.code, access.pk],
            "custody_decide": [access.pk],
            "hold_lift": [fresh.code, hold.pk],
            "subject_detail": [fresh.code, asked.pk],
            "subject_end": [fresh.code, asked.pk],
            "breach_detail": [breach.pk],
            "waiting_offer": [1],
            "replanning_detail": [planned(row, cast.keeper).pk],
            "resource_create": ["kit"],
            "venue_tie": [world.things["room"].venue_id],
            "emergency_seen": [1],
            "leave_remove": [row.pk, leave.pk],
            "rhythm_remove": [cast.house.pk, rhythm.pk],
            "outside_keep": [row.pk, draft.pk],
            "outside_remove": [row.pk, draft.pk],
            "agenda_open": [hour],
            "feed_switch": [cast.house.pk],
            "feed": [token],
            "qualification_remove": [row.pk, training.pk],
        }
        | recovery_of(world)
    )


def recovery_of(world):
    """A plan on one case and a place on the waiting list on another, both the case manager's."""
    cast, fresh, told = world.cast, world.fresh, world.told
    hana, (room,) = recovering.therapist(cast), recovering.therapy_rooms(cast)
    with acting_as(cast.social_worker):
        plan = recovering.book(told.case, cast.social_worker, recovering.weekly(hana, room))
        entry = waiting.join_waiting_list(
            case=fresh.case, urgency=1, need="alone", by=cast.social_worker, now=factories.now()
        )
        session = plan.sessions.first()
        told.case.plan = plan
    group = grouping.plan(cast, recovering.therapist(cast, "Intan"), grouping.studio(cast))
    with acting_as(cast.social_worker):
        member = grouping.join(told.case, group, cast.social_worker)
        visit = member.visits.order_by("session").first()
    return (
        {name: [told.code, plan.pk] for name in CASES if name.startswith("recovery_") and name != "recovery_book"}
        | {name: [told.code, session.pk] for name in CASES if name.startswith("session_")}
        | {"waiting_withdraw": [fresh.code, entry.pk], "group_join": [told.code], "group_leave": [told.code, member.pk]}
        | {name: [told.code, visit.pk] for name in CASES if name.startswith("visit_")}
        | {"group_create": [cast.house.pk], "group_detail": [group.pk], "group_end": [group.pk]}
        | {"group_call_off": [group.pk, visit.session_id]}
    )


def kin(world):
    """The code of a case with a sibling; both can be booked."""
    with acting_as(world.cast.social_worker):
        return siblings_of(world.cast, world.things).one.code


def apart(world):
    """A day on which the suspect's side has business at a venue of no interview."""
    worker, day = world.cast.social_worker, factories.workday().date()
    with acting_as(worker):
        return presences.record_suspect(case=world.fresh.case, venue=factories.venue(world.cast.house), first=day,
                                        last=day, today=day, by=worker, now=factories.now())  # fmt: skip


def proposal(world):
    """A case of the same team whose joint interview is proposed for a workday to come."""
    with acting_as(world.cast.social_worker):
        one = _prepared(world.cast)
        plan = plan_for(world.cast, world.things, needs=frozenset(need.pk for need in one.needs))
        one.interview = interviews.propose_interview(
            case=one.case, plan=plan, by=world.cast.social_worker, now=factories.now(), key=uuid.uuid4()
        )
    return one


def places(world, one):
    with acting_as(world.cast.social_worker):
        return dict(one.interview.participants.values_list("role", "pk"))


def given(world):
    """A task of the companion's."""
    worker, now = world.cast.social_worker, factories.now()
    task = Task(what="transport", owner=world.cast.companion, due_on=now.date())
    with acting_as(worker):
        return tasks.give_task(case=world.fresh.case, task=task, by=worker, now=now)


def planned(resource, keeper):
    with acting_as(keeper):
        start = factories.workday(hour=0)
        asked = Asked(resource.agency_id, (Away(resource.pk, start, start + timedelta(days=1)),))
        return replannings.plan_anew(asked=asked, by=keeper, now=factories.now())


def kept(world):
    """A hold, a request for a copy and a report of a breach, all by the case manager."""
    worker, now = world.cast.social_worker, factories.now()
    facts = {"case": world.fresh.case, "by": worker, "now": now}
    with acting_as(worker):
        hold = retention.place_hold(reason="trial", **facts)
        asked = subjects.record_request(asker="child", asker_is_suspect=False, received_at=now, **facts)
        breach = breaches.report_breach(agency=world.cast.house, kind="sent", noticed="staff", noticed_at=now,
                                        summary="Surat salah alamat.", by=worker, now=now)  # fmt: skip
    return hold, asked, breach


def brought_along(world):
    """A calendar of the companion's that waits to be kept, her feed's token, and an hour of her agenda."""
    cast, now = world.cast, factories.now()
    row = cast.companion.resource
    draft = OutsideCalendar.objects.create(
        resource=row, since=now, until=now + timedelta(days=90), by=cast.companion, at=now
    )
    with acting_as(cast.keeper):
        feeds.switch_feeds(agency=cast.house, allowed=True, by=cast.keeper, now=now)
    with acting_as(cast.companion):
        token = feeds.make_feed(by=cast.companion, now=now)
        booking = Booking.objects.get(interview=world.booked.interview, occupancy__resource=row)
    return draft, token, booking.occupancy_id


@pytest.fixture
def answered(client, people):
    """`answered(name, args, method)`: what everybody is answered, each from the same beginning."""
    clients = {}
    for name, person in people.items():
        clients[name] = Client()
        if person:
            enter(clients[name], person)

    def ask(name, args, method):
        return " ".join(str(status(clients[person], name, args, method)) for person in PEOPLE)

    return ask


def status(client, name, args, method):
    signed_in = copy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method)(reverse(f"services:{name}", args=args))
        transaction.set_rollback(True)
    client.cookies = signed_in  # what an answer did to the session was undone
    return response.status_code


def declared(name, method):
    return EXPECTED[name][method == "post"]


def refused(name, method):
    """What a thing that is hidden or absent answers; a door that only takes forms says so to anybody."""
    return POST_ONLY if declared(name, method) == POST_ONLY else NOBODY


def test_the_table_has_every_address_and_no_other():
    assert {pattern.name for pattern in urls.urlpatterns} == set(EXPECTED)


@METHODS
def test_own(answered, own, method):
    found = {name: answered(name, own[name], method) for name in EXPECTED}
    assert found == {name: declared(name, method) for name in EXPECTED}


@METHODS
def test_every_kind_of_record(answered, world, method):
    kinds = ("basis", "consent", "view", "court", "readiness", "telling", "none")
    found = {kind: answered("record_add", [world.fresh.code, kind], method) for kind in kinds}
    expected = dict.fromkeys(kinds, THE_MANAGER) | {"readiness": READINESS, "court": COURT, "none": NOBODY}
    assert found == expected


@METHODS
def test_absent_and_malformed_codes(answered, own, method):
    codes = (ABSENT, "x", "'; --", "\N{GRINNING FACE}", "\N{RIGHT-TO-LEFT OVERRIDE}", "K" * 500)
    found = {(name, code): answered(name, [code, *own[name][1:]], method) for name in CASES for code in codes[:2]}
    found |= {("case_detail", code): answered("case_detail", [code], method) for code in codes}
    assert found == {(name, code): refused(name, method) for name, code in found}


@METHODS
def test_a_nul_in_an_address_is_a_case_that_is_none(client, world, method):
    enter(client, world.cast.social_worker)
    for path in ("/cases/K-22%0022-2229/", "/cases/%00/again/", f"/cases/{world.fresh.code}%00/child/"):
        assert getattr(client, method)(path).status_code == 404


@METHODS
def test_another_agencys_case(answered, world, own, method):
    """Nobody finds it but the worker of that agency, who in turn finds nothing of ours under it."""
    found = {name: answered(name, [world.other.code, *own[name][1:]], method).split() for name in CASES}
    at_home = {name: answers.pop(PEOPLE.index("worker")) for name, answers in found.items()}
    assert {name: " ".join(answers) for name, answers in found.items()} == {
        name: refused(name, method)[4:] for name in CASES
    }
    opened = {name for name, answer in at_home.items() if answer not in {"404", "405"}}
    of_a_case = {name for name in CASES if not own[name][1:] or name == "record_add"}
    of_a_case -= {"interview_siblings"}  # that child has no sibling
    assert opened == {name for name in of_a_case if declared(name, method) != POST_ONLY}


@METHODS
def test_what_hangs_on_one_case_is_not_found_under_another(answered, world, own, method):
    """Somebody who may not do it at all may hear so before anybody looks for the row."""
    wrong = {}
    for name in sorted(CASES):
        code, *rest = own[name]
        if not rest or name == "record_add":
            continue
        elsewhere = world.told if code != world.told.code else world.fresh
        for pk in (rest[0], 0, 2**63, 10**30):
            answers = answered(name, [elsewhere.code, pk], method)
            if answers.replace("403", "404") != refused(name, method):
                wrong[name, pk] = answers
    assert wrong == {}


@METHODS
def test_resources_of_others_and_of_nobody(answered, world, own, method):
    """A room of another agency, a child's own row, one that is none; and parts of one resource under another."""
    venue = factories.venue(world.cast.other_worker.memberships.get().agency)
    rows = (factories.room(venue, "Lain").pk, world.fresh.case.child_resource_id, 0, 2**63)
    found = {(name, pk): answered(name, [pk, *own[name][1:]], method) for name in RESOURCES for pk in rows}
    ours = world.things["room"].pk
    for name in ("leave_remove", "qualification_remove"):
        found[name, ours] = answered(name, [ours, own[name][1]], method)
    assert found == {(name, pk): refused(name, method) for name, pk in found}
    assert answered("resource_create", ["child"], method) == NOBODY


@METHODS
def test_houses_of_others_and_of_nobody(answered, world, own, method):
    """Another agency's, none, and hours of one house under another."""
    elsewhere = world.cast.other_worker.memberships.get().agency.pk
    found = {
        (name, pk): answered(name, [pk, *own[name][1:]], method) for name in HOUSES for pk in (elsewhere, 0, 2**63)
    }
    assert found == {(name, pk): refused(name, method) for name, pk in found}


def test_opening_is_recorded_and_a_hidden_case_leaves_no_code(client, world, own):
    for name in CASES:
        method = "post" if declared(name, "get") == POST_ONLY else "get"
        for person, verb in ((world.cast.social_worker, "case.opened"), (world.cast.other_worker, "case.hidden")):
            enter(client, person)
            before = events(person, verb)
            getattr(client, method)(reverse(f"services:{name}", args=own[name]))
            opened = 2 if (name, verb) == ("interview_siblings", "case.opened") else 1  # the sibling's as well
            assert len(events(person, verb)) == len(before) + opened, (name, verb)
    told = str(events(world.cast.other_worker, "case.hidden"))
    assert not [code for code in (world.fresh.code, world.booked.code, world.told.code) if code in told]


def events(person, verb):
    with acting_as(person):
        return list(AuditEvent.objects.filter(verb=verb, actor=person).values())


def test_signed_in_pages_are_kept_by_nobody(client, world, own):
    enter(client, world.cast.social_worker)
    for name in EXPECTED:
        response = client.get(reverse(f"services:{name}", args=own[name]))
        assert response["Cache-Control"] == "no-store, private", name
        assert response["Referrer-Policy"] == "same-origin", name
    assert client.get(f"/cases/{ABSENT}/")["Cache-Control"] == "no-store, private"


def test_a_form_without_its_token_is_refused(world, own):
    strict = Client(enforce_csrf_checks=True)
    enter(strict, world.cast.social_worker)
    found = {name: strict.post(reverse(f"services:{name}", args=own[name])).status_code for name in EXPECTED}
    assert found == dict.fromkeys(EXPECTED, 403)


def test_looking_changes_nothing_but_the_record_of_it(client, world, own):
    """A GET writes an audit event and its session, nothing else."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    enter(client, world.cast.social_worker)
    for name in EXPECTED:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse(f"services:{name}", args=own[name]))
        writes = [q["sql"] for q in queries if q["sql"].lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
        assert not [sql for sql in writes if not sql.startswith('INSERT INTO "audit_auditevent"')], name


def test_the_way_in_leads_back_to_what_was_asked_for(client, world):
    address = reverse("services:case_detail", args=[world.fresh.code])
    assert client.get(address)["Location"] == f"/account/login/?next={address}"


def test_who_leaves_the_team_or_the_agency_or_is_shut_out_sees_nothing_from_the_next_request_on(client, world):
    from cms.accounts.models import Membership, User
    from services.models import CaseMember

    address = reverse("services:case_detail", args=[world.fresh.code])
    before = factories.now() - timedelta(seconds=90)
    for person, end in (
        (world.cast.investigator, lambda one: CaseMember.objects.filter(user=one).update(
            starts=factories.long_ago(), ends=before)),
        (world.cast.prosecutor, lambda one: Membership.objects.filter(user=one).update(ends=before)),
        (world.cast.companion, lambda one: User.objects.filter(pk=one.pk).update(is_active=False)),
    ):  # fmt: skip
        enter(client, person)
        assert client.get(address).status_code == 200
        with acting_as(world.cast.social_worker):
            assert end(person)
        assert client.get(address).status_code in {302, 404}
