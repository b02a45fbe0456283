"""What a reader learns of one service: whom it is for, how soon, what to bring, and which days are different."""

from datetime import UTC, date, datetime, time

import pytest

from tests.directory import factories
from tests.directory.test_views import page, text

pytestmark = pytest.mark.django_db

CHRISTMAS_AT_NINE_WIB = datetime(2026, 12, 25, 2, 0, tzinfo=UTC)  # a Friday
WEEK = [{"weekday": day, "opens": time(8), "closes": time(16)} for day in range(1, 6)]


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr("directory.views.listings.now", lambda: CHRISTMAS_AT_NINE_WIB)


def both(client, service):
    """What its card and its page say, in English."""
    return [
        text(page(client, "service_list", language="en")),
        text(page(client, "service_detail", service.identifier, language="en")),
    ]


def test_the_card_and_the_page_say_who_how_soon_and_what_is_wrong_now(client, clock):
    service = factories.service(
        factories.provider(),
        minimum_age=10,
        gender="g",
        responds_within=72,
        price="i",
        alert="Telepon kami rusak.",
        alert_en="Our telephone is out of order.",
    )
    for seen in both(client, service):
        assert "From 10 years, girls and women only" in seen
        assert "within 3 days" in seen
        assert "Free with BPJS" in seen
        assert "Our telephone is out of order." in seen


@pytest.mark.parametrize(
    ("hours", "words"), [(0, "at once"), (1, "within 1 hour"), (24, "within 24 hours"), (48, "within 2 days"), (50, "within 50 hours")]
)  # fmt: skip
def test_how_soon_somebody_answers_in_words(client, hours, words):
    service = factories.service(factories.provider(), responds_within=hours)
    assert words in text(page(client, "service_detail", service.identifier, language="en"))


def test_what_nobody_said_is_not_shown(client):
    for page_seen in both(client, factories.service(factories.provider())):
        seen = page_seen.split("Why this order?")[-1]  # below the form, whose choices have names too
        for label in ("For whom", "Somebody answers", "Cost", "What to bring", "For disabled people", "Different on"):
            assert label not in seen


def test_the_sections_of_the_service_standard_stand_on_the_page(client):
    said = {
        "requirements": "Bawa kartu keluarga bila ada.",
        "duration": "Satu jam.",
        "product": "Surat keterangan.",
        "complaints": "Ombudsman 137.",
    }
    service = factories.service(factories.provider(), **said, easements=["wc", "sl"])
    seen = text(page(client, "service_detail", service.identifier))
    for label in ("Yang perlu dibawa", "Berapa lama", *said.values()):
        assert label in seen
    assert "bisa dengan kursi roda, bahasa isyarat" in seen


def test_a_day_that_is_different_closes_the_door_and_is_announced(client, clock):
    closed = [{"day": date(2026, 12, 25), "closed": True, "note": "Hari Natal", "note_en": "Christmas Day"}]
    service = factories.service(factories.provider(), schedules=WEEK, special_days=closed)
    card, own = both(client, service)
    assert "Closed now; opens Monday 08.00 WIB" in card
    assert "Fri, 25 Dec 2026 closed all day (Christmas Day)" in own
    indonesian = text(page(client, "service_detail", service.identifier))
    assert "tutup seharian (Hari Natal)" in indonesian


def test_special_hours_open_it_on_a_day_that_is_otherwise_closed(client, clock):
    sunday = [{"weekday": 7, "opens": time(8), "closes": time(16)}]
    on_friday = [{"day": date(2026, 12, 25), "opens": time(8), "closes": time(10)}]
    service = factories.service(factories.provider(), schedules=sunday, special_days=on_friday)
    assert "Open now until 10.00 WIB" in both(client, service)[0]


def test_days_that_are_over_or_far_away_are_not_announced(client, clock):
    far = [{"day": day, "closed": True} for day in (date(2026, 12, 24), date(2027, 12, 25))]
    service = factories.service(factories.provider(), schedules=WEEK, special_days=far)
    assert "Different on these days" not in both(client, service)[1]


def test_how_it_was_checked_is_said(client):
    service = factories.service(
        factories.provider(), checked_on=date(2026, 11, 12), checked_by="reviewer", checked_how="call"
    )
    assert "Checked on Thu, 12 Nov 2026 by a reviewer of this directory, by telephone" in both(client, service)[0]
