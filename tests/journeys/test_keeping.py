"""Keeping in a browser: a hold, a request and its copy, the end of a case, a breach reported and kept to the end."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from cms.accounts.models import Membership, Role
from tests.journeys.test_pages import faults, looked_at, overflow

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def well(visitor):
    """Nothing for axe to object to, and nothing wider than the window."""
    return faults(visitor.page) + ["too wide"] * (overflow(visitor.page) > 0)


@pytest.fixture
def worker(visit, ready):
    """The case manager, who also coordinates for the agency, on a small telephone in the dark."""
    person = ready.cast.social_worker
    with transaction.atomic():
        since = timezone.now() - timedelta(days=2)
        Membership.objects.create(user=person, agency=ready.cast.house, role=Role.COORDINATOR, starts=since)
    return visit("id", viewport={"width": 320, "height": 720}, color_scheme="dark").sign_in(person)


def test_a_hold_a_copy_and_the_end_of_a_case(worker, ready):
    worker.open(ready.path)
    worker.follow("How long it is kept, closing, copies")
    assert well(worker) == []
    worker.follow("Put erasing on hold")
    assert well(worker) == []
    worker.choose("reason", "trial")
    worker.press("Hold it")
    worker.follow("Somebody asks for a copy")
    assert well(worker) == []
    worker.choose("asker", "child")
    worker.page.fill("[name=received_at]", "00:00")
    worker.press("Record the request")
    assert well(worker) == []
    detail = worker.path
    with worker.page.expect_download() as waiting:
        worker.page.get_by_role("button", name=worker.words("Download as data (JSON)")).click()
    file = waiting.value
    assert file.suggested_filename.endswith(".json")
    assert json.loads(file.path().read_text(encoding="utf-8"))["parts"]
    worker.open(detail)
    worker.follow("It was handed over")
    worker.choose("ending", "handed_over")
    worker.press("End the request")
    worker.follow("Close this case")
    assert well(worker) == []
    worker.choose("reason", "done")
    worker.press("Close the case")
    assert worker.sees("The case is closed, and a hold keeps it from being erased.")
    assert well(worker) == []
    worker.open(ready.path)
    assert worker.page.get_by_role("link", name=worker.words("Find a time")).count() == 0
    assert well(worker) == []


def test_a_breach_from_the_report_to_its_end(worker):
    worker.open("/cases/")
    worker.follow("Report a data breach")
    assert well(worker) == []
    worker.follow("Report a breach")
    assert well(worker) == []
    worker.choose("kind", "sent")
    worker.page.fill("[name=summary]", "Jadwal terkirim ke alamat yang salah.")
    worker.press("Report it")
    assert well(worker) == []
    worker.choose("step", "people_told")
    worker.page.fill("[name=words]", "Diberi tahu.")
    worker.page.select_option("[name=whom]", "children")
    worker.page.select_option("[name=channel]", "work_mail")
    worker.press("Add")
    assert "Anak tidak pernah disurati" in worker.text()
    assert worker.value("words") == "Diberi tahu."
    assert well(worker) == []
    worker.page.select_option("[name=channel]", "in_person")
    worker.press("Add")
    assert worker.sees("In time")
    assert looked_at(worker, ["/breaches/", "/what-we-keep/"]) == {}
