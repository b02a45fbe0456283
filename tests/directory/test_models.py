"""The pages themselves: identifiers that stay, constraints that hold, and what is listed."""

import uuid
from datetime import time

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Locale, PageViewRestriction, Revision

from cms.models import HomePage
from directory.foundation import lay
from directory.models import DirectoryIndexPage, ProviderPage, ServicePage, Status
from directory.models.finding import Asked, find
from directory.models.parts import ProviderPhone, ServiceArea, ServicePhone, ServiceSchedule, ServiceSpecialDay
from tests.directory import factories
from tests.directory.test_isolation import editor_form
from tests.entering import enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    return factories.provider()


@pytest.fixture
def service(provider):
    return factories.service(provider)


# --- identifiers ---


def test_a_copied_page_is_another_listing(provider, service):
    copy = provider.copy(recursive=True, update_attrs={"slug": "salinan"})
    copied_service = ServicePage.objects.child_of(copy).get()
    assert len({provider.identifier, copy.identifier, service.identifier, copied_service.identifier}) == 4
    for revision in Revision.objects.filter(object_id=str(copy.pk)):
        assert revision.as_object().identifier == copy.identifier
    copy.get_latest_revision().publish()
    assert ProviderPage.objects.get(slug="salinan").identifier == copy.identifier


def test_an_alias_is_refused(provider, service):
    with pytest.raises(PermissionDenied):
        service.create_alias(parent=provider, update_slug="alias")
    english = Locale.objects.get(language_code="en")
    with pytest.raises(PermissionDenied):
        service.copy_for_translation(english, copy_parents=True)
    assert ServicePage.objects.count() == 1


def test_a_translated_page_is_another_listing_and_is_not_listed(provider, service):
    english = Locale.objects.get(language_code="en")
    factories.index().copy_for_translation(english).save_revision().publish()
    provider.copy_for_translation(english).save_revision().publish()
    copy = service.copy_for_translation(english)
    copy.save_revision().publish()
    assert copy.identifier != service.identifier
    assert list(ServicePage.objects.listed()) == [service]
    assert list(ProviderPage.objects.listed()) == [provider]


def test_an_old_revision_never_brings_back_another_identifier(service):
    revision = service.get_latest_revision()
    revision.content["identifier"] = str(uuid.uuid4())
    revision.save()
    revision.publish()
    kept = service.identifier
    service.refresh_from_db()
    assert service.identifier == kept


def test_a_rename_and_a_move_keep_the_identifier_and_the_address(provider, service):
    other = factories.provider("Penyedia lain")
    before = service.identifier, service.get_url()
    service.title, service.slug = "Nama baru", "nama-baru"
    service.save_revision().publish()
    service.refresh_from_db()
    service.move(other, pos="last-child")
    moved = ServicePage.objects.get(pk=service.pk)
    assert (moved.identifier, moved.get_url()) == before
    assert before[1] == f"/info/s/{service.identifier}/"


# --- constraints: the database is the last judge ---


def breaks(name, write):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        write()
    assert error.value.__cause__.diag.constraint_name == name


def test_two_listings_cannot_share_an_identifier(provider):
    other = factories.provider("Penyedia lain")
    change = ProviderPage.objects.filter(pk=other.pk)
    breaks("directory_providerpage_identifier_key", lambda: change.update(identifier=provider.identifier))


@pytest.mark.parametrize("place", ["street", "city", "postal_code"])
def test_a_planted_shelter_address_does_not_enter_the_database(provider, service, place):
    shelter = ServicePage.objects.filter(pk=service.pk)
    breaks("shelter_has_no_address", lambda: shelter.update(kind="c8", **{place: "Rahasia 7"}))
    page = ProviderPage.objects.filter(pk=provider.pk)
    breaks("provider_that_is_a_shelter_has_no_address", lambda: page.update(hidden_place=True, **{place: "Rahasia 7"}))


@pytest.mark.parametrize("place", ["street", "city", "postal_code"])
def test_a_planted_shelter_address_does_not_enter_a_draft_either(provider, service, place):
    service.kind = "c8"
    setattr(service, place, "Rahasia 7")
    with pytest.raises(ValidationError):
        service.save_revision()
    breaks("shelter_draft_has_no_address", lambda: service.save_revision(clean=False))
    provider.hidden_place = True
    setattr(provider, place, "Rahasia 7")
    breaks("shelter_draft_has_no_address", lambda: provider.save_revision(clean=False))


def test_the_form_says_why_a_shelter_has_no_address_and_keeps_nothing(provider, service, client):
    editor = factories.user("penyunting")
    editor.groups.add(provider.group_permissions.first().group)
    enter(client, editor)
    fields = {"title": "Rumah", "slug": service.slug, "kind": "c8", "status": "active", "street": "Rahasia 7"}
    before = Revision.objects.count()
    response = client.post(reverse("wagtailadmin_pages:edit", args=[service.pk]), editor_form(**fields))
    assert response.status_code == 200
    assert "shelter_has_address" in {error.code for error in response.context["form"].errors.as_data()["street"]}
    assert Revision.objects.count() == before


@pytest.mark.parametrize(
    ("part", "note", "line"),
    [
        ("special_days", "note", {"day": "2026-12-25", "closed": "on"}),
        ("special_days", "note_en", {"day": "2026-12-25", "closed": "on"}),
        ("phones", "description", {"short_code": "129"}),
    ],
)
def test_no_note_beside_a_part_of_a_shelter_tells_its_place(provider, service, client, part, note, line):
    editor = factories.user("penyunting")
    editor.groups.add(provider.group_permissions.first().group)
    enter(client, editor)
    fields = {"title": "Rumah", "slug": service.slug, "kind": "c8", "status": "active", f"{part}-TOTAL_FORMS": "1"}
    fields |= {f"{part}-0-{name}": value for name, value in (line | {"ORDER": "1"}).items()}
    address = reverse("wagtailadmin_pages:edit", args=[service.pk])
    before = Revision.objects.count()
    response = client.post(address, editor_form(**fields, **{f"{part}-0-{note}": "Kami di Jalan Melati 5."}))
    assert response.status_code == 200
    html = response.content.decode()
    assert "Kami di Jalan Melati 5." in html
    assert "Letak rumah aman tidak pernah ditulis." in html
    assert Revision.objects.count() == before
    assert client.post(address, editor_form(**fields, **{f"{part}-0-{note}": "Hari libur."})).status_code == 302
    assert Revision.objects.count() == before + 1


PARTS = [
    (ServicePhone, {"number": "", "short_code": ""}, "servicephone_is_a_number_or_a_short_code"),
    (ServicePhone, {"number": "+622100000001", "short_code": "129"}, "servicephone_is_a_number_or_a_short_code"),
    (ServicePhone, {"short_code": "129", "whatsapp": True}, "servicephone_whatsapp_has_a_whole_number"),
    (ServiceSchedule, {"weekday": 0, "all_day": True}, "schedule_weekday_is_one_of_seven"),
    (ServiceSchedule, {"weekday": 8, "all_day": True}, "schedule_weekday_is_one_of_seven"),
    (ServiceSchedule, {"weekday": 1}, "schedule_is_all_day_or_has_both_hours"),
    (ServiceSchedule, {"weekday": 1, "opens": time(8)}, "schedule_is_all_day_or_has_both_hours"),
    (ServiceSchedule, {"weekday": 1, "all_day": True, "opens": time(8)}, "schedule_is_all_day_or_has_both_hours"),
    (
        ServiceSchedule,
        {"weekday": 1, "opens": time(8), "closes": time(8)},
        "schedule_closes_at_another_hour_than_it_opens",
    ),
    (
        ServiceSchedule,
        {"weekday": 1, "all_day": True, "valid_from": "2026-02-02", "valid_to": "2026-02-01"},
        "schedule_ends_no_earlier_than_it_begins",
    ),
    (ServiceArea, {}, "area_is_nationwide_or_one_province"),
    (ServiceArea, {"nationwide": True, "province": "ID-JB"}, "area_is_nationwide_or_one_province"),
    (ServiceSpecialDay, {"day": "2026-12-25"}, "special_day_is_closed_or_all_day_or_has_both_hours"),
    (
        ServiceSpecialDay,
        {"day": "2026-12-25", "closed": True, "all_day": True},
        "special_day_is_closed_or_all_day_or_has_both_hours",
    ),
    (
        ServiceSpecialDay,
        {"day": "2026-12-25", "opens": time(8), "closes": time(8)},
        "special_day_closes_at_another_hour_than_it_opens",
    ),
    (ServiceArea, {"nationwide": True, "district": "Kota Contoh"}, "area_district_has_a_province"),
]


@pytest.mark.parametrize(("model", "fields", "name"), PARTS)
def test_a_malformed_part_breaks_its_constraint(service, model, fields, name):
    breaks(name, lambda: model.objects.create(page=service, **fields))


@pytest.mark.parametrize(("model", "fields", "name"), PARTS)
def test_a_malformed_part_is_refused_in_words_first(service, model, fields, name):
    with pytest.raises(ValidationError) as error:
        model(page=service, **fields).full_clean(validate_constraints=False)
    assert "violated" not in str(error.value)


def test_a_providers_phone_has_the_same_constraint(provider):
    breaks(
        "providerphone_is_a_number_or_a_short_code",
        lambda: ProviderPhone.objects.create(page=provider),
    )


SERVICE_FACTS = [
    ({"minimum_age": 17, "maximum_age": 6}, "service_ages_in_order"),
    ({"maximum_age": 121}, "service_ages_are_human"),
    ({"minimum_age": 121}, "service_ages_are_human"),
    ({"checked_by": "reviewer"}, "service_check_has_a_day_and_a_role"),
    ({"checked_on": "2026-01-01"}, "service_check_has_a_day_and_a_role"),
    ({"checked_how": "call"}, "service_way_of_a_check_has_a_check"),
    ({"responds_within": 24 * 92 + 1}, "service_answers_within_a_quarter"),
]


@pytest.mark.parametrize(("fields", "name"), SERVICE_FACTS)
def test_impossible_facts_break_their_constraint(service, fields, name):
    breaks(name, lambda: ServicePage.objects.filter(pk=service.pk).update(**fields))


def test_a_providers_check_has_a_day_and_a_role(provider):
    change = ProviderPage.objects.filter(pk=provider.pk)
    breaks("provider_check_has_a_day_and_a_role", lambda: change.update(checked_by="reviewer"))
    breaks("provider_way_of_a_check_has_a_check", lambda: change.update(checked_how="call"))


# --- numbers ---


def test_numbers_are_dialled_and_shown_as_people_write_them():
    short, whole = ServicePhone(short_code="129"), ServicePhone(number="08111-129-129", whatsapp=True)
    abroad = ServicePhone(number="+44 1234 234567", extension="100")
    assert (short.href, short.shown, short.whatsapp_href) == ("tel:129", "129", "")
    assert (whole.href, whole.whatsapp_href) == ("tel:+628111129129", "https://wa.me/628111129129")
    assert (abroad.href, abroad.shown) == ("tel:+441234234567;ext=100", "+44 1234 234567")


def test_the_telephone_library_alone_would_refuse_129():
    with pytest.raises(ValidationError):
        ServicePhone(number="129").full_clean(exclude=["page"])


# --- what is listed ---


def test_only_what_is_published_public_and_alive_is_listed(provider, service):
    draft = factories.service(provider, "Draf", live=False)
    defunct = factories.service(provider, "Tutup", status=Status.DEFUNCT)
    orphan_provider = factories.provider("Tidak terbit")
    orphan = factories.service(orphan_provider, "Yatim")
    orphan_provider.unpublish()
    hidden = factories.service(provider, "Terbatas")
    PageViewRestriction.objects.create(page=hidden, restriction_type="login")
    closed = factories.service(provider, "Tutup sementara", status=Status.CLOSED)
    listed = set(ServicePage.objects.listed())
    assert listed == {service, closed}
    assert not listed & {draft, defunct, orphan, hidden}


def test_a_provider_behind_a_restriction_takes_its_services_along(provider, service):
    PageViewRestriction.objects.create(page=provider, restriction_type="login")
    assert not ServicePage.objects.listed().exists()
    assert not ProviderPage.objects.listed().exists()


def test_editable_by(provider, service):
    mine, stranger = factories.user("saya"), factories.user("orang-lain")
    other = factories.provider("Penyedia saya", editors=[mine])
    assert list(ProviderPage.objects.editable_by(mine)) == [other]
    assert not ServicePage.objects.editable_by(mine).exists()
    assert not ProviderPage.objects.editable_by(stranger).exists()
    assert ProviderPage.objects.editable_by(factories.reviewer("lain")).count() == 2


def test_a_province_finds_its_own_and_nationwide_services_nearest_first(provider):
    far = factories.service(provider, "Jauh", areas=[{"province": "ID-PA"}])
    everywhere = factories.service(provider, "Di mana saja")
    near = factories.service(provider, "Zona dekat", areas=[{"province": "ID-JB"}, {"province": "ID-PA"}])
    now = timezone.now()
    assert list(find(Asked(province="ID-JB"), now=now).services) == [near, everywhere]
    assert list(find(Asked(province="ID-PA"), now=now).services) == [far, near, everywhere]


# --- the tree ---


def test_laying_the_foundation_again_adds_nothing(provider):
    from django.contrib.auth.models import Group
    from wagtail.models import GroupPagePermission, Workflow

    def all_of_it():
        return [model.objects.count() for model in (DirectoryIndexPage, Group, GroupPagePermission, Workflow)]

    before = all_of_it()
    lay()
    assert all_of_it() == before
    index = factories.index()
    assert index.get_workflow().workflow_tasks.get().task.specific.groups.get().name == "Peninjau"
    assert index.get_parent().specific == HomePage.objects.get(locale__language_code="id")


def test_there_is_one_directory_with_providers_and_services_only():
    assert DirectoryIndexPage.can_create_at(HomePage.objects.first()) is False
    assert ProviderPage.allowed_subpage_models() == [ServicePage]
    assert ServicePage.allowed_subpage_models() == []
