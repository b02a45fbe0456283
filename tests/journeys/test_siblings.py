"""Two siblings tell it on one morning, in a browser: found and booked in as few steps as one child alone."""

import pytest
from django.db import transaction

from cms.database.context import acting_as
from services.actions.families import note_sibling
from services.models import Interview
from tests import factories
from tests.journeys.test_story import interactions
from tests.journeys.test_whole_job import worker_sight
from tests.services.conftest import _prepared

pytestmark = pytest.mark.browser
AT_MOST = 6


def find_and_book_both(worker, code):
    worker.follow_code(code)
    worker.follow("Together with a sibling")
    assert worker.sees("the family travels once")
    assert worker.narrow_enough()
    worker.press("Book both interviews")
    assert worker.sees("Open the interview")


@pytest.mark.parametrize(("language", "width"), [("id", 360), ("en", 1280)])
def test_both_siblings_are_found_and_booked_in_a_few_steps(visit, ready, language, width):
    cast = ready.cast
    with transaction.atomic(), acting_as(cast.social_worker):
        sibling = _prepared(cast)
        note_sibling(case=ready.case, code=sibling.code, by=cast.social_worker, now=factories.now())
    worker = visit(language, viewport={"width": width, "height": 800}).sign_in(cast.social_worker)
    worker.email = cast.social_worker.email
    assert interactions(worker, "/cases/", find_and_book_both, ready.case.code) <= AT_MOST
    with worker_sight(worker):
        former, latter = Interview.objects.filter(state="booked").order_by("span").select_related("case")
        assert {former.case_id, latter.case_id} == {ready.case.pk, sibling.case.pk}
        assert former.venue_id == latter.venue_id
        assert factories.timedelta() <= latter.starts - former.ends <= factories.timedelta(minutes=30)
