"""The form that takes a spreadsheet, the words of its template, and a row of its preview as people read it."""

from dataclasses import dataclass, field, replace

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from cms.forms import SheetField
from cms.models.wording import words_for_all
from cms.objections import Objection
from cms.places import DISTRICTS, PROVINCES
from directory.models import Price, ProviderPage, ServiceKind, ServicePage, SheetRow
from directory.rules.sheet_columns import TEMPLATE
from directory.rules.sheet_files import MOST_ROWS
from directory.rules.sheet_rows import shown_areas, shown_hours, shown_number

EXPLAINED = {
    "id_lembaga": gettext_lazy("Leave empty for a new provider. In a file of your own listings: do not change it."),
    "nama_lembaga": gettext_lazy("The name that people know."),
    "jenis": gettext_lazy("For example UPTD PPA, hospital, legal aid. It is not shown."),
    "provinsi": gettext_lazy("Name or usual short form, for example Jawa Barat or Jabar."),
    "kabupaten_kota": gettext_lazy("With Kota or Kabupaten before it."),
    "alamat": gettext_lazy("Street and number of the office. Never for a shelter."),
    "kode_pos": gettext_lazy("Five digits. Never for a shelter."),
    "telepon": gettext_lazy("With area code. Several are divided by a semicolon."),
    "whatsapp": gettext_lazy("Numbers that answer on WhatsApp."),
    "email": gettext_lazy("One address."),
    "situs": gettext_lazy("One web address."),
    "tentang_lembaga": gettext_lazy("What the provider is, in a few plain words."),
    "id_layanan": gettext_lazy("Leave empty for a new service. In a file of your own listings: do not change it."),
    "nama_layanan": gettext_lazy("The name of this one service. Empty: the name of its kind."),
    "jenis_bantuan": gettext_lazy("One of the kinds on the sheet of choices."),
    "layanan": gettext_lazy(
        "What people get here. Without jenis_bantuan: a list divided by semicolons, from which services are made."
    ),
    "sasaran": gettext_lazy("For whom."),
    "usia_dari": gettext_lazy("Youngest age in years."),
    "usia_sampai": gettext_lazy("Oldest age in years."),
    "daerah_layanan": gettext_lazy("Indonesia, a province or a district; several are divided by a semicolon."),
    "jam_layanan": gettext_lazy("Senin–Jumat 08.00–16.00; Sabtu 09.00–12.00 – or: 24 jam."),
    "syarat": gettext_lazy("What to bring."),
    "cara": gettext_lazy("How to get it."),
    "waktu_penyelesaian": gettext_lazy("How long it takes."),
    "biaya": gettext_lazy("What it costs, for example gratis."),
    "hasil": gettext_lazy("What people have afterwards."),
    "pengaduan": gettext_lazy("Where to complain."),
}
EXAMPLE = {
    "id_lembaga": "# contoh",
    "nama_lembaga": "UPTD PPA Kabupaten Contoh",
    "jenis": "UPTD PPA",
    "provinsi": "Jawa Barat",
    "kabupaten_kota": "Kabupaten Garut",
    "alamat": "Jalan Contoh Nomor 1",
    "telepon": "(021) 0000 0001; 129",
    "email": "halo@contoh.example",
    "nama_layanan": "Konseling anak",
    "layanan": "Anak dan keluarganya didampingi psikolog.",
    "usia_dari": "6",
    "usia_sampai": "17",
    "daerah_layanan": "Kabupaten Garut",
    "jam_layanan": "Senin–Jumat 08.00–16.00",
    "biaya": "gratis",
}


class UploadForm(forms.Form):
    file = SheetField(label=gettext_lazy("CSV or XLSX"), help_text=gettext_lazy("At most 15 MB and 20,000 rows."))


def template_sheets(rows=()):
    """The sheets of a file to fill in: `rows` of one's own listings, or an example; how to do it; what to choose from."""
    titles = [str(label) for label in ServiceKind.labels]
    explained = [str(EXPLAINED[name]) for name in TEMPLATE]
    example = EXAMPLE | {"jenis_bantuan": capfirst(str(ServiceKind.COUNSELLING.label))}
    first = [list(TEMPLATE), [f"# {explained[0]}", *explained[1:]]]

    def filled():
        yield from first
        number = 0
        for number, row in enumerate(rows, 1):
            if number > MOST_ROWS:
                yield ["# " + _("The list ends here: a file has at most 20,000 rows.")]
                return
            yield row
        if not number:
            yield [example.get(name, "") for name in TEMPLATE]

    how = [
        [pgettext("spreadsheet", "column"), pgettext("spreadsheet", "what to write")],
        *([name, text] for name, text in zip(TEMPLATE, explained, strict=True)),
    ]
    how += [["", line] for line in (str(ERASING), str(EMPTY_CELLS), str(SHELTERS))]
    choices = [["jenis_bantuan", "provinsi", "kabupaten_kota"]]
    provinces = sorted(name for name, _zone in PROVINCES.values())
    districts = [f"{name}, {PROVINCES[province][0]}" for name, province in DISTRICTS.values()]
    for place, district in enumerate(districts):
        kind = capfirst(titles[place]) if place < len(titles) else ""
        choices.append([kind, provinces[place] if place < len(provinces) else "", district])
    return [
        (pgettext("spreadsheet", "Services"), filled()),
        (pgettext("spreadsheet", "How to fill it in"), how),
        (pgettext("spreadsheet", "Choices"), choices),
    ]


ERASING = gettext_lazy("To empty something that is in the directory, write: hapus.")
EMPTY_CELLS = gettext_lazy("An empty cell leaves what is in the directory as it is.")
SHELTERS = gettext_lazy("A shelter has a row of its own, without an address. Rows that name its place are not kept.")


@dataclass
class ShownRow:
    """A row of the preview. `parts` are `(whose, [(field, before, after)])`; a new listing has no before."""

    row: SheetRow
    name: str
    parts: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    warnings: list = field(default_factory=list)


def shown_rows(sheet, rows):
    """The rows of a page, their objections in words with one look-up for all of them."""
    rows = list(rows)
    remarks = [(row, remembered(stored)) for row in rows for stored in row.remarks]
    worded = words_for_all([remark for _row, remark in remarks])
    by_row = {row.pk: ShownRow(row, row.cells.get("nama_lembaga", ""), _parts(row)) for row in rows}
    for (row, remark), words in zip(remarks, worded, strict=True):
        said = (column_name(sheet, remark.field), words)
        (by_row[row.pk].warnings if remark.warning else by_row[row.pk].faults).append(said)
    return list(by_row.values())


def remembered(stored):
    """An objection as a row kept it. Its key was written out where the rule spoke."""
    return replace(Objection("name_missing"), **stored)


def column_name(sheet, name):
    """`F (No. Telp)`: the letter and the name in the file; our own name for a column that the file does not have."""
    for letter, header, ours in sheet.columns:
        if name and ours == name:
            return f"{letter} ({header})"
    return name


def _parts(row):
    parts = {}
    for whose, name, before, after in row.changes:
        parts.setdefault(whose, []).append((label_of(name), shown(name, before), shown(name, after)))
    return list(parts.items())


def label_of(name):
    """A field's name as the forms say it; Wagtail calls a name a title."""
    if name == "title":
        return _("name")
    for model in (ServicePage, ProviderPage):
        found = {one.name: one for one in model._meta.get_fields()}.get(name)  # noqa: SLF001 -- Django's documented API
        if found is not None and hasattr(found, "verbose_name"):
            return found.verbose_name
        if found is not None:
            return found.related_model._meta.verbose_name_plural  # noqa: SLF001 -- as above
    return name


def shown(name, value):  # noqa: PLR0911 -- a table in words
    """A value as people read it; an empty text for nothing."""
    if value in (None, "", [], {}):
        return ""
    if name == "phones":
        return "; ".join(_number(one) for one in value)
    if name == "areas":
        return shown_areas(value)
    if name == "schedules":
        return shown_hours(value)
    if name == "province":
        return PROVINCES[value][0]
    if name == "kind":
        return capfirst(ServiceKind(value).label)
    if name == "price":
        return Price(value).label
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def _number(one):
    said = shown_number(one)
    if one.get("whatsapp"):
        said += " (WhatsApp)"
    return f"{said} – {one['description']}" if one.get("description") else said
