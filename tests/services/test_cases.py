"""Opening a case, its team, its records and its needs."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cms.accounts.models import Membership
from cms.audit.models import AuditEvent
from cms.refusals import Objected
from services.actions import cases as case_actions
from services.models import Case, CaseMember, LegalBasis, QuestionNeed, Readiness
from services.models.cases import SafetyFlag
from services.rules import codes
from tests import factories
from tests.databases import as_owner
from tests.themselves import Themselves

cases = Themselves(case_actions)


def keys(call, **facts):
    with pytest.raises(Objected) as refusal:
        call(now=factories.now(), **facts)
    return refusal.value.keys


def membership(person):
    return Membership.objects.select_related("user", "agency").get(user=person)


def test_a_new_case_has_a_code_a_manager_and_a_nameless_child(case, cast):
    assert codes.is_code(case.code)
    assert case.manager == cast.social_worker
    assert (case.child_resource.kind, case.child_resource.name) == ("child", "")
    assert CaseMember.objects.filter(case=case, user=cast.social_worker, role="case_manager").exists()
    assert AuditEvent.objects.filter(verb="case.created", case_id=case.pk).exists()


def test_a_code_that_is_taken_is_made_anew(case, cast, monkeypatch):
    offered = iter([case.code, case.code, "K-2222-2222"])
    monkeypatch.setattr(case_actions, "new_code", lambda: next(offered))
    assert factories.open_case(cast).code == "K-2222-2222"


def test_codes_that_never_differ_end_in_an_error_and_leave_nothing(case, cast, monkeypatch):
    monkeypatch.setattr(case_actions, "new_code", lambda: case.code)
    with pytest.raises(IntegrityError):
        factories.open_case(cast)
    assert Case.objects.count() == 1


def test_no_column_can_name_a_child():
    names = {field.name for field in Case._meta.get_fields()}
    assert not {name for name in names if any(word in name for word in ("name", "nik", "address", "phone", "contact"))}


@pytest.mark.parametrize(
    ("change", "name"),
    [({"age_months": 216}, "case_is_of_a_child"), ({"code": "K-0000-0000"}, "case_code_is_well_formed")],
)
def test_the_database_refuses_what_is_no_childs_case(case, change, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ((column, value),) = change.items()
        as_owner(f"UPDATE services_case SET {column} = %s WHERE id = %s", value, case.pk)


def test_changes_are_recorded_by_field_and_never_by_value(case, cast):
    facts = factories.case_facts(language="su", safety_flags=[SafetyFlag.THREATS])
    cases.update_child(case=case, facts=facts, by=cast.social_worker, now=factories.now())
    case.refresh_from_db()
    assert (case.language, case.safety_flags) == ("su", ["threats"])
    event = AuditEvent.objects.get(verb="case.changed")
    assert event.detail == {"fields": ["language", "safety_flags"]}
    cases.update_child(case=case, facts=facts, by=cast.social_worker, now=factories.now())
    assert AuditEvent.objects.filter(verb="case.changed").count() == 1


def test_somebody_is_on_the_team_once_per_role(case, cast):
    facts = {"case": case, "membership": membership(cast.companion), "role": "companion", "is_suspect_parent": False}
    assert keys(cases.add_member, by=cast.social_worker, **facts) == ("already_member",)


def test_the_suspected_parent_is_no_companion(case, cast):
    CaseMember.objects.filter(role="companion").update(ends=factories.now())
    facts = {"case": case, "membership": membership(cast.companion), "role": "companion", "is_suspect_parent": True}
    assert keys(cases.add_member, by=cast.social_worker, **facts) == ("companion_is_suspect",)
    with pytest.raises(IntegrityError, match="is_never_the_suspect"), transaction.atomic():
        CaseMember.objects.create(
            case=case,
            user=cast.companion,
            agency=cast.house,
            role="companion",
            is_suspect_parent=True,
            starts=factories.now(),
        )


def test_the_suspected_parent_joins_in_no_role(case, cast):
    facts = {"case": case, "membership": membership(cast.interviewer), "role": "interviewer", "is_suspect_parent": True}
    assert keys(cases.add_member, by=cast.social_worker, **facts) == ("suspect_joins_team",)
    assert not CaseMember.objects.filter(user=cast.interviewer).exists()


def test_a_place_on_the_team_ends_but_not_the_managers(case, cast):
    member = CaseMember.objects.get(case=case, user=cast.prosecutor)
    cases.end_member(case=case, member=member, by=cast.social_worker, now=factories.now())
    assert not CaseMember.objects.current(factories.now()).filter(user=cast.prosecutor).exists()
    manager = CaseMember.objects.get(case=case, role="case_manager")
    assert keys(cases.end_member, case=case, member=manager, by=cast.social_worker) == ("manager_stays",)


def test_what_is_recorded_is_added_and_signed(case, cast):
    entry = cases.write_down(case=case, entry=LegalBasis(ground="court"), by=cast.social_worker, now=factories.now())
    assert (entry.case, entry.by) == (case, cast.social_worker)
    assert AuditEvent.objects.filter(verb="legalbasis.recorded", key=str(entry.pk)).exists()


def test_readiness_is_agreed_by_two_people(case, cast):
    with pytest.raises(IntegrityError, match="readiness_agreed_by_two_people"), transaction.atomic():
        Readiness.objects.create(
            case=case,
            investigator=cast.investigator,
            companion=cast.investigator,
            agreed_on=factories.now().date(),
            by=cast.social_worker,
            at=factories.now(),
        )


def test_a_need_is_filed_once_and_may_be_withdrawn(case, cast):
    facts = {"agency": cast.police, "topic": factories.topic(), "purpose": "investigation"}
    due = factories.now().date() + timedelta(days=9)
    need = cases.file_need(
        case=case, need=QuestionNeed(needed_by=due, **facts), by=cast.investigator, now=factories.now()
    )
    twin = QuestionNeed(needed_by=due, **facts)
    assert keys(cases.file_need, case=case, need=twin, by=cast.investigator) == ("need_filed_already",)
    cases.withdraw_need(case=case, need=need, by=cast.investigator, now=factories.now())
    assert keys(cases.withdraw_need, case=case, need=need, by=cast.investigator) == ("need_not_open",)
    assert cases.file_need(case=case, need=twin, by=cast.investigator, now=factories.now()).state == "open"


@pytest.mark.parametrize(
    ("state", "name"), [("postponed", "postponed_for_a_reason"), ("attached", "attached_to_an_interview")]
)
def test_the_database_wants_a_needs_reason_and_interview(case, cast, state, name):
    need = factories.need(case, cast)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        QuestionNeed.objects.filter(pk=need.pk).update(state=state)
