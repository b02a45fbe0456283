"""Somebody wants a shelter's address. It is planted in every column and text, past every rule, and asked for on every way out."""

import io
import json
import logging

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from directory.hsds import feed, records
from directory.models import ProviderPage, ServicePage
from directory.rules.listings import PLACE_IN_TEXT
from tests.directory import factories, listed
from tests.directory.test_hsds_records import every_record


def plant(model, page, **columns):
    """Write past every rule and form; only what the database itself refuses is switched off, by its owner."""
    model.objects.filter(pk=page.pk).update(**columns)


CONSTRAINTS = (
    "ALTER TABLE directory_servicepage DROP CONSTRAINT shelter_has_no_address",
    "ALTER TABLE directory_providerpage DROP CONSTRAINT provider_that_is_a_shelter_has_no_address",
)


@pytest.fixture
def planted(own_database, owner):
    """Shelters whose address stands in the database in every column and text, against all that forbids it."""
    for drop in CONSTRAINTS:
        owner.execute(drop)
    with transaction.atomic():
        open_provider = factories.provider("UPTD", street="Jalan Terbuka 1", city="Kota Bandung")
        shelter = factories.service(
            open_provider, "Tempat tinggal", kind="c8", phones=[{"short_code": "129"}],
            special_days=[{"day": "2026-12-25", "closed": True}],
        )  # fmt: skip
        hidden = factories.provider("Yayasan Teduh", hidden_place=True, province="ID-SN")
        under_hidden = factories.service(hidden, "Tempat aman", kind="c8")
        counselling = factories.service(hidden, "Konseling")
        for page in (shelter, under_hidden):
            texts = dict.fromkeys([*ServicePage.text_fields, "title", "title_en", "alternate_name"], listed.SECRET)
            texts |= {"alert": listed.SECRET, "website": "https://maps.app/RahasiaSekali77"}
            plant(ServicePage, page, street=listed.SECRET, city="Kota Rahasia", postal_code="77777", **texts)
            page.phones.update(description=listed.SECRET, description_en=listed.SECRET)
            page.special_days.update(note=listed.SECRET, note_en=listed.SECRET)
        plant(ServicePage, counselling, description=listed.SECRET)
        texts = dict.fromkeys(["title", "title_en", "alternate_name", "description", "description_en"], listed.SECRET)
        plant(ProviderPage, hidden, street=listed.SECRET, city="Kota Rahasia", postal_code="77777", **texts)
        hidden.phones.update(description=listed.SECRET, description_en=listed.SECRET)
    return open_provider, shelter, hidden, under_hidden, counselling


def test_a_shelters_address_is_in_no_record(planted):
    everything = json.dumps(list(every_record()))
    assert "Rahasia" not in everything
    assert "77777" not in everything
    assert "Jalan Terbuka 1" in everything  # the provider's own office is no secret
    assert not feed.placed().exists()


QUERIES = ({"per_page": 500}, {"full": "true"}, {"format": "ndjson"}, {"format": "ndjson", "full": "true"})


def everything_sent(client):
    """Every list in every form and every record, as text."""
    texts = [body(client.get("/api/hsds/organizations", {"full_service": "true"}))]
    for path in ("services", "organizations", "service_at_locations"):
        lists = [body(client.get(f"/api/hsds/{path}", query)) for query in QUERIES]
        ids = [record["id"] for record in json.loads(lists[0])["contents"]]
        texts += [*lists, *(body(client.get(f"/api/hsds/{path}/{identifier}")) for identifier in ids)]
    return texts


def body(response):
    assert response.status_code == 200
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def test_nor_does_the_api_send_it(planted, client):
    """Each answer here is committed and read as in earnest: streams are read after the request's transaction."""
    texts = everything_sent(client)
    assert len(texts) > 15
    assert [text for text in texts if "Rahasia" in text or "77777" in text] == []
    assert any("Jalan Terbuka 1" in text for text in texts)
    places = json.loads(body(client.get("/api/hsds/service_at_locations")))
    assert places["contents"] == []
    for page in planted:
        assert client.get(f"/api/hsds/service_at_locations/{records.turned(page.identifier)}").status_code == 404


def test_nor_can_it_be_asked_for_word_by_word(planted, client):
    """A search that finds a listing by a word which is not shown would tell that the word is there."""
    for word in ("Rahasia", "77", "Rahasia Sekali"):
        for path in ("services", "organizations", "service_at_locations"):
            assert json.loads(body(client.get(f"/api/hsds/{path}", {"search": word})))["contents"] == [], (path, word)


PLACES = [
    "Jl. Mawar", "jln mawar", "JL.5", "Gg Buntu", "kav 3", "di Jalan Mawar", "jalan 7", "JALAN", "Gang Buntu", "gang 3",
    "RT 03", "rw/2", "RT03/RW02", "7 Rose Street", "12 Long Road", "goo.gl/maps/x", "https://maps.app/x", "google.co.id/maps/x",
    "maps.google.com", "openstreetmap.org", "waze.com/ul", "-6.914, 107.609", "(jl.x)", "x\njl a",
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("text", PLACES)
def test_the_database_knows_every_place_that_the_rule_knows(text):
    if PLACE_IN_TEXT.search(text):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s ~* %s", [text, feed.NAMES_A_PLACE])
            assert cursor.fetchone()[0]


@pytest.mark.django_db
def test_a_shelter_is_found_by_what_it_tells(client):
    hidden = factories.provider("Yayasan Teduh", hidden_place=True)
    factories.service(hidden, "Tempat tinggal", kind="c8", description="Tidur dan makan sampai tenang.")
    found = json.loads(body(client.get("/api/hsds/services", {"search": "teduh makan"})))
    assert [one["name"] for one in found["contents"]] == ["Tempat tinggal"]


def test_nor_is_it_in_the_package(planted, tmp_path):
    call_command("export_hsds", tmp_path / "a", stdout=io.StringIO(), stderr=io.StringIO())
    texts = [file.read_text(encoding="utf-8") for file in (tmp_path / "a").iterdir()]
    assert [text for text in texts if "Rahasia" in text or "77777" in text] == []
    assert any("Jalan Terbuka 1" in text for text in texts)


# --- what somebody typed ---

TYPED = "dipukuli-ayah-4471"


@pytest.mark.django_db
@pytest.mark.parametrize("broken", [False, True])
def test_what_is_asked_reaches_no_log(client, caplog, capfd, monkeypatch, broken):
    """Neither in a good answer nor in a refusal nor when the answer breaks, by address and by form."""
    factories.service(factories.provider(), TYPED)
    client.raise_request_exception = False
    if broken:
        monkeypatch.setattr(records, "service", lambda *_args, **_options: {}[TYPED])
    caplog.set_level(logging.DEBUG)
    answers = [
        client.get("/api/hsds/services", {"search": TYPED}),
        client.get("/api/hsds/services", {"search": TYPED, "page": 0}),
        client.get(f"/api/hsds/services/{TYPED}"),
        client.post("/api/hsds/services", f"search={TYPED}", content_type="application/x-www-form-urlencoded"),
        client.post("/api/hsds/services", f"{TYPED}=1", content_type="application/x-www-form-urlencoded"),
    ]
    expected = [500, 422, 404, 500, 422] if broken else [200, 422, 404, 200, 422]
    assert [answer.status_code for answer in answers] == expected
    logged = [
        record for record in caplog.records if not record.name.startswith("django.db")
    ]  # SQL is logged in tests only
    written = "".join(record.getMessage() for record in logged) + "".join(capfd.readouterr())
    assert TYPED not in written
    assert ("KeyError" in written or "Internal Server Error" in written) == broken
