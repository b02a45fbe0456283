"""The demonstration: loads once, breaks no rule of its own, and gives nobody's number as somebody's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from directory import demo
from directory.models import Assessment, Fault, ProviderPage, ServicePage
from directory.models.standards import closing_days
from directory.rules.listings import listing_objections

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return demo.load(password="satu-kali-saja-cukup")


def test_every_listing_is_published_and_sound(people):
    assert (ProviderPage.objects.listed().count(), ServicePage.objects.listed().count()) == (7, 8)
    for page in [*ProviderPage.objects.all(), *ServicePage.objects.all()]:
        assert listing_objections(page.facts(parts=True), today=timezone.localdate()) == []


def test_every_state_of_a_check_is_there_and_what_readers_report(people):
    shown = ServicePage.objects.listed().with_freshness(timezone.localdate())
    assert sorted(page.freshness for page in shown) == ["due", *["fresh"] * 6, "unconfirmed"]
    assert {page.checked_by for page in shown} == {"reviewer", "provider"}
    assert sorted(Fault.objects.open().values_list("reason", "days")) == [("h", 1), ("n", 2)]


def test_only_real_national_lines_and_impossible_numbers(people):
    listed = [*ProviderPage.objects.all(), *ServicePage.objects.all()]
    numbers = {phone.short_code or phone.number.as_e164 for page in listed for phone in page.phones.all()}
    real = {"129", "110", "148", "+628111129129"}
    assert real <= numbers
    assert all(number.endswith("00000001") for number in numbers - real)


def test_the_editor_edits_one_provider_and_a_change_waits(people):
    assert [page.title for page in ProviderPage.objects.editable_by(people["editor"])] == [demo.MINE]
    waiting = ServicePage.objects.get(title="Konseling anak dan keluarga")
    assert waiting.current_workflow_state.requested_by == people["editor"]
    assert people["reviewer"].check_password("satu-kali-saja-cukup")


def test_a_second_load_is_refused(people):
    with pytest.raises(RuntimeError, match="has listings already"):
        demo.load(password="satu-kali-saja-cukup")


def test_one_house_is_in_force_though_not_for_long_and_another_is_not(people):
    today = timezone.localdate()
    house, other = (ProviderPage.objects.get(title=title) for title in (demo.MINE, "Rumah Anak Contoh Garut"))
    assert closing_days([house.pk, other.pk], today) == {house.pk: today + timedelta(days=46), other.pk: today}
    assert Assessment.objects.not_of_team(people["reviewer"]).waiting().count() == 1
