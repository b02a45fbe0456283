"""No time suits everybody, in a browser: the keeper's hours are why, the page says what would help, and one tap books it."""

import pytest

from services.models import Interview
from tests.journeys.test_whole_job import worker_sight

pytestmark = pytest.mark.browser


def keep_the_mornings_free(keeper, house):
    """School every morning of the week, and no times then."""
    keeper.open("/resources/")
    keeper.follow("Hours of children")
    keeper.page.select_option("[name=kind]", "school")
    keeper.page.fill("[name=name]", "Sekolah pagi")
    for box in keeper.page.query_selector_all("[name=weekdays]"):
        box.check()
    keeper.page.fill("[name=starts]", "07:00")
    keeper.page.fill("[name=ends]", "17:00")
    keeper.page.check("[name=avoid]")
    keeper.press("Save")
    assert "Sekolah pagi" in keeper.text()
    keeper.page.goto(keeper.address(f"/resources/houses/{house.pk}/travel/"))
    keeper.page.select_option("[name=farther]", "120")
    keeper.press("Save")


@pytest.mark.parametrize(("language", "width"), [("id", 360), ("en", 1280)])
def test_what_would_help_is_one_tap_away_from_a_booking(visit, ready, language, width):
    keeper = visit(language).sign_in(ready.cast.keeper)
    keep_the_mornings_free(keeper, ready.cast.house)
    worker = visit(language, viewport={"width": width, "height": 800}).sign_in(ready.cast.social_worker)
    worker.email = ready.cast.social_worker.email
    worker.open(f"{ready.path}interviews/new/")
    assert worker.sees("No time suits everybody")
    assert worker.sees("What would help")
    assert worker.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    worker.follow("Choose")
    assert "Sekolah pagi" in worker.text()
    assert worker.sees("Why this order")
    worker.press("Book this interview")
    assert worker.sees("Who attends"), worker.text()
    with worker_sight(worker):
        assert Interview.objects.filter(case=ready.case, state="booked").count() == 1
