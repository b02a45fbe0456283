"""A provider assesses itself, somebody else verifies; what was said stays, and the database is the last judge."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from cms.accounts.models import User
from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.database.errors import violated
from cms.refusals import Objected
from directory import foundation, policies
from directory.actions.standards import assess_itself, verify_criterion
from directory.models import Assessment, Criterion, Standard
from directory.models.standards import closing_days
from directory.rules.standards import NOTICE
from tests.databases import as_owner
from tests.directory import factories, verified

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def criterion():
    return verified.binding()[0]


@pytest.fixture
def verifier():
    return verified.verifier()


def assess(provider, criterion, by, met="yes", evidence="Ruangnya ada."):
    return assess_itself(provider=provider, criterion=criterion, met=met, evidence=evidence, by=by, now=timezone.now())


def verify(assessment, by, outcome="met", until=None, remark=""):
    until = until or (verified.today() + 90 * DAY if outcome == "met" else None)
    facts = {"outcome": outcome, "until": until, "remark": remark, "by": by, "now": timezone.now()}
    return verify_criterion(assessment=assessment, **facts)


def refused(function, *args, **facts):
    with pytest.raises(Objected) as told:
        function(*args, **facts)
    return list(told.value.keys)


def verbs(user):
    with acting_as(user):
        return list(AuditEvent.objects.filter(actor=user).order_by("at", "pk").values_list("verb", flat=True))


# --- the provider ---------------------------------------------------------------------------------------------------


def test_a_provider_assesses_itself_and_waits(provider, criterion, editor):
    made = assess(provider, criterion, editor)
    assert (made.waits, made.current, made.outcome, made.assessed_by) == (True, True, "", editor)
    assert list(Assessment.objects.waiting()) == [made]
    assert verbs(editor) == ["assessment.made"]


def test_only_its_own_team_assesses_a_provider(provider, criterion, editor, verifier):
    boss = User.objects.create_superuser("bos@contoh.example", "x", first_name="Bos")
    other = factories.user("lain")
    factories.provider("Penyedia Lain", editors=[other])
    strangers = [User.objects.get(first_name="peninjau"), verifier, boss, other]
    assert [refused(assess, provider, criterion, one) for one in strangers] == [["assessment_of_somebody_else"]] * 4
    editor.is_active = False
    assert refused(assess, provider, criterion, editor) == ["assessment_of_somebody_else"]
    assert (Assessment.objects.count(), verbs(other)) == (0, ["assessment.refused"])


def test_what_the_rules_object_to_is_not_kept(provider, criterion, editor):
    assert refused(assess, provider, criterion, editor, evidence="") == ["evidence_missing"]
    assert not Assessment.objects.exists()


def test_a_criterion_that_is_over_is_not_assessed(provider, criterion, editor):
    Criterion.objects.filter(pk=criterion.pk).update(ends_on=verified.today())
    criterion.refresh_from_db()
    assert refused(assess, provider, criterion, editor) == ["criterion_binds_no_more"]


def test_a_shelter_never_says_where_it_is(provider, criterion, editor, verifier):
    factories.service(provider, kind="c8")
    place = "Di Jalan Melati 7."
    assert refused(assess, provider, criterion, editor, evidence=place) == ["shelter_place_in_words"]
    made = assess(provider, criterion, editor)
    assert refused(verify, made, verifier, "not_met", remark=place) == ["shelter_place_in_words"]


def test_what_was_verified_counts_on_while_a_new_assessment_waits(provider, criterion, editor, verifier):
    kept = verify(assess(provider, criterion, editor), verifier)
    renewed = assess(provider, criterion, editor, "partly", "Sedang diperbaiki.")
    assert (renewed.waits, renewed.outcome, renewed.expires_on) == (True, "met", kept.expires_on)
    ended = assess(provider, criterion, editor, "no", "")
    assert (ended.waits, ended.outcome, ended.expires_on, ended.verified_by) == (True, "", None, None)
    assert Assessment.objects.count() == 4
    assert list(Assessment.objects.current()) == [ended]


def test_whoever_verified_it_does_not_assess_it_later(provider, criterion, editor, verifier):
    verify(assess(provider, criterion, editor), verifier)
    verifier.groups.set(editor.groups.all())
    assert refused(assess, provider, criterion, verifier) == ["assessment_by_its_verifier"]
    assert assess(provider, criterion, verifier, "no").outcome == ""


# --- the verifier ---------------------------------------------------------------------------------------------------


def test_a_verifier_confirms_with_a_day_and_until_another(provider, criterion, editor, verifier):
    until = verified.today() + 200 * DAY
    made = verify(assess(provider, criterion, editor), verifier, until=until)
    assert (made.verified_on, made.verified_by, made.expires_on) == (verified.today(), verifier, until)
    assert (made.waits, made.evidence, made.assessed_by) == (False, "Ruangnya ada.", editor)
    assert list(Assessment.objects.waiting()) == []
    assert verbs(verifier) == ["assessment.verified"]


def test_nobody_of_the_team_verifies_and_nobody_without_the_right(provider, criterion, editor, verifier):
    made = assess(provider, criterion, editor)
    editor.groups.add(Group.objects.get(name=foundation.VERIFIERS))
    editor = User.objects.get(pk=editor.pk)
    boss = User.objects.create_superuser("bos@contoh.example", "x", first_name="Bos")
    boss.groups.add(*editor.groups.all())
    reviewer = User.objects.get(first_name="peninjau")
    assert policies.can_verify_anything(editor)
    for person in (editor, boss, reviewer, None):
        assert refused(verify, made, person) == ["verification_not_yours"]
    assert Assessment.objects.get() == made


def test_whoever_assessed_it_and_left_the_team_does_not_verify_it(provider, criterion, editor):
    made = assess(provider, criterion, editor)
    editor.groups.set([Group.objects.get(name=foundation.VERIFIERS)])
    assert refused(verify, made, User.objects.get(pk=editor.pk)) == ["verification_not_yours"]


def test_what_changed_meanwhile_is_read_again_first(provider, criterion, editor, verifier):
    first = assess(provider, criterion, editor)
    assess(provider, criterion, editor, "partly")
    assert refused(verify, first, verifier) == ["assessment_changed_meanwhile"]


def test_what_the_rules_object_to_is_not_verified(provider, criterion, editor, verifier):
    made = assess(provider, criterion, editor)
    assert refused(verify, made, verifier, "not_met") == ["verification_remark_missing"]
    assert refused(verify, made, verifier, until=verified.today() + 3000 * DAY) == ["verification_too_long"]


def test_a_verification_is_taken_back(provider, criterion, editor, verifier):
    made = verify(assess(provider, criterion, editor), verifier)
    back = verify(made, verifier, "not_met", remark="Ruangnya dipakai untuk hal lain.")
    assert (back.outcome, back.expires_on, back.waits) == ("not_met", None, False)
    assert [one.outcome for one in Assessment.objects.order_by("pk")] == ["", "met", "not_met"]


def test_what_runs_out_is_listed_the_soonest_first(provider):
    today, one, two, three, four = verified.today(), *verified.binding()[:4]
    over = verified.met(provider, one, today - DAY)
    soon = verified.met(provider, two, today + NOTICE * DAY)
    verified.met(provider, three, today + (NOTICE + 1) * DAY)
    verified.met(provider, four, today + DAY, waits=True)
    assert list(Assessment.objects.running_out(today)) == [over, soon]


# --- from which day it closes ---------------------------------------------------------------------------------------


def test_a_provider_closes_when_its_first_essential_criterion_runs_out(provider):
    today = verified.today()
    essential = [one for one in verified.binding() if one.essential]
    for number, criterion in enumerate(essential, start=1):
        verified.met(provider, criterion, today + number * 10 * DAY)
    assert closing_days([provider.pk, None], today) == {provider.pk: today + 11 * DAY, None: today}
    assert closing_days([provider.pk], today + 11 * DAY) == {provider.pk: today + 11 * DAY}


def test_one_that_is_not_published_meets_nothing():
    verified.binding()
    house, today = verified.house(), verified.today()
    assert closing_days([house.pk], today)[house.pk] > today
    house.live = False
    house.save()
    assert closing_days([house.pk], today) == {house.pk: today}


def test_only_what_is_asked_of_interviews_closes_a_house(provider):
    today = verified.today()
    Standard.objects.update(ends_on=today + 1000 * DAY, starts_on=today - DAY)
    Standard.objects.update(starts_on=today - 2 * DAY, ends_on=today)
    verified.standard(True, kind="c4")
    verified.standard(False, kind="d1")
    assert closing_days([provider.pk, None], today) == {provider.pk: None, None: None}
    verified.standard(True, kind="")
    assert closing_days([provider.pk], today) == {provider.pk: today}


def test_a_new_site_gives_notice_before_its_standard_binds(provider):
    today = verified.today()
    assert closing_days([provider.pk], today) == {provider.pk: today + NOTICE * DAY}
    assert list(Standard.objects.in_force(today)) == []


def test_the_standing_of_many_costs_two_queries(provider, django_assert_num_queries):
    verified.binding()
    houses = [verified.house(title=f"Rumah {n}").pk for n in range(3)]
    for some in (houses[:1], houses):
        with django_assert_num_queries(2):
            closing_days([*some, None], verified.today())


# --- the last judge -------------------------------------------------------------------------------------------------

FACTS = {"outcome": "met", "verified_on": "2026-11-01", "expires_on": "2027-11-01", "met": "yes", "waits": False}


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"verified_on": None}, "assessment_verified_has_a_day_and_a_verifier"),
        ({"verified_by": None}, "assessment_verified_has_a_day_and_a_verifier"),
        ({"outcome": "", "expires_on": None, "waits": True}, "assessment_verified_has_a_day_and_a_verifier"),
        ({"expires_on": None}, "assessment_met_until_a_day"),
        ({"outcome": "not_met"}, "assessment_met_until_a_day"),
        ({"expires_on": "2026-11-01"}, "assessment_expires_after_it_was_verified"),
        ({"met": "no"}, "assessment_not_met_is_never_verified_as_met"),
        ({"verified_by": "assessed_by"}, "assessment_is_verified_by_somebody_else"),
        (
            {"outcome": "", "verified_on": None, "verified_by": None, "expires_on": None},
            "assessment_waits_or_was_verified",
        ),
    ],
)
def test_the_database_refuses_what_cannot_be(provider, criterion, editor, verifier, changes, constraint):
    facts = {**FACTS, "verified_by": verifier, **changes}
    if facts["verified_by"] == "assessed_by":
        facts["verified_by"] = editor
    with pytest.raises(Exception, match=constraint) as told, transaction.atomic():
        Assessment.objects.create(
            provider=provider, criterion=criterion, assessed_by=editor, assessed_at=timezone.now(), **facts
        )
    assert violated(told.value) == constraint


def test_one_current_assessment_for_each_criterion(provider, criterion):
    verified.met(provider, criterion)
    with pytest.raises(Exception, match="assessment_one_current_per_criterion"), transaction.atomic():
        verified.met(provider, criterion)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE directory_assessment SET expires_on = expires_on + 100",
        "UPDATE directory_assessment SET outcome = 'not_met', expires_on = NULL",
        "UPDATE directory_assessment SET evidence = 'Lain.'",
        "UPDATE directory_assessment SET current = true",
        "UPDATE directory_assessment SET current = false, waits = true",
    ],
)
def test_what_was_said_is_not_overwritten(provider, criterion, statement):
    verified.met(provider, criterion)
    for run in (lambda: connection.cursor().execute(statement), lambda: as_owner(statement)):
        with pytest.raises(Exception, match="never overwritten"), transaction.atomic():
            run()


def test_what_is_not_current_any_more_never_is_again(provider, criterion):
    old = verified.met(provider, criterion)
    Assessment.objects.filter(pk=old.pk).update(current=False)
    with pytest.raises(Exception, match="never overwritten"), transaction.atomic():
        Assessment.objects.filter(pk=old.pk).update(current=True)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE directory_standard SET ends_on = starts_on", "standard_ends_after_it_starts"),
        ("UPDATE directory_criterion SET months = 61", "criterion_lasts_some_months"),
        ("UPDATE directory_criterion SET months = 0", "criterion_lasts_some_months"),
        (
            "UPDATE directory_criterion SET starts_on = '2027-01-01', ends_on = '2027-01-01'",
            "criterion_ends_after_it_starts",
        ),
    ],
)
def test_standards_and_criteria_make_sense(statement, constraint):
    with pytest.raises(Exception, match=constraint), transaction.atomic():
        connection.cursor().execute(statement)


def test_each_version_of_a_standard_once():
    first = Standard.objects.get()
    with pytest.raises(Exception, match="standard_each_version_once"), transaction.atomic():
        verified.standard(True).__class__.objects.exclude(pk=first.pk).update(title=first.title)


def test_a_criterion_that_was_assessed_is_not_deleted(provider, criterion):
    verified.met(provider, criterion)
    with pytest.raises(ProtectedError):
        criterion.delete()


def test_who_deletes_a_provider_deletes_what_it_said(provider, criterion):
    verified.met(provider, criterion)
    provider.delete()
    assert not Assessment.objects.exists()


def test_the_public_role_reads_what_the_public_sees_and_no_more(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, has_column_privilege('sekali_public', 'directory_assessment', column_name, 'SELECT')"
            " FROM information_schema.columns WHERE table_name = 'directory_assessment'"
        )
        read = {name for name, may in cursor.fetchall() if may}
        cursor.execute("SELECT has_any_column_privilege('sekali_public', 'directory_assessment', 'INSERT, UPDATE')")
        assert cursor.fetchone() == (False,)
    assert read == {"id", "provider_id", "criterion_id", "outcome", "verified_on", "expires_on", "current"}
    plain = str(Assessment.objects.filter(provider=1, provider__live=True, criterion__in=[1]).plain().query)
    assert set(re.findall(r'"directory_assessment"."(\w+)"', plain)) <= read


# --- what a new site has --------------------------------------------------------------------------------------------


def test_a_new_site_has_one_standard_in_both_languages_and_keeps_what_editors_made_of_it():
    made = Standard.objects.get()
    rows = list(made.criteria.all())
    assert (made.kind, sum(one.essential for one in rows), len(rows)) == ("d1", 5, 8)
    assert all(one.words and one.words_en and one.asks and one.asks_en for one in rows)
    assert "Periksa naskah resmi" in made.source
    made.title = "Diubah"
    made.save()
    foundation.lay()
    assert Standard.objects.get().title == "Diubah"


def test_editors_keep_standards_and_verifiers_verify():
    editors, verifiers = (Group.objects.get(name=name) for name in ("Editors", foundation.VERIFIERS))
    kept = set(editors.permissions.filter(content_type__model="standard").values_list("codename", flat=True))
    assert kept == {"add_standard", "change_standard", "view_standard"}
    assert set(verifiers.permissions.values_list("codename", flat=True)) == {"verify_assessment"}
    assert not editors.permissions.filter(content_type__model="assessment").exists()
    editors.permissions.clear()
    verifiers.permissions.clear()
    foundation.lay()
    assert not verifiers.permissions.exists()
