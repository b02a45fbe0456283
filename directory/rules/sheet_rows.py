"""A listing as a row of our own template: what `directory.rules.sheets.tell` reads back as the very same.

A value that would be read otherwise (hours with dates, a city that is no district) is left out: an empty cell changes
nothing. A row about a shelter has no address, whatever its provider has.
"""

from collections.abc import Mapping, Sequence
from datetime import time
from itertools import groupby
from typing import Any

import phonenumbers

from cms.places import PROVINCES, ZONES, district_named
from directory.rules import sheet_cells as cells
from directory.rules.sheet_changes import parts_of
from directory.rules.sheet_columns import PLACE, TEMPLATE
from directory.rules.sheets import TEXTS, is_about_a_shelter

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
DASH = "\N{EN DASH}"
Content = Mapping[str, Any]


def row_of(provider: Content, service: Content | None, kinds: Mapping[str, str]) -> list[str]:
    """The cells of one row in the template's order. `kinds` are the names of kinds by code."""
    row = {"id_lembaga": str(provider["identifier"]), "nama_lembaga": provider.get("title") or ""}
    row |= _place(provider)
    numbers = parts_of("phones", provider.get("phones") or ())
    row["telepon"] = "; ".join(shown_number(one) for one in numbers if not one["whatsapp"])
    row["whatsapp"] = "; ".join(shown_number(one) for one in numbers if one["whatsapp"])
    for column, name in (("email", "email"), ("situs", "website"), ("tentang_lembaga", "description")):
        row[column] = provider.get(name) or ""
    if service is not None:
        row |= _service(provider, service, kinds)
    if provider.get("hidden_place") or (service or {}).get("kind") == "c8" or is_about_a_shelter(row):
        row |= dict.fromkeys(PLACE, "")
    return [row.get(column, "") for column in TEMPLATE]


def _place(provider: Content) -> dict[str, str]:
    province = provider.get("province") or ""
    city = provider.get("city") or ""
    known = district_named(city, province) if city else None
    return {
        "provinsi": PROVINCES[province][0] if province in PROVINCES else "",
        "kabupaten_kota": city if known and known[0] == city else "",
        "alamat": provider.get("street") or "",
        "kode_pos": provider.get("postal_code") or "",
    }


def _service(provider: Content, service: Content, kinds: Mapping[str, str]) -> dict[str, str]:
    row = {
        "id_layanan": str(service["identifier"]),
        "nama_layanan": service.get("title") or "",
        "jenis_bantuan": kinds.get(service.get("kind") or "", ""),
        "layanan": service.get("description") or "",
        "daerah_layanan": shown_areas(service.get("areas") or ()),
        "jam_layanan": _hours(provider, service),
    }
    row |= {column: service.get(name) or "" for column, name in TEXTS.items()}
    for column, name in (("usia_dari", "minimum_age"), ("usia_sampai", "maximum_age")):
        age = service.get(name)
        row[column] = "" if age is None else str(age)
    return row


def _hours(provider: Content, service: Content) -> str:
    """The hours and the note, if they are read back as the same."""
    schedules = parts_of("schedules", service.get("schedules") or ())
    note = service.get("hours_note") or ""
    told = "; ".join(filter(None, [shown_hours(schedules), note]))
    province = provider.get("province") or ""
    zone = ZONES[PROVINCES[province][1]] if province in PROVINCES else ""
    again, words = cells.hours(told, zone)
    same = sorted(map(str, parts_of("schedules", again))) == sorted(map(str, schedules))
    return told if same and words == note else ""


def shown_number(number: Mapping[str, Any]) -> str:
    """As people here write it; abroad with the country's code."""
    if number.get("short_code"):
        return str(number["short_code"])
    try:
        parsed = phonenumbers.parse(number["number"], "ID")
    except phonenumbers.NumberParseException:
        return str(number["number"])
    form = phonenumbers.PhoneNumberFormat
    at_home = parsed.country_code == 62
    return phonenumbers.format_number(parsed, form.NATIONAL if at_home else form.INTERNATIONAL)


def shown_areas(areas: Sequence[Mapping[str, Any]]) -> str:
    """`Indonesia; Bali; Kota Bandung, Jawa Barat`."""
    told = [
        "Indonesia"
        if one.get("nationwide")
        else ", ".join(filter(None, [one.get("district", ""), PROVINCES[one["province"]][0]]))
        for one in areas
    ]
    return "; ".join(told)


def shown_hours(schedules: Sequence[Mapping[str, Any]]) -> str:
    """`Senin–Jumat 08.00–16.00; Sabtu 09.00–12.00`, or `24 jam`."""
    days: dict[str, list[int]] = {}
    for one in schedules:
        clock = "24 jam" if one.get("all_day") else f"{_clock(one.get('opens'))}{DASH}{_clock(one.get('closes'))}"
        days.setdefault(clock, []).append(one["weekday"])
    if list(days) == ["24 jam"] and sorted(days["24 jam"]) == list(range(1, 8)):
        return "24 jam"
    told = [(run, clock) for clock, its in days.items() for run in _runs(sorted(set(its)))]
    return "; ".join(f"{_named(run)} {clock}" for run, clock in sorted(told))


def _clock(told: Any) -> str:
    moment = told if isinstance(told, time) else time.fromisoformat(str(told))
    return f"{moment:%H.%M}"


def _runs(days: Sequence[int]) -> list[list[int]]:
    """`[1, 2, 3, 6]` as `[[1, 2, 3], [6]]`."""
    return [[day for _place, day in run] for _key, run in groupby(enumerate(days), key=lambda two: two[1] - two[0])]


def _named(run: Sequence[int]) -> str:
    first, last = DAYS[run[0] - 1], DAYS[run[-1] - 1]
    return first if run[0] == run[-1] else f"{first}{DASH}{last}"
