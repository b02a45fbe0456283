"""A spreadsheet's bytes as rows of text, and rows of text as a spreadsheet: CSV and XLSX.

What comes in was judged by cms.uploads.sheet: it is a workbook of bounded size without programs, or text. Rows are read
one at a time (openpyxl's read-only mode), formulas as the values they last had, cells that begin like a formula as the
text they are. What goes out is inert: a cell that begins like a formula gets an apostrophe, which reading takes off again.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import IO, Any, cast

from cms.exports import inert
from directory.rules.sheet_columns import (
    HEADER_WITHIN,
    MOST_COLUMNS,
    REMARK,
    Column,
    how_many_known,
    is_header,
    understood,
)

MOST_ROWS = 20_000
MOST_EMPTY = 50_000  # rows; a file that says nothing for so long is at its end
LONGEST_CELL = 5_000  # characters kept of a cell; the rules refuse far shorter texts
SIGNS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
FORMULA = ("=", "+", "-", "@")
SNIFFED = 64 * 1024  # bytes by which a separator is chosen
SEPARATORS = ",;\t|"
CSV, XLSX = "csv", "xlsx"
Row = tuple[int, list[str]]


class Unreadable(Exception):
    """The file cannot be read as listings; `key` names why: sheet_no_columns, sheet_too_many_rows, sheet_broken."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read(data: bytes) -> tuple[list[Column], Iterator[Row]]:
    """`(columns, rows)`; each row with the number a spreadsheet shows. Raises Unreadable, while iterating too."""
    rows = _of_workbook(data) if data.startswith(b"PK") else _of_text(data)
    for number, cells in rows:
        if is_header(cells):
            return understood(cells), _below(rows)
        if number >= HEADER_WITHIN:
            break
    raise Unreadable("sheet_no_columns")


def _below(rows: Iterable[Row]) -> Iterator[Row]:
    told, empty = 0, 0
    for number, cells in rows:
        said = next((cell for cell in cells if cell), "")
        empty = 0 if said else empty + 1
        if empty > MOST_EMPTY:
            return
        if not said or said.startswith(REMARK):
            continue
        told += 1
        if told > MOST_ROWS:
            raise Unreadable("sheet_too_many_rows")
        yield number, cells


# --- text -------------------------------------------------------------------------------------------------------------
def _of_text(data: bytes) -> Iterator[Row]:
    tongue = encoding_of(data)
    begins = data[:SNIFFED].decode(tongue, errors="ignore")
    text = io.TextIOWrapper(io.BytesIO(data), encoding=tongue, newline="")
    said = begins.partition("\n")[0].strip().strip('"').lower()
    if said.startswith("sep=") and len(said) == 5:  # what Excel writes above a file for itself
        text.readline()
        return _records(text, said[-1], start=2)
    return _records(text, max(SEPARATORS, key=lambda sign: _header_by(begins, sign)), start=1)


def encoding_of(data: bytes) -> str:
    """UTF-8 or UTF-16 as they mark themselves, else UTF-8, else what Windows in these languages writes."""
    tongues = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for tongue in tongues:
        decoder = codecs.getincrementaldecoder(tongue)()
        try:
            for start in range(0, len(data), SNIFFED):
                decoder.decode(data[start : start + SNIFFED])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return tongue
    raise Unreadable("sheet_broken")


def _header_by(begins: str, sign: str) -> int:
    """How well a header is understood with this separator."""
    best = 0
    try:
        reader = csv.reader(io.StringIO(begins, newline=""), delimiter=sign)
        for cells in islice(reader, HEADER_WITHIN):
            best = max(best, how_many_known(cells))
    except csv.Error:
        return best
    return best


def _records(text: Iterable[str], separator: str, *, start: int) -> Iterator[Row]:
    try:
        for number, cells in enumerate(csv.reader(text, delimiter=separator), start):
            yield number, _texts(cells[:MOST_COLUMNS])
    except csv.Error:
        raise Unreadable("sheet_broken") from None


# --- workbooks --------------------------------------------------------------------------------------------------------
def _of_workbook(data: bytes) -> Iterator[Row]:
    """The rows of the first sheet in which a header is understood; of the first sheet where none is."""
    from openpyxl import load_workbook

    try:
        workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = list(workbook.worksheets)
        for sheet in sheets:
            sheet.reset_dimensions()  # a file may say it is larger or smaller than it is
        chosen = next((sheet for sheet in sheets if _has_header(sheet)), None)
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001 -- a crafted file makes the library raise whatever it likes
        raise Unreadable("sheet_broken") from None
    if chosen is None:
        raise Unreadable("sheet_no_columns")
    return _cells_of(chosen)


def _has_header(sheet: Any) -> bool:
    return any(is_header(cells) for number, cells in _cells_of(sheet, last=HEADER_WITHIN))


def _cells_of(sheet: Any, last: int | None = None) -> Iterator[Row]:
    try:
        rows = sheet.iter_rows(max_row=last, max_col=MOST_COLUMNS, values_only=True)
        for number, cells in enumerate(rows, 1):
            yield number, _texts(cells)
    except Exception:  # noqa: BLE001 -- as above
        raise Unreadable("sheet_broken") from None


def _texts(cells: Iterable[object]) -> list[str]:
    """A row's cells without the empty ones at its end: a workbook's rows are as wide as we ask for."""
    told = [_text(cell) for cell in cells]
    while told and not told[-1]:
        told.pop()
    return told


def _text(value: object) -> str:
    """A cell as somebody reads it: whole numbers without `.0`, days as `2026-11-29`, hours as `08.00`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime):
        value = value.date() if value.time() == time(0) else value
    if isinstance(value, time):
        return f"{value:%H.%M}"
    if isinstance(value, date):
        return value.isoformat()[:16]
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").replace("_x000D_", "").strip()
    if text.startswith("'") and text[1:].lstrip().startswith(FORMULA):
        text = text[1:]
    return text[:LONGEST_CELL]


# --- writing ----------------------------------------------------------------------------------------------------------
def write(into: IO[bytes], kind: str, sheets: Sequence[tuple[str, Iterable[Sequence[str]]]]) -> None:
    """Write sheets of `(title, rows)`: all of them as XLSX, the first as CSV (UTF-8 with its mark, so that Excel knows)."""
    if kind == CSV:
        words = io.TextIOWrapper(cast(Any, into), encoding="utf-8-sig", newline="", write_through=True)
        csv.writer(words).writerows([_written(cell) for cell in row] for row in sheets[0][1])
        words.detach()
        return
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    for title, rows in sheets:
        sheet = workbook.create_sheet(title)
        sheet.freeze_panes = "A2"
        for column in range(len(TEMPLATE_WIDTHS)):
            sheet.column_dimensions[chr(65 + column)].width = TEMPLATE_WIDTHS[column]
        for row in rows:
            sheet.append([_written(cell) for cell in row])
    workbook.save(into)


def _written(text: str) -> str:
    """As a spreadsheet shows and does not compute it, without the signs that no workbook may hold."""
    return str(inert(SIGNS.sub(" ", text)))


TEMPLATE_WIDTHS = (
    24,
    40,
    18,
    18,
    24,
    36,
    10,
    22,
    22,
    26,
    26,
    30,
    24,
    32,
    24,
    40,
    24,
    10,
    10,
    24,
    28,
    32,
    32,
    22,
    20,
    24,
)
