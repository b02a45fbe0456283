"""x"""

import pytest
from django.urls import reverse

from tests.directory import factories
from tests.entering import enter

pytestmark = pytest.mark.django_db


def test_smoke(client):
    me = factories.user("saya")
    mine = factories.provider("Penyedia Saya", editors=[me])
    svc = factories.service(mine, phones=[{"short_code": "129"}], schedules=[{"weekday": 1, "all_day": True}])
    enter(client, me)
    for name in ("listing_edit", "listing_changes", "listing_history", "listing_withdraw"):
        for p in (mine, svc):
            r = client.get(reverse(f"directory:{name}", args=[p.identifier]))
            assert r.status_code == 200, name
            print(name, len(r.content))
    for n in ("provider_team", "service_new"):
        assert client.get(reverse(f"directory:{n}", args=[mine.identifier])).status_code == 200
    r = client.get(reverse("directory:portal"))
    assert r.status_code == 200
