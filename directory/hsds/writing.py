"""Write the open data as a tabular data package (HSDS 3.0): a folder of CSV files with its descriptor, and a zip of it.

Listings are read and written in portions, so memory stays the same however many there are. The descriptor is written last:
a folder without one is no package. The same listings make the same bytes. Texts that a spreadsheet would compute
begin with an apostrophe, which reading takes away again.
"""

import csv
import json
import re
import shutil
import zipfile
from contextlib import ExitStack

from wagtail.models import Page

from directory.hsds import feed, records
from directory.hsds.columns import ABSENT, TABLES, descriptor, required
from directory.hsds.package import DESCRIPTOR

BELOW = {
    "locations": "location",
    "addresses": "address",
    "phones": "phone",
    "schedules": "schedule",
    "service_areas": "service_area",
    "service_at_locations": "service_at_location",
    "languages": "language",
    "cost_options": "cost_option",
    "required_documents": "required_document",
    "attributes": "attribute",
}
NUMBER = re.compile(r"\+[0-9]+\Z")  # a telephone number computes to itself
FORMULA = re.compile(r"'* *[=+\-@\t\r\n]")
LAST_CHILD = "Z" * Page.steplen  # no child's step in the tree comes after this one
EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip's first day: a package has no date


class NotOurs(Exception):
    """The folder holds something else; nothing was written."""


def write(folder, *, progress=lambda _done: None):
    """Write the package into `folder` and `folder.zip` beside it; return `{table: rows}`.

    `progress` hears the number of services so far, a portion at a time. Raises NotOurs for a folder that is not empty
    and holds no package.
    """
    folder = folder.resolve()
    _empty(folder)
    counts = dict.fromkeys(TABLES, 0)
    with ExitStack() as stack:
        tables = {table: _opened(folder, table, stack) for table in TABLES}
        for table, cells in _everything(progress):
            tables[table].writerow([_cell(table, column, cells.get(column, "")) for column in TABLES[table][1]])
            counts[table] += 1
    text = json.dumps(descriptor(), ensure_ascii=False, indent=2) + "\n"
    (folder / DESCRIPTOR).write_text(text, encoding="utf-8")
    _zip(folder)
    return counts


def _empty(folder):
    """Make the folder, or take away an earlier package."""
    folder.mkdir(parents=True, exist_ok=True)
    ours = {DESCRIPTOR, *(file for file, _columns in TABLES.values())}
    there = {file.name for file in folder.iterdir()}
    if there - ours or (there and DESCRIPTOR not in there):
        raise NotOurs
    for name in there:
        (folder / name).unlink()


def _opened(folder, table, stack):
    file, columns = TABLES[table]
    writer = csv.writer(stack.enter_context((folder / file).open("w", encoding="utf-8", newline="")))
    writer.writerow(columns)
    return writer


def _everything(progress):
    """Every row as `(table, {column: value})`, a provider before what is its own."""
    yield from (("taxonomy", record) for record in records.taxonomies())
    yield from (("taxonomy_term", record) for record in records.taxonomy_terms())
    done = 0
    for providers in feed.portions(feed.providers().prefetch_related("phones")):
        for provider in providers:
            yield from rows("organization", records.organization(provider, full=True))
        for services in _services_of(providers):
            for service in services:
                yield from rows("service", records.service(service, full=True, nested=False))
            done += len(services)
            progress(done)


def _services_of(providers):
    """The services of these neighbours in the tree, in portions."""
    by_path = {provider.path: provider for provider in providers}
    below = feed.services().filter(path__gt=providers[0].path, path__lte=providers[-1].path + LAST_CHILD)
    for portion in feed.portions(below.with_details()):
        known = [service for service in portion if service.provider_path in by_path]
        for service in known:
            service.provider = by_path[service.provider_path]
        yield known


def rows(table, record):
    """A nested record as rows of tables, each pointing to the one above it."""
    plain = {name: value for name, value in record.items() if not isinstance(value, list | dict)}
    if table == "attribute":
        plain["taxonomy_term_id"] = record["taxonomy_term"]["id"]
    yield table, plain
    if table == "service_at_location" and "organization_id" not in record["location"]:  # else it is its provider's
        yield from rows("location", record["location"])
    for name, below in BELOW.items():
        for child in record.get(name, ()):
            yield from rows(below, child | {_link(table, below): record["id"]})


def _link(table, below):
    return "link_id" if below == "attribute" else f"{table}_id"


def _cell(table, column, value):
    if value == "":
        return ABSENT if required(table, column) else ""
    if isinstance(value, str) and FORMULA.match(value) and not (column == "number" and NUMBER.match(value)):
        return f"'{value}"
    return value


def _zip(folder):
    """Beside the folder, file by file, always in the same order and of the same day."""
    with zipfile.ZipFile(folder.with_name(folder.name + ".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted([DESCRIPTOR, *(file for file, _columns in TABLES.values())]):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with (folder / name).open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target)
