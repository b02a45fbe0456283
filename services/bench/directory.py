"""How quick the directory is with 100,000 services: the search beside the bare full-text query, a page, and the export.

The services are invented, random, but the same every time: pages copied from one, with texts of words that are as unevenly
common as those of a language.
"""

import multiprocessing
import random
import statistics
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

from django.db import connection, connections
from django.test import Client
from wagtail.models import Page

from cms.places import DISTRICTS
from directory.foundation import lay
from directory.models import DirectoryIndexPage, Entry, ProviderPage, ServiceKind, ServicePage, finding
from directory.models.indexing import index_everything
from services.bench.exporting import export
from services.bench.scratch import Say

SEED = 17
REAL = "konseling hukum anak terapi rumah aman lapor visum dokter pendampingan trauma keluarga sekolah polisi"
REAL_WORDS = REAL.split()
VOWELS, CONSONANTS = "aiueo", "bcdgjklmnprstwy"

# What no search can do without: the best of those that have the words.
FLOOR = """
SELECT service_id FROM directory_entry WHERE document @@ %(query)s::tsquery
 ORDER BY ts_rank(document, %(query)s::tsquery) DESC LIMIT 20
"""
ANALYZE = "ANALYZE"
PLANTED = """
CREATE TEMPORARY TABLE bench_listing (
  number int PRIMARY KEY, path text, title text, description text, kind text, province text, district text, opens time
)
"""
COPY = "COPY bench_listing (number, path, title, description, kind, province, district, opens) FROM STDIN"


@dataclass(frozen=True)
class Size:
    """How much there is to search, and how often it is asked."""

    providers: int
    services_each: int
    searches: int
    pages: int
    words: int


FULL = Size(providers=2_000, services_each=50, searches=300, pages=60, words=6_000)
SMALL = Size(providers=20, services_each=20, searches=20, pages=4, words=300)


def measure(say: Say, now: datetime, *, size: Size = FULL) -> dict[str, Any]:
    """Milliseconds of searches, of the floor and of whole pages (95 of 100 are quicker); rows a second and MB of an export."""
    lay()
    chance = random.Random(SEED)  # noqa: S311 -- invented texts, the same every time
    words = vocabulary(chance, size.words)
    say(f"writing {size.providers * size.services_each} services")
    plant(chance, words, size)
    say("indexing them")
    index_everything(lambda done, total: say(f"  {done} of {total}") if done % 20_000 == 0 else None)
    _run(ANALYZE)
    questions = [question(chance, words) for _ in range(size.searches)]
    say(f"asking {len(questions)} questions")
    searches, floors, found = asked(questions, now)
    search, floor = at_95(searches), at_95(floors)
    say(f"  {search:.1f} ms beside {floor:.1f} ms; reading pages")
    pages = read(questions[: size.pages])
    say("exporting")
    rows, seconds, peak = exported(say)
    return {
        "services": Entry.objects.count(),
        "searches": len(questions),
        "found_median": statistics.median(found),
        "search_p95_ms": round(search, 2),
        "floor_p95_ms": round(floor, 2),
        "ratio_to_floor": round(search / floor, 2),
        "page_p95_ms": round(at_95(pages), 2),
        "export_rows": rows,
        "export_rows_per_s": round(rows / seconds),
        "export_peak_mb": round(peak),
    }


def vocabulary(chance: random.Random, size: int) -> list[str]:
    """Words from the commonest to the rarest; the real ones stand among the common."""
    made = dict.fromkeys(syllables(chance) for _ in range(size * 2))
    words = list(made)[: size - len(REAL_WORDS)]
    for place, word in enumerate(REAL_WORDS):
        words.insert(3 + 5 * place, word)
    return words


def syllables(chance: random.Random) -> str:
    return "".join(chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(chance.randint(2, 5)))


def drawn(chance: random.Random, words: list[str], weights: list[float], count: int) -> str:
    return " ".join(chance.choices(words, cum_weights=weights, k=count))


def weights_of(words: list[str]) -> list[float]:
    """Cumulated weights: the n-th word is as common as one part in n (Zipf)."""
    total, cumulated = 0.0, []
    for place in range(1, len(words) + 1):
        total += 1 / (place + 5)
        cumulated.append(total)
    return cumulated


def plant(chance: random.Random, words: list[str], size: Size) -> None:
    """Copy one provider and one service so many times, each with its own words, kind, district and hours."""
    index = DirectoryIndexPage.objects.get()
    provider = index.add_child(instance=ProviderPage(title="Penyedia", locale=index.locale))
    model = provider.add_child(
        instance=ServicePage(title="Layanan", kind="c4", description="x", minimum_age=0, maximum_age=17, price="f")
    )
    index.refresh_from_db()
    provider.refresh_from_db()
    weights, districts, kinds = weights_of(words), list(DISTRICTS.values()), ServiceKind.values
    _run(PLANTED)
    with connection.cursor() as cursor, cursor.copy(COPY) as rows:
        number = 0
        for place in range(size.providers):
            path = _below(index.path, 2 + place)
            rows.write_row((number, path, f"Penyedia {place}", "", "", "", "", None))
            number += 1
            for child in range(size.services_each):
                district, province = chance.choice(districts)
                texts = (drawn(chance, words, weights, 3), drawn(chance, words, weights, 25))
                opens = f"{chance.randint(6, 12):02}:00"
                row = (number, _below(path, 1 + child), *texts, chance.choice(kinds[:7]), province, district, opens)
                rows.write_row(row)
                number += 1
    copy_pages(provider, model)


def _below(path: str, place: int) -> str:
    return path + Page._int2str(place).rjust(Page.steplen, "0")  # noqa: SLF001 -- treebeard's own way of writing steps


IS_PROVIDER = "bench.kind = ''"
OVERRIDDEN = {
    "wagtailcore_page": {
        "path": "bench.path",
        "title": "bench.title",
        "draft_title": "bench.title",
        "slug": "'bench-' || bench.number",
        "url_path": "'/bench/' || bench.number || '/'",
        "translation_key": "gen_random_uuid()",
        "numchild": "CASE WHEN bench.kind = '' THEN 1 ELSE 0 END",
    },
    "directory_providerpage": {"identifier": "gen_random_uuid()"},
    "directory_servicepage": {
        "identifier": "gen_random_uuid()",
        "kind": "bench.kind",
        "description": "bench.description",
        "checked_on": "current_date - (bench.number %% 300)",
        "checked_by": "'reviewer'",
    },
}


def copy_pages(provider: ProviderPage, model: ServicePage) -> None:
    for page, which in ((provider, IS_PROVIDER), (model, "bench.kind <> ''")):
        _copy_rows(Page, page.pk, which, joined=False)
        _copy_rows(type(page), page.pk, which, joined=True)
    _run(AREAS)
    _run(HOURS)


def _copy_rows(of: type[Page], pk: int, which: str, *, joined: bool) -> None:
    """Insert one row of `of` for each planned page, as in the row `pk` but for what is overridden."""
    table, key = of._meta.db_table, of._meta.pk.column  # noqa: SLF001 -- Django's documented Meta API
    others = [field.column for field in of._meta.local_concrete_fields if field.column != key]  # noqa: SLF001
    values = [OVERRIDDEN[table].get(name, f'model."{name}"') for name in others]
    names = ", ".join(f'"{name}"' for name in others)
    target, values_of_key = (f'"{key}", {names}', "page.id, ") if joined else (names, "")
    join = "JOIN wagtailcore_page page ON page.path = bench.path" if joined else ""
    insert = (
        f'INSERT INTO "{table}" ({target}) SELECT {values_of_key}{", ".join(values)} '  # noqa: S608 -- Django's own names
        f'FROM bench_listing bench {join} JOIN "{table}" model ON model."{key}" = %s WHERE {which}'
    )
    with connection.cursor() as cursor:
        cursor.execute(insert, [pk])


AREAS = """
INSERT INTO directory_servicearea (sort_order, page_id, nationwide, province, district)
SELECT 0, page.id, false, bench.province, bench.district
  FROM bench_listing bench JOIN wagtailcore_page page ON page.path = bench.path WHERE bench.kind <> ''
"""
HOURS = """
INSERT INTO directory_serviceschedule (sort_order, page_id, weekday, all_day, opens, closes)
SELECT day, page.id, day, false, bench.opens, bench.opens + interval '7 hours'
  FROM bench_listing bench JOIN wagtailcore_page page ON page.path = bench.path, generate_series(1, 5) AS day
 WHERE bench.kind <> ''
"""


def question(chance: random.Random, words: list[str]) -> finding.Asked:
    """One to three words of the commoner half, one in ten typed wrongly; often a place, a kind, an age or open now."""
    typed = chance.choices(
        words[: len(words) // 2], cum_weights=weights_of(words[: len(words) // 2]), k=chance.randint(1, 3)
    )
    if chance.random() < 0.1 and len(typed[0]) > 6:
        typed[0] = typed[0][:3] + typed[0][4:]
    district, province = chance.choice(list(DISTRICTS.values()))
    placed = chance.random()
    return finding.Asked(
        text=" ".join(typed),
        province=province if placed < 0.6 else "",
        district=district if placed < 0.2 else "",
        kind=chance.choice(ServiceKind.values[:7]) if chance.random() < 0.3 else "",
        age=chance.randint(0, 17) if chance.random() < 0.3 else None,
        open=chance.random() < 0.2,
    )


def asked(questions: list[finding.Asked], now: datetime) -> tuple[list[float], list[float], list[int]]:
    """Milliseconds of each search and of its floor, side by side, and how many each found. The first round only warms."""
    searches, floors, found = [], [], []
    for warm in (True, False):
        for one in questions:
            began = perf_counter()
            answer = finding.find(one, now=now)
            between = perf_counter()
            query = finding.compiled(answer.understood)
            floor_began = perf_counter()
            with connection.cursor() as cursor:
                cursor.execute(FLOOR, {"query": query})
                cursor.fetchall()
            ended = perf_counter()
            if not warm:
                searches.append((between - began) * 1000)
                floors.append((ended - floor_began) * 1000)
                found.append(answer.total)
    return searches, floors, found


def read(questions: list[finding.Asked]) -> list[float]:
    """Milliseconds of whole pages, through every middleware."""
    reader, took = Client(SERVER_NAME="localhost"), []
    for one in questions:
        began = perf_counter()
        answer = reader.post(
            "/info/", {"q": one.text, "p": one.province.removeprefix("ID-"), "n": one.kind}, secure=True
        )
        took.append((perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"the search page answered {answer.status_code}")
    return took


def exported(say: Say) -> tuple[int, float, float]:
    """Rows, seconds and the peak of memory (MB, the whole process) of `export_hsds`, in a process of its own."""
    default = connections["default"].settings_dict
    connections["default"].close()
    place = multiprocessing.get_context("spawn")
    theirs, ours = place.Pipe()
    child = place.Process(target=export, args=(theirs, default["NAME"], str(default["HOST"])))
    child.start()
    theirs.close()
    try:
        rows, seconds, peak = ours.recv()
    except EOFError:
        raise RuntimeError("the export ended without a figure") from None
    finally:
        child.join()
    say(f"  {rows} rows in {seconds:.0f} s")
    return rows, seconds, peak


def at_95(took: list[float]) -> float:
    return sorted(took)[max(0, round(len(took) * 0.95) - 1)]


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
