"""What a row would change of a listing, and whether the listing would then be right. Plain values: no database, no clock.

A listing is what a page's newest revision holds (`content`): its fields by name and its parts as lists of mappings, hours
as `08:00:00`. Only fields that the row speaks of are compared; of a number that stays, what stands beside it stays too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from functools import lru_cache
from typing import Any

import phonenumbers

from cms.objections import Objection
from directory.rules import listings as rules

PARTS = {
    "phones": ("number", "short_code", "extension", "whatsapp", "description", "description_en"),
    "areas": ("nationwide", "province", "district"),
    "schedules": ("weekday", "all_day", "opens", "closes", "valid_from", "valid_to"),
}
EMPTY: dict[str, Any] = {"whatsapp": False, "nationwide": False, "all_day": False} | dict.fromkeys(
    ("opens", "closes", "valid_from", "valid_to")
)
LONGEST = {"title": 255, "street": 255, "city": 100, "postal_code": 10, "email": 254, "website": 500}
TEXTS = tuple(
    name + suffix
    for name in (
        "description", "alert", "eligibility", "requirements", "application", "duration", "cost", "product", "complaints",
        "hours_note",
    )
    for suffix in ("", "_en")
)  # fmt: skip
PROVIDER_TEXTS = TEXTS[:2]
# Beside which of our columns an objection to a field stands: the provider's, and a service's where it differs.
COLUMN_OF = {
    "title": "nama_lembaga", "phones": "telepon", "number": "telepon", "short_code": "telepon", "whatsapp": "whatsapp",
    "extension": "telepon", "street": "alamat", "postal_code": "kode_pos", "city": "kabupaten_kota", "email": "email",
    "province": "provinsi", "description": "tentang_lembaga", "website": "situs",
}  # fmt: skip
SERVICE_COLUMN_OF = COLUMN_OF | {
    "title": "nama_layanan", "kind": "jenis_bantuan", "description": "layanan", "eligibility": "sasaran",
    "minimum_age": "usia_dari", "maximum_age": "usia_sampai", "areas": "daerah_layanan", "province": "daerah_layanan",
    "district": "daerah_layanan", "schedules": "jam_layanan", "opens": "jam_layanan", "closes": "jam_layanan",
    "hours_note": "jam_layanan", "requirements": "syarat", "application": "cara", "duration": "waktu_penyelesaian",
    "cost": "biaya", "product": "hasil", "complaints": "pengaduan",
}  # fmt: skip
Content = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One field of a listing, before and after, as plain values."""

    field: str
    before: Any
    after: Any


def plain(value: Any) -> Any:
    """As a revision keeps it: hours and days as text, no value as an empty text where a text may stand."""
    if isinstance(value, time | date):
        return value.isoformat()
    return value


def parts_of(name: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Parts with the same keys always, so that they can be compared."""
    found = [{key: plain(row.get(key)) or EMPTY.get(key, "") for key in PARTS[name]} for row in rows]
    for part in found if name == "phones" else ():
        part["number"] = international(part["number"])
    return found


@lru_cache(maxsize=10_000)
def international(number: str) -> str:
    """`+62…`, however a revision writes it; what is no number stays as it is."""
    try:
        parsed = phonenumbers.parse(number, "ID")
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def wanted(content: Content, fields: Mapping[str, Any]) -> dict[str, Any]:
    """`fields` as they would stand: numbers that are there already keep what is written beside them."""
    found = {name: parts_of(name, value) if name in PARTS else plain(value) for name, value in fields.items()}
    if "phones" in found:
        known = {(one["number"], one["short_code"]): one for one in parts_of("phones", content.get("phones") or ())}
        found["phones"] = [_beside(known.get((one["number"], one["short_code"])), one) for one in found["phones"]]
    return found


def _beside(known: Mapping[str, Any] | None, told: dict[str, Any]) -> dict[str, Any]:
    if known is None:
        return told
    kept = {**known, "whatsapp": known["whatsapp"] or told["whatsapp"]}
    return kept | ({"description": told["description"]} if told["description"] else {})


def changes(content: Content, fields: Mapping[str, Any]) -> list[Change]:
    """What differs, in the order of `fields`."""
    found = []
    for name, after in wanted(content, fields).items():
        before = content.get(name)
        if name in PARTS:
            before = parts_of(name, before or ())
            same = sorted(map(str, before)) == sorted(map(str, after))
        else:
            before = plain(before)
            same = before == after if isinstance(after, int) else _text(before) == _text(after)
        if not same:
            found.append(Change(name, before, after))
    return found


def _text(value: Any) -> str:
    """As two texts are the same: ends of lines and blanks around do not count."""
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def merged(content: Content, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The listing as it would be."""
    return {**content, **wanted(content, fields)}


def objections(content: Content, *, provider: Content | None, today: date) -> list[Objection]:
    """Everything that keeps such a listing from being submitted; `provider` is a service's. Fields are column names."""
    listing = facts(content, provider)
    columns = COLUMN_OF if provider is None else SERVICE_COLUMN_OF
    found = [
        Objection("text_too_long", values={"limit": limit}, field=name)
        for name, limit in LONGEST.items()
        if len(str(content.get(name) or "")) > limit
    ]
    found += rules.listing_objections(listing, today=today)
    return [replace(objection, field=columns.get(objection.field, "")) for objection in dict.fromkeys(found)]


def facts(content: Content, provider: Content | None) -> rules.Listing:
    """What the rules ask, of plain values. `checked_…` is not asked: no row can say it."""
    texts = TEXTS if provider is not None else PROVIDER_TEXTS
    notes = [part.get("description", "") for part in content.get("phones") or ()]
    notes += [part.get("note", "") for part in content.get("special_days") or ()]
    common: dict[str, Any] = {
        "name": content.get("title") or "",
        "texts": {name: content.get(name) or "" for name in texts} | {"phones": "\n".join(notes)},
        "phones": tuple(_phone(part) for part in parts_of("phones", content.get("phones") or ())),
    } | {name: content.get(name) or "" for name in ("street", "city", "postal_code")}
    if provider is None:
        return rules.Listing(**common, hidden_place=bool(content.get("hidden_place")))
    return rules.Listing(
        **common,
        kind=content.get("kind") or "",
        is_service=True,
        minimum_age=content.get("minimum_age"),
        maximum_age=content.get("maximum_age"),
        reachable=_reachable(content, provider),
        hours=tuple(_hours(part) for part in parts_of("schedules", content.get("schedules") or ())),
        areas=tuple(rules.Area(**part) for part in parts_of("areas", content.get("areas") or ())),
    )


def _reachable(content: Content, provider: Content) -> bool:
    own = content.get("phones") or content.get("email") or content.get("website")
    return bool(own or provider.get("phones") or provider.get("email"))


def _phone(part: Mapping[str, Any]) -> rules.Phone:
    return rules.Phone(
        number=part["number"],
        short_code=part["short_code"],
        whatsapp=part["whatsapp"],
        extension=part["extension"],
        valid=not part["number"] or _valid(part["number"]),
    )


def _valid(number: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, "ID"))
    except phonenumbers.NumberParseException:
        return False


def _hours(part: Mapping[str, Any]) -> rules.Hours:
    return rules.Hours(
        weekday=part["weekday"],
        opens=_clock(part["opens"]),
        closes=_clock(part["closes"]),
        all_day=part["all_day"],
        valid_from=date.fromisoformat(part["valid_from"]) if part["valid_from"] else None,
        valid_to=date.fromisoformat(part["valid_to"]) if part["valid_to"] else None,
    )


def _clock(told: str | None) -> time | None:
    return time.fromisoformat(told) if told else None
