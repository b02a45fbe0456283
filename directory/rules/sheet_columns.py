"""The columns of a spreadsheet of listings: the names our template has, and the many names that senders give them.

A name is compared without capitals, brackets and signs. What is not known is not read, and the preview says so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# In the order of the template; beside each what senders call it.
COLUMNS: dict[str, tuple[str, ...]] = {
    "id_lembaga": ("kode lembaga",),
    "nama_lembaga": (
        "lembaga", "nama instansi", "instansi", "nama penyedia", "penyedia", "nama organisasi", "organisasi", "nama unit",
        "unit", "nama kantor", "kantor", "nama opd", "opd", "nama", "nama dinas", "nama lembaga layanan", "organization",
        "provider",
    ),
    "jenis": ("jenis lembaga", "tipe", "tipe lembaga", "jenis instansi", "bentuk lembaga"),
    "provinsi": ("propinsi", "prov", "nama provinsi", "province"),
    "kabupaten_kota": (
        "kabupaten", "kota", "kab kota", "kota kabupaten", "kab", "kabkota", "nama kabupaten kota", "daerah", "district",
    ),
    "alamat": ("alamat kantor", "alamat lengkap", "jalan", "address", "lokasi"),
    "kode_pos": ("kodepos", "pos", "postal code"),
    "telepon": (
        "telp", "no telp", "no telepon", "nomor telepon", "nomor telp", "tlp", "hp", "no hp", "nomor hp", "kontak",
        "no kontak", "hotline", "phone", "telephone", "telpon", "no telpon",
    ),
    "whatsapp": ("wa", "no wa", "nomor wa", "no whatsapp", "nomor whatsapp"),
    "email": ("e mail", "surel", "alamat email", "alamat e mail", "pos el", "posel"),
    "situs": ("website", "web", "situs web", "laman", "url", "alamat web", "media sosial"),
    "tentang_lembaga": ("tentang", "profil", "profil lembaga"),
    "id_layanan": ("kode layanan",),
    "nama_layanan": ("judul layanan", "nama pelayanan", "nama jenis pelayanan"),
    "jenis_bantuan": ("jenis layanan", "jenis pelayanan", "bantuan", "kind"),
    "layanan": (
        "pelayanan", "bentuk layanan", "uraian layanan", "uraian", "keterangan", "keterangan layanan", "deskripsi",
        "daftar layanan", "service", "services",
    ),
    "sasaran": ("untuk siapa", "penerima layanan", "penerima manfaat", "kelompok sasaran"),
    "usia_dari": ("usia minimum", "usia minimal", "usia termuda", "umur dari"),
    "usia_sampai": ("usia maksimum", "usia maksimal", "usia tertua", "umur sampai"),
    "daerah_layanan": ("wilayah layanan", "cakupan", "wilayah kerja", "cakupan wilayah", "jangkauan"),
    "jam_layanan": ("jam", "jam buka", "jam operasional", "jam kerja", "jam pelayanan", "waktu pelayanan", "hari dan jam"),
    "syarat": ("persyaratan", "syarat layanan", "persyaratan layanan"),
    "cara": (
        "cara mendapatkan", "prosedur", "mekanisme", "alur", "alur layanan", "sistem mekanisme dan prosedur",
        "mekanisme dan prosedur",
    ),
    "waktu_penyelesaian": ("jangka waktu", "jangka waktu penyelesaian", "lama", "lama layanan", "waktu"),
    "biaya": ("tarif", "biaya tarif", "ongkos"),
    "hasil": ("produk", "produk layanan", "produk pelayanan"),
    "pengaduan": ("saluran pengaduan", "penanganan pengaduan", "pengaduan layanan"),
}  # fmt: skip
# Known and of use to whoever fills in the file, but no part of a listing.
NOT_KEPT = {
    "sumber", "tanggal_sumber", "no", "nomor", "nomor urut", "no urut", "catatan", "source", "tanggal sumber",
}  # fmt: skip
TEMPLATE = tuple(COLUMNS)
PLACE = ("alamat", "kode_pos")  # what says where a door is
MOST_COLUMNS = 60
HEADER_WITHIN = 10  # rows; senders put a title above the names
REMARK = "#"  # a row that begins with it explains the file


def plain(name: str) -> str:
    """`No. Telp (kantor)` as it is compared: `no telp`."""
    bare = re.sub(r"\([^()]*\)", " ", name.casefold().removeprefix("\ufeff"))
    return " ".join(re.sub(r"[^\w]|_", " ", bare).split())


KNOWN = {plain(alias): name for name, aliases in COLUMNS.items() for alias in (name, *aliases)}
IGNORED = {plain(name) for name in NOT_KEPT}


@dataclass(frozen=True)
class Column:
    """One column of the file: its letter as a spreadsheet shows it, its name there, and ours or an empty text."""

    letter: str
    header: str
    name: str = ""

    @property
    def not_kept(self) -> bool:
        """Left out on purpose, not for want of understanding."""
        return not self.name and plain(self.header) in IGNORED


def letter(place: int) -> str:
    """`A` for 0, `AA` for 26."""
    found = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(65 + rest) + found
    return found


def understood(header: Sequence[str]) -> list[Column]:
    """The columns of a header; of two that mean the same the first is read, but for numbers, which may have several."""
    found: list[Column] = []
    taken = set()
    width = max((place for place, told in enumerate(header, 1) if told.strip()), default=0)
    for place, told in enumerate(header[: min(width, MOST_COLUMNS)]):
        name = KNOWN.get(plain(told), "")
        if name in taken and name not in {"telepon", "whatsapp"}:
            name = ""
        taken.add(name)
        found.append(Column(letter(place), told.strip(), name))
    return found


def how_many_known(header: Sequence[str]) -> int:
    return len({column.name for column in understood(header)} - {""})


def is_header(cells: Sequence[str]) -> bool:
    """At least two names that we know, and no row of numbers and sentences."""
    return how_many_known(cells) >= 2


def by_name(columns: Sequence[Column], cells: Sequence[str]) -> dict[str, str]:
    """A row's texts by our names of the columns, without empty ones; two columns of numbers become one text."""
    row: dict[str, str] = {}
    for column, told in zip(columns, cells, strict=False):
        if column.name and (text := told.strip()):
            row[column.name] = f"{row[column.name]}; {text}" if column.name in row else text
    return row
