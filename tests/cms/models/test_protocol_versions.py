"""A version is written by whatever publishes the Indonesian page, once, and never changes afterwards."""

import threading
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from wagtail.models import GroupApprovalTask, Revision, Workflow, WorkflowTask

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.limits import ProtocolLimits, Weights
from cms.models import ProtocolIndexPage, ProtocolPage, ProtocolVersion

CODE = "wawancara-bersama"


def page(language="id"):
    return ProtocolPage.objects.get(code=CODE, locale__language_code=language)


def changed(days=21, language="id"):
    """A draft revision of the page with another clock."""
    draft = page(language)
    draft.clock_days = days
    return draft.save_revision()


def numbers():
    return sorted(ProtocolVersion.objects.of(CODE).values_list("number", flat=True))


@pytest.fixture
def editor(db, django_user_model):
    return django_user_model.objects.create_superuser("editor@example.org", "x" * 12, first_name="E")


def test_publishing_a_revision_writes_a_version(editor):
    revision = changed()
    revision.publish(user=editor)
    version = ProtocolVersion.objects.in_force(CODE, timezone.now())
    live = page()
    assert (version.number, version.page_id, version.revision_id) == (2, live.pk, revision.pk)
    assert version.protocol_limits().clock_days == 21
    assert version.published_by == editor
    assert version.published_at == version.effective_from == live.last_published_at
    assert version.text["intro"] == live.intro
    assert "TPKS-26" in version.sources
    with acting_as(editor):
        event = AuditEvent.objects.get(verb="protocol.published", key=str(version.pk))
    assert (event.actor, event.detail) == (editor, {"code": CODE, "number": 2})


def test_weights_on_the_page_weigh_in_the_version(editor):
    draft = page()
    draft.weights = [("weight", {"what": "childs_hours", "days": 20})]
    draft.save_revision().publish(user=editor)
    version = ProtocolVersion.objects.in_force(CODE, timezone.now())
    assert version.number == 2
    assert version.protocol_limits().weights == Weights(childs_hours=20)


def test_a_weight_beyond_a_season_is_never_published(editor):
    draft = page()
    draft.weights = [("weight", {"what": "childs_hours", "days": 91})]
    with pytest.raises(ValidationError):
        draft.save_revision().publish(user=editor)
    assert numbers() == [1]


def test_an_extended_interview_is_allowed_from_the_version_that_says_so(editor):
    first = ProtocolVersion.objects.in_force(CODE, timezone.now())
    draft = page()
    draft.parts_most = draft.parts_days_apart = None
    draft.parts_source = ""
    draft.save_revision().publish(user=editor)
    silent = ProtocolVersion.objects.in_force(CODE, timezone.now())
    draft.parts_most, draft.parts_days_apart, draft.parts_source = 4, 2, "NICHD-EXTENDED"
    draft.save_revision().publish(user=editor)
    version = ProtocolVersion.objects.in_force(CODE, timezone.now())
    limits = version.protocol_limits()
    assert (limits.parts_most, limits.parts_days_apart, limits.parts_source) == (4, 2, "NICHD-EXTENDED")
    assert "NICHD-EXTENDED" in version.sources
    assert (silent.protocol_limits().parts_most, first.protocol_limits().parts_most) == (0, 8)


def test_the_first_version_still_rules_what_it_ruled(editor):
    first = ProtocolVersion.objects.get(code=CODE, number=1)
    changed().publish()
    assert ProtocolVersion.objects.in_force(CODE, first.effective_from) == first
    assert ProtocolVersion.objects.in_force(CODE, first.effective_from - timedelta(seconds=1)) is None
    assert ProtocolVersion.objects.in_force("no-such-code", timezone.now()) is None


def test_publishing_the_same_again_writes_nothing(db):
    page().save_revision().publish()
    page().save_revision().publish()
    assert numbers() == [1]


@pytest.mark.parametrize(
    "change", [{"title": "Judul lain"}, {"what_changed": "Kata."}, {"clock_source": "Sumber lain"}]
)
def test_any_change_of_text_or_limits_writes_one(db, change):
    draft = page()
    for name, value in change.items():
        setattr(draft, name, value)
    draft.save_revision().publish()
    assert numbers() == [1, 2]


def test_the_english_page_writes_none(editor):
    draft = page("en")
    draft.title, draft.clock_days = "Another title", 99
    draft.save_revision().publish(user=editor)
    assert page("en").title == "Another title"
    assert numbers() == [1]


def test_a_draft_writes_none(db):
    changed()
    assert numbers() == [1]
    assert page().clock_days == 14


def test_a_schedule_writes_when_the_hour_comes(editor):
    draft = page()
    draft.clock_days, draft.go_live_at = 30, timezone.now() + timedelta(days=2)
    revision = draft.save_revision()
    revision.publish(user=editor)
    call_command("publish_scheduled")
    assert numbers() == [1]
    Revision.objects.filter(pk=revision.pk).update(
        approved_go_live_at=timezone.now() - timedelta(hours=1),
        content={**revision.content, "go_live_at": (timezone.now() - timedelta(hours=1)).isoformat()},
    )
    call_command("publish_scheduled")
    assert numbers() == [1, 2]
    assert ProtocolVersion.objects.in_force(CODE, timezone.now()).protocol_limits().clock_days == 30


def test_a_workflow_writes_when_it_ends(editor):
    task = GroupApprovalTask.objects.create(name="look")
    task.groups.add(Group.objects.get(name="Editors"))
    workflow = Workflow.objects.create(name="moderation")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
    changed(28)
    state = workflow.start(page(), editor)
    assert numbers() == [1]
    state.current_task_state.approve(user=editor)
    assert numbers() == [1, 2]
    assert ProtocolVersion.objects.of(CODE).first().published_by == editor


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clock_days": None}, "Batas hari"),
        ({"sessions_source": ""}, "Jumlah wawancara sehari belum punya sumber"),
        ({"bands": []}, "Umur 0 tahun"),
        ({"roles": []}, "Belum ada peran"),
        ({"parts_source": ""}, "Batas wawancara dalam beberapa sesi belum lengkap"),
        ({"roles": [("role", {"role": "companion", "presences": ["in_room"], "source": ""})]}, "belum punya sumber"),
        ({"bands": [("band", {"from_years": 0, "to_years": 17})]}, "lama paling singkat"),
    ],
)
def test_faulty_limits_are_never_published(db, change, words):
    draft = page()
    for name, value in change.items():
        setattr(draft, name, value)
    revision = draft.save_revision(clean=False)
    with pytest.raises(ValidationError, match=words):
        revision.publish()
    assert numbers() == [1]
    assert page().live_revision_id != revision.pk


def test_two_protocols_cannot_share_a_code(db):
    index = ProtocolIndexPage.objects.get(locale__language_code="id")
    original = page()
    copied = ProtocolPage(title="Salinan", slug="salinan", live=False, code=CODE)
    for name in ("bands", "roles", "clock_days", "clock_source", "sessions_a_day", "sessions_source"):
        setattr(copied, name, getattr(original, name))
    index.add_child(instance=copied)
    with pytest.raises(ValidationError, match="Kode ini sudah dipakai"):
        copied.save_revision().publish()
    assert numbers() == [1]


def test_a_live_copy_shows_no_version_of_another_page(db):
    copied = page().copy(update_attrs={"slug": "salinan", "title": "Salinan"})
    assert numbers() == [1]
    assert copied.version_in_force(timezone.now()) is None


def test_unpublishing_and_deleting_leave_the_version_in_force(db):
    page().unpublish()
    assert ProtocolVersion.objects.in_force(CODE, timezone.now()).number == 1
    page().delete()
    assert ProtocolVersion.objects.in_force(CODE, timezone.now()).number == 1


def test_a_date_to_come_waits_for_midnight_in_jakarta(db):
    draft = page()
    draft.clock_days, draft.effective_from = 20, date(2099, 1, 1)
    draft.save_revision().publish()
    midnight = datetime(2099, 1, 1, tzinfo=ZoneInfo("Asia/Jakarta"))
    assert ProtocolVersion.objects.of(CODE).first().effective_from == midnight
    assert ProtocolVersion.objects.in_force(CODE, midnight - timedelta(seconds=1)).number == 1
    assert ProtocolVersion.objects.in_force(CODE, midnight).number == 2


def test_the_last_one_published_wins_over_one_still_to_come(db):
    draft = page()
    draft.clock_days, draft.effective_from = 20, date(2099, 1, 1)
    draft.save_revision().publish()
    mended = page()
    mended.clock_days, mended.effective_from = 25, None
    mended.save_revision().publish()
    assert ProtocolVersion.objects.in_force(CODE, datetime(2100, 1, 1, tzinfo=UTC)).number == 3


def test_a_date_gone_by_counts_from_the_publication(db):
    draft = page()
    draft.clock_days, draft.effective_from = 20, date(2020, 1, 1)
    draft.save_revision().publish()
    version = ProtocolVersion.objects.of(CODE).first()
    assert version.effective_from == version.published_at


# --- attempts to break it ---


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cms_protocolversion SET number = 7",
        "DELETE FROM cms_protocolversion",
        "TRUNCATE cms_protocolversion",
        "UPDATE cms_protocolversion SET limits = '{}' WHERE false",
    ],
)
def test_the_application_has_no_right_to_change_a_version(db, statement):
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cms_protocolversion SET number = 7",
        "DELETE FROM cms_protocolversion",
        "TRUNCATE cms_protocolversion CASCADE",
    ],
)
def test_the_trigger_stops_even_the_owner(owner, statement):
    with pytest.raises(psycopg.errors.RestrictViolation, match="only grows"):
        owner.execute(statement)


def test_a_saved_version_cannot_be_saved_again(db):
    version = ProtocolVersion.objects.get(code=CODE)
    version.title = "rewritten"
    with pytest.raises(DatabaseError), transaction.atomic():
        version.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        version.delete()
    assert ProtocolVersion.objects.get(code=CODE).title == "Wawancara bersama terekam"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"number": 1}, "protocol_version_numbers_are_distinct"),
        ({"number": 0}, "protocol_version_numbers_start_at_one"),
        (
            {"effective_from": datetime(2020, 1, 1, tzinfo=UTC)},
            "protocol_version_never_applies_before_it_is_published",
        ),
    ],
)
def test_the_database_is_the_last_judge(db, change, constraint):
    first = ProtocolVersion.objects.get(code=CODE)
    row = {
        "code": CODE,
        "number": 2,
        "title": "T",
        "page_id": 1,
        "revision_id": 1,
        "limits": first.limits,
        "effective_from": first.effective_from,
        "published_at": first.published_at,
        **change,
    }
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ProtocolVersion.objects.create(**row)


def test_a_publication_that_cannot_be_recorded_does_not_happen(own_database, owner):
    owner.execute("ALTER TABLE audit_auditevent ADD CONSTRAINT planted CHECK (verb <> 'protocol.published') NOT VALID")
    revision = changed()
    with pytest.raises(IntegrityError, match="planted"):
        revision.publish()
    assert numbers() == [1]
    assert page().clock_days == 14


def test_racing_publications_get_distinct_numbers(own_database):
    revisions = [changed(days) for days in range(20, 26)]
    barrier, failures = threading.Barrier(len(revisions)), []

    def publish(revision):
        try:
            barrier.wait()
            revision.publish()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the test must see it
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=[revision]) for revision in revisions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert numbers() == [1, 2, 3, 4, 5, 6, 7]
    clocks = {version.protocol_limits().clock_days for version in ProtocolVersion.objects.of(CODE)}
    assert clocks == {14, *range(20, 26)}


def test_limits_of_a_page_are_plain_data(db):
    limits = page().limits()
    assert limits["bands"][0]["earliest"] == "08:00"
    assert ProtocolLimits.from_json(limits).required("prosecutor").presences == ("observing", "remote")
