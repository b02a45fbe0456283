"""Whatever a program may send to the open data: no fault of ours, no answer that is not described (schemathesis).

The questions are made from the OpenAPI document, the same ones every time.
"""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from directory.api.endpoints import api
from tests.directory import listed

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 20  # of each operation, in each way of asking
DOCUMENT = api.get_openapi_schema(path_prefix="")
OPERATIONS = sorted((method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods)


@pytest.fixture
def in_one_connection():
    """As Django's own test client does: what a request's end would close is this test's transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def document(db, in_one_connection):
    listed.directory()
    return schemathesis.openapi.from_wsgi("/api/hsds/openapi.json", get_wsgi_application())


def test_every_answer_is_described_and_none_is_a_fault(document):
    """All operations on one directory: what may be sent, and, where anything may not, that too."""
    tried = 0
    for method, path in OPERATIONS:
        ways = (
            [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
            if can_be_wrong(method, path)
            else [GenerationMode.POSITIVE]
        )
        for way in ways:
            strategy = document[path][method].as_strategy(generation_mode=way)

            @settings(
                max_examples=EXAMPLES,
                derandomize=True,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=strategy)
            def ask(case):
                case.call_and_validate(checks=CHECKS)

            ask()
            tried += 1
    assert tried == 16 + 11


def can_be_wrong(method, path):
    """Any text is an id; only a list's parameters, and one organization's, have wrong values."""
    return any(one["in"] == "query" for one in DOCUMENT["paths"][path][method.lower()]["parameters"])
