"""The ledger's pages: outcomes are written once, what is told is not asked again, and a gap takes two people."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.accounts.models import Role
from cms.database.context import acting_as
from services.actions.interviews import hold_interview
from services.models import Approval, Asking, AskingTopic, ChildView, Interview, RecordAccess, Testimony
from tests import factories
from tests.entering import enter
from tests.services import corpus
from tests.services.pages import Page

REASON = "Berkas 77/B belum lengkap."


@pytest.fixture
def manager(client, world):
    enter(client, world.cast.social_worker)
    return client


@pytest.fixture
def police(client, world):
    enter(client, world.cast.investigator)
    return client


@pytest.fixture
def seen(world):
    """What the case manager's database shows."""
    with acting_as(world.cast.social_worker):
        yield


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def refused(response):
    assert response.status_code in {200, 409}, response.status_code
    page = Page(response)
    assert page.errors()
    return page


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


# --- outcomes ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def held(world):
    """The begun interview, said to be held; returns the address of its outcomes."""
    with acting_as(world.cast.social_worker):
        facts = {"case": world.booked.case, "by": world.cast.social_worker, "now": factories.now()}
        hold_interview(interview=world.booked.interview, **facts)
    return at("outcome_record", world.booked.code, world.booked.interview.pk)


def outcomes(world, first="told_recorded", second="stopped", **changes):
    names = [f"outcome_{need.topic_id}" for need in world.booked.needs]
    kept = {"custodian": str(world.cast.police.pk), "reference": "SEGEL-9", "sha256": "ab" * 32}
    return dict(zip(names, (first, second), strict=True)) | kept | changes


def test_outcomes_are_written_once(manager, world, held, seen):
    assert manager.post(held, outcomes(world)).status_code == 302
    found = dict(Testimony.objects.filter(case=world.booked.case).values_list("topic_id", "outcome"))
    told, stopped = (need.topic_id for need in world.booked.needs)
    assert found == {told: "told_recorded", stopped: "stopped"}
    page = refused(manager.post(held, outcomes(world, first="stopped")))
    assert page.typed()["reference"] == "SEGEL-9"
    assert Testimony.objects.filter(case=world.booked.case).count() == 2


def test_only_what_is_recorded_names_a_keeper(manager, world, held, seen):
    manager.post(held, outcomes(world))
    stopped = Testimony.objects.get(case=world.booked.case, outcome="stopped")
    assert (stopped.custodian, stopped.reference, stopped.sha256) == (None, "", "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sha256", ""),
        ("sha256", "ab" * 31),
        ("sha256", "zz" * 32),
        ("sha256", corpus.NUL),
        ("sha256", corpus.HUGE),
        ("reference", ""),
        ("reference", "   "),
        ("reference", "x" * 61),
        ("reference", corpus.NUL),
        ("reference", corpus.HUGE),
        ("custodian", ""),
        ("custodian", "0"),
        ("custodian", corpus.EMOJI),
    ],
)
def test_a_recording_nobody_could_find_is_refused_and_comes_back(manager, world, held, seen, field, value):
    sent = outcomes(world, **{field: value})
    page = refused(manager.post(held, sent))
    kept = {name: one for name, one in sent.items() if name != "custodian" or field != "custodian"}
    assert {name: page.typed().get(name) for name in kept} == kept
    assert not Testimony.objects.filter(case=world.booked.case).exists()


@pytest.mark.parametrize("outcome", ["", "none", corpus.NUL])
def test_every_topic_wants_its_outcome(manager, world, held, seen, outcome):
    page = refused(manager.post(held, outcomes(world, second=outcome)))
    assert page.typed()["reference"] == "SEGEL-9"
    assert not Testimony.objects.filter(case=world.booked.case).exists()


def test_an_agency_outside_the_team_keeps_no_recording(manager, world, held):
    stranger = factories.agency("Kantor Lain", "police")
    refused(manager.post(held, outcomes(world, custodian=str(stranger.pk))))


def test_before_it_was_held_there_is_nothing_to_write(manager, world, seen):
    address = at("outcome_record", world.booked.code, world.booked.interview.pk)
    page = refused(manager.post(address, outcomes(world)))
    assert page.typed()["reference"] == "SEGEL-9"
    assert not Testimony.objects.filter(case=world.booked.case).exists()


@pytest.mark.parametrize("text", [text[:50] for text in corpus.HARMLESS])
def test_a_reference_is_shown_as_it_was_typed(manager, world, held, text):
    assert manager.post(held, outcomes(world, reference=text)).status_code == 302
    with acting_as(world.cast.social_worker):
        kept = Testimony.objects.get(case=world.booked.case, outcome="told_recorded")
    wanted = {"purpose": "protection", "agency": world.cast.house.pk}
    assert manager.post(at("record_request", world.booked.code, kept.pk), wanted).status_code == 302
    with acting_as(world.cast.investigator):
        access = RecordAccess.objects.get(testimony=kept)
    enter(manager, world.cast.investigator)
    response = manager.post(at("access_detail", world.booked.code, access.pk))
    assert text in Page(response).soup.find("main").get_text()
    assert b"<script>alert" not in response.content


def test_writing_outcomes_costs_the_same_for_two_topics_and_five(manager, world, held, seen):
    few = queries(manager, held)
    for number in range(3):
        need = factories.need(world.booked.case, world.cast, 4 + number)
        need.state, need.interview = "attached", world.booked.interview
        need.save()
    assert queries(manager, held) == few


# --- asking again -----------------------------------------------------------------------------------------------------


def wish(world, *topics, **changes):
    chosen = [str(topic) for topic in topics or (world.told.stopped.topic_id,)]
    return {"topics": chosen, "kind": "supplementary", "reason": REASON, "agency": str(world.cast.police.pk), **changes}


def askings(world):
    with acting_as(world.cast.social_worker):
        return list(Asking.objects.filter(case=world.told.case).exclude(pk=world.told.asking.pk))


def test_what_was_not_told_may_be_asked_for(police, world):
    response = police.post(at("interview_again", world.told.code), wish(world))
    (asking,) = askings(world)
    assert response["Location"] == at("asking_detail", world.told.code, asking.pk)
    assert (asking.reason, asking.agency) == (REASON, world.cast.police)


def test_what_is_told_is_refused_with_the_ledgers_entry_and_the_record_is_offered(police, world):
    sent = wish(world, world.told.entry.topic_id)
    page = refused(police.post(at("interview_again", world.told.code), sent))
    assert str(world.told.entry.topic) in " ".join(page.errors())
    assert world.told.entry.reference not in page.html
    offered = [a["href"] for a in page.soup.select("table.ledger a")]
    assert offered == [at("record_request", world.told.code, world.told.entry.pk)]
    nothing = {"court": "", "ordered_on": "", "order_number": ""}
    assert asking_form(page) == sent | {"topics": sent["topics"][0]} | nothing
    assert askings(world) == []


def asking_form(page):
    """The form without an address of its own: the one that asks again."""
    for form in page.soup.find("main").find_all("form"):
        if form.get("action"):
            form.extract()
    return {"court": "", **page.typed()}


def test_one_told_topic_among_others_is_refused_too(police, world):
    sent = wish(world, world.told.stopped.topic_id, world.told.entry.topic_id)
    assert set(asking_form(refused(police.post(at("interview_again", world.told.code), sent)))["topics"]) == set(
        sent["topics"]
    )
    assert askings(world) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reason", ""),
        ("reason", "   "),
        ("reason", corpus.TOO_LONG),
        ("reason", corpus.NUL),
        ("reason", corpus.HUGE),
        ("kind", "joint"),
        ("kind", ""),
        ("topics", []),
        ("topics", ["0"]),
        ("topics", ["x"]),
        ("topics", [corpus.NUL]),
        ("agency", "0"),
        *(("ordered_on", day) for day in [*corpus.IMPOSSIBLE_DAYS, "2099-01-01", corpus.NUL]),
        ("court", "0"),
    ],
)
def test_a_faulty_wish_gets_a_sentence_and_nothing_typed_is_lost(police, world, field, value):
    sent = wish(world, **{field: value})
    page = refused(police.post(at("interview_again", world.told.code), sent))
    found = asking_form(page)
    kept = {name for name in ("reason", "kind", "ordered_on") if name in sent and name != "kind"} | {"agency"}
    kept -= {field} & {"agency"}
    assert {name: found.get(name) for name in kept} == {name: sent[name] for name in kept}
    assert askings(world) == []


@pytest.mark.parametrize("text", corpus.HARMLESS)
def test_a_reason_is_shown_as_it_was_typed(police, world, text):
    response = police.post(at("interview_again", world.told.code), wish(world, reason=text), follow=True)
    assert text in Page(response).soup.find("main").get_text()
    assert b"<script>alert" not in response.content


def test_a_child_who_does_not_want_to_is_not_asked(police, world, seen):
    with acting_as(world.cast.companion):
        facts = {"case": world.told.case, "by": world.cast.companion, "at": factories.now()}
        ChildView.objects.create(means="talk", answer="no", **facts)
    refused(police.post(at("interview_again", world.told.code), wish(world)))
    assert askings(world) == []


def test_a_courts_order_names_its_court_and_day_and_is_then_written_down_whatever_is_told(police, world):
    address = at("interview_again", world.told.code)
    sent = wish(world, world.told.entry.topic_id, kind="court_ordered")
    refused(police.post(address, sent))
    court = factories.agency("Pengadilan Negeri Contoh", "court")
    order = {"court": str(court.pk), "ordered_on": "2026-11-01", "order_number": "7/Pen.Pid/2026"}
    answer = police.post(address, sent | order, follow=True)
    assert answer.status_code == 200
    assert askings(world)[0].court == court
    warned = [str(one) for one in Page(answer).soup.select(".objection-warning")]
    assert len(warned) == 1
    assert str(world.told.entry.topic) in warned[0]
    assert "7/Pen.Pid/2026" not in answer.content.decode()


def test_before_the_first_interview_nothing_is_asked_again(manager, world):
    sent = wish(world, factories.topic(4).pk, agency=str(world.cast.house.pk))
    refused(manager.post(at("interview_again", world.fresh.code), sent))


def test_nobody_asks_for_an_agency_they_do_not_work_for(police, world):
    refused(police.post(at("interview_again", world.told.code), wish(world, agency=str(world.cast.house.pk))))
    assert askings(world) == []


def test_asking_again_costs_the_same_with_little_told_and_much(police, world, seen):
    address = at("interview_again", world.told.code)
    few = queries(police, address)
    for number in range(3):
        Testimony.objects.create(
            case=world.told.case, interview=world.told.interview, topic=factories.topic(4 + number),
            outcome="told_recorded", custodian=world.cast.police, reference="SEGEL-2", sha256="cd" * 32,
            by=world.cast.social_worker, at=factories.now(),
        )  # fmt: skip
    assert queries(police, address) == few


# --- approving, and booking what was approved --------------------------------------------------------------------------


@pytest.fixture
def asked(police, world):
    """A fresh wish of the police, approved by nobody; returns its address."""
    police.post(at("interview_again", world.told.code), wish(world))
    (asking,) = askings(world)
    return at("asking_detail", world.told.code, asking.pk)


def approvals(world):
    with acting_as(world.cast.social_worker):
        return Approval.objects.exclude(asking=world.told.asking).count()


def test_two_people_approve_each_once(client, world, asked):
    for person, status in ((world.cast.social_worker, 302), (world.cast.social_worker, 200),
                           (world.cast.investigator, 403), (world.cast.psychologist, 302)):  # fmt: skip
        enter(client, person)
        assert client.post(asked).status_code == status
    assert approvals(world) == 2


def test_one_person_with_both_roles_is_one_person(client, world, asked):
    both = world.cast.social_worker
    with acting_as(both):
        from services.models import CaseMember

        CaseMember.objects.create(
            case=world.told.case, user=both, agency=world.cast.house, role=Role.PSYCHOLOGIST,
            starts=factories.long_ago(),
        )  # fmt: skip
    enter(client, both)
    assert client.post(asked).status_code == 302
    refused(client.post(asked))
    assert approvals(world) == 1


def test_without_approvals_nothing_is_booked(client, world, asked):
    enter(client, world.cast.social_worker)
    address = asked + "interview/"
    sent = Page(client.get(address)).typed()
    page = refused(client.post(address, sent))
    assert page.response.status_code == 409
    with acting_as(world.cast.social_worker):
        assert Interview.objects.filter(case=world.told.case).count() == 1


def test_an_approved_wish_is_booked_once(manager, world, seen):
    address = at("asking_book", world.told.code, world.told.asking.pk)
    sent = Page(manager.get(address)).typed()
    first, again = manager.post(address, sent), manager.post(address, sent)
    assert (first.status_code, again.status_code) == (302, 302)
    assert first["Location"] == again["Location"]
    fresh = Page(manager.get(address)).typed()
    refused(manager.post(address, fresh))
    assert Interview.objects.filter(case=world.told.case, kind="supplementary").count() == 1


def test_a_wish_costs_the_same_with_one_topic_and_three(manager, world, seen):
    address = at("asking_detail", world.told.code, world.told.asking.pk)
    few = queries(manager, address)
    for number in range(2):
        AskingTopic.objects.create(case=world.told.case, asking=world.told.asking, topic=factories.topic(4 + number))
    assert queries(manager, address) == few


# --- an entry set right -----------------------------------------------------------------------------------------------


def right(world, **changes):
    facts = {"outcome": "told_recorded", "custodian": str(world.cast.police.pk), "reference": "SEGEL-2",
             "sha256": "cd" * 32, "reason": "sealed_anew"}  # fmt: skip
    return facts | changes


def test_an_entry_is_set_right_and_both_are_seen(manager, world, seen):
    address = at("outcome_correct", world.told.code, world.told.entry.pk)
    form = Page(manager.get(address)).typed()
    assert (form["outcome"], form["custodian"]) == ("told_recorded", str(world.cast.police.pk))
    assert form.get("reference", "") == ""
    assert manager.post(address, right(world)).status_code == 302
    fresh = Testimony.objects.get(corrects=world.told.entry)
    assert (fresh.reference, fresh.sha256, fresh.correction_reason) == ("SEGEL-2", "cd" * 32, "sealed_anew")
    page = Page(manager.get(at("case_detail", world.told.code)))
    rows = [" ".join(row.get_text(" ").split()) for row in page.soup.select("table.ledger tbody tr")]
    assert len([row for row in rows if str(fresh.topic) in row]) == 2
    links = [a["href"] for a in page.soup.select("table.ledger a") if a["href"].endswith("/correct/")]
    assert at("outcome_correct", world.told.code, fresh.pk) in links
    assert address not in links


@pytest.mark.parametrize(
    ("field", "value"),
    [("reason", ""), ("reason", "x"), ("outcome", ""), ("outcome", corpus.NUL), ("custodian", "0"), ("reference", " "),
     ("reference", corpus.HUGE), ("sha256", "zz" * 32), ("sha256", corpus.NUL)],
)  # fmt: skip
def test_a_faulty_correction_is_refused_and_comes_back(manager, world, seen, field, value):
    sent = right(world, **{field: value})
    page = refused(manager.post(at("outcome_correct", world.told.code, world.told.entry.pk), sent))
    kept = {"reference", "sha256"}
    assert {name: page.typed().get(name) for name in kept} == {name: sent[name] for name in kept}
    assert not Testimony.objects.filter(corrects__isnull=False).exists()


def test_what_was_set_right_already_is_refused(manager, world, seen):
    address = at("outcome_correct", world.told.code, world.told.entry.pk)
    manager.post(address, right(world))
    assert refused(manager.post(address, right(world, reference="SEGEL-3"))).response.status_code == 409
    assert Testimony.objects.filter(corrects__isnull=False).count() == 1


def test_correcting_costs_the_same_with_little_told_and_much(manager, world, seen):
    address = at("outcome_correct", world.told.code, world.told.entry.pk)
    few = queries(manager, address)
    for number in range(3):
        Testimony.objects.create(
            case=world.told.case, interview=world.told.interview, topic=factories.topic(4 + number),
            outcome="stopped", by=world.cast.social_worker, at=factories.now(),
        )  # fmt: skip
    assert queries(manager, address) == few
