"""What one row of a spreadsheet says of a provider and its services, and what of it cannot be taken.

A row is an office and what it offers: either one service of its own (`jenis_bantuan`, `nama_layanan`) or a list in a cell
(`layanan`), which becomes one service for each kind of help. An empty cell says nothing and changes nothing; the word
`hapus` empties a field. Objections name the column; those that are warnings stop nobody. A row about a shelter that
names a place is refused as a whole and its cells are not kept.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cms.objections import Objection
from cms.places import PROVINCES, ZONES, district_named
from directory.rules import sheet_cells as cells
from directory.rules.listings import PLACE_IN_TEXT, SHELTER, SHELTER_WORDS
from directory.rules.sheet_columns import PLACE

ERASE = "hapus"
NOTHING = {"-", "--", "\N{EN DASH}", "n/a", "nihil", "kosong", "."}
NOBODY = NOTHING | {"tidak ada", "belum ada", "tdk ada"}
REACH = {"telepon", "whatsapp", "email", "situs"}
NATIONWIDE = {"indonesia", "nasional", "seluruh indonesia", "nationwide", "all of indonesia"}
ITEMS = re.compile(r"[;\n]")
TEXTS = {
    "sasaran": "eligibility", "syarat": "requirements", "cara": "application", "waktu_penyelesaian": "duration",
    "biaya": "cost", "hasil": "product", "pengaduan": "complaints",
}  # fmt: skip
OF_A_SERVICE = {*TEXTS, "usia_dari", "usia_sampai", "jam_layanan", "daerah_layanan"}
SHELTER_KIND = {SHELTER, "tempat tinggal yang aman", "safe place to stay"}  # and whatever KIND_WORDS knows
LONGEST_SHOWN = 120  # characters of a cell that a message repeats
Row = Mapping[str, str]


@dataclass(frozen=True)
class Kinds:
    """The kinds of help: `words` is every name and code in small letters to its code, `titles` each code's name."""

    words: Mapping[str, str]
    titles: Mapping[str, str]


@dataclass(frozen=True)
class Service:
    """A service as a row tells it: its own identifier, if the row has one, and the fields that the row speaks of."""

    identifier: str
    fields: dict[str, Any]

    @property
    def title(self) -> str:
        return str(self.fields.get("title", ""))


@dataclass(frozen=True)
class Told:
    """What a row says. `fields` are the provider's; parts are lists of mappings. `remarks` are faults and warnings."""

    identifier: str
    name: str
    fields: dict[str, Any]
    services: tuple[Service, ...]
    remarks: tuple[Objection, ...]
    secret: bool = False
    place: tuple[str, str] = ("", "")
    numbers: tuple[str, ...] = field(default=())

    @property
    def faulty(self) -> bool:
        return any(not remark.warning for remark in self.remarks)


def name_key(name: str) -> str:
    """By which a name is the same name: without capitals and doubled spaces."""
    return " ".join(name.casefold().split())


def shown(text: str) -> str:
    """A cell as a message repeats it."""
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_SHOWN else f"{flat[: LONGEST_SHOWN - 1]}…"


# --- shelters ---------------------------------------------------------------------------------------------------------
def names_a_shelter(row: Row) -> bool:
    return any(SHELTER_WORDS.search(row.get(name, "")) for name in ("nama_lembaga", "jenis"))


def is_about_a_shelter(row: Row) -> bool:
    """Does the row speak of a place to stay, as the office itself or as anything that it offers?"""
    told = filled(row, "jenis_bantuan") or f"{row.get('nama_layanan', '')} ; {row.get('layanan', '')}"
    return names_a_shelter(row) or SHELTER in cells.kinds(told) or name_key(told) in SHELTER_KIND


def place_objections(row: Row, *, secret: bool = False) -> list[Objection]:
    """What keeps a row from being kept at all: a shelter beside an address, or a place in its words.

    `secret` says that the directory knows the office as a shelter, whatever the row calls it.
    """
    if not (secret or is_about_a_shelter(row)):
        return []
    found = [Objection("sheet_shelter_beside_address", field=name) for name in PLACE if filled(row, name)]
    return found + [
        Objection("shelter_place_in_words", field=name)
        for name, text in row.items()
        if name not in PLACE and PLACE_IN_TEXT.search(text)
    ]


def filled(row: Row, name: str) -> str:
    """What a cell says; an empty text for none, for a dash, and for the word that erases."""
    text = row.get(name, "").strip()
    lowered = text.casefold()
    empty = lowered in (NOBODY if name in REACH else NOTHING) or lowered == ERASE
    return "" if empty else text


def erases(row: Row, name: str) -> bool:
    return row.get(name, "").strip().casefold() == ERASE


# --- a row ------------------------------------------------------------------------------------------------------------
def tell(row: Row, kinds: Kinds) -> Told:
    """Read a row whole."""
    reader = _Reader(row, kinds)
    place = reader.place()
    secret = names_a_shelter(row)
    fields = reader.provider(place, secret=secret)
    services = reader.services(place)
    numbers = tuple(phone["number"] for phone in fields.get("phones", ()) if "number" in phone)
    name = filled(row, "nama_lembaga")
    identifier = filled(row, "id_lembaga")
    if not name and not identifier and not filled(row, "id_layanan"):
        reader.say(Objection("name_missing", field="nama_lembaga"))
    return Told(identifier, name, fields, services, tuple(reader.remarks), secret, place, numbers)


class _Reader:
    """Reads one row and remembers what there is to say about it."""

    def __init__(self, row: Row, kinds: Kinds) -> None:
        self.row, self.kinds = row, kinds
        self.remarks: list[Objection] = place_objections(row)

    def say(self, remark: Objection) -> None:
        self.remarks.append(remark)

    def place(self) -> tuple[str, str]:
        """`(province, district)` of the office, each empty where it is not known."""
        told, city = filled(self.row, "provinsi"), filled(self.row, "kabupaten_kota")
        province = cells.province(told) if told else ""
        if province is None:
            self.say(Objection("sheet_province_unknown", values={"text": shown(told)}, field="provinsi"))
        if not city:
            return province or "", ""
        if found := cells.district(city, province or ""):
            return found[1], found[0]
        return self._no_district(city, province or "")

    def _no_district(self, city: str, province: str) -> tuple[str, str]:
        values: dict[str, object] = {"text": shown(city)}
        several = cells.districts_called(city, province)
        elsewhere = cells.district(city)
        if not province and (itself := cells.province(city)):
            self.say(Objection("sheet_district_is_a_province", values=values, field="kabupaten_kota", warning=True))
            return itself, ""
        if several:
            values["names"] = " / ".join(several)
            self.say(Objection("sheet_district_two", values=values, field="kabupaten_kota"))
        elif province and elsewhere:
            values["name"] = PROVINCES[elsewhere[1]][0]
            self.say(Objection("sheet_district_elsewhere", values=values, field="kabupaten_kota"))
        else:
            self.say(Objection("sheet_district_unknown", values=values, field="kabupaten_kota"))
        return province, ""

    def provider(self, place: tuple[str, str], *, secret: bool) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        province, district = place
        if name := filled(self.row, "nama_lembaga"):
            fields["title"] = name
        if province:
            fields["province"] = province
        if secret:
            self.say(Objection("sheet_taken_as_shelter", field="nama_lembaga", warning=True))
            fields["hidden_place"] = True
        elif district:
            fields["city"] = district
        for name, column in (("street", "alamat"), ("postal_code", "kode_pos"), ("description", "tentang_lembaga")):
            self._text(fields, name, column)
        self._reach(fields)
        return fields

    def _text(self, fields: dict[str, Any], name: str, column: str) -> None:
        if erases(self.row, column):
            fields[name] = ""
        elif text := filled(self.row, column):
            fields[name] = text

    def _reach(self, fields: dict[str, Any]) -> None:
        numbers = [self._phones(column) for column in ("telepon", "whatsapp")]
        if any(numbers) or any(erases(self.row, column) for column in ("telepon", "whatsapp")):
            fields["phones"] = cells.joined(*numbers)
        for name, column, read in (("email", "email", self._mail), ("website", "situs", self._web)):
            if erases(self.row, column):
                fields[name] = ""
            elif (text := filled(self.row, column)) and (found := read(text)):
                fields[name] = found

    def _phones(self, column: str) -> list[dict[str, Any]]:
        text = filled(self.row, column)
        found = cells.phones(text, whatsapp=column == "whatsapp")
        if text and not (found.numbers or found.wrong or found.faxes):
            self.say(Objection("sheet_number_missing", values={"text": shown(text)}, field=column))
            return []
        for printed in found.wrong:
            self.say(Objection("sheet_phone_not_valid", values={"text": shown(printed)}, field=column))
        for printed in found.faxes:
            self.say(Objection("sheet_fax_left_out", values={"text": shown(printed)}, field=column, warning=True))
        for words in found.words:
            self.say(Objection("sheet_words_left_out", values={"text": shown(words)}, field=column, warning=True))
        if column == "whatsapp" and any("short_code" in number for number in found.numbers):
            self.say(Objection("whatsapp_needs_a_whole_number", field=column))
        return found.numbers

    def _mail(self, text: str) -> str:
        found = cells.mails(text)
        if not found:
            self.say(Objection("sheet_email_not_valid", values={"text": shown(text)}, field="email"))
            return ""
        if found[1:]:
            left = ", ".join(found[1:])
            values = {"kept": shown(found[0]), "text": shown(left)}
            self.say(Objection("sheet_one_email_kept", values=values, field="email", warning=True))
        return found[0]

    def _web(self, text: str) -> str:
        found, words = cells.webs(text)
        left = "; ".join([*found[1:], *([words] if words else [])])
        if left:
            self.say(Objection("sheet_web_left_out", values={"text": shown(left)}, field="situs", warning=True))
        return found[0] if found else ""

    # --- services ---

    def services(self, place: tuple[str, str]) -> tuple[Service, ...]:
        identifier = filled(self.row, "id_layanan")
        if identifier or filled(self.row, "jenis_bantuan") or filled(self.row, "nama_layanan"):
            return (Service(identifier, self._named() | self._shared(place, new=not identifier)),)
        if listed := filled(self.row, "layanan"):
            shared = self._shared(place, new=True)
            return tuple(Service("", {**fields, **shared}) for fields in self._by_kind(listed))
        if any(filled(self.row, name) for name in OF_A_SERVICE):
            self.say(Objection("sheet_no_service_but_facts", field="layanan", warning=True))
        else:
            self.say(Objection("sheet_no_service", field="layanan", warning=True))
        return ()

    def _named(self) -> dict[str, Any]:
        """One service that the row names itself."""
        fields: dict[str, Any] = {}
        if told := filled(self.row, "jenis_bantuan"):
            code = self.kinds.words.get(name_key(told))
            guesses = cells.kinds(told)
            if code is None and len(guesses) == 1:
                code = guesses[0]
                values = {"text": shown(told), "name": self.kinds.titles[code]}
                self.say(Objection("sheet_kind_from_words", values=values, field="jenis_bantuan", warning=True))
            if code is None:
                self.say(Objection("sheet_kind_unknown", values={"text": shown(told)}, field="jenis_bantuan"))
            else:
                fields |= {"kind": code, "title": self.kinds.titles[code]}
        if title := filled(self.row, "nama_layanan"):
            fields["title"] = title
        elif filled(self.row, "id_layanan"):
            fields.pop("title", None)
        self._text(fields, "description", "layanan")
        return fields

    def _by_kind(self, listed: str) -> list[dict[str, Any]]:
        """A list in a cell as one service for each kind of help that it names."""
        by_kind: dict[str, list[str]] = {}
        without = []
        for item in filter(None, (" ".join(part.split()) for part in ITEMS.split(listed))):
            found = cells.kinds(item)
            for code in found:
                by_kind.setdefault(code, []).append(item)
            without += [] if found else [item]
        if not by_kind:
            code = cells.kind_of_type(self.row.get("jenis", ""))
            if not code:
                self.say(Objection("sheet_kind_unknown", values={"text": shown(listed)}, field="layanan"))
                return []
            values = {"text": shown(listed), "name": self.kinds.titles[code]}
            self.say(Objection("sheet_kind_from_type", values=values, field="layanan", warning=True))
            by_kind[code], without = without, []
        if without:
            first = next((code for code in by_kind if code != SHELTER), next(iter(by_kind)))
            by_kind[first] += without
            values = {"text": shown("; ".join(without)), "name": self.kinds.titles[first]}
            self.say(Objection("sheet_words_without_kind", values=values, field="layanan", warning=True))
        return [
            {"kind": code, "title": self.kinds.titles[code], "description": "; ".join(items)}
            for code, items in by_kind.items()
        ]

    def _shared(self, place: tuple[str, str], *, new: bool) -> dict[str, Any]:
        """What the row says of each of its services. Where it names no area, a new service is for the office's."""
        fields: dict[str, Any] = {}
        for column, name in TEXTS.items():
            self._text(fields, name, column)
        if cells.free_of_charge(fields.get("cost", "")):
            fields["price"] = "f"
        for name, column in (("minimum_age", "usia_dari"), ("maximum_age", "usia_sampai")):
            self._age(fields, name, column)
        self._hours(fields, place[0])
        if (areas := self._areas(place, new=new)) is not None:
            fields["areas"] = areas
        return fields

    def _age(self, fields: dict[str, Any], name: str, column: str) -> None:
        if erases(self.row, column):
            fields[name] = None
        elif text := filled(self.row, column):
            fields[name] = cells.age(text)
            if fields[name] is None:
                self.say(Objection("sheet_age_not_valid", values={"text": shown(text)}, field=column))

    def _hours(self, fields: dict[str, Any], province: str) -> None:
        if erases(self.row, "jam_layanan"):
            fields |= {"schedules": [], "hours_note": ""}
        elif text := filled(self.row, "jam_layanan"):
            zone = ZONES[PROVINCES[province][1]] if province else ""
            schedules, words = cells.hours(text, zone)
            if schedules:
                fields["schedules"] = schedules
            if words:
                fields["hours_note"] = words
                values = {"text": shown(words)}
                self.say(Objection("sheet_hours_as_words", values=values, field="jam_layanan", warning=True))

    def _areas(self, place: tuple[str, str], *, new: bool) -> list[dict[str, Any]] | None:
        if text := filled(self.row, "daerah_layanan"):
            return self._named_areas(text, place[0])
        province, district = place
        if not new:
            return None
        if not province:
            self.say(Objection("sheet_area_missing", field="daerah_layanan", warning=True))
            return None
        whole = cells.serves_a_province(filled(self.row, "nama_lembaga"), province)
        return [area(province, "" if whole else district)]

    def _named_areas(self, text: str, province: str) -> list[dict[str, Any]]:
        found = []
        for told in filter(None, (part.strip() for part in ITEMS.split(text))):
            named = _area(told, province)
            if named is None:
                self.say(Objection("sheet_area_unknown", values={"text": shown(told)}, field="daerah_layanan"))
            elif named not in found:
                found.append(named)
        return found


def area(province: str = "", district: str = "", *, nationwide: bool = False) -> dict[str, Any]:
    return {"nationwide": nationwide, "province": province, "district": district}


def _area(told: str, within: str) -> dict[str, Any] | None:
    """`Indonesia`, a province, or a district, perhaps with its province behind a comma."""
    if told.casefold() in NATIONWIDE:
        return area(nationwide=True)
    first, _comma, last = told.rpartition(",")
    if first and (province := cells.province(last)):
        found = district_named(first, province)
        return area(province, found[0]) if found else None
    if province := cells.province(told):
        return area(province)
    found = cells.district(told, within) or cells.district(told)
    return area(found[1], found[0]) if found else None
