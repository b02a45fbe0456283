"""One child's case from the first report to half a year of therapy; and how little a social worker's day asks for.

The child is deaf, four agencies need to know something, the interviewer falls ill, and the prosecutor comes back later:
the child is asked once all the same. Therapy is planned in one go, and is nothing to the police.
"""

from datetime import timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.db import transaction
from django.utils.timezone import localtime

from cms.accounts.models import Role
from cms.accounts.reauthentication import FRESH
from cms.audit.models import AuditEvent
from services.models import Interview, Qualification, RecoverySession
from tests import factories
from tests.entering import digits
from tests.journeys.conftest import let_time_pass
from tests.journeys.test_whole_job import (
    REFERENCE,
    ask_again,
    ask_to_see_the_record,
    book_the_best,
    file_needs,
    gather_the_team,
    hold,
    let_the_record_be_seen,
    open_a_case,
    record_what_must_stand,
    signed_in,
    worker_sight,
    write_the_ledger,
)
from tests.services import recovering

pytestmark = pytest.mark.browser

SESSIONS = 26  # half a year of weeks
AT_MOST = {"find and book": 6, "move": 3, "cancel": 2}  # links, buttons, choices and fields


@pytest.fixture
def cast(cast):
    """Besides: two interviewers trained for deaf children, one who is not, an interpreter, an LPSK officer, a therapist and a room."""
    with transaction.atomic():
        cast.lpsk = factories.agency("LPSK Contoh", "lpsk")
        cast.protector = factories.member("Lina", cast.lpsk, Role.PROTECTION_OFFICER)
        cast.interpreter = factories.member("Indra", cast.house, Role.INTERPRETER)
        cast.substitute = factories.member("Wulan", cast.house, Role.INTERVIEWER)
        cast.untrained = factories.member("Yuni", cast.house, Role.INTERVIEWER)
        for person, place, languages in [
            (cast.protector, cast.lpsk, ["id"]),
            (cast.interpreter, cast.house, ["id", "ins"]),
            (cast.substitute, cast.house, ["id"]),
            (cast.untrained, cast.house, ["id"]),
        ]:
            factories.works(factories.person_resource(person, place, languages=languages))
        for person in (cast.substitute, cast.untrained):
            factories.qualify(person.resource, Qualification.Kind.FORENSIC)
        for person in (cast.interviewer, cast.substitute):
            factories.qualify(person.resource, Qualification.Kind.DISABILITY)
        cast.therapist = recovering.therapist(cast)
        recovering.therapy_rooms(cast)
    return cast


def test_a_deaf_child_tells_it_once(visit, cast, owner):
    worker, keeper, police, prosecutor, lpsk, therapist = (
        signed_in(visit, person, "id")
        for person in (cast.social_worker, cast.keeper, cast.investigator, cast.prosecutor, cast.protector, cast.therapist)
    )  # fmt: skip
    topics = [factories.topic(number) for number in range(3)]

    case = f"/cases/{open_a_case(worker, 'deaf')}/"
    gather_the_team(worker, cast.investigator, cast.prosecutor, cast.companion, cast.protector, cast.interpreter)
    record_what_must_stand(worker)
    for person, topic in zip((police, prosecutor, lpsk), topics, strict=True):
        file_needs(person, case, topic)
    agree_that_the_child_is_ready(police, case)

    worker.open(case)
    interview = book_the_best(worker)
    chosen, other = interviewers_of(worker, interview, cast)
    assert comes_with(worker, interview, Role.INTERPRETER) == cast.interpreter
    fall_ill(keeper, chosen, interview)
    ask_somebody_else(worker, case, chosen, other, never=cast.untrained)
    assert comes_with(worker, interview, Role.INTERVIEWER) == other

    let_time_pass(owner, interview)
    hold(worker, f"{case}interviews/{interview.pk}/")
    write_the_ledger(worker, cast.police, told=topics)

    prosecutor.open(case)
    ask_again(prosecutor, topics[0], "Berkas perkara belum lengkap.")
    assert asked_in_vain(prosecutor)
    ask_to_see_the_record(prosecutor, case)
    let_the_record_be_seen(police, case)
    read_the_reference(prosecutor, case, cast.prosecutor)

    plan = plan_half_a_year(worker, case, cast.therapist)
    assert sessions_of(worker, case) == SESSIONS
    sees_the_therapy(therapist, case, plan, interview)
    sees_no_therapy(police, case, plan)
    assert interviews_held(worker, case) == 1


def agree_that_the_child_is_ready(police, case):
    police.open(case)
    police.follow("Record the agreement")
    police.press("Record")


def comes_with(worker, interview, role):
    """Who comes in this role, as User."""
    with worker_sight(worker):
        return interview.participants.get(role=role).resource.user


def interviewers_of(worker, interview, cast):
    """Who was chosen to ask, and who could come instead."""
    chosen = comes_with(worker, interview, Role.INTERVIEWER)
    (other,) = {cast.interviewer, cast.substitute} - {chosen}
    return chosen, other


def fall_ill(keeper, person, interview):
    """The keeper of the hours notes the leave; nobody is asked why."""
    keeper.open("/resources/")
    row = keeper.page.get_by_role("row").filter(has_text=person.name)
    keeper._go(row.get_by_role("link", name=keeper.words("Leave")))
    day = localtime(interview.starts, ZoneInfo(interview.zone))
    keeper.page.fill("[name=starts_on]", f"{day:%Y-%m-%d}")
    keeper.page.fill("[name=ends_on]", f"{day + timedelta(days=2):%Y-%m-%d}")
    keeper.press("Save the leave")
    assert keeper.page.get_by_role("button", name=keeper.words("Plan anew")).count() == 1


def ask_somebody_else(worker, case, ill, other, *, never):
    """The leave is the next step of the case. Whoever is not trained for deaf children is not offered, and the page says so."""
    worker.open(case)
    assert ill.name in worker.page.inner_text("section.next")
    worker.follow("Ask somebody else")
    assert worker.page.get_by_role("radio", name=never.name).count() == 0
    assert never.name in worker.text()
    worker.page.get_by_role("radio", name=other.name).check()
    worker.press("Ask this person")
    assert other.name in worker.text()
    assert ill.name not in worker.page.inner_text("ul.people >> nth=0")


def asked_in_vain(person):
    """Was the wish refused, since the child has told it?"""
    with worker_sight(person):
        return AuditEvent.objects.get(verb="asking.refused").detail == {"rules": ["topic_already_told"]}


def read_the_reference(prosecutor, case, person):
    prosecutor.open(case)
    prosecutor.follow("How to see it")
    time_passes(prosecutor)
    prosecutor.press("Show the sealed reference")
    assert prosecutor.path.startswith("/account/"), prosecutor.path
    prosecutor.page.fill("input[name=code]", digits(person))
    prosecutor.press("Go on")
    assert REFERENCE not in prosecutor.text()
    prosecutor.press("Show the sealed reference")
    assert REFERENCE in prosecutor.text()


def time_passes(visitor):
    """The second step of sign-in was longer ago than counts as fresh; only time does that."""
    key = next(c["value"] for c in visitor.page.context.cookies() if c["name"] == settings.SESSION_COOKIE_NAME)
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key=key)
    records = session[AUTHENTICATION_METHODS_SESSION_KEY]
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [one | {"at": one["at"] - FRESH - 60} for one in records]
    session.save()


def plan_half_a_year(worker, case, therapist):
    """Every week of half a year at once; returns the address of the plan."""
    worker.open(case)
    worker.follow("Recovery")
    worker.follow("Find times")
    worker.page.fill("[name=sessions]", str(SESSIONS))
    worker.press("Find times")
    assert therapist.name in worker.page.inner_text("main")
    worker.press("See all dates")
    assert worker.page.locator("ol.path > li").count() == SESSIONS
    worker.press("Book all of these")
    assert therapist.name in worker.text()
    return worker.path


def sessions_of(worker, case):
    with worker_sight(worker):
        return RecoverySession.objects.filter(plan__case__code=code_of(case), state="booked").count()


def sees_the_therapy(therapist, case, plan, interview):
    """Whoever treats the child finds every session from their own first page, and nothing of the evidence."""
    therapist.open("/cases/")
    therapist._go(therapist.page.get_by_role("link", name=code_of(case)))
    assert therapist.path == f"{case}recovery/"
    assert therapist.open(plan).status == 200
    assert therapist.page.locator("ol.path > li").count() == SESSIONS
    therapist.open(case)
    assert therapist.path == f"{case}recovery/"  # the case itself leads there, and no farther
    assert therapist.open(f"{case}interviews/{interview.pk}/").status == 404


def sees_no_therapy(police, case, plan):
    police.open(case)
    assert police.page.get_by_role("link", name=police.words("Recovery")).count() == 0
    assert [police.open(path).status for path in (f"{case}recovery/", plan)] == [404, 404]


def interviews_held(worker, case):
    with worker_sight(worker):
        return Interview.objects.filter(case__code=code_of(case)).count()


def code_of(case):
    return case.split("/")[2]


class Counted:
    """A visitor whose every click, choice and field counts one; there is no other way to do anything."""

    def __init__(self, visitor):
        self._visitor, self.count = visitor, 0

    def follow(self, english):
        self.count += 1
        self._visitor.follow(english)

    def follow_code(self, code):
        self.count += 1
        self._visitor._go(self._visitor.page.get_by_role("link", name=code))

    def press(self, english):
        self.count += 1
        self._visitor.press(english)

    def sees(self, english):
        return self._visitor.sees(english)

    def narrow_enough(self):
        """Does the page fit the screen's width?"""
        return self._visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_day_asks_for_little(visit, ready, width):
    worker = visit("id", viewport={"width": width, "height": 800}).sign_in(ready.cast.social_worker)
    worker.email = ready.cast.social_worker.email
    used = {
        "find and book": interactions(worker, "/cases/", find_and_book, ready.case.code),
        "move": interactions(worker, "/cases/", move, ready.case.code),
        "cancel": interactions(worker, ready.path, cancel),
    }
    assert {what: count for what, count in used.items() if count > AT_MOST[what]} == {}
    with worker_sight(worker):
        interview = Interview.objects.get(case=ready.case)
        assert interview.state == "cancelled"
        verbs = AuditEvent.objects.filter(case_id=ready.case.pk, verb__startswith="interview.").values_list(
            "verb", flat=True
        )
        assert {"interview.booked", "interview.moved", "interview.cancelled"} <= set(verbs)


def interactions(worker, start, job, *facts):
    """How many it took, from the page on which the day begins."""
    worker.open(start)
    counted = Counted(worker)
    job(counted, *facts)
    return counted.count


def find_and_book(worker, code):
    worker.follow_code(code)
    worker.follow("Find a time")
    worker.press("Book this interview")
    assert worker.sees("Who attends")


def move(worker, code):
    worker.follow_code(code)
    worker.follow("Move it")
    worker.press("Move it here")
    assert worker.sees("Who attends")


def cancel(worker):
    worker.follow("Cancel it")
    worker.press("Yes, cancel it")
