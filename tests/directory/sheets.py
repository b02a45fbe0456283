"""Spreadsheets for the tests: written from rows of our own, and the real one where it is at hand."""

import csv
import io
import os
import uuid

import pytest
from django.conf import settings
from django.utils import timezone

from directory.actions import sheets as actions
from directory.rules import sheet_files

REAL = settings.BASE_DIR.parent / "shared" / "real" / "layanan_publik.csv"


def real():
    """The file of 48 public offices, as test input only; on the CI's machine it must be there."""
    if not REAL.is_file():
        assert os.environ.get("CI") != "true", f"{REAL} is missing"
        pytest.skip(f"the real file is not at {REAL}")
    return REAL.read_bytes()


def as_csv(rows, separator=","):
    """`rows` are mappings; the columns are the keys of all of them, in their order."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return out.getvalue().encode()


def as_xlsx(rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.BytesIO()
    table = [names, *([str(row.get(name, "")) for name in names] for row in rows)]
    sheet_files.write(out, "xlsx", [("Layanan", table)])
    return out.getvalue()


def office(name="UPTD PPA Kabupaten Garut", **cells):
    """A sound row with one service."""
    return {
        "nama_lembaga": name, "provinsi": "Jabar", "kabupaten_kota": "Kabupaten Garut", "telepon": "(021) 29681560",
        "layanan": "pengaduan masyarakat",
    } | cells  # fmt: skip


def checked(data, by):
    """The sheet of a file, every row checked."""
    sheet = actions.receive_sheet(data=data if isinstance(data, bytes) else as_csv(data), by=by, now=timezone.now())
    return done(sheet, by)


def done(sheet, by):
    while sheet.at_work:
        sheet = actions.go_on(sheet=sheet, by=by, now=timezone.now())
    return sheet


def saved(data, by):
    return done(actions.save_sheet(sheet=checked(data, by), by=by, now=timezone.now()), by)


def faults(row):
    """`{(key, column)}` of what stands in the way."""
    return {(remark["key"], remark["field"]) for remark in row.remarks if not remark["warning"]}


def warnings(row):
    return {(remark["key"], remark["field"]) for remark in row.remarks if remark["warning"]}


NOBODYS = str(uuid.UUID(int=7))
