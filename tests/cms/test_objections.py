import subprocess
import sys

import pytest

from cms.audit.models import AuditEvent
from cms.audit.recording import action
from cms.database.context import acting_as
from cms.objections import Objection
from cms.refusals import Objected


def test_an_objection_is_a_value():
    first = Objection("companion_missing", "TPKS-26", {"role": "companion"}, field="companion")
    assert first == Objection("companion_missing", "TPKS-26", {"role": "companion"}, field="companion")
    assert len({first, first}) == 1
    assert not first.warning


def test_objections_need_no_django():
    code = "import sys, cms.objections; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_refusal_records_the_keys_and_never_the_values(db, django_user_model):
    from django.utils import timezone

    user = django_user_model.objects.create_user("a@example.org", first_name="A")

    @action("interview.refused")
    def book(*, by, now):
        raise Objected([Objection("room_missing", values={"room": "Melati"}), Objection("kit_missing")])

    with pytest.raises(Objected) as refused:
        book(by=user, now=timezone.now())
    assert refused.value.keys == ("room_missing", "kit_missing")
    assert "Melati" not in str(refused.value)
    with acting_as(user):
        event = AuditEvent.objects.get(verb="interview.refused")
    assert event.detail == {"rules": ["room_missing", "kit_missing"]}
