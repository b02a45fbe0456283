"""The search: words, slips, places, filters with counts, and open now, on the real PostgreSQL."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import product

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from wagtail.models import PageViewRestriction

from directory.models import Entry, ServicePage, Status, Synonyms, Word
from directory.models.finding import PER_PAGE, Asked, find, find_near, place_names, understand
from directory.models.indexing import index_everything, index_services
from directory.models.parts import ServiceSchedule, ServiceSpecialDay
from tests.directory import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 09.00 WIB
EVERY_DAY = [{"weekday": day, "all_day": True} for day in range(1, 8)]
BANDUNG = {"province": "ID-JB", "district": "Kota Bandung"}


def titles(asked=None, **wish):
    return [service.title for service in find(asked or Asked(**wish), now=NOW).services]


@pytest.fixture
def some_services():
    provider = factories.provider("Yayasan Contoh Pelita", province="ID-JB")
    factories.service(
        provider, "Rumah aman Melati", kind="c8", gender="g", description="Tempat tinggal sementara.", areas=[BANDUNG]
    )
    factories.service(
        provider,
        "Konseling anak",
        kind="c4",
        title_en="Counselling for children",
        minimum_age=6,
        maximum_age=17,
        price="f",
        description="Psikolog mendengarkan ceritamu.",
        areas=[{"province": "ID-JB"}],
        easements=["wc"],
    )
    factories.service(provider, "Bantuan hukum Papua", kind="c6", price="i", areas=[{"province": "ID-PA"}])
    factories.service(provider, "Saluran nasional", kind="d7", schedules=EVERY_DAY, description="Dihubungi kapan saja.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("konseling", ["Konseling anak"]),
        ("KONSELING!!", ["Konseling anak"]),
        ("bercerita", ["Konseling anak"]),  # by its stem
        ("counselling", ["Konseling anak"]),
        ("children", ["Konseling anak"]),
        ("konselng", ["Konseling anak"]),
        ("konse", ["Konseling anak"]),
        ("shelter", ["Rumah aman Melati"]),
        ("penampungan", ["Rumah aman Melati"]),
        ("shleter", ["Rumah aman Melati"]),
        ("hukum jayapura papua", ["Bantuan hukum Papua"]),
        ("konseling bandung", ["Konseling anak"]),
        ("di mana konseling di Kota Bandung", ["Konseling anak"]),
        ("papua", ["Bantuan hukum Papua", "Saluran nasional"]),
        ("hukum bandung", []),
        ("konseling xylofon", ["Konseling anak"]),  # for some of the words
        ("xylofon", []),
        (
            "tolong saya",
            ["Saluran nasional", "Bantuan hukum Papua", "Konseling anak", "Rumah aman Melati"],
        ),  # words that say nothing hide nobody
        ("Pelita", ["Bantuan hukum Papua", "Konseling anak", "Rumah aman Melati", "Saluran nasional"]),
        ("' OR 1=1 --", []),
        ("\\", ["Saluran nasional", "Bantuan hukum Papua", "Konseling anak", "Rumah aman Melati"]),
    ],
)
def test_words(some_services, text, expected):
    found = titles(text=text)
    assert sorted(found) == sorted(expected)
    assert found == expected or text == "Pelita"


def test_a_place_in_the_words_counts_unless_another_was_chosen(some_services):
    assert understand("konseling bandung").place == ("ID-JB", "")
    assert understand("konseling kota bandung").place == ("ID-JB", "Kota Bandung")
    assert understand("konseling bandung", "ID-JB").place == ("ID-JB", "")
    elsewhere = understand("konseling bandung", "ID-PA")
    assert (elsewhere.place, [group[0] for group in elsewhere.groups]) == (None, ["konseling", "bandung"])
    wider, found = find_near(Asked(text="hukum bandung"), now=NOW)
    assert (wider.province, [service.title for service in found.services]) == ("", ["Bantuan hukum Papua"])


def test_names_of_places_mean_one_place():
    names = place_names()
    assert names["jawa barat"] == ("ID-JB", "")
    assert names["gorontalo"] == ("ID-GO", "")  # the province, though a city and a regency are called so
    assert names["kabupaten gorontalo"] == ("ID-GO", "Kabupaten Gorontalo")
    assert "kota" not in names
    assert "kabupaten" not in names


def test_what_was_understood_is_said(some_services):
    assert understand("shelter").alike == [("shelter", understand("shelter").groups[0][1:])]
    assert understand("konselng anak").mended == {"konselng": ("konseling",)}
    assert find(Asked(text="konseling xylofon"), now=NOW).understood.every is False
    assert find(Asked(text="konseling anak"), now=NOW).understood.every is True


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({}, ["Saluran nasional", "Bantuan hukum Papua", "Konseling anak", "Rumah aman Melati"]),
        ({"province": "ID-JB"}, ["Konseling anak", "Rumah aman Melati", "Saluran nasional"]),
        (
            {"province": "ID-JB", "district": "Kota Bandung"},
            ["Rumah aman Melati", "Konseling anak", "Saluran nasional"],
        ),
        ({"province": "ID-JB", "district": "Kota Bogor"}, ["Konseling anak", "Saluran nasional"]),
        ({"age": 5}, ["Saluran nasional", "Bantuan hukum Papua", "Rumah aman Melati"]),
        ({"age": 6, "kind": "c4"}, ["Konseling anak"]),
        ({"gender": "b"}, ["Saluran nasional", "Bantuan hukum Papua", "Konseling anak"]),
        ({"gender": "g", "kind": "c8"}, ["Rumah aman Melati"]),
        ({"ease": "wc"}, ["Konseling anak"]),
        ({"cost": "f"}, ["Konseling anak"]),
        ({"cost": "i"}, ["Bantuan hukum Papua", "Konseling anak"]),
        ({"open": True}, ["Saluran nasional"]),
        ({"language": "jv"}, []),
    ],
)
def test_filters(some_services, wish, expected):
    assert titles(**wish) == expected


def test_every_count_is_what_the_filter_then_finds(some_services):
    """Each number beside a choice, with every other filter set in turn, is the total that choosing it gives."""
    values = {"kind": ("n", "c4"), "gender": ("g", "b"), "ease": ("e", "wc"), "cost": ("c", "i"), "open": ("o", True)}
    for base in product(*[(None, value) for _code, value in values.values()]):
        wish = {name: value for name, value in zip(values, base, strict=True) if value}
        counts = find(Asked(**wish), now=NOW).counts
        for name, (code, value) in values.items():
            told = counts.get(code, {}).get("1" if value is True else value, 0)
            assert told == find(Asked(**wish | {name: value}), now=NOW).total


def test_nothing_near_looks_further(some_services):
    asked = Asked(kind="c6", province="ID-JB", district="Kota Bandung")
    assert find(asked, now=NOW).total == 0
    wider, found = find_near(asked, now=NOW)
    assert (wider.province, wider.district) == ("", "")
    assert [service.title for service in found.services] == ["Bantuan hukum Papua"]
    in_province = Asked(kind="c8", province="ID-JB", district="Kota Bogor")
    factories.service(factories.provider("Lain"), "Aman", kind="c8", areas=[{"province": "ID-JB"}])
    assert find(in_province, now=NOW).total == 1
    assert find_near(Asked(kind="c1"), now=NOW) is None


def test_pages(some_services):
    provider = factories.provider("Banyak")
    for number in range(PER_PAGE + 1):
        factories.service(provider, f"Banyak {number:02}", kind="c2")
    first, second = (find(Asked(kind="c2"), now=NOW, page=page) for page in (1, 2))
    assert (len(first.services), len(second.services), second.total) == (PER_PAGE, 1, PER_PAGE + 1)


# --- what is not public is not found ---


def test_the_index_follows_the_pages(some_services):
    service = ServicePage.objects.get(title="Konseling anak")
    service.title = "Ruang kelinci"
    service.save_revision()
    assert titles(text="kelinci") == []
    service.get_latest_revision().publish()
    assert titles(text="kelinci") == ["Ruang kelinci"]
    service.unpublish()
    assert titles(text="kelinci") == []
    service.get_latest_revision().publish()
    service.get_parent().specific.unpublish()
    assert Entry.objects.count() == 0
    service.get_parent().specific.get_latest_revision().publish()
    assert titles(text="kelinci") == ["Ruang kelinci"]
    service.delete()
    assert titles(text="kelinci") == []


def test_a_row_left_behind_shows_nothing(some_services):
    ServicePage.objects.filter(title="Konseling anak").update(live=False)
    assert titles(text="konseling") == []
    provider = factories.provider("Tertutup")
    factories.service(provider, "Tertutup saja")
    PageViewRestriction.objects.create(page=provider, restriction_type="login")
    assert titles(text="tertutup") == []


def test_a_defunct_service_is_not_in_the_index():
    factories.service(factories.provider(), "Bubar", status=Status.DEFUNCT)
    assert Entry.objects.count() == 0


def test_the_index_made_anew_is_the_same(some_services):
    before = list(Entry.objects.order_by("pk").values())
    Word.objects.create(word="usang", stem="usang", stem_en="usang")
    told = []
    assert index_everything(lambda done, total: told.append((done, total))) == 4
    assert told == [(4, 4)]
    assert list(Entry.objects.order_by("pk").values()) == before
    assert not Word.objects.filter(word="usang").exists()
    index_services(ServicePage.objects.none())
    call_command("index_directory", verbosity=0)
    assert Entry.objects.count() == 4


# --- open now, against the rules ---

moments = some.times(min_value=time(0), max_value=time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0))
days = some.dates(date(2026, 11, 20), date(2026, 11, 26))


@some.composite
def hours(draw):
    kept = {"weekday": draw(some.integers(1, 7))}
    if draw(some.booleans()):
        kept["valid_from"] = draw(days)
    if draw(some.booleans()):
        kept["valid_to"] = max(draw(days), kept.get("valid_from", date.min))
    return kept | draw(spans())


@some.composite
def spans(draw):
    if draw(some.integers(0, 3)) == 0:
        return {"all_day": True}
    opens, closes = draw(some.lists(moments, min_size=2, max_size=2, unique=True))
    return {"opens": opens, "closes": closes}


@some.composite
def special(draw):
    return {"day": draw(days)} | (draw(spans()) if draw(some.booleans()) else {"closed": True})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    some.lists(hours(), max_size=6),
    some.lists(special(), max_size=3, unique_by=lambda one: one["day"]),
    some.sampled_from(["ID-JB", "ID-BA", "ID-PA", ""]),
    some.lists(some.integers(0, 7 * 24 * 60), min_size=4, max_size=4),
)
def test_open_now_is_what_the_rules_say(the_one, schedules, special_days, province, minutes):
    ServicePage.objects.filter(pk=the_one.pk).update(province=province)
    ServiceSchedule.objects.filter(page=the_one).delete()
    ServiceSpecialDay.objects.filter(page=the_one).delete()
    ServiceSchedule.objects.bulk_create([ServiceSchedule(page=the_one, **one) for one in schedules])
    ServiceSpecialDay.objects.bulk_create([ServiceSpecialDay(page=the_one, **one) for one in special_days])
    index_services(ServicePage.objects.filter(pk=the_one.pk))
    service = ServicePage.objects.get(pk=the_one.pk)
    for minute in minutes:
        moment = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(minutes=minute)
        opening = service.opening(moment)
        assert find(Asked(open=True), now=moment).total == int(opening is not None and opening.open)


@pytest.fixture
def the_one():
    return factories.service(factories.provider(province=""))


def test_a_service_that_does_not_work_is_never_open():
    factories.service(factories.provider(), schedules=EVERY_DAY, status=Status.CLOSED)
    assert find(Asked(open=True), now=NOW).total == 0


# --- words that mean the same ---


@pytest.mark.parametrize("terms", ["rumah", "rumah,", ", ,", "rumah, Rumah"])
def test_a_group_of_one_word_is_refused(terms):
    with pytest.raises(ValidationError, match="dua kata"):
        Synonyms(terms=terms).full_clean()


def test_a_group_is_kept_in_small_letters(some_services):
    group = Synonyms(terms="Curcol , Konseling anak")
    group.full_clean()
    group.save()
    assert group.as_set() == {"curcol", "konseling anak"}
    assert str(group) == group.terms
    assert titles(text="curcol") == ["Konseling anak"]
