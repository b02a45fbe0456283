"""Taking in the open data of others: the standard's own example, a large package, and every way a package can be bad."""

import io
import os
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import Page, Revision

from directory.actions import update_listing
from directory.actions.imports import import_listings
from directory.hsds.package import read
from directory.hsds.placing import Placement
from directory.models import ProviderPage, ServicePage
from tests.directory import factories
from tests.directory.packages import PackageMaker, three_hundred

EXAMPLE = settings.BASE_DIR.parent / "shared" / "hsds" / "3.0" / "examples" / "csv"


@pytest.fixture
def example():
    """The standard's example package; on the CI's machine it must be there."""
    if not EXAMPLE.is_dir():
        assert os.environ.get("CI") != "true", f"{EXAMPLE} is missing"
        pytest.skip(f"the standard's example is not at {EXAMPLE}")
    return EXAMPLE


def run(path, **options):
    """What the command says, as lines."""
    said = io.StringIO()
    call_command("import_hsds", Path(path), stdout=said, stderr=io.StringIO(), **options)
    return said.getvalue().splitlines()


def counts():
    return Page.objects.count(), Revision.objects.count()


# --- the standard's own example ---


def test_the_example_is_taken_and_its_four_broken_keys_are_told(example, db):
    said = run(example)
    broken = [line for line in said if "points to no row" in line]
    assert broken == [
        "contacts.csv line 2: left out: organization_id points to no row of organizations.csv",
        "contacts.csv line 2: left out: service_at_location_id points to no row of service_at_location.csv",
        "locations.csv line 2: left out: organization_id points to no row of organizations.csv",
        "taxonomy_terms.csv line 2: left out: taxonomy_id points to no row of taxonomies.csv",
    ]
    assert said[-3:] == ["providers: 1 new", "services: 1 new", "rows left out: 5"]
    service = ServicePage.objects.get()
    assert str(service.identifier) == "ac148810-d857-441c-9679-408f346de14b"
    assert str(service.provider.identifier) == "d9d5e0f5-d3ce-4f73-9a2f-4dd0ecc6c610"
    assert (service.title, service.minimum_age, service.maximum_age) == ("Community Counselling", 12, 100)
    assert [phone.href for phone in service.phones.all()] == ["tel:+441234234567;ext=100"]
    assert (service.live, service.provider.live) == (False, False)


def test_the_example_names_what_it_could_not_place(example, db):
    said = "\n".join(run(example))
    assert "schedules.csv line 2: not placed: these hours repeat in a way that a listing cannot hold" in said
    assert "service_areas.csv line 2: not placed: this area is no province of Indonesia" in said
    assert "languages.csv line 2: not placed: this language is not on the list" in said
    assert "funding.csv line 2: not placed: listings do not hold this table" in said
    assert "addresses.csv line 2: left out: what it belongs to was left out" in said


def test_no_person_of_the_example_is_kept_or_told(example, db):
    said = "\n".join(run(example))
    kept = str(list(Revision.objects.values_list("content", flat=True)))
    assert "Ann Persona" not in said + kept
    assert "contacts.csv line 2" in said


def test_the_example_twice_changes_nothing(example, db):
    run(example)
    before = counts()
    said = run(example)
    assert counts() == before
    assert said[-3:-1] == ["providers: 1 unchanged", "services: 1 unchanged"]


# --- a large one ---


@pytest.mark.slow
def test_three_hundred_providers_arrive_quickly_and_once(tmp_path, db, capsys):
    folder = three_hundred(tmp_path / "package")
    started = time.monotonic()
    said = run(folder, publish=True)
    took = time.monotonic() - started
    with capsys.disabled():
        print(f"\n300 providers, 600 services: {took:.1f} s")
    assert said[-3:] == ["providers: 300 new", "services: 600 new", "rows left out: 0"]
    assert ServicePage.objects.listed().count() == 600
    assert took < 60
    before = counts()
    started = time.monotonic()
    assert run(folder, publish=True)[-3:] == ["providers: 300 unchanged", "services: 600 unchanged", "rows left out: 0"]
    assert time.monotonic() - started < 15
    assert counts() == before


def test_progress_is_told_on_a_long_package(tmp_path, db):
    folder = three_hundred(tmp_path, providers=51)
    said = io.StringIO()
    call_command("import_hsds", folder, stdout=io.StringIO(), stderr=said)
    assert said.getvalue().splitlines() == ["50 of 51 providers …", "51 of 51 providers …"]


# --- drafts, publishing, and what people changed here ---


def test_listings_arrive_as_drafts_and_nobody_can_read_them(tmp_path, db, client):
    make = PackageMaker()
    service = make.service(make.organization())
    run(make.write(tmp_path))
    assert ServicePage.objects.listed().count() == 0
    assert client.get(f"/info/s/{service}/").status_code == 404


def test_publishing_leaves_what_the_rules_object_to_as_a_draft(tmp_path, db):
    make = PackageMaker()
    organization = make.organization()
    good, without_number, without_kind = (make.service(organization, name) for name in ("A", "B", "C"))
    for service in (good, without_number):
        make.kind(service, "c4")
    for service in (good, without_kind):
        make.add("phone", service_id=service, number="129")
    run(make.write(tmp_path), publish=True)
    live = {str(page.identifier): page.live for page in ServicePage.objects.all()}
    assert live == {good: True, without_number: False, without_kind: False}
    assert ServicePage.objects.get(identifier=good).checked_by == ""


def test_a_changed_package_changes_only_what_it_says(tmp_path, db):
    make = PackageMaker()
    organization = make.organization(email="kami@contoh.example")
    first, second = (make.service(organization, name) for name in ("A", "B"))
    make.kind(first, "c4")
    run(make.write(tmp_path), publish=True)
    make.rows["service"][0]["description"] = "Diperbarui."
    before = counts()
    assert run(make.write(tmp_path), publish=True)[-3:-1] == [
        "providers: 1 unchanged",
        "services: 1 changed, 1 unchanged",
    ]
    assert counts() == (before[0], before[1] + 1)
    assert ServicePage.objects.listed().get(identifier=first).description == "Diperbarui."
    assert ServicePage.objects.get(identifier=second).description == "Ada yang mendengarkan."


def test_what_people_changed_here_is_never_overwritten(tmp_path, db):
    make = PackageMaker()
    organization = make.organization(email="kami@contoh.example")
    service = make.service(organization)
    make.kind(service, "c4")
    run(make.write(tmp_path), publish=True)
    page = ServicePage.objects.get(identifier=service)
    update_listing(page=page, changes={"description": "Dari kami."}, by=factories.reviewer(), now=timezone.now())
    page.refresh_from_db()
    page.get_latest_revision().publish()
    make.rows["service"][0]["description"] = "Dari luar."
    assert "services: 1 kept as draft" in run(make.write(tmp_path), publish=True)
    page.refresh_from_db()
    assert page.description == "Dari kami."
    assert page.get_latest_revision_as_object().description == "Dari luar."


def test_the_tree_is_sound_and_search_knows_the_pages(tmp_path, db):
    make = PackageMaker()
    for number in range(3):
        organization = make.organization(f"Penyedia {number}")
        for _twice in range(2):
            make.service(organization)
    run(make.write(tmp_path))
    other = PackageMaker(seed=2)
    other.service(other.organization("Penyedia lain"))
    run(other.write(tmp_path))
    assert not any(Page.find_problems())
    assert factories.index().get_children().count() == 4
    assert ProviderPage.objects.search("lain").count() == 1
    assert {page.get_children_count() for page in ProviderPage.objects.all()} == {1, 2}


def test_the_import_is_recorded(tmp_path, own_database, owner):
    make = PackageMaker()
    make.service(make.organization())
    run(make.write(tmp_path))
    row = owner.execute("SELECT actor_id, detail FROM audit_auditevent WHERE verb = 'listing.imported'").fetchone()
    assert row == (None, {"provider new": 1, "service new": 1, "remarks": 0})


# --- what a shelter never tells ---


def test_a_shelter_keeps_no_place_whatever_it_calls_itself(tmp_path, db):
    make = PackageMaker()
    organization = make.organization("Yayasan Contoh")
    by_kind = make.service(organization, "Tempat tinggal", description="Di Jl. Rahasia 7, dekat pasar.")
    make.kind(by_kind, "c8")
    by_name = make.service(organization, "Rumah Aman Contoh")
    for service in (by_kind, by_name):
        make.address(service=service, address_1="Jalan Rahasia 7")
    house = make.organization("RPSA Contoh")
    make.address(organization=house, address_1="Jalan Rahasia 7")
    said = run(make.write(tmp_path), publish=True)
    assert [line for line in said if "addresss.csv" in line] == [
        f"addresss.csv line {line}: not placed: a shelter's place is never kept" for line in (2, 3, 4)
    ]
    assert "services.csv line 2: not placed: description seems to name a shelter's place" in said
    assert "Rahasia" not in str(list(Revision.objects.values_list("content", flat=True))) + "\n".join(said)
    assert not ServicePage.objects.exclude(street="").exists()
    assert ProviderPage.objects.get(title="RPSA Contoh").hidden_place


def test_a_listing_that_has_become_a_shelter_loses_its_address(tmp_path, db):
    make = PackageMaker()
    organization = make.organization("Yayasan Contoh")
    make.address(organization=organization)
    run(make.write(tmp_path), publish=True)
    assert ProviderPage.objects.get().street == "Jalan Contoh 1"
    make.rows["organization"][0]["name"] = "Rumah Aman Contoh"
    assert "providers: 1 changed" in run(make.write(tmp_path), publish=True)
    assert (ProviderPage.objects.get().street, ProviderPage.objects.get().hidden_place) == ("", True)


# --- rows ---

FAULTY_ROWS = [
    ("phone", {"number": "0812345"}, "left out: this is not one telephone number"),
    ("phone", {"number": "021 0000 0001 / 021 0000 0002"}, "left out: this is not one telephone number"),
    ("phone", {"number": "021 0000 0001", "type": "fax"}, "not placed: a fax helps nobody here"),
    ("phone", {"number": "129", "extension": "7"}, "left out: its extension is not a number"),
    ("service_area", {"name": "Atlantis"}, "not placed: this area is no province of Indonesia"),
    ("language", {"code": "tlh", "name": "Klingon"}, "not placed: this language is not on the list"),
    ("schedule", {"byday": "1MO", "opens_at": "08:00", "closes_at": "10:00"}, "not placed: these hours repeat in"),
    ("schedule", {"byday": "MO", "freq": "MONTHLY"}, "not placed: these hours repeat in"),
    ("schedule", {"byday": "MO", "opens_at": "pagi", "closes_at": "10:00"}, "not placed: these hours are incomplete"),
    ("schedule", {"byday": "MO", "opens_at": "08:00", "closes_at": "10:00", "timezone": "9"}, "not placed: these hours are on"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "cells", "reason"), FAULTY_ROWS)
def test_a_faulty_row_is_told_and_the_rest_is_taken(tmp_path, db, table, cells, reason):
    make = PackageMaker()
    service = make.service(make.organization())
    make.add(table, service_id=service, **cells)
    said = run(make.write(tmp_path))
    assert said[0].startswith(f"{table}s.csv line 2: {reason}")
    assert "services: 1 new" in said
    page = ServicePage.objects.get()
    assert [*page.phones.all(), *page.schedules.all(), *page.areas.all(), *page.languages.all()] == []


FAULTY_LISTINGS = [
    ({"status": "sleeping"}, "its status is none of the standard's four"),
    ({"minimum_age": "17", "maximum_age": "6"}, "it breaks a rule of this directory (ages_reversed)"),
    ({"maximum_age": "999"}, "it breaks a rule of this directory (age_out_of_range)"),
    ({"name": ""}, "name is empty"),
    ({"name": "x" * 256}, "name is too long"),
    ({"id": "7"}, "its id is not a UUID"),
    ({"organization_id": "00000000-0000-4000-8000-000000000000"}, "organization_id points to no row of organizations.csv"),
    ({"assured_date": "2999-01-01"}, "it breaks a rule of this directory (check_in_the_future)"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "reason"), FAULTY_LISTINGS)
def test_a_faulty_listing_is_left_out(tmp_path, db, cells, reason):
    make = PackageMaker()
    organization = make.organization()
    make.service(organization, "Baik")
    make.service(organization, "Buruk")
    make.rows["service"][1].update(cells)
    said = run(make.write(tmp_path))
    assert f"services.csv line 3: left out: {reason}" in said
    assert [page.title for page in ServicePage.objects.all()] == ["Baik"]


def test_a_provider_left_out_takes_its_services_along(tmp_path, db):
    make = PackageMaker()
    make.service(make.organization("x" * 256))
    said = run(make.write(tmp_path))
    assert "services.csv line 2: left out: what it belongs to was left out" in said
    assert not ProviderPage.objects.exists()


def test_the_same_id_twice_counts_once(tmp_path, db):
    make = PackageMaker()
    first = make.organization("Pertama")
    make.rows["organization"].append({**make.rows["organization"][0], "name": "Kedua"})
    assert "organizations.csv line 3: left out: its id stands twice" in run(make.write(tmp_path))
    assert ProviderPage.objects.get(identifier=first).title == "Pertama"


def test_a_row_with_too_many_cells_is_told(tmp_path, db):
    make = PackageMaker()
    make.organization()
    folder = make.write(tmp_path)
    with (folder / "organizations.csv").open("a", encoding="utf-8") as file:
        file.write("a,b,c,d,e,f,g,h,i\n")
    assert "organizations.csv line 3: left out: it has more or fewer cells than the first line" in run(folder)


def test_hours_places_and_numbers_are_read_as_meant(tmp_path, db):
    make = PackageMaker()
    organization = make.organization()
    make.address(organization=organization, state_province="Papua")
    service = make.service(organization)
    make.add("schedule", service_id=service, byday="MO,TU", opens_at="08:00", closes_at="12:30", timezone="9")
    make.add("schedule", service_id=service, byday="SU", opens_at="00:00", closes_at="24:00")
    make.add("service_area", service_id=service, name="kota jayapura, Papua")
    make.add("service_area", service_id=service, name="Indonesia")
    make.add("phone", service_id=service, number="08111-129-129", type="WhatsApp")
    make.add("phone", service_id=service, number="129")
    assert run(make.write(tmp_path))[0] == "providers: 1 new"
    page = ServicePage.objects.get()
    assert [(one.weekday, str(one.opens), one.all_day) for one in page.schedules.all()] == [
        (1, "08:00:00", False),
        (2, "08:00:00", False),
        (7, "None", True),
    ]
    assert page.zone_word == "WIT"
    assert [(area.province, area.district, area.nationwide) for area in page.areas.all()] == [
        ("ID-PA", "Kota Jayapura", False),
        ("", "", True),
    ]
    assert [(phone.href, phone.whatsapp_href) for phone in page.phones.all()] == [
        ("tel:+628111129129", "https://wa.me/628111129129"),
        ("tel:129", ""),
    ]


def test_a_service_under_another_provider_now_is_not_moved(tmp_path, db):
    make = PackageMaker()
    first, second = make.organization("Pertama"), make.organization("Kedua")
    service = make.service(first)
    run(make.write(tmp_path))
    make.rows["service"][0]["organization_id"] = second
    said = run(make.write(tmp_path))
    assert said[0] == "services.csv line 2: not placed: it stands under another provider here; it was not moved"
    assert ServicePage.objects.get(identifier=service).provider.title == "Pertama"


def take(placement):
    return import_listings(providers=placement.providers.values(), by=None, now=timezone.now())


def test_what_the_reader_let_through_is_judged_again(tmp_path, db):
    """The action trusts no reader: a malformed provider is left out, and its services with it, new or known."""
    make = PackageMaker()
    organization = make.organization()
    service = make.service(organization)
    folder = make.write(tmp_path)
    placement = Placement(read(folder))
    placement.providers[organization].fields["email"] = "bukan surel"
    said = [str(remark) for remark in take(placement).remarks]
    assert said == ["email cannot be read", "what it belongs to was left out"]
    take(Placement(read(folder)))
    before = counts()
    placement.services[service].fields["province"] = "ID-XX"
    assert len(take(placement).remarks) == 2
    assert counts() == before
