"""Giving the open data away as a package: what others' tools say of it, and that nothing is lost on the way back in."""

import csv
import hashlib
import io
import json
import zipfile

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from frictionless import system, validate

from directory.hsds import columns, writing
from directory.hsds.package import DESCRIPTOR, read
from directory.models import ProviderPage, ServicePage
from directory.models.parts import ServicePhone, ServiceSchedule, ServiceSpecialDay
from tests.directory import factories, listed
from tests.directory.hsds_schemas import STANDARD, VERSIONS, here

pytestmark = pytest.mark.django_db


def export(folder):
    said = io.StringIO()
    call_command("export_hsds", folder, stdout=said, stderr=io.StringIO())
    return said.getvalue()


def take_in(folder):
    """Into a directory that is empty; what the command says."""
    for provider in ProviderPage.objects.all():
        provider.delete()
    assert not ServicePage.objects.exists()
    said = io.StringIO()
    call_command("import_hsds", folder, publish=True, stdout=said, stderr=io.StringIO())
    return said.getvalue().splitlines()


def bytes_of(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def rows(folder, table):
    with (folder / columns.TABLES[table][0]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


OWN = ("title", "alternate_name", "email", "website", "street", "city", "postal_code", "checked_on", *("title_en",))
PARTS = {
    "phones": ("number", "short_code", "extension", "whatsapp", "description", "description_en"),
    "schedules": ("weekday", "all_day", "opens", "closes", "valid_from", "valid_to"),
    "special_days": ("day", "closed", "all_day", "opens", "closes", "note", "note_en"),
    "areas": ("nationwide", "province", "district"),
    "languages": ("code",),
    "easements": ("code",),
}
OF_A_SERVICE = (
    "kind",
    "status",
    "minimum_age",
    "maximum_age",
    "gender",
    "price",
    "responds_within",
    *ServicePage.text_fields,
)


def told(page):
    """Every field of a listing that is anybody's business, as plain values."""
    is_service = isinstance(page, ServicePage)
    names = (*OWN, *(OF_A_SERVICE if is_service else ("description", "description_en", "hidden_place")))
    facts = {name: str(getattr(page, name)) for name in names}
    if not (page.place_is_secret):
        facts["province"] = page.province
    if is_service:
        facts["clock"] = page.zone_word
    for name, fields in PARTS.items():
        if hasattr(page, name):
            facts[name] = [[str(getattr(part, field)) for field in fields] for part in getattr(page, name).all()]
    return facts


def everything():
    pages = [*ProviderPage.objects.live(), *ServicePage.objects.live()]
    return {str(page.identifier): told(page) for page in pages}


# --- there and back ---


def test_out_in_and_out_again_is_the_same_to_the_byte_and_to_the_field(tmp_path):
    listed.directory()
    before = everything()
    assert export(tmp_path / "a") == f"4 providers, 9 services: {tmp_path / 'a'} and {tmp_path / 'a'}.zip\n"
    said = take_in(tmp_path / "a")
    assert said == ["providers: 4 new", "services: 9 new", "rows left out: 0"]  # and no cell without a place
    export(tmp_path / "b")
    first, second = bytes_of(tmp_path / "a"), bytes_of(tmp_path / "b")
    assert first.keys() == second.keys()
    for name in first:
        assert first[name].decode() == second[name].decode(), name
    assert (
        hashlib.sha256((tmp_path / "a.zip").read_bytes()).digest()
        == hashlib.sha256((tmp_path / "b.zip").read_bytes()).digest()
    )
    after = everything()
    for identifier, facts in before.items():
        assert after[identifier] == facts, facts["title"]


def test_the_zip_is_taken_in_like_the_folder(tmp_path):
    listed.whole(factories.provider())
    export(tmp_path / "a")
    assert take_in(tmp_path / "a.zip")[-3:] == ["providers: 1 new", "services: 1 new", "rows left out: 0"]
    export(tmp_path / "b")
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")


def test_what_is_no_longer_said_is_taken_away_again(tmp_path):
    """A package of ours is whole: a field that has become empty there does not stay here."""
    page = listed.whole(factories.provider())
    export(tmp_path / "full")
    take_in(tmp_path / "full")
    page = ServicePage.objects.get()
    for name in (*ServicePage.text_fields, "title_en", "gender", "price", "kind"):
        setattr(page, name, "")
    page.kind, page.description, page.responds_within = "c4", "Ada.", None
    page.phones, page.schedules, page.special_days, page.easements, page.languages = [], [], [], [], []
    page.save_revision().publish()
    export(tmp_path / "bare")
    call_command("import_hsds", tmp_path / "full", publish=True, stdout=io.StringIO(), stderr=io.StringIO())
    call_command("import_hsds", tmp_path / "bare", publish=True, stdout=io.StringIO(), stderr=io.StringIO())
    export(tmp_path / "again")
    assert bytes_of(tmp_path / "again") == bytes_of(tmp_path / "bare")


def test_a_shelter_keeps_its_hours_though_its_province_stays_here(tmp_path):
    hidden = factories.provider("Yayasan Teduh", province="ID-PA", hidden_place=True)
    hours = [{"weekday": 1, "opens": "09:00", "closes": "10:00"}]
    factories.service(
        hidden, "Tempat aman", kind="c8", schedules=hours, areas=[{"province": "ID-SN"}, {"province": "ID-MA"}]
    )
    factories.service(hidden, "Telepon", kind="d7", schedules=hours)
    export(tmp_path / "a")
    assert "ID-PA" not in (tmp_path / "a" / "attributes.csv").read_text()
    assert [row["timezone"] for row in rows(tmp_path / "a", "schedule")] == ["9", "9"]
    assert take_in(tmp_path / "a")[-1] == "rows left out: 0"
    assert [page.zone_word for page in ServicePage.objects.order_by("path")] == ["WIT", "WIT"]
    assert ServicePage.objects.get(kind="c8").province == "ID-MA"  # of those it is for
    export(tmp_path / "b")
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")


# --- what others say ---


def test_frictionless_finds_no_fault(tmp_path):
    listed.directory()
    export(tmp_path / "a")
    with system.use_context(trusted=True):
        report = validate(str(tmp_path / "a" / DESCRIPTOR))
    faults = [(task.name, error.message) for task in report.tasks for error in task.errors]
    assert (faults, [error.message for error in report.errors], report.valid) == ([], [], True)
    assert report.stats["tasks"] == len(columns.TABLES)


def test_frictionless_would_find_one(tmp_path):
    listed.directory()
    export(tmp_path / "a")
    text = (tmp_path / "a" / "phones.csv").read_text()
    (tmp_path / "a" / "phones.csv").write_text(text.replace(rows(tmp_path / "a", "phone")[0]["id"], "x"))
    with system.use_context(trusted=True):
        assert not validate(str(tmp_path / "a" / DESCRIPTOR)).valid


@pytest.mark.parametrize("version", VERSIONS)
def test_every_column_is_the_standards(version):
    """Name, file, type, format and whether it must be filled."""
    if not here():
        return
    theirs = {
        resource["name"]: resource
        for resource in json.loads((STANDARD / version / DESCRIPTOR).read_text())["resources"]
    }
    for ours in columns.descriptor()["resources"]:
        resource = theirs[ours["name"]]
        assert ours["path"] == resource["path"]
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        for field in ours["schema"]["fields"]:
            other = fields[field["name"]]
            assert (field["type"], field.get("format")) == (other["type"], other.get("format")), field
            must, may = other.get("constraints", {}), field.get("constraints", {})
            assert bool(must.get("required")) <= bool(may.get("required")), field
            assert set(may.get("enum", ())) == set(must.get("enum", ())), field
        required = {name for name, field in fields.items() if field.get("constraints", {}).get("required")}
        assert required <= {field["name"] for field in ours["schema"]["fields"]}


# --- what is in it ---


def test_only_what_is_listed(tmp_path):
    provider = factories.provider()
    factories.service(provider, "Terbit")
    factories.service(provider, "Belum", live=False)
    factories.service(factories.provider("Tersembunyi", live=False), "Yatim")
    export(tmp_path / "a")
    assert [row["name"] for row in rows(tmp_path / "a", "service")] == ["Terbit"]
    assert [row["name"] for row in rows(tmp_path / "a", "organization")] == [provider.title]


def test_an_empty_directory_is_a_package_too(tmp_path):
    export(tmp_path / "a")
    assert rows(tmp_path / "a", "organization") == []
    assert read(tmp_path / "a").rows("service") == []
    assert len(rows(tmp_path / "a", "taxonomy")) == 5


@pytest.mark.parametrize(
    "text", ["=1+1", "+62 jangan", "-x", "@A1", "\t=1", "'=1", "''-2", "  =3", "'biasa", "a=b", "--", "-"]
)
def test_no_text_is_computed_by_a_spreadsheet(tmp_path, text):
    factories.service(factories.provider(), "Layanan", cost=text, description="Ada.")
    export(tmp_path / "a")
    cell = rows(tmp_path / "a", "service")[0]["fees_description"]
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    take_in(tmp_path / "a")
    assert ServicePage.objects.get().cost == (text.strip() if text != "-" else "")


def test_a_number_is_dialled_as_it_stands(tmp_path):
    factories.service(factories.provider(), phones=[{"number": "08111-129-129"}])
    export(tmp_path / "a")
    assert {row["number"] for row in rows(tmp_path / "a", "phone")} == {"+622100000001", "+628111129129"}


# --- where it is written ---


def test_an_earlier_package_is_replaced_and_anything_else_left_alone(tmp_path):
    factories.provider()
    export(tmp_path / "a")
    ProviderPage.objects.get().delete()
    export(tmp_path / "a")
    assert rows(tmp_path / "a", "organization") == []
    for name in ("catatan.txt", "organizations.csv"):
        other = tmp_path / name.split(".")[0]
        other.mkdir()
        (other / name).write_text("punya orang")
        with pytest.raises(CommandError, match="holds something else than a package"):
            export(other)
        assert bytes_of(other) == {name: b"punya orang"}
    (tmp_path / "berkas").write_text("x")
    with pytest.raises(CommandError, match="cannot be written"):
        export(tmp_path / "berkas")


def test_the_zip_holds_the_folder(tmp_path):
    listed.directory()
    export(tmp_path / "a")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == bytes_of(tmp_path / "a")


def test_portions_cost_the_same_whatever_is_in_them(tmp_path):
    costs = []
    for count in (1, 3):
        for number in range(count):
            listed.whole(factories.provider(f"Penyedia {count}-{number}"), title=f"Layanan {number}")
        with CaptureQueriesContext(connection) as queries:
            writing.write(tmp_path / str(count))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_small_portions_lose_nothing(tmp_path, monkeypatch):
    for number in range(3):
        provider = factories.provider(f"Penyedia {number}")
        for offered in range(3):
            factories.service(provider, f"Layanan {number}-{offered}")
    export(tmp_path / "a")
    monkeypatch.setattr("directory.hsds.feed.portions.__defaults__", (2,))
    export(tmp_path / "b")
    for table in columns.TABLES:  # providers' and services' rows alternate by portion
        assert sorted(map(str, rows(tmp_path / "a", table))) == sorted(map(str, rows(tmp_path / "b", table)))
    assert rows(tmp_path / "a", "service") == rows(tmp_path / "b", "service")
    assert len(rows(tmp_path / "b", "service")) == 9


def test_every_part_of_a_listing_is_compared_above():
    """A new field must be told, or named here as one that is not."""
    inner = {"id", "page", "sort_order"}
    for model, fields in (
        (ServicePhone, "phones"),
        (ServiceSchedule, "schedules"),
        (ServiceSpecialDay, "special_days"),
    ):
        assert {field.name for field in model._meta.concrete_fields} - inner == set(PARTS[fields])
    own = {field.name for field in ServicePage._meta.local_concrete_fields}
    kept_here = {"page_ptr", "identifier", "import_digest", "checked_by", "checked_how", "province"}
    assert own - kept_here == {*OWN[1:], *OF_A_SERVICE}
