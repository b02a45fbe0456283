"""The standard's own schemas, made strict: what a schema does not name may not be there."""

import json
import os
import re
from functools import cache

from django.conf import settings
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

STANDARD = settings.BASE_DIR.parent / "shared" / "hsds"
VERSIONS = ("3.0", "3.1-dev")
URI = re.compile(r"[a-z][a-z0-9+.-]*://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+\Z")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")

formats = FormatChecker()
formats.checks("uri")(lambda text: not isinstance(text, str) or bool(URI.match(text)))
formats.checks("date-time")(lambda text: not isinstance(text, str) or bool(MOMENT.match(text)))


def here():
    """Are the standard's files beside the project? On the CI's machine they must be; elsewhere it is said."""
    if STANDARD.is_dir():
        return True
    assert os.environ.get("CI") != "true", f"{STANDARD} is missing"
    print(f"\nNOT TRIED against the standard's files: there is no {STANDARD}")
    return False


def strict(schema):
    """The schema with everything forbidden that it does not name, at every depth."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "$ref" not in schema:
        made["additionalProperties"] = False
    return made


@cache
def registry(version):
    folder = STANDARD / version / "schema"
    files = {file.name: file for file in [*folder.glob("*.json"), *(folder / "compiled").glob("*.json")]}
    return Registry().with_resources(
        (
            name,
            Resource.from_contents(
                strict(json.loads(file.read_text())) | {"$schema": Draft202012Validator.META_SCHEMA["$id"]}
            ),
        )
        for name, file in files.items()
        if name != "openapi.json"
    )


def faults(record, name, version):
    """What this version of the standard objects to in a record, as `path: message`."""
    judge = Draft202012Validator({"$ref": f"{name}.json"}, registry=registry(version), format_checker=formats)
    return [f"{error.json_path}: {error.message[:160]}" for error in judge.iter_errors(record)]
