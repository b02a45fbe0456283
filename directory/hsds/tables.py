"""Which rows of a package are faulty in themselves, and what is said of every row that is not placed.

A faulty row is left out: a cell it must have is empty, its id is not a UUID or stands twice, or it points to a row that
does not exist. A row that only points to a row left out is not faulty itself; where it has another home it still counts.
"""

import uuid
from dataclasses import dataclass

KNOWN = {
    "accessibility", "address", "attribute", "contact", "cost_option", "funding", "language", "location",
    "meta_table_description", "metadata", "organization", "organization_identifier", "phone", "program",
    "required_document", "schedule", "service", "service_area", "service_at_location", "taxonomy", "taxonomy_term",
}  # fmt: skip
TAKEN = {
    "address", "attribute", "cost_option", "language", "location", "organization", "phone", "required_document",
    "schedule", "service", "service_area", "service_at_location", "taxonomy", "taxonomy_term",
}  # fmt: skip

LEFT_OUT, NOT_PLACED = "left out", "not placed"

REASONS = {
    # left out: the row is faulty
    "cells": "it has more or fewer cells than the first line",
    "empty": "%(column)s is empty",
    "id_not_uuid": "its id is not a UUID",
    "id_twice": "its id stands twice",
    "link": "%(column)s points to no row of %(table)s",
    "home": "what it belongs to was left out",
    "homeless": "it belongs to no provider and no service",
    "status": "its status is none of the standard's four",
    "too_long": "%(column)s is too long",
    "rule": "it breaks a rule of this directory (%(rule)s)",
    # not placed: the row is sound, but a listing has no room for it
    "column": "a listing has no field for %(column)s",
    "table": "listings do not hold this table",
    "table_unknown": "this table is not part of HSDS 3.0",
    "person": "names and numbers of persons are not kept",
    "file": "the file is named but not there",
    "phone": "this is not one telephone number",
    "fax": "a fax helps nobody here",
    "extension": "its extension is not a number",
    "language": "this language is not on the list",
    "area": "this area is no province of Indonesia",
    "kind": "this term is no kind of help here",
    "kind_second": "a service has one kind; it has one already",
    "hours_repeat": "these hours repeat in a way that a listing cannot hold",
    "hours_clock": "these hours are on another clock than the service's province",
    "hours": "these hours are incomplete",
    "cost": "a listing says what it costs in words, and this is none of its prices",
    "address_abroad": "this address is not in Indonesia",
    "address_postal": "this is a postal address, not a place to go to",
    "address_second": "a listing has one address; it has one already",
    "address_shelter": "a shelter's place is never kept",
    "text_shelter": "%(column)s seems to name a shelter's place",
    "value": "%(column)s cannot be read",
    "other_provider": "it stands under another provider here; it was not moved",
}


@dataclass(frozen=True)
class Remark:
    """What became of a row, by file and line; `reason` is a key of REASONS. Values of cells are never repeated."""

    file: str
    line: int
    outcome: str
    reason: str
    column: str = ""
    table: str = ""
    rule: str = ""

    def __str__(self):
        return REASONS[self.reason] % {"column": self.column, "table": self.table, "rule": self.rule}


def left_out(row, reason, **about):
    return Remark(row.file, row.line, LEFT_OUT, reason, **about)


def not_placed(row, reason, **about):
    return Remark(row.file, row.line, NOT_PLACED, reason, **about)


def sound(package):
    """`({table: {id: row}}, remarks)`: the rows that can be used, and a remark for each fault of each other row."""
    remarks = [Remark(file, 0, NOT_PLACED, "file") for file in package.absent]
    remarks += [left_out(row, "cells") for row in package.crooked]
    ids = {name: {row["id"] for row in table.rows} for name, table in package.tables.items()}
    good = {}
    for name, table in package.tables.items():
        good[name] = {}
        if name not in TAKEN:
            remarks += [not_placed(row, _reason_of_table(name)) for row in table.rows]
        for row in table.rows:
            faults = [*_faults(row, table, good[name]), *_broken_links(row, table, ids, package)]
            remarks += faults
            if not faults:
                good[name][row["id"]] = row
    return good, remarks


def _reason_of_table(name):
    if name not in KNOWN:
        return "table_unknown"
    return "person" if name == "contact" else "table"


def _faults(row, table, earlier):
    for column in table.required:
        if not row[column]:
            yield left_out(row, "empty", column=column)
    if row["id"] and not is_uuid(row["id"]):
        yield left_out(row, "id_not_uuid")
    if row["id"] in earlier:
        yield left_out(row, "id_twice")


def _broken_links(row, table, ids, package):
    for column, target in table.links:
        if row[column] and row[column] not in ids.get(target, ()):
            file = package.tables[target].file if target in package.tables else str(target)
            yield left_out(row, "link", column=column, table=file)


def is_uuid(text):
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
