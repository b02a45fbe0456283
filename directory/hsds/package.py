"""Open a data package, folder or zip, that somebody sent: read its tables, or say in one sentence why not.

Nothing is unpacked to disk and no address is fetched. Names that lead out of the package are refused, and so is more
than `MOST_BYTES` of text, counted while it is read: a zip's own figures are not believed.
"""

import csv
import io
import json
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

DESCRIPTOR = "datapackage.json"
MOST_BYTES = 64 * 1024 * 1024
MOST_FILES = 500
MOST_CHARACTERS = 100_000  # of one cell
NEEDED = ("organization", "service")
KEPT_FROM_COMPUTING = re.compile(r"'+ *[=+\-@\t\r\n]")


class Unreadable(Exception):
    """The package as a whole cannot be read; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Row:
    """One row: the file it stands in, its first line there, and its cells by column, stripped."""

    table: str
    file: str
    line: int
    cells: dict

    def __getitem__(self, column):
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Table:
    name: str
    file: str
    rows: list
    required: tuple = ()
    links: tuple = ()  # (column, table) pairs


@dataclass
class Package:
    tables: dict = field(default_factory=dict)
    absent: list = field(default_factory=list)  # files the descriptor names that are not there
    crooked: list = field(default_factory=list)  # rows with more or fewer cells than their header

    def rows(self, table):
        return self.tables[table].rows if table in self.tables else []


def read(path):
    """Read every table of the package at `path`. Raises Unreadable."""
    source = _open(Path(path))
    with source:
        package = Package()
        for resource in _resources(source):
            _read_table(package, resource, source)
    for name in NEEDED:
        if name not in package.tables:
            raise Unreadable(f"The package has no table {name}, so there is nothing to list.")
    return package


def _open(path):
    if path.is_dir():
        return Folder(path)
    if not path.is_file():
        raise Unreadable(f"There is no folder or file at {path}.")
    try:
        return Zip(path)
    except (zipfile.BadZipFile, OSError):
        raise Unreadable(f"{path.name} is neither a folder nor a zip file that can be opened.") from None


class Source:
    """Reads files of the package by their names in it, within one limit of bytes for all together."""

    def __init__(self):
        self.left = MOST_BYTES

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        return None

    def bytes(self, name):
        """The file's contents, or None if it is not there."""
        stream = self.stream(name)
        if stream is None:
            return None
        with stream:
            try:
                content = stream.read(self.left + 1)
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError):
                raise Unreadable(f"{name} is damaged or locked and cannot be read.") from None
        self.left -= len(content)
        if self.left < 0:
            raise Unreadable(f"The package holds more than {MOST_BYTES // 1024**2} MB of text; send it in parts.")
        return content

    def text(self, name):
        content = self.bytes(name)
        if content is None:
            return None
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Unreadable(f"{name} is not written in UTF-8; save it as UTF-8 and try again.") from None
        if "\0" in text:
            raise Unreadable(f"{name} holds characters that no text has; it is probably not a table.")
        return text


class Folder(Source):
    def __init__(self, path):
        super().__init__()
        self.root = path.resolve()

    def stream(self, name):
        path = (self.root / name).resolve()
        if not path.is_relative_to(self.root):
            raise Unreadable(f"The package names a file outside itself ({name}).")
        return path.open("rb") if path.is_file() else None


class Zip(Source):
    """A zip whose descriptor stands at its root or in one folder; files are named from there."""

    def __init__(self, path):
        super().__init__()
        self.archive = zipfile.ZipFile(path)
        names = self.archive.namelist()
        if len(names) > MOST_FILES:
            raise Unreadable(f"The zip holds more than {MOST_FILES} files; a data package has about thirty.")
        places = sorted(
            (name for name in names if PurePosixPath(name).name == DESCRIPTOR), key=lambda name: name.count("/")
        )
        self.root = places[0].removesuffix(DESCRIPTOR) if places else ""
        self.names = set(names)

    def __exit__(self, *_exception):
        self.archive.close()

    def stream(self, name):
        try:
            return self.archive.open(self.root + name) if self.root + name in self.names else None
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
            raise Unreadable(f"{name} is damaged or locked and cannot be read.") from None


def _resources(source):
    text = source.text(DESCRIPTOR)
    if text is None:
        raise Unreadable(f"There is no {DESCRIPTOR}, so this is not a data package.")
    try:
        resources = json.loads(text)["resources"]
        named = [(one["name"], one["path"], one.get("schema") or {}) for one in resources]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Unreadable(f"{DESCRIPTOR} cannot be understood; it must list its resources by name and path.") from None
    for name, path, schema in named:
        if not (isinstance(name, str) and isinstance(path, str) and isinstance(schema, dict)):
            raise Unreadable(f"{DESCRIPTOR} must give each resource one name and one path.")
        _inside(path)
    return named


def _inside(path):
    """Refuse names that lead out of the package or to another computer."""
    parts = PurePosixPath(path)
    if "://" in path or "\\" in path or parts.is_absolute() or ".." in parts.parts or not parts.name:
        raise Unreadable(f"The package names a file outside itself ({path}).")


def _read_table(package, resource, source):
    name, path, schema = resource
    text = source.text(path)
    if text is None:
        package.absent.append(path)
        return
    if name in package.tables:
        raise Unreadable(f"{DESCRIPTOR} names the table {name} twice.")
    rows = list(_rows(package, name, path, text))
    package.tables[name] = Table(name, path, rows, _required(schema), _links(schema))


def _rows(package, table, file, text):
    csv.field_size_limit(MOST_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if "id" not in header or len(set(header)) != len(header):
            raise Unreadable(f"{file} has no column id, or has a column twice, in its first line.")
        before = reader.line_num
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            row = Row(table, file, line, dict(zip(header, map(_plain, cells), strict=False)))
            if len(cells) == len(header):
                yield row
            else:
                package.crooked.append(row)
    except csv.Error as error:
        raise Unreadable(f"{file} breaks off near line {reader.line_num}: {error}.") from None


def _plain(cell):
    """Without the apostrophe that keeps a spreadsheet from computing a text."""
    cell = cell.strip()
    return cell[1:] if KEPT_FROM_COMPUTING.match(cell) else cell


def _required(schema):
    fields = [one for one in _list(schema, "fields") if isinstance(one, dict)]
    return tuple(
        one["name"]
        for one in fields
        if isinstance(one.get("constraints"), dict) and one["constraints"].get("required") is True and "name" in one
    )


def _links(schema):
    """The foreign keys of one column each, as `(column, table)`; the standard has no others."""
    found = []
    for key in _list(schema, "foreignKeys"):
        reference = key.get("reference") if isinstance(key, dict) else None
        if isinstance(reference, dict) and isinstance(key.get("fields"), str):
            found.append((key["fields"], reference.get("resource")))
    return tuple(found)


def _list(mapping, name):
    value = mapping.get(name)
    return value if isinstance(value, list) else []
