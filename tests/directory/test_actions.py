"""A provider joins, and changes its listing; what is published stays until a reviewer agrees."""

import pytest
from django.utils import timezone
from wagtail.models import Revision, WorkflowPage, WorkflowState

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from directory import policies
from directory.actions import register_provider, update_listing
from directory.models import ProviderPage
from tests.directory import factories

pytestmark = pytest.mark.django_db


def update(page, by, **changes):
    return update_listing(page=page, changes=changes, by=by, now=timezone.now())


def verbs(user):
    with acting_as(user):
        return list(AuditEvent.objects.filter(actor=user).order_by("at").values_list("verb", flat=True))


def test_an_update_waits_for_the_reviewers(service, editor):
    revision = update(service, editor, description="Baru.", phones=[{"short_code": "129"}])
    service.refresh_from_db()
    assert (service.description, service.phones.count()) == ("Ada yang mendengarkan.", 0)
    assert service.current_workflow_state.current_task_state.revision == revision
    draft = service.get_latest_revision_as_object()
    assert (draft.description, draft.phones.get().short_code) == ("Baru.", "129")
    assert verbs(editor) == ["listing.submitted"]


def test_a_reviewers_yes_publishes_it(service, editor):
    update(service, editor, description="Baru.", areas=[{"province": "ID-JB"}])
    task = service.current_workflow_state.current_task_state
    task.specific.approve(user=factories.reviewer("peninjau2"))
    service.refresh_from_db()
    assert (service.description, service.areas.get().province) == ("Baru.", "ID-JB")


def test_a_later_update_takes_the_place_of_one_that_waits(service, editor):
    update(service, editor, description="Pertama.")
    update(service, editor, description="Kedua.")
    states = WorkflowState.objects.order_by("pk").values_list("status", flat=True)
    assert list(states) == ["cancelled", "in_progress"]
    assert service.get_latest_revision_as_object().description == "Kedua."


def refused(page, by, **changes):
    before = Revision.objects.count(), WorkflowState.objects.count()
    with pytest.raises(Objected) as refusal:
        update(page, by, **changes)
    assert (Revision.objects.count(), WorkflowState.objects.count()) == before
    assert verbs(by) == ["listing.refused"]
    return list(refusal.value.keys)


def test_somebody_else_may_not_update_it(service):
    other = factories.user("lain")
    factories.provider("Penyedia lain", editors=[other])
    assert refused(service, other, description="Direbut.") == ["listing_of_somebody_else"]


@pytest.mark.parametrize("field", ["identifier", "slug", "live", "checked_on", "import_digest", "owner", "password"])
def test_fields_that_are_not_the_providers_to_set(service, editor, field):
    assert refused(service, editor, **{field: "x"}) == ["field_not_yours"]


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"kind": "c8", "street": "Rahasia 7"}, ["shelter_has_address"]),
        ({"kind": "zz"}, ["field_not_valid"]),
        ({"email": "tidak ada"}, ["field_not_valid"]),
        ({"website": "javascript:alert(1)"}, ["field_not_valid"]),
        ({"province": "ID-XX"}, ["field_not_valid"]),
        ({"description": "x" * 16_000_000}, ["text_too_long"]),
        ({"phones": [{"number": "tidak ada"}]}, ["phone_not_valid"]),
        ({"phones": [{"short_code": "129", "whatsapp": True}]}, ["whatsapp_needs_a_whole_number"]),
        ({"schedules": [{"weekday": 9, "all_day": True}]}, ["field_not_valid", "weekday_not_valid"]),
        ({"areas": [{"province": "ID-XX"}]}, ["field_not_valid"]),
        ({"languages": [{"code": "??"}]}, ["field_not_valid"]),
        ({"minimum_age": 17, "maximum_age": 3}, ["ages_reversed"]),
    ],
)
def test_what_the_rules_object_to_is_refused_whole(service, editor, changes, keys):
    assert refused(service, editor, **changes) == keys


def test_a_reviewer_says_that_it_was_checked(service):
    today = timezone.localdate()
    update(service, factories.reviewer("peninjau2"), checked_on=today, checked_by="reviewer")
    assert service.get_latest_revision_as_object().checked_on == today


def test_registering_makes_a_draft_and_a_group_for_its_subtree_only(editor):
    reviewer = factories.reviewer()
    page = register_provider(
        title="Baru", by=reviewer, now=timezone.now(), editors=[editor], facts={"email": "a@contoh.example"}
    )
    assert (page.live, page.email) == (False, "a@contoh.example")
    rights = {permission.permission.codename for permission in page.group_permissions.all()}
    assert rights == {"add_page", "change_page"}
    assert editor.has_perm("wagtailadmin.access_admin")
    assert verbs(reviewer) == ["provider.registered"]
    assert policies.can_edit_listing(editor, page)
    assert not policies.can_publish_listing(editor, page)


def test_only_reviewers_register(editor):
    with pytest.raises(Objected, match="provider_registration_not_allowed"):
        register_provider(title="Baru", by=editor, now=timezone.now())
    assert not ProviderPage.objects.exists()


def test_a_registration_that_a_rule_objects_to_leaves_nothing(editor):
    with pytest.raises(Objected, match="shelter_has_address"):
        register_provider(
            title="Rumah",
            by=factories.reviewer(),
            now=timezone.now(),
            facts={"hidden_place": True, "street": "Rahasia 7"},
        )
    assert not ProviderPage.objects.exists()


def test_who_is_walled(provider, editor, django_user_model):
    assert policies.is_walled(editor)
    assert policies.works_for_a_provider(editor)
    stranger = factories.user("lain")
    assert policies.is_walled(stranger)
    assert not policies.works_for_a_provider(stranger)
    reviewer = factories.reviewer("peninjau2")
    assert not policies.is_walled(reviewer)
    assert not policies.works_for_a_provider(reviewer)
    assert not policies.is_walled(django_user_model(is_superuser=True))


def test_nobody_and_the_disabled_may_do_nothing(provider, editor):
    editor.is_active = False
    assert not policies.can_edit_listing(editor, provider)
    assert not policies.can_edit_listing(None, provider)
    assert not policies.can_say_checked(editor)


def test_without_a_directory_nobody_registers_and_nobody_is_walled(editor):
    factories.index().delete()
    assert not policies.can_register_provider(factories.reviewer())
    assert not policies.is_walled(editor)


def test_without_reviewers_a_submission_is_a_draft(service, editor):
    WorkflowPage.objects.all().delete()
    revision = update(service, editor, description="Baru.")
    assert revision == service.get_latest_revision()
    assert not WorkflowState.objects.exists()
