"""The tables of the open-data package: HSDS 3.0's names, in the columns that this directory fills.

`last_modified` is not among them: it tells when this site published something, which is no longer true wherever the
package is taken in. A package has no date either, so that the same listings make the same bytes.
"""

ABSENT = "-"  # in a cell that the standard wants and nobody knows

FILES = """
organizations.csv organization id name alternate_name description email website
services.csv service id organization_id name alternate_name description url email status application_process
  fees_description wait_time eligibility_description minimum_age maximum_age assured_date alert
locations.csv location id location_type organization_id
service_at_location.csv service_at_location id service_id location_id
addresses.csv address id location_id address_1 city state_province postal_code country address_type
phones.csv phone id service_id organization_id number extension type description
schedules.csv schedule id service_id valid_from valid_to dtstart timezone count freq interval byday description
  opens_at closes_at
service_areas.csv service_area id service_id name extent extent_type
languages.csv language id service_id name code
cost_options.csv cost_option id service_id option currency amount
required_documents.csv required_document id service_id document
taxonomies.csv taxonomy id name description
taxonomy_terms.csv taxonomy_term id code name description taxonomy language taxonomy_id
attributes.csv attribute id link_id taxonomy_term_id link_entity value
"""  # file, table, columns; a line that is indented goes on
LINES = [line.split() for line in FILES.replace("\n  ", " ").strip().splitlines()]
TABLES = {table: (file, tuple(columns)) for file, table, *columns in LINES}
REQUIRED = {
    "organization": {"id", "name", "description"},
    "service": {"id", "organization_id", "name", "status"},
    "location": {"id", "location_type"},
    "service_at_location": {"id", "service_id", "location_id"},
    "address": {"id", "address_1", "city", "state_province", "postal_code", "country", "address_type"},
    "phone": {"id", "number"},
    "cost_option": {"id", "service_id"},
    "taxonomy": {"id", "name", "description"},
    "taxonomy_term": {"id", "name", "description"},
    "attribute": {"id", "link_id", "taxonomy_term_id", "link_entity"},
}
TYPES = {
    "minimum_age": "number",
    "maximum_age": "number",
    "assured_date": "date",
    "extension": "number",
    "valid_from": "date",
    "valid_to": "date",
    "dtstart": "date",
    "timezone": "number",
    "count": "number",
    "interval": "number",
    "opens_at": "time",
    "closes_at": "time",
    "amount": "number",
}
FORMATS = {"email": "email", "url": "uri", "website": "uri", "link_id": "uuid"}
LINKED = ("organization", "service", "location", "taxonomy", "taxonomy_term")
STATES = ["active", "inactive", "defunct", "temporarily closed"]
WAYS = ["physical", "postal", "virtual"]
CHOICES = {"status": STATES, "location_type": WAYS, "address_type": WAYS, "freq": ["WEEKLY", "MONTHLY"]}


def required(table, column):
    return column in REQUIRED.get(table, {"id"})


def link(column):
    """The table a column points to, or None."""
    table = column.removesuffix("_id")
    return table if column.endswith("_id") and table in LINKED else None


def field(table, column):
    """A column as a data package describes it."""
    kind = "uuid" if column == "id" or link(column) else FORMATS.get(column)
    constraints = {
        name: value
        for name, value in (
            ("required", required(table, column)),
            ("unique", column == "id" or (table, column) == ("taxonomy_term", "code")),
            ("enum", CHOICES.get(column)),
        )
        if value
    }
    described = {"name": column, "type": TYPES.get(column, "string"), "format": kind, "constraints": constraints}
    return {name: value for name, value in described.items() if value}


def resource(table):
    file, columns = TABLES[table]
    keys = [
        {"fields": column, "reference": {"resource": link(column), "fields": "id"}}
        for column in columns
        if link(column)
    ]
    return {
        "name": table,
        "path": file,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": [field(table, column) for column in columns],
            "primaryKey": "id",
            **({"foreignKeys": keys} if keys else {}),
        },
    }


def descriptor():
    """The `datapackage.json`."""
    return {
        "name": "sekali",
        "title": "Sekali: who helps children in Indonesia",
        "description": "Human services as HSDS 3.0 (Open Referral). Only what is published; a shelter has no address.",
        "profile": "tabular-data-package",
        "licenses": [
            {"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/", "title": "CC BY 4.0"},
        ],
        "resources": [resource(table) for table in TABLES],
    }
