"""The case pages: what they do, what they refuse, and that a refusal loses nothing that was typed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cms.accounts.models import Role
from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from services.forms.keys import new_key
from services.models import Case, CaseMember, ChildView, Consent, CourtPermit, LegalBasis, PriorTelling, QuestionNeed
from services.rules.codes import is_code, new_code
from tests import factories
from tests.databases import as_owner
from tests.entering import enter
from tests.services import corpus
from tests.services.pages import Page

NEW = {
    "reported_on": "2026-01-15",
    "years": "9",
    "months": "3",
    "province": "ID-JB",
    "language": "su",
    "interviewer_sex": "F",
    "companion_sex": "",
    "access_needs": ["deaf", "learning"],
    "preferences": ["drawing"],
    "safety_flags": ["threats"],
}


@pytest.fixture
def manager(client, world):
    """The case manager, signed in: `manager.get(path)`, `manager.post(path, data)`."""
    enter(client, world.cast.social_worker)
    return client


@pytest.fixture
def seen(world):
    """What the case manager's database shows."""
    with acting_as(world.cast.social_worker):
        yield


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def new(world, **changes):
    return {**NEW, "agency": str(world.cast.house.pk), "key": new_key(world.cast.social_worker), **changes}


def keyed(world, sent):
    """What is sent for the fresh case, with a key that was just handed out."""
    return sent | {"key": new_key(world.cast.social_worker, world.fresh.case)}


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


# --- the list, and the box for a code --------------------------------------------------------------------------------


def test_the_list_shows_ones_own_open_cases_the_longest_waiting_first(manager, world):
    with acting_as(world.cast.social_worker):
        world.told.case.reported_on = timezone.localdate() - timedelta(days=40)
        world.told.case.save()
        as_owner("UPDATE services_case SET closed_at = %s WHERE id = %s", factories.now(), world.booked.case.pk)
    page = Page(manager.get(at("case_list")))
    assert [link.text for link in page.soup.select("a.code")] == [world.told.code, world.fresh.code]
    assert world.other.code not in page.html


@pytest.mark.parametrize("page", ["0", "-1", "999", "x", "", "1e9", "\x00"])
def test_a_page_that_is_none_is_the_nearest(manager, world, page):
    assert manager.get(at("case_list"), {"page": page}).status_code == 200


def test_the_list_costs_the_same_for_one_case_and_three(client, world):
    cast = world.cast
    enter(client, cast.other_worker)
    one = queries(client, at("case_list"))
    with acting_as(cast.other_worker):
        for _more in range(2):
            factories.open_case(
                type(cast)(
                    **{
                        **vars(cast),
                        "social_worker": cast.other_worker,
                        "house": cast.other_worker.memberships.get().agency,
                    }
                )
            )
    three = Page(client.get(at("case_list")))
    assert len(three.soup.select("a.code")) == 3
    assert queries(client, at("case_list")) == one


@pytest.mark.parametrize("dash", ["-", " ", "", "\N{EN DASH}", " - "])
def test_a_code_is_found_however_it_is_written(manager, world, dash):
    spelt = world.fresh.code.lower().replace("-", dash)
    response = manager.post(at("case_find"), {"code": f" {spelt} "})
    assert response["Location"] == at("case_detail", world.fresh.code)


@pytest.mark.parametrize("typed", ["", "K-7M4Q-2XP8", "x" * 21, corpus.NUL, *corpus.HARMLESS])
def test_a_code_with_a_typing_error_gets_a_sentence_and_comes_back(manager, world, typed):
    response = manager.post(at("case_find"), {"code": typed})
    page = Page(response)
    assert response.status_code == 200
    assert page.errors()
    assert page.typed()["code"] == typed


def test_a_forged_code_says_what_a_hidden_one_says(manager, world):
    answers = []
    for code in (new_code(), world.other.code):
        page = Page(manager.post(at("case_find"), {"code": code}))
        assert page.typed()["code"] == code
        answers.append(page.main.replace(code, ""))
    assert answers[0] == answers[1]
    with acting_as(world.cast.social_worker):
        events = AuditEvent.objects.filter(verb="case.hidden")
        assert events.count() == 2
        assert world.other.code not in str(list(events.values()))


# --- open a case, and the child's facts --------------------------------------------------------------------------------


def test_a_new_case_has_a_code_and_its_manager(manager, world):
    response = manager.post(at("case_create"), new(world))
    code = response["Location"].split("/")[2]
    assert is_code(code)
    with acting_as(world.cast.social_worker):
        case = Case.objects.get(code=code)
        assert (case.age_months, case.language, case.access_needs) == (111, "su", ["deaf", "learning"])
        assert case.manager == world.cast.social_worker
        assert AuditEvent.objects.filter(verb="case.created", case_id=case.pk).count() == 1


BAD_FACTS = [
    *(("reported_on", day) for day in corpus.IMPOSSIBLE_DAYS),
    ("reported_on", ""),
    ("reported_on", "2099-01-01"),
    ("reported_on", "1990-01-01"),
    ("reported_on", "0001-01-01"),
    ("reported_on", corpus.NUL),
    ("years", "18"),
    ("years", "-1"),
    ("years", "sembilan"),
    ("years", "9" * 400),
    ("months", "12"),
    *(("years", text) for text in corpus.HARMLESS),
]


@pytest.mark.parametrize(("field", "value"), BAD_FACTS)
def test_bad_facts_get_a_sentence_and_nothing_typed_is_lost(manager, world, field, value):
    sent = new(world, **{field: value})
    response = manager.post(at("case_create"), sent)
    assert response.status_code == 200
    page = Page(response)
    assert page.errors()
    assert {name: page.typed().get(name) for name in sent} == {
        name: (one if not isinstance(one, list) or len(one) > 1 else one[0]) for name, one in sent.items()
    }


@pytest.mark.parametrize("field", ["province", "language", "interviewer_sex", "access_needs", "agency"])
def test_a_choice_that_was_not_offered_is_refused(manager, world, field):
    foreign = str(world.other.case.agency_id) if field == "agency" else "ZZ"
    page = Page(manager.post(at("case_create"), new(world, **{field: foreign})))
    assert page.response.status_code == 200
    assert page.errors()
    assert page.typed()["years"] == "9"


def test_the_childs_facts_are_changed_and_the_record_names_fields_only(manager, world, seen):
    sent = {name: value for name, value in NEW.items() if name != "agency"} | {"reported_on": "2026-11-01"}
    assert manager.post(at("child_edit", world.fresh.code), sent).status_code == 302
    world.fresh.case.refresh_from_db()
    assert (world.fresh.case.language, world.fresh.case.safety_flags) == ("su", ["threats"])
    event = AuditEvent.objects.get(verb="case.changed")
    assert "language" in event.detail["fields"]
    assert "threats" not in str(event.detail)


def test_a_refused_change_leaves_the_child_as_it_was(manager, world, seen):
    sent = {**NEW, "years": "40"}
    page = Page(manager.post(at("child_edit", world.fresh.code), sent))
    assert page.typed()["years"] == "40"
    world.fresh.case.refresh_from_db()
    assert world.fresh.case.language == "id"


# --- the page of a case -----------------------------------------------------------------------------------------------


def test_the_page_of_a_case_costs_the_same_however_much_there_is(manager, world, seen):
    address, case = at("case_detail", world.told.code), world.told.case
    few = queries(manager, address)
    for number in range(3):
        factories.need(case, world.cast, 3 + number)
        facts = {"case": case, "by": world.cast.social_worker, "at": factories.now()}
        PriorTelling.objects.create(listener="police", told_on=timezone.localdate(), **facts)
        person = factories.member(f"Lagi {number}", world.cast.house, Role.PSYCHOLOGIST)
        CaseMember.objects.create(
            case=case, user=person, agency=world.cast.house, role="psychologist", starts=factories.long_ago()
        )
    page = Page(manager.get(address))
    assert "Lagi 2" in page.words
    assert queries(manager, address) == few


def test_the_page_shows_who_opened_the_case(client, world):
    enter(client, world.cast.prosecutor)
    client.get(at("case_detail", world.fresh.code))
    enter(client, world.cast.social_worker)
    page = Page(client.get(at("case_detail", world.fresh.code)))
    openings = page.soup.select("details.disclosure .people li")
    assert [entry.find("span").text for entry in openings] == [
        world.cast.social_worker.name,
        world.cast.prosecutor.name,
    ]


def test_no_page_of_a_case_names_the_child(manager, world):
    """There is nothing to name it by: the child's own row is nameless."""
    assert world.fresh.case.child_resource.name == ""


# --- the team ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(world):
    return factories.member("Hana", world.cast.house, Role.COMPANION)


def joining(person, **more):
    return {"membership": str(person.memberships.get().pk), **more}


def test_somebody_joins_in_the_role_they_hold(manager, world, seen, newcomer):
    assert manager.post(at("member_add", world.fresh.code), joining(newcomer)).status_code == 302
    assert CaseMember.objects.get(case=world.fresh.case, user=newcomer).role == "companion"


def test_the_suspected_parent_is_no_companion(manager, world, seen, newcomer):
    sent = joining(newcomer, is_suspect_parent="on")
    page = Page(manager.post(at("member_add", world.fresh.code), sent))
    assert page.errors()
    assert page.typed() == sent
    assert not CaseMember.objects.filter(user=newcomer).exists()
    assert AuditEvent.objects.get(verb="member.refused").detail == {"rules": ["companion_is_suspect"]}


def test_somebody_of_the_team_does_not_join_again(manager, world):
    page = Page(manager.post(at("member_add", world.fresh.code), joining(world.cast.companion)))
    assert page.errors()
    assert page.typed() == joining(world.cast.companion)


@pytest.mark.parametrize("choice", ["", "0", "999999", "x", corpus.NUL, corpus.EMOJI])
def test_somebody_who_was_not_offered_does_not_join(manager, world, choice):
    page = Page(manager.post(at("member_add", world.fresh.code), {"membership": choice}))
    assert page.response.status_code == 200
    assert page.errors()


def test_a_keeper_and_an_agency_of_another_province_are_not_offered(manager, world):
    away = factories.member("Jauh", factories.agency("UPTD PPA Maluku", "uptd_ppa", "ID-MA"), Role.COMPANION)
    words = Page(manager.get(at("member_add", world.fresh.code))).words
    assert world.cast.keeper.name not in words
    assert away.name not in words
    assert away.name in Page(manager.get(at("member_add", world.fresh.code), {"province": "ID-MA"})).words
    assert manager.get(at("member_add", world.fresh.code), {"province": corpus.NUL}).status_code == 200


def test_choosing_colleagues_costs_the_same_for_few_and_many(manager, world):
    address = at("member_add", world.fresh.code)
    few = queries(manager, address)
    for number in range(3):
        factories.member(f"Lagi {number}", world.cast.house, Role.COMPANION)
    assert queries(manager, address) == few


def test_somebody_leaves_once(manager, world, seen):
    address = at("member_end", world.fresh.code, world.fresh.member.pk)
    assert world.fresh.member.user.name in Page(manager.get(address)).words
    assert manager.post(address).status_code == 302
    assert manager.post(address).status_code == 404
    assert AuditEvent.objects.filter(verb="member.ended").count() == 1


def test_the_manager_cannot_leave_this_way(manager, world, seen):
    mine = CaseMember.objects.get(case=world.fresh.case, role="case_manager")
    response = manager.post(at("member_end", world.fresh.code, mine.pk))
    assert response.status_code in {200, 409}
    assert Page(response).errors()
    mine.refresh_from_db()
    assert mine.ends is None


# --- records ----------------------------------------------------------------------------------------------------------

GOOD = {
    "basis": (LegalBasis, {"ground": "court"}),
    "consent": (Consent, {"giver": "mother", "answer": "no", "giver_is_suspect": "on"}),
    "view": (ChildView, {"means": "pictures", "answer": "later"}),
    "court": (CourtPermit, {"step": "asked", "dated": "2026-11-02"}),
    "telling": (PriorTelling, {"listener": "hotline", "told_on": "2026-10-01", "recorded": "on"}),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_record_is_added(manager, world, seen, kind):
    model, sent = GOOD[kind]
    before = model.objects.filter(case=world.fresh.case).count()
    assert manager.post(at("record_add", world.fresh.code, kind), keyed(world, sent)).status_code == 302
    assert model.objects.filter(case=world.fresh.case).count() == before + 1


@pytest.mark.parametrize("kind", GOOD)
def test_a_record_costs_the_same_with_one_and_three_before(manager, world, seen, kind):
    _model, sent = GOOD[kind]
    address = at("record_add", world.fresh.code, kind)
    manager.post(address, keyed(world, sent))
    one = queries(manager, address)
    manager.post(address, keyed(world, sent))
    manager.post(address, keyed(world, sent))
    assert queries(manager, address) == one


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("basis", "ground", "none"),
        ("consent", "answer", corpus.NUL),
        ("view", "means", corpus.EMOJI),
        ("telling", "listener", "neighbour"),
        *(("telling", "told_on", day) for day in [*corpus.IMPOSSIBLE_DAYS, "2099-01-01", "", corpus.NUL]),
        *(("readiness", "agreed_on", day) for day in [*corpus.IMPOSSIBLE_DAYS, "2099-01-01"]),
        ("court", "step", "perhaps"),
        *(("court", "dated", day) for day in [*corpus.IMPOSSIBLE_DAYS, "2099-01-01"]),
        ("readiness", "companion", "0"),
        ("readiness", "investigator", corpus.NUL),
    ],
)
def test_a_faulty_record_gets_a_sentence_and_comes_back(manager, world, kind, field, value):
    good = {"readiness": readiness(world)}.get(kind) or GOOD[kind][1]
    sent = {**good, field: value}
    response = manager.post(at("record_add", world.fresh.code, kind), keyed(world, sent))
    assert response.status_code == 200
    page = Page(response)
    assert page.errors()
    chosen = {name: one for name, one in sent.items() if name != field or field.endswith(("_on", "dated"))}
    assert {name: page.typed().get(name) for name in chosen} == chosen


def readiness(world):
    cast = world.cast
    return {"investigator": str(cast.investigator.pk), "companion": str(cast.companion.pk), "agreed_on": "2026-11-02"}


def test_readiness_is_agreed_by_people_of_the_team_only(manager, world):
    sent = readiness(world) | {"investigator": str(world.cast.outsider.pk)}
    page = Page(manager.post(at("record_add", world.fresh.code, "readiness"), keyed(world, sent)))
    assert page.errors()


# --- question needs ---------------------------------------------------------------------------------------------------


def wish(world, number=4, **changes):
    due = f"{timezone.localdate() + timedelta(days=9):%Y-%m-%d}"
    topic = str(factories.topic(number).pk)
    return {"agency": str(world.cast.house.pk), "topic": topic, "purpose": "protection", "needed_by": due, **changes}


def test_an_agency_files_a_need(manager, world, seen):
    assert manager.post(at("need_add", world.fresh.code), wish(world)).status_code == 302
    assert QuestionNeed.objects.filter(case=world.fresh.case, agency=world.cast.house).count() == 1


def test_the_same_need_twice_is_one(manager, world, seen):
    manager.post(at("need_add", world.fresh.code), wish(world))
    page = Page(manager.post(at("need_add", world.fresh.code), wish(world)))
    assert page.errors()
    assert page.typed() == wish(world)
    assert QuestionNeed.objects.filter(case=world.fresh.case, agency=world.cast.house).count() == 1


@pytest.mark.parametrize("day", [*corpus.IMPOSSIBLE_DAYS, "2020-01-01", "", corpus.NUL])
def test_a_need_by_an_impossible_or_past_day(manager, world, day):
    page = Page(manager.post(at("need_add", world.fresh.code), wish(world, needed_by=day)))
    assert page.response.status_code == 200
    assert page.errors()
    assert page.typed() == wish(world, needed_by=day)


def test_nobody_files_for_an_agency_they_do_not_work_for(manager, world):
    page = Page(manager.post(at("need_add", world.fresh.code), wish(world, agency=str(world.cast.police.pk))))
    assert page.errors()


def test_a_need_is_withdrawn_once(manager, world, seen):
    address = at("need_withdraw", world.fresh.code, world.fresh.needs[0].pk)
    assert manager.post(address).status_code == 302
    response = manager.post(address)
    assert response.status_code == 409
    assert Page(response).errors()


def test_filing_costs_the_same_with_one_topic_told_and_three(manager, world, seen):
    address = at("need_add", world.told.code)
    few = queries(manager, address)
    for number in range(3):
        factories.need(world.told.case, world.cast, 5 + number)
    assert queries(manager, address) == few


# --- a closed case ----------------------------------------------------------------------------------------------------


def test_nothing_is_changed_in_a_closed_case(manager, world):
    with acting_as(world.cast.social_worker):
        as_owner("UPDATE services_case SET closed_at = %s WHERE id = %s", factories.now(), world.fresh.case.pk)
    code = world.fresh.code
    assert manager.get(at("case_detail", code)).status_code == 200
    for address in (at("child_edit", code), at("member_add", code), at("need_add", code), at("interview_book", code),
                    at("record_add", code, "basis"), at("interview_again", code)):  # fmt: skip
        assert manager.get(address).status_code == 403
        assert manager.post(address, {}).status_code == 403
