"""A package in this directory's own words that somebody has changed: nothing of it is believed that a listing cannot hold."""

import csv
import io

import pytest
from django.core.management import call_command

from directory.hsds import columns
from directory.hsds.vocabulary import FACT, Term
from directory.models import ProviderPage, ServicePage
from tests.directory import factories, listed
from tests.directory.packages import HEADERS, PackageMaker

pytestmark = pytest.mark.django_db


class Changed:
    """An exported package whose rows are changed by hand."""

    def __init__(self, folder):
        self.folder = folder
        call_command("export_hsds", folder, stdout=io.StringIO(), stderr=io.StringIO())

    def rows(self, table, change):
        """`change` gets every row and answers with what to keep of it."""
        path = self.folder / columns.TABLES[table][0]
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in map(change, csv.DictReader(file)) if row is not None]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns.TABLES[table][1])
            writer.writeheader()
            writer.writerows(rows)

    def say(self, name, value):
        """Another value for every attribute of this name."""
        wanted = Term(FACT, name).id
        self.rows("attribute", lambda row: row | ({"value": value} if row["taxonomy_term_id"] == wanted else {}))

    def take_in(self):
        for provider in ProviderPage.objects.all():
            provider.delete()
        return run(self.folder)


def run(folder):
    said = io.StringIO()
    call_command("import_hsds", folder, publish=True, stdout=said, stderr=io.StringIO())
    return said.getvalue()


@pytest.fixture
def package(tmp_path):
    provider = factories.provider("UPTD Contoh", province="ID-PA", checked_on="2026-10-01", checked_by="source")
    listed.whole(provider)
    return Changed(tmp_path / "paket")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("province", "ID-XX"),
        ("province", "Papua"),
        ("checked_on", "kemarin"),
        ("title_en", "x" * 256),
        ("alert_en", "x" * 161),
        ("complaints", "x" * 2001),
    ],
)
def test_a_value_that_a_listing_cannot_hold_is_told_and_not_taken(package, name, value):
    package.say(name, value)
    said = package.take_in()
    assert "not placed: value cannot be read" in said
    assert "rows left out: 0" in said
    assert value not in said
    assert ServicePage.objects.get().title == "Konseling"
    holder = ProviderPage.objects.get() if name in {"province", "checked_on"} else ServicePage.objects.get()
    assert not getattr(holder, name)


def test_who_says_that_a_place_is_secret_is_believed_and_the_address_dropped(package):
    """Even if the rest of the package goes on to tell it."""
    secret = Term(FACT, "hidden_place").id
    identifier = str(ProviderPage.objects.get().identifier)

    def hide(row):
        return row | (
            {"taxonomy_term_id": secret, "value": ""} if row["taxonomy_term_id"] == Term(FACT, "province").id else {}
        )

    package.rows("attribute", hide)
    place = "b0a6a0f2-6a3c-4a46-9d4f-3f1f4f7a1c55"
    add(package.folder, "location", id=place, location_type="physical", organization_id=identifier)
    add(package.folder, "address", id=place, location_id=place, address_1=listed.SECRET, city="Kota Rahasia",
        state_province="Papua", postal_code="77777", country="ID", address_type="physical")  # fmt: skip
    said = package.take_in()
    assert "a shelter's place is never kept" in said
    provider = ProviderPage.objects.get()
    assert (provider.hidden_place, provider.street, provider.city, provider.postal_code) == (True, "", "", "")
    assert "Rahasia" not in said + str(provider.get_latest_revision().content)


def add(folder, table, **cells):
    file, names = columns.TABLES[table]
    with (folder / file).open("a", encoding="utf-8", newline="") as target:
        csv.DictWriter(target, names).writerow(cells)


def test_a_special_day_without_its_day_is_told(package):
    package.rows("schedule", lambda row: row | ({"valid_from": "", "dtstart": ""} if row["count"] else {}))
    said = package.take_in()
    assert "schedules.csv" in said
    assert "these hours are incomplete" in said
    assert not ServicePage.objects.get().special_days.exists()


def test_words_beside_nothing_are_left_out(package):
    package.rows("phone", lambda _row: None)
    assert "attributes.csv" in package.take_in()


def test_anybody_elses_word_of_the_same_name_is_not_ours(tmp_path):
    """A term is known by its id: a foreign `duration` may mean anything."""
    make = PackageMaker()
    service = make.service(make.organization())
    make.kind(service, "c4")
    make.kind(service, "fact-duration")
    make.rows["attribute"][-1]["value"] = "x"
    said = run(_without_value(make, tmp_path))
    assert "this term is no kind of help here" in said
    assert (ServicePage.objects.get().kind, ServicePage.objects.get().duration) == ("c4", "")


def _without_value(make, folder):
    for row in make.rows["attribute"]:
        row.pop("value", None)
    return make.write(folder)


def test_a_foreign_package_does_not_empty_what_it_does_not_speak_of(tmp_path):
    make = PackageMaker()
    service = make.service(make.organization())
    make.kind(service, "c4")
    run(make.write(tmp_path))
    page = ServicePage.objects.get()
    page.product, page.gender, page.title_en = "Surat", "g", "Counselling"
    page.save_revision().publish()
    make.rows["service"][0]["description"] = "Sekarang lain."
    run(make.write(tmp_path))
    page = ServicePage.objects.get().get_latest_revision_as_object()
    assert (page.description, page.product, page.gender, page.title_en) == (
        "Sekarang lain.",
        "Surat",
        "g",
        "Counselling",
    )


@pytest.mark.parametrize(
    ("amount", "price", "told"), [("0", "f", False), ("0.00", "f", False), ("50000", "", True), ("", "", True)]
)
def test_what_others_say_of_costs(tmp_path, monkeypatch, amount, price, told):
    make = PackageMaker()
    service = make.service(make.organization())
    make.rows["cost_option"] = []
    monkeypatch.setitem(HEADERS, "cost_option", "id,service_id,amount")
    make.add("cost_option", service_id=service, amount=amount)
    said = run(make.write(tmp_path))
    assert ("none of its prices" in said) == told
    assert ServicePage.objects.get().price == price
