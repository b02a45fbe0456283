"""The job the product is for, in a browser, by the people who do it, in both languages.

A case is opened, its team gathered, its interview booked and held, the ledger written; then the police want to ask
again and meet the record; what was not told goes on as a supplementary interview with two people's approval.
"""

from datetime import timedelta

import pytest

from cms.audit.models import AuditEvent
from services.models import Case, Interview
from tests import factories
from tests.journeys.conftest import let_time_pass

pytestmark = pytest.mark.browser

REFERENCE = "SEGEL-7731-UJI"


def open_a_case(worker, *needs):
    """Returns the code of the new case, of a child with these access needs."""
    worker.follow("Open a case")
    worker.page.fill("[name=reported_on]", f"{factories.now() - timedelta(days=2):%Y-%m-%d}")
    worker.page.fill("[name=years]", "9")
    worker.page.fill("[name=months]", "4")
    worker.page.select_option("[name=province]", "ID-JB")
    for need in needs:
        worker.choose("access_needs", need)
    worker.press("Open the case")
    assert worker.sees("Complete the team")
    return worker.heading()


def gather_the_team(worker, *members):
    for person in members:
        worker.follow("Add somebody")
        agency = person.memberships.get().agency
        worker.page.select_option("[name=membership]", label=f"{person.name}, {agency}")
        worker.press("Add to the team")
        assert person.name in worker.text()


def record_what_must_stand(worker):
    worker.follow("Record it")
    worker.choose("ground", "best_interests")
    worker.press("Record")
    worker.follow("Record the child's view")
    worker.choose("means", "pictures")
    worker.choose("answer", "yes")
    worker.press("Record")
    worker.follow("Record the request")
    worker.choose("step", "granted")
    worker.press("Record")


def file_needs(person, path, *topics):
    for topic in topics:
        person.open(path)
        person.follow("Add a topic")
        person.page.select_option("[name=topic]", str(topic.pk))
        person.page.select_option("[name=purpose]", "investigation")
        person.page.fill("[name=needed_by]", f"{factories.now() + timedelta(days=20):%Y-%m-%d}")
        person.press("File the topic")


def book_the_best(worker):
    """Take the time that is offered first; returns the Interview."""
    worker.follow("Find a time")
    assert worker.page.is_checked("input[name=slot] >> nth=0")
    worker.press("Book this interview")
    assert worker.sees("Who attends"), worker.text()
    with worker_sight(worker):
        return Interview.objects.get(pk=int(worker.path.rstrip("/").rsplit("/", 1)[1]))


def worker_sight(worker):
    """The database answers as for this person; for looking at what the browser did."""
    import contextlib

    from django.db import transaction

    from cms.accounts.models import User
    from cms.database.context import acting_as

    stack = contextlib.ExitStack()
    stack.enter_context(transaction.atomic())
    stack.enter_context(acting_as(User.objects.get(email=worker.email)))
    return stack


def hold(worker, path):
    worker.open(path)
    worker.follow("It was held")
    worker.press("Yes, it was held")
    assert worker.sees("What came of each topic")


def write_the_ledger(worker, police, *, told, stopped=()):
    for topic in told:
        worker.choose(f"outcome_{topic.pk}", "told_recorded")
    for topic in stopped:
        worker.choose(f"outcome_{topic.pk}", "stopped")
    worker.page.select_option("[name=custodian]", str(police.pk))
    worker.page.fill("[name=reference]", REFERENCE)
    worker.page.fill("[name=sha256]", "AB" * 32)
    worker.press("Write into the ledger")
    assert worker.sees("The child has told it")


def ask_again(person, topic, reason):
    person.follow("I need to know more")
    person.choose("topics", topic.pk)
    person.choose("kind", "supplementary")
    person.page.fill("[name=reason]", reason)
    person.press("Ask for approval")


def ask_to_see_the_record(prosecutor, case):
    prosecutor.open(case)
    prosecutor.follow("Ask to see the record")
    prosecutor.choose("purpose", "prosecution")
    prosecutor.press("Ask")
    assert prosecutor.sees("waits for an answer")


def let_the_record_be_seen(police, case):
    police.open(case)
    police.follow("Give the answer")
    police.choose("answer", "granted")
    police.page.fill("[name=instructions]", "Buat janji dengan Unit PPA.")
    police.press("Give the answer")
    assert police.sees("may be seen")


def see_the_record_instead(visit, language, cast, case, police):
    """The prosecutor asks, the police who keep the recording answer, and the sealed reference is shown once."""
    prosecutor = signed_in(visit, cast.prosecutor, language)
    ask_to_see_the_record(prosecutor, case)
    let_the_record_be_seen(police, case)
    prosecutor.open(case)
    prosecutor.follow("How to see it")
    assert REFERENCE not in prosecutor.text()
    prosecutor.press("Show the sealed reference")
    assert REFERENCE in prosecutor.text()
    assert "ab" * 32 in prosecutor.text()


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_child_tells_it_once(visit, cast, owner, language):
    topics = [factories.topic(number) for number in range(3)]
    worker, police, psychologist = (signed_in(visit, person, language) for person in
                                    (cast.social_worker, cast.investigator, cast.psychologist))  # fmt: skip
    assert worker.page.get_attribute("html", "lang") == language

    code = open_a_case(worker)
    case = f"/cases/{code}/"
    assert police.open(case).status == 404  # not yet on the team
    gather_the_team(worker, cast.investigator, cast.prosecutor, cast.companion, cast.psychologist)
    record_what_must_stand(worker)
    file_needs(police, case, *topics)
    police.open(case)
    police.follow("Record the agreement")
    police.press("Record")

    worker.open(case)
    interview = book_the_best(worker)
    assert interview.kind == "joint"
    for name in (cast.interviewer.name, cast.companion.name, cast.investigator.name, "Melati"):
        assert name in worker.text()
    assert not worker.sees("It was held")  # its hour has not come
    let_time_pass(owner, interview)
    hold(worker, f"{case}interviews/{interview.pk}/")
    write_the_ledger(worker, cast.police, told=topics[:2], stopped=topics[2:])

    police.open(case)
    reason = "Berkas 77/B belum lengkap; bukan isi ceritanya."
    ask_again(police, topics[0], reason)
    assert police.value("reason") == reason
    assert police.page.is_checked(f"input[name=topics][value='{topics[0].pk}']")
    assert REFERENCE not in police.text()
    with worker_sight(police):
        assert AuditEvent.objects.get(verb="asking.refused").detail == {"rules": ["topic_already_told"]}
    see_the_record_instead(visit, language, cast, case, police)

    police.open(case)
    ask_again(police, topics[2], reason)
    assert police.sees("Approvals are needed")
    wish = police.path
    worker.open(wish)
    assert not worker.page.get_by_role("link", name=worker.words("Find a time")).count()
    worker.press("I agree, as %(role)s", role=worker.words("case manager"))
    assert worker.sees("Approvals are needed")  # one person is not two
    psychologist.open(wish)
    psychologist.press("I agree, as %(role)s", role=psychologist.words("psychologist"))
    assert psychologist.sees("It may be booked")
    worker.open(f"{case}records/view/")  # an earlier yes was not a yes to this
    worker.choose("means", "talk")
    worker.choose("answer", "yes")
    worker.press("Record")
    assert not psychologist.page.get_by_role("link", name=worker.words("Find a time")).count()
    worker.open(wish)
    second = book_the_best(worker)
    assert (second.kind, second.state) == ("supplementary", "booked")
    with worker_sight(worker):
        assert Interview.objects.filter(case__code=code, kind="joint").count() == 1
        assert second.participants.get(role="interviewer").resource.user == cast.interviewer
        assert Case.objects.get().closed_at is None


def signed_in(visit, person, language):
    visitor = visit(language).sign_in(person)
    visitor.email = person.email
    return visitor
