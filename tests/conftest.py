"""Fixtures every test may use. The database is always a clone of the migrated template, entered as the application."""

import sys

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from cms.database import embedded
from tests import databases

# Tests that go through pages, browsers and whole runs. Counting branches costs more than half of a test's time, and a rule,
# an action or a policy is to be tried by its own tests; so theirs alone are counted.
FROM_AFAR = ("house", "journeys", "bench", "attack")


def pytest_collection_modifyitems(config, items):
    for item in items:
        place = item.path.relative_to(config.rootpath)
        if not set(FROM_AFAR).isdisjoint(place.parts) or place.name.startswith("test_views"):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(autouse=True)
def language():
    """A request leaves its language active in the thread, and the next test's addresses would be in that one."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="session")
def postgres():
    """The throwaway server, up for the whole run and shared by the workers."""
    with embedded.running(settings.TEST_POSTGRES, settings=embedded.THROWAWAY):
        databases.forget_leftovers()
        yield settings.TEST_POSTGRES


@pytest.fixture(scope="session")
def template(postgres, django_db_blocker):
    with django_db_blocker.unblock():
        return databases.ensure_template()


@pytest.fixture(scope="session")
def django_db_setup(template, django_db_blocker):
    """pytest-django's hook: one clone per worker; each test's work is rolled back."""
    name = databases.clone(template)
    with django_db_blocker.unblock(), databases.using(name):
        yield
    databases.drop(name)


@pytest.fixture
def own_database(template, django_db_blocker):
    """A database of this test's own, for work that really commits: races, journeys, commands."""
    name = databases.clone(template)
    with django_db_blocker.unblock(), databases.using(name):
        yield name
    databases.drop(name)


@pytest.fixture
def owner(own_database):
    """A raw connection of the owner's, for trying what only the owner could break."""
    import psycopg

    with psycopg.connect(embedded.url("sekali_owner", own_database, settings.TEST_POSTGRES), autocommit=True) as raw:
        yield raw


@pytest.fixture
def planted_is_public(monkeypatch):
    """Addresses that a test plants under the name `planted` are open to anybody; the wall shuts what it does not know."""
    from cms.accounts import wall

    monkeypatch.setattr(wall, "PUBLIC", wall.PUBLIC | {"planted"})


@pytest.fixture
def without_pango(monkeypatch):
    """A machine on which the library that sets documents cannot be loaded."""

    class Missing:
        def find_spec(self, name, _path=None, _target=None):
            if name.split(".")[0] == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])


@pytest.fixture
def role():
    """Check that the tests themselves do not run as somebody mighty."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]
