"""A draft is kept without being sent, by one at a time, and never holds what may not be remembered."""

from datetime import timedelta

import pytest
from django.utils import timezone
from wagtail.models import PageLogEntry, Revision, WorkflowState

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from directory import policies
from directory.actions import drafts, update_listing
from directory.models import ServicePage
from directory.models.standing import DRAFT, PUBLIC, SENT_BACK, WAITS, mark_of, standing, standings
from directory.models.versions import versions
from tests.directory import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now


@pytest.fixture
def editor():
    return factories.user("penyunting")


@pytest.fixture
def other():
    return factories.user("rekan")


@pytest.fixture
def provider(editor, other):
    return factories.provider(editors=[editor, other])


@pytest.fixture
def service(provider):
    return factories.service(provider)


def save(page, by, *, base=None, now=None, **changes):
    page.refresh_from_db()
    base = mark_of(page) if base is None else base
    return drafts.save_draft(page=page, changes=changes, base=base, by=by, now=now or NOW())


def latest(page):
    return type(page).objects.get(pk=page.pk).get_latest_revision_as_object()


def verbs(user):
    with acting_as(user):
        return list(AuditEvent.objects.filter(actor=user).order_by("at").values_list("verb", flat=True))


def refused(page, by, **changes):
    before = list(Revision.objects.order_by("pk").values("pk", "content"))
    with pytest.raises(Objected) as refusal:
        save(page, by, **changes)
    assert list(Revision.objects.order_by("pk").values("pk", "content")) == before
    return list(refusal.value.keys)


def test_a_draft_is_kept_and_nothing_is_sent_or_published(service, editor):
    save(service, editor, description="Baru.", phones=[{"short_code": "129"}])
    service.refresh_from_db()
    assert (service.description, service.phones.count()) == ("Ada yang mendengarkan.", 0)
    assert not WorkflowState.objects.exists()
    assert (latest(service).description, latest(service).phones.get().short_code) == ("Baru.", "129")
    assert verbs(editor) == ["listing.drafted"]


def test_what_changes_nothing_keeps_nothing(service, editor):
    save(service, editor, phones=[{"short_code": "129", "whatsapp": False}])
    before = Revision.objects.count()
    revision = save(service, editor, phones=[{"short_code": "129", "whatsapp": False}], base="whatever")
    assert (revision, Revision.objects.count()) == (service.latest_revision, before)
    save(service, editor, phones=[{"short_code": "110", "whatsapp": False}])
    assert latest(service).phones.get().short_code == "110"
    save(service, editor, phones=[])
    assert not latest(service).phones.exists()


def test_a_sitting_leaves_one_revision(service, editor):
    first = save(service, editor, description="Satu.")
    second = save(service, editor, description="Dua.")
    assert (first.pk, latest(service).description) == (second.pk, "Dua.")
    assert "Satu." not in str(list(Revision.objects.values_list("content", flat=True)))


def test_a_sitting_ends_with_the_hour_and_with_the_person(service, editor, other):
    first = save(service, editor, description="Satu.")
    second = save(service, other, description="Dua.")
    third = save(service, other, description="Tiga.", now=NOW() + drafts.ONE_SITTING + timedelta(minutes=1))
    assert len({first.pk, second.pk, third.pk}) == 3


def test_what_was_public_or_sent_is_never_written_over(service, editor):
    public = service.live_revision
    first = save(service, editor, description="Satu.")
    assert first != public
    update_listing(page=service, changes={}, by=editor, now=NOW())
    service.refresh_from_db()
    sent = service.current_workflow_state.current_task_state
    sent.specific.reject(user=factories.reviewer("peninjau2"), comment="Nomornya?")
    later = save(service, editor, description="Dua.")
    assert later.pk not in {first.pk, sent.revision_id, public.pk}
    assert sent.revision.as_object().description == "Satu."


def test_a_new_draft_of_ones_own_publication_is_another_revision(editor):
    boss = factories.reviewer("penuh")
    page = factories.service(factories.provider(by=boss))
    page.save_revision(user=boss).publish()
    page.refresh_from_db()
    assert save(page, boss, description="Baru.") != page.live_revision


def test_two_at_once_overwrite_nothing(service, editor, other):
    base = mark_of(service)
    save(service, editor, description="Dari penyunting.", base=base)
    assert refused(service, other, description="Dari rekan.", base=base) == ["listing_saved_meanwhile"]
    assert latest(service).description == "Dari penyunting."
    save(service, other, description="Dari rekan.")
    assert latest(service).description == "Dari rekan."


def test_the_same_person_in_two_windows_overwrites_nothing_unseen(service, editor):
    save(service, editor, description="Satu.")
    service.refresh_from_db()
    base = mark_of(service)
    save(service, editor, description="Dua.")
    assert refused(service, editor, description="Tiga.", base=base) == ["listing_saved_meanwhile"]


def test_a_check_by_somebody_is_no_change_to_what_is_written(service):
    base = mark_of(service)
    revision = service.latest_revision
    revision.content = revision.content | {"checked_on": "2026-11-01", "checked_by": "provider"}
    revision.save()
    service.refresh_from_db()
    assert mark_of(service) == base
    revision.content = revision.content | {"title": "Lain"}
    revision.save()
    service.refresh_from_db()
    assert mark_of(service) != base


def test_without_any_revision_the_mark_is_empty(service, editor):
    ServicePage.objects.filter(pk=service.pk).update(latest_revision=None)
    service.refresh_from_db()
    assert mark_of(service) == ""
    assert standing(service).by is None


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"kind": "c8", "street": "Rahasia 7"}, ["shelter_has_address"]),
        ({"kind": "c8", "description": "Jalan Rahasia 7"}, ["shelter_place_in_words"]),
        ({"kind": "c8", "phones": [{"short_code": "129", "description": "Jl. Rahasia"}]}, ["shelter_place_in_words"]),
        ({"title": "  "}, ["name_missing"]),
        ({"email": "tidak ada"}, ["field_not_valid"]),
        ({"checked_on": "2026-01-01"}, ["field_not_yours"]),
    ],
)
def test_what_may_not_even_be_kept(service, editor, changes, keys):
    assert refused(service, editor, **changes) == keys
    assert verbs(editor) == ["listing.draft_refused"]


def test_an_address_in_a_draft_keeps_it_from_becoming_a_shelter(service, editor):
    save(service, editor, street="Kantor 1", city="Bandung")
    assert refused(service, editor, kind="c8") == ["shelter_has_address", "shelter_has_address"]
    save(service, editor, kind="c8", street="", city="")
    assert "Kantor 1" not in str(list(Revision.objects.values_list("content", flat=True)))


def test_half_a_row_may_be_kept_and_not_sent(service, editor):
    save(service, editor, schedules=[{"weekday": 1, "opens": None, "closes": None}])
    assert [found.key for found in drafts.outstanding(page=service, now=NOW())] == ["hours_incomplete"]
    with pytest.raises(Objected, match="hours_incomplete"):
        update_listing(page=service, changes={}, by=editor, now=NOW())


def test_a_service_of_a_provider_in_draft_is_reached_by_the_number_in_that_draft(editor):
    """A new provider writes its number and its first service in one sitting; neither is public yet."""
    provider = factories.provider("Baru", live=False, editors=[editor], phones=[])
    service = add(provider, editor)
    save(service, editor, description="Ada.")
    assert [found.key for found in drafts.outstanding(page=service, now=NOW())] == ["contact_missing"]
    save(provider, editor, phones=[{"short_code": "129"}])
    assert drafts.outstanding(page=service, now=NOW()) == []
    update_listing(page=service, changes={}, by=editor, now=NOW())


def test_what_is_outstanding_is_said_without_saving(service, editor):
    save(service, editor, description="", kind="")
    keys = {found.key for found in drafts.outstanding(page=service, now=NOW())}
    assert keys == {"kind_missing", "description_missing"}
    assert verbs(editor) == ["listing.drafted"]


def test_with_a_mark_only_what_was_read_is_sent(service, editor):
    save(service, editor, description="Satu.")
    service.refresh_from_db()
    read = mark_of(service)
    save(service, editor, description="Dua.")
    with pytest.raises(Objected, match="listing_changed_meanwhile"):
        update_listing(page=service, changes={}, base=read, by=editor, now=NOW())
    service.refresh_from_db()
    update_listing(page=service, changes={}, base=mark_of(service), by=editor, now=NOW())
    service.refresh_from_db()
    assert service.workflow_in_progress


def test_what_waits_is_not_written_on(service, editor):
    update_listing(page=service, changes={"description": "Dikirim."}, by=editor, now=NOW())
    assert refused(service, editor, description="Diam-diam.") == ["listing_waits"]


def test_another_providers_people_keep_nothing(service):
    stranger = factories.user("lain")
    factories.provider("Penyedia lain", editors=[stranger])
    for by in (stranger, factories.user("siapa")):
        assert refused(service, by, description="Direbut.") == ["listing_of_somebody_else"]


def test_taking_back_keeps_the_draft(service, editor, other):
    update_listing(page=service, changes={"description": "Dikirim."}, by=editor, now=NOW())
    service.refresh_from_db()
    drafts.withdraw_submission(page=service, by=other, now=NOW())
    assert WorkflowState.objects.get().status == "cancelled"
    assert latest(service).description == "Dikirim."
    save(service, editor, description="Lagi.")
    assert verbs(other) == ["listing.withdrawn"]


def test_only_what_waits_is_taken_back_and_only_by_its_people(service, editor):
    with pytest.raises(Objected, match="listing_does_not_wait"):
        drafts.withdraw_submission(page=service, by=editor, now=NOW())
    update_listing(page=service, changes={"description": "Dikirim."}, by=editor, now=NOW())
    service.refresh_from_db()
    with pytest.raises(Objected, match="listing_of_somebody_else"):
        drafts.withdraw_submission(page=service, by=factories.user("lain"), now=NOW())
    service.current_workflow_state.current_task_state.specific.reject(user=factories.reviewer("peninjau2"))
    with pytest.raises(Objected, match="listing_does_not_wait"):
        drafts.withdraw_submission(page=service, by=editor, now=NOW())


def add(provider, by, title="Baru", kind="c6"):
    return drafts.add_service(provider=provider, title=title, kind=kind, by=by, now=NOW())


def test_a_new_service_is_a_draft_of_its_providers(provider, editor):
    page = add(provider, editor)
    assert (page.live, page.get_parent().pk, latest(page).kind) == (False, provider.pk, "c6")
    assert not ServicePage.objects.listed().exists()
    assert add(provider, editor).slug != page.slug
    assert verbs(editor) == ["listing.created", "listing.created"]


@pytest.mark.parametrize(("title", "kind", "key"), [(" ", "c6", "name_missing"), ("Baru", "", "kind_missing"),
                                                    ("Baru", "zz", "field_not_valid")])  # fmt: skip
def test_a_new_service_has_a_name_and_a_kind(provider, editor, title, kind, key):
    with pytest.raises(Objected, match=key):
        add(provider, editor, title, kind)
    assert not ServicePage.objects.exists()


def test_nobody_adds_to_anothers_provider(provider):
    stranger = factories.user("lain")
    factories.provider("Penyedia lain", editors=[stranger])
    with pytest.raises(Objected, match="listing_of_somebody_else"):
        add(provider, stranger)


def test_a_service_that_was_never_public_can_be_thrown_away(provider, editor):
    page = add(provider, editor)
    drafts.discard_listing(page=page, by=editor, now=NOW())
    assert not ServicePage.objects.exists()
    assert verbs(editor)[-1] == "listing.deleted"


def test_what_was_public_or_is_a_provider_or_anothers_is_not_thrown_away(provider, service, editor):
    draft = add(provider, editor)
    for page, by in ((service, editor), (provider, editor), (draft, factories.user("lain"))):
        with pytest.raises(Objected, match="listing_was_public"):
            drafts.discard_listing(page=page, by=by, now=NOW())
    service.unpublish()
    service.refresh_from_db()
    assert not policies.can_discard_listing(editor, service)


def test_where_a_listing_stands(provider, service, editor):
    assert (standing(service).key, standing(service).live) == (PUBLIC, True)
    save(service, editor, description="Baru.")
    service.refresh_from_db()
    assert (standing(service).key, standing(service).by) == (DRAFT, editor)
    update_listing(page=service, changes={}, by=editor, now=NOW())
    service.refresh_from_db()
    assert standing(service).key == WAITS
    task = service.current_workflow_state.current_task_state
    task.specific.reject(user=factories.reviewer("peninjau2"), comment="Nomornya?")
    service.refresh_from_db()
    back = standing(service)
    assert (back.key, back.comment, back.changed, back.live) == (SENT_BACK, "Nomornya?", False, True)
    save(service, editor, description="Lagi.")
    service.refresh_from_db()
    assert standing(service).changed
    new = add(provider, editor)
    assert (standing(new).key, standing(new).live) == (DRAFT, False)


@pytest.mark.parametrize("count", [1, 3])
def test_standings_take_one_query(provider, editor, count, django_assert_num_queries):
    pages = [add(provider, editor, f"Layanan {number}") for number in range(count)]
    for page in pages:
        page.kind, page.description, page.email = "c6", "Ada.", "a@contoh.example"
        update_listing(page=page, changes={"description": "Ada.", "email": "a@contoh.example"}, by=editor, now=NOW())
    found = list(ServicePage.objects.select_related("latest_revision__user"))
    standings(found)
    with django_assert_num_queries(1):
        assert {one.key for one in standings(found).values()} == {WAITS}


def test_versions_say_by_whom_and_what_became_of_them(service, editor, other):
    reviewer = factories.reviewer("peninjau2")
    update_listing(page=service, changes={"description": "Satu."}, by=editor, now=NOW())
    service.refresh_from_db()
    service.current_workflow_state.current_task_state.specific.reject(user=reviewer, comment="Nomornya?")
    update_listing(page=service, changes={"description": "Dua."}, by=other, now=NOW())
    service.refresh_from_db()
    drafts.withdraw_submission(page=service, by=other, now=NOW())
    save(service, other, description="Tiga.")
    service.refresh_from_db()
    service.save_revision(user=reviewer).publish(user=reviewer)
    service.refresh_from_db()
    update_listing(page=service, changes={"description": "Empat."}, by=editor, now=NOW())
    service.refresh_from_db()
    for group in other.groups.all():
        group.user_set.remove(other)
    found = versions(service)
    assert [(one.role, one.state) for one in found] == [
        ("team", "waits"),
        ("reviewer", "public"),
        ("former", "draft"),
        ("former", "taken_back"),
        ("team", "sent_back"),
        ("import", "past"),
    ]
    assert found[4].comment == "Nomornya?"
    assert {one.name for one in found} == {"penyunting", ""}
    assert PageLogEntry.objects.filter(action="wagtail.publish").count() >= 1


def test_what_was_public_before_says_so(service):
    reviewer = factories.reviewer("peninjau2")
    for words in ("Satu.", "Dua."):
        service.description = words
        service.save_revision(user=reviewer).publish(user=reviewer)
    service.refresh_from_db()
    assert [one.state for one in versions(service)][:2] == ["public", "past"]
    assert versions(service.provider)[0].state == "public"
