"""An account that kept records name cannot be deleted in the admin; one that nothing names can."""

import pytest
from django.urls import reverse

from cms.accounts.models import User
from directory.actions.standards import assess_itself
from tests import factories
from tests.cast import PASSWORD
from tests.directory import factories as listings
from tests.directory import verified
from tests.entering import enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    boss = User.objects.create_superuser("bos@contoh.example", PASSWORD, first_name="Bos")
    enter(client, boss)
    return boss


def delete(client, person):
    return client.post(reverse("wagtailusers_users:delete", args=[person.pk]))


def test_whoever_is_named_stays_and_it_is_said(client, boss):
    editor = listings.user("penyunting")
    provider = listings.provider(editors=[editor])
    criterion = verified.binding()[0]
    assess_itself(provider=provider, criterion=criterion, met="yes", evidence="Ada.", by=editor, now=factories.now())
    answer = delete(client, editor)
    assert answer.url == reverse("wagtailusers_users:edit", args=[editor.pk])
    assert "nonaktifkan akunnya" in client.get(answer.url).content.decode()
    assert User.objects.filter(pk=editor.pk).exists()


def test_whom_nothing_names_goes(client, boss):
    stranger = factories.user("Orang Luar")
    assert delete(client, stranger).status_code == 302
    assert not User.objects.filter(pk=stranger.pk).exists()
