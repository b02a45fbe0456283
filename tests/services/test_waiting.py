"""Who waits for therapy, in which order, and which cases are of one family; and what that may reveal."""

from datetime import timedelta

import pytest

from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import families, waiting
from services.models import CaseMember, FamilyMember, WaitingEntry
from tests import factories
from tests.services import recovering
from tests.services.recovering import facts, keys_of


def test_urgency_goes_first_and_then_waiting(case, cast):
    second, third = factories.open_case(cast), factories.open_case(cast, age_months=200)
    now = factories.now()
    for one, urgency, days in ((case, 2, 1), (second, 2, 9), (third, 1, 0)):
        waiting.join_waiting_list(
            case=one, urgency=urgency, need="alone", by=cast.social_worker, now=now - timedelta(days=days)
        )
    rows = waiting.in_line(now)
    assert [row.code for row in rows] == [third.code, second.code, case.code]
    assert [row.ages for row in rows] == ["13-17", "7-12", "7-12"]
    with pytest.raises(Objected) as refusal:
        waiting.join_waiting_list(urgency=1, need="alone", **facts(cast, case))
    assert keys_of(refusal) == ["waiting_already"]


def test_a_coordinator_who_is_not_on_the_case_sees_no_code_and_offers_a_place(case, cast):
    boss = factories.member("Joko", cast.house, "coordinator")
    stranger = factories.member("Kiki", cast.police, "coordinator")
    entry = waiting.join_waiting_list(urgency=1, need="alone", **facts(cast, case))
    with acting_as(stranger):
        assert waiting.in_line(factories.now()) == []
        with pytest.raises(Objected):
            waiting.offer_place(entry=entry.pk, by=stranger, now=factories.now())
    with acting_as(boss):
        (row,) = waiting.in_line(factories.now())
        assert (row.code, row.urgency, row.offered_at) == (None, 1, None)
        assert not WaitingEntry.objects.exists()
        waiting.offer_place(entry=entry.pk, by=boss, now=factories.now())
        with pytest.raises(Objected) as refusal:
            waiting.offer_place(entry=entry.pk, by=boss, now=factories.now())
        assert keys_of(refusal) == ["waiting_over"]
    assert WaitingEntry.objects.get(pk=entry.pk).offered_at is not None


def test_a_plan_takes_the_case_off_the_list(case, cast, hana, room):
    entry = waiting.join_waiting_list(urgency=1, need="alone", **facts(cast, case))
    recovering.book(case, cast.social_worker, recovering.weekly(hana, room))
    assert WaitingEntry.objects.get(pk=entry.pk).state == "placed"
    for refused, more, key in (
        (waiting.leave_waiting_list, {"entry": entry}, "waiting_over"),
        (waiting.join_waiting_list, {"urgency": 1, "need": "alone"}, "waiting_has_plan"),
    ):
        with pytest.raises(Objected) as refusal:
            refused(**more, **facts(cast, case))
        assert keys_of(refusal) == [key]


def test_siblings_are_noted_by_who_leads_both_and_unknown_is_as_hidden(case, cast, world):
    second, third = factories.open_case(cast), factories.open_case(cast)
    family = families.note_sibling(code=second.code, **facts(cast, case))
    assert families.note_sibling(code=third.code, **facts(cast, second)) == family
    assert set(FamilyMember.objects.siblings_of(case, cast.social_worker, factories.now())) == {second, third}
    for code, key in (
        (world.other.code, "family_not_yours"),
        ("K-2222-2222", "family_not_yours"),
        (case.code, "family_itself"),
    ):
        with pytest.raises(Objected) as refusal:
            families.note_sibling(code=code, **facts(cast, case))
        assert keys_of(refusal) == [key]
    families.leave_family(**facts(cast, case))
    assert set(FamilyMember.objects.siblings_of(second, cast.social_worker, factories.now())) == {third}
    assert not FamilyMember.objects.siblings_of(case, cast.social_worker, factories.now()).exists()


def test_two_families_are_not_joined_silently(case, cast):
    one, two, three = (factories.open_case(cast) for _n in range(3))
    families.note_sibling(code=one.code, **facts(cast, case))
    families.note_sibling(code=three.code, **facts(cast, two))
    with pytest.raises(Objected) as refusal:
        families.note_sibling(code=two.code, **facts(cast, case))
    assert keys_of(refusal) == ["family_another"]


def test_whoever_leads_one_of_two_learns_only_that_there_is_another(case, cast):
    second = factories.open_case(cast)
    families.note_sibling(code=second.code, **facts(cast, case))
    boss = factories.member("Joko", cast.house, "coordinator")
    CaseMember.objects.create(
        case=case, user=boss, agency=cast.house, role="coordinator", starts=factories.now() - timedelta(minutes=1)
    )
    with acting_as(boss):
        assert list(FamilyMember.objects.values_list("case", flat=True)) == [case.pk]
        assert not FamilyMember.objects.siblings_of(case, boss, factories.now()).exists()
