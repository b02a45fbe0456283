"""A provider with its editor and one service, as most tests of the directory want them; a test may have others of its own."""

import pytest

from tests.directory import factories


@pytest.fixture
def editor(db):
    return factories.user("penyunting")


@pytest.fixture
def provider(editor):
    return factories.provider(editors=[editor])


@pytest.fixture
def service(provider):
    return factories.service(provider)
