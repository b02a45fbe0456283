"""The benches on a small set: that they measure the product's own code, and that what they print is right."""

import json

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from cms.database import embedded
from services.bench import bookings, pages, replan, series, slots, trial
from services.bench.scratch import scratch_database
from services.management.commands import bench as command
from services.models import Resource

SLOTS = {
    "p50_ms",
    "p95_ms",
    "rows",
    "slots_found",
    "floor_ms",
    "ratio_to_floor",
    "django_scheduler_ms",
    "speedup",
    "agree",
    "explain_ms",
    "explain_ratio",
}
BOOKINGS = {"attempts", "confirmed", "double_booked", "deadlocks", "errors", "p99_ms", "unsafe_double_booked", "unsafe_p99_ms", "p99_ratio"}  # fmt: skip


def quietly(_words):
    pass


@pytest.fixture
def server(postgres):
    return {"host": str(embedded.socket_folder(settings.TEST_POSTGRES)), "user": "postgres", "dbname": "postgres"}


def test_search_floor_scheduler_and_oracle_agree(own_database):
    figures = slots.measure(quietly, timezone.now(), repeats=2, size=trial.SMALL)
    assert figures.keys() >= SLOTS
    assert figures["agree"] is True
    assert figures["situations"].keys() == {"plenty", "scarce"}
    plenty, scarce = figures["situations"]["plenty"], figures["situations"]["scarce"]
    assert plenty["slots_found"] > scarce["slots_found"]
    assert (plenty["days_searched"], plenty["speedup"] > 1) == (14, True)
    explained = figures["explained"]
    assert (explained["helps"] > 0, explained["agree"]) == (True, True)
    assert figures["explain_ratio"] == pytest.approx(
        figures["explain_ms"] / min(plenty["p50_ms"], scarce["p50_ms"]), abs=0.1
    )
    assert figures["rows"] > trial.SMALL.rows * 0.9
    assert json.loads(json.dumps(figures)) == figures


def test_races_book_once_and_the_unsafe_way_is_caught(own_database):
    figures = bookings.measure(quietly, timezone.now(), seconds=1.5, clients=6)
    assert figures.keys() >= BOOKINGS
    assert (figures["double_booked"], figures["error_kinds"], figures["deadlocks"]) == (0, {}, 0)
    assert figures["errors"] == 0
    assert figures["attempts"] == figures["confirmed"] + figures["taken"] > 0
    assert figures["unsafe_double_booked"] > 0


def test_planning_anew_moves_fewer_children_than_greedy_and_both_plans_hold(own_database):
    figures = replan.measure(quietly, size=replan.SMALL)
    assert figures.keys() >= {"seconds", "moved", "optimal_gap", "greedy_moved", "saved"}
    assert figures["valid"] is True
    assert figures["saved"] == figures["greedy_moved"] - figures["moved"] >= 1
    assert (figures["interviews"], figures["unplaced"] <= figures["greedy_unplaced"]) == (30, True)
    assert json.loads(json.dumps(figures)) == figures


def test_a_scratch_database_comes_and_goes(template, server, django_db_blocker):
    before = connection.settings_dict["NAME"]
    with django_db_blocker.unblock(), scratch_database(quietly, administrator=server, template=template) as name:
        assert connection.settings_dict["NAME"] == name
        assert Resource.objects.count() == 0
    assert connection.settings_dict["NAME"] == before
    with psycopg.connect(**server) as raw:
        assert raw.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None


def test_it_is_dropped_after_a_fault_too(template, server, django_db_blocker):
    with (
        pytest.raises(ZeroDivisionError),
        django_db_blocker.unblock(),
        scratch_database(quietly, administrator=server, template=template) as name,
    ):
        raise ZeroDivisionError
    with psycopg.connect(**server) as raw:
        assert raw.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"user": "sekali_owner"}, "may not create one"), ({"host": "/nowhere"}, "the server cannot be reached")],
)
def test_a_server_that_will_not_is_named_in_one_sentence(template, server, change, sentence):
    with (
        pytest.raises(CommandError, match=sentence),
        scratch_database(quietly, administrator=server | change, template=template),
    ):
        pass


def test_figures_outside_the_bars_end_with_a_fault():
    good = {"ratio_to_floor": 3, "speedup": 100, "explain_ratio": 15, "agree": True}
    assert command.BARS["slots"](good)
    assert not any(
        command.BARS["slots"](good | bad)
        for bad in ({"ratio_to_floor": 3.01}, {"explain_ratio": 15.01}, {"speedup": 99}, {"agree": False})
    )
    good = {"saved": 1, "moved": 4, "greedy_moved": 5, "seconds": 30, "valid": True}
    assert command.BARS["replan"](good)
    bads = ({"saved": 0}, {"moved": 6}, {"seconds": 30.1}, {"valid": False})
    assert not any(command.BARS["replan"](good | bad) for bad in bads)
    good = {"double_booked": 0, "errors": 0, "p99_ratio": 3}
    assert command.BARS["bookings"](good)
    assert not any(
        command.BARS["bookings"](good | bad) for bad in ({"double_booked": 1}, {"errors": 1}, {"p99_ratio": 3.1})
    )


def test_an_unknown_bench_is_refused():
    with pytest.raises(CommandError):
        call_command("bench", "dreams")


def test_half_a_year_for_three_siblings_is_found_and_booked(own_database):
    figures = series.measure(quietly, timezone.now(), repeats=2, size=trial.SMALL)
    assert figures.keys() >= {"seconds", "search_ms", "ratio_to_search", "sessions"}
    assert (figures["sessions"], figures["siblings"], figures["weeks"]) == (78, 3, 26)
    assert figures["seconds"] > 0
    assert figures["ratio_to_search"] > 0
    good = {"ratio_to_search": 30, "sessions": 78}
    assert command.BARS["series"](good)
    assert not any(command.BARS["series"](good | bad) for bad in ({"ratio_to_search": 30.1}, {"sessions": 77}))


@pytest.mark.slow
def test_readers_pages_are_measured_beside_a_stock_page(own_database):
    figures = pages.measure(quietly, rounds=1, seconds=0.4)
    assert figures.keys() >= {"home_rps", "protocol_rps", "directory_rps", "p95_ms", "peak_mb", "bare_wagtail_rps"}
    names = ("home", "protocol", "directory")
    kept, bare = min(figures[f"{name}_rps"] for name in names), figures["bare_wagtail_rps"]
    anew = min(figures[f"{name}_uncached_rps"] for name in names)
    assert figures["cached_ratio"] == pytest.approx(kept / bare, abs=0.05)
    assert figures["uncached_ratio"] == pytest.approx(anew / bare, abs=0.05)
    assert kept > anew > 0
    assert figures["peak_mb"] > 20
    assert all(size < 20_000 for size in figures["bytes"].values())
    assert json.loads(json.dumps(figures)) == figures
    good = {"cached_ratio": 10, "uncached_ratio": 0.7}
    assert command.BARS["pages"](good)
    assert not any(command.BARS["pages"](good | bad) for bad in ({"cached_ratio": 9.99}, {"uncached_ratio": 0.69}))
