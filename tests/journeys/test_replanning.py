"""Two things at once go wrong, in a browser: an interviewer is ill, a house is closed; and a court wants its day."""

import pytest
from django.db import transaction

from cms.database.context import acting_as
from tests import factories
from tests.services import replanning_house
from tests.services.replanning_house import think

pytestmark = pytest.mark.browser


@pytest.fixture
def house(site):
    """The house of planning anew; its coordinator is on the three cases of one manager."""
    house = replanning_house.build()
    replanning_house.coordinate(house, house.ones)
    return house


@pytest.mark.parametrize("width", [360, 1280])
def test_one_plan_for_an_ill_interviewer_and_a_closed_house(house, visit, width):
    kept, named, plain = house.ones
    planner = visit("en", viewport={"width": width, "height": 900}).sign_in(house.coordinator)
    planner.open("/calendar/")
    planner.follow("Planned anew")
    planner.follow("Plan anew")
    day = factories.workday().date().isoformat()
    planner.choose("people", house.cast.interviewer.resource.pk)
    planner.choose("venues", house.things["room"].venue_id)
    planner.page.fill("[name=starts_on]", day)
    planner.page.fill("[name=ends_on]", day)
    planner.press("Set days one by one, name interviews")
    planner.choose("freeze", kept.interview.pk)
    planner.choose("move", named.interview.pk)
    planner.press("Plan anew")
    think()
    planner.page.reload()
    assert planner.heading() == "4 people and things are away"
    assert planner.sees("It cannot take place like this. Call %(name)s, who manages the case.", name=kept.manager.name)
    assert planner.sees("was named: it shall move")
    assert planner.page.evaluate("document.documentElement.scrollWidth") <= width
    path = planner.path

    manager = visit("id", viewport={"width": width, "height": 900}).sign_in(house.cast.social_worker)
    manager.open(path)
    assert manager.page.locator("input[name=proposals]:checked").count() == 2
    manager.press("Accept what is ticked")
    assert manager.page.locator("tbody tr", has_text=manager.words("accepted")).count() == 2
    with transaction.atomic(), acting_as(house.cast.social_worker):
        for one in (kept, named, plain):
            one.was = one.interview.starts.date()
            one.interview.refresh_from_db()
    assert [one.interview.starts.date() != one.was for one in (kept, named, plain)] == [False, True, True]
