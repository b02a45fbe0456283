"""The 38 provinces and their clocks, and the 514 regencies and cities.

Codes of provinces are ISO 3166-2:ID. Indonesia keeps no daylight saving time: WIB is UTC+7, WITA UTC+8, WIT UTC+9.
Codes of districts (`32.73`) and their names are those of the home ministry's decree 300.2.2-2138 of 2025, from
districts.csv (docs/decisions/0031-districts.md).
"""

import csv
import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

JAKARTA, PONTIANAK, MAKASSAR, JAYAPURA = "Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura"

ZONES = {JAKARTA: "WIB", PONTIANAK: "WIB", MAKASSAR: "WITA", JAYAPURA: "WIT"}
HOURS_AHEAD = {JAKARTA: 7, PONTIANAK: 7, MAKASSAR: 8, JAYAPURA: 9}  # of UTC, all year
ZONE_CHOICES = [
    (JAKARTA, "WIB (Jakarta)"),
    (PONTIANAK, "WIB (Pontianak)"),
    (MAKASSAR, "WITA (Makassar)"),
    (JAYAPURA, "WIT (Jayapura)"),
]

PROVINCES = {
    "ID-AC": ("Aceh", JAKARTA),
    "ID-SU": ("Sumatera Utara", JAKARTA),
    "ID-SB": ("Sumatera Barat", JAKARTA),
    "ID-RI": ("Riau", JAKARTA),
    "ID-KR": ("Kepulauan Riau", JAKARTA),
    "ID-JA": ("Jambi", JAKARTA),
    "ID-SS": ("Sumatera Selatan", JAKARTA),
    "ID-BB": ("Kepulauan Bangka Belitung", JAKARTA),
    "ID-BE": ("Bengkulu", JAKARTA),
    "ID-LA": ("Lampung", JAKARTA),
    "ID-JK": ("DKI Jakarta", JAKARTA),
    "ID-BT": ("Banten", JAKARTA),
    "ID-JB": ("Jawa Barat", JAKARTA),
    "ID-JT": ("Jawa Tengah", JAKARTA),
    "ID-YO": ("DI Yogyakarta", JAKARTA),
    "ID-JI": ("Jawa Timur", JAKARTA),
    "ID-BA": ("Bali", MAKASSAR),
    "ID-NB": ("Nusa Tenggara Barat", MAKASSAR),
    "ID-NT": ("Nusa Tenggara Timur", MAKASSAR),
    "ID-KB": ("Kalimantan Barat", PONTIANAK),
    "ID-KT": ("Kalimantan Tengah", PONTIANAK),
    "ID-KS": ("Kalimantan Selatan", MAKASSAR),
    "ID-KI": ("Kalimantan Timur", MAKASSAR),
    "ID-KU": ("Kalimantan Utara", MAKASSAR),
    "ID-SA": ("Sulawesi Utara", MAKASSAR),
    "ID-GO": ("Gorontalo", MAKASSAR),
    "ID-ST": ("Sulawesi Tengah", MAKASSAR),
    "ID-SR": ("Sulawesi Barat", MAKASSAR),
    "ID-SN": ("Sulawesi Selatan", MAKASSAR),
    "ID-SG": ("Sulawesi Tenggara", MAKASSAR),
    "ID-MA": ("Maluku", JAYAPURA),
    "ID-MU": ("Maluku Utara", JAYAPURA),
    "ID-PB": ("Papua Barat", JAYAPURA),
    "ID-PD": ("Papua Barat Daya", JAYAPURA),
    "ID-PA": ("Papua", JAYAPURA),
    "ID-PS": ("Papua Selatan", JAYAPURA),
    "ID-PT": ("Papua Tengah", JAYAPURA),
    "ID-PE": ("Papua Pegunungan", JAYAPURA),
}
PROVINCE_CHOICES = [(code, name) for code, (name, _zone) in PROVINCES.items()]
# How people call a province beside its own name, in small letters.
OTHER_NAMES = {
    "jakarta": "ID-JK", "dki": "ID-JK", "daerah khusus jakarta": "ID-JK", "yogyakarta": "ID-YO",
    "daerah istimewa yogyakarta": "ID-YO", "d.i. yogyakarta": "ID-YO", "diy": "ID-YO", "ntb": "ID-NB", "ntt": "ID-NT",
    "jabar": "ID-JB", "jateng": "ID-JT", "jatim": "ID-JI", "kepri": "ID-KR", "bangka belitung": "ID-BB",
    "sumut": "ID-SU", "sumbar": "ID-SB", "sumsel": "ID-SS", "sulsel": "ID-SN", "sulut": "ID-SA", "sulteng": "ID-ST",
    "sultra": "ID-SG", "sulbar": "ID-SR", "kalbar": "ID-KB", "kalteng": "ID-KT", "kalsel": "ID-KS", "kaltim": "ID-KI",
    "kaltara": "ID-KU",
}  # fmt: skip
PROVINCE_NAMES = {name.casefold(): code for code, (name, _zone) in PROVINCES.items()} | OTHER_NAMES


def _read_districts() -> dict[str, tuple[str, str]]:
    with (Path(__file__).parent / "districts.csv").open(encoding="utf-8") as lines:
        return {row["code"]: (row["name"], row["province"]) for row in csv.DictReader(lines)}


DISTRICTS = _read_districts()
DISTRICT_CODES = {(province, name): code for code, (name, province) in DISTRICTS.items()}
RANK = re.compile(r"^(?:kab(?:upaten)?\b|kota\b)\.?\s*(?:adm(?:inistrasi)?\b\.?\s*)?")


def districts_of(province: str) -> list[tuple[str, str]]:
    """`[(code, name)]` of a province's regencies and cities, in the decree's order."""
    return [(code, name) for code, (name, its) in DISTRICTS.items() if its == province]


def _bare(name: str) -> tuple[str, str]:
    """`(rank, name)` as one may compare: `("kota", "baubau")`; the rank is "" where it was not said."""
    told = " ".join(name.casefold().split())
    rank = RANK.match(told)
    rest = RANK.sub("", told)
    return ("kota" if rank and rank[0].startswith("kota") else "kab" if rank else ""), re.sub(r"[^\w]", "", rest)


def _named() -> dict[str, list[tuple[str, str]]]:
    named: dict[str, list[tuple[str, str]]] = {}
    for name, province in DISTRICTS.values():
        named.setdefault(_bare(name)[1], []).append((name, province))
    return named


NAMED = _named()


def district_named(text: str, province: str = "") -> tuple[str, str] | None:
    """`(name, province)` of the one district that `text` can mean, within `province` where it is given; else None.

    `KAB. BANDUNG` is Kabupaten Bandung; a bare `Bandung` may be the city or the regency, so it is neither.
    """
    rank, bare = _bare(text)
    found = [
        (name, its)
        for name, its in NAMED.get(bare, ())
        if (not province or its == province) and (not rank or _bare(name)[0] == rank)
    ]
    return found[0] if len(found) == 1 else None


def zone_of(province: str) -> ZoneInfo:
    """The `ZoneInfo` in which a province's hours are meant. Raises KeyError for an unknown code."""
    return ZoneInfo(PROVINCES[province][1])


def first_today(now: datetime) -> date:
    """The date in the west of the country, where a day begins last."""
    return now.astimezone(ZoneInfo(JAKARTA)).date()


def last_today(now: datetime) -> date:
    """The date in the east of the country, where a day begins first: what is after it is in the future everywhere."""
    return now.astimezone(ZoneInfo(JAYAPURA)).date()


def zone_word(zone: object) -> str:
    """WIB, WITA or WIT for a `ZoneInfo` or its name; Jakarta's word stands for anything else."""
    return ZONES.get(str(zone), "WIB")
