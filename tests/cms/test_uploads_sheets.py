"""Spreadsheets as somebody might craft them: refused in words before anything is unpacked."""

import io
import zipfile

import pytest

from cms import uploads


def archive(parts, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    return out.getvalue()


BOOK = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}


@pytest.mark.parametrize("data", [b"nama;telp\n", "nama,é".encode("utf-16"), "nama,é".encode("cp1252"), archive(BOOK)])
def test_text_and_workbooks_pass(data):
    assert uploads.sheet(data) == data


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"\x89PNG\r\n\x1a\n", "sheet"), (b"%PDF-1.4", "sheet"), (b"a\0b", "sheet"), (b"<html><table>", "sheet"),
        (b"PK\x03\x04", "sheet"), (archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "sheet"),
        (archive({"word/document.xml": "x"}), "sheet"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "sheet_old"),
        (archive(BOOK | {"xl/vbaProject.bin": "x"}), "sheet_program"), (archive(BOOK | {"xl/macrosheets/a.xml": "x"}), "sheet_program"),
        (archive(BOOK | {"[Content_Types].xml": "application/vnd.ms-excel.sheet.macroEnabled.main+xml"}), "sheet_program"),
        (archive(BOOK | {"xl/a.xml": '<!DOCTYPE a [<!ENTITY b "c">]>'}), "sheet"),
        (archive(BOOK | {f"{number}": "x" for number in range(300)}), "sheet_bytes"),
        (b"a" * (uploads.SHEET_BYTES + 1), "sheet_bytes"),
    ],
)  # fmt: skip
def test_what_is_none_says_why(data, key):
    with pytest.raises(uploads.Unfit) as unfit:
        uploads.sheet(data)
    assert unfit.value.key == key
    assert key in uploads.WORDS


def test_a_bomb_is_seen_before_it_is_unpacked():
    bomb = archive(BOOK | {"xl/worksheets/sheet1.xml": b"\0" * (uploads.UNPACKED_BYTES + 1)})
    assert len(bomb) < 200_000
    with pytest.raises(uploads.Unfit) as unfit:
        uploads.sheet(bomb)
    assert unfit.value.key == "sheet_bytes"
