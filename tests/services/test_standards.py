"""Only in houses whose essential criteria are in force can anybody be booked anew; what is booked is never touched."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from cms.accounts.models import Agency, Membership, Role
from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from directory.actions.standards import verify_criterion
from directory.models import Assessment
from services import policies
from services.actions import interviews, moves
from services.actions.plans import limits_of, plan_objections, protocol_in_force
from services.actions.slots import find_slots, wish_for, wish_to_move
from services.actions.venues import tie_venue
from services.models import Interview, Venue
from services.models.venues import house_closings
from tests import factories
from tests.directory import verified
from tests.services.proposing import accept_all, propose

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def house(things):
    """Who answers for the venue of the rooms, the standard in force."""
    verified.binding()
    return things["room"].venue.provider


def closes(house, day, **changes):
    """The provider's first essential criterion counts until the day before `day`, or what `changes` say."""
    current = Assessment.objects.current().filter(provider=house).order_by("pk").first()
    Assessment.objects.filter(pk=current.pk).update(current=False)
    facts = {"verified_on": day - 300 * DAY, **changes}
    return verified.met(house, current.criterion, day - DAY, **facts)


def book(ready, **changes):
    facts = {"case": ready.case, "by": ready.cast.social_worker, "now": factories.now(), "key": uuid.uuid4()}
    return interviews.book_interview(plan=ready.plan(**changes), **facts)


def said(ready, **changes):
    found = plan_objections(case=ready.case, plan=ready.plan(**changes), now=factories.now())
    return [(one.key, one.warning) for one in found]


def refused(function, *args, **facts):
    with pytest.raises(Objected) as told:
        function(*args, **facts)
    return list(told.value.keys)


def interview_day():
    return factories.workday().date()


# --- booking --------------------------------------------------------------------------------------------------------


def test_a_house_in_force_can_be_booked(ready, house):
    assert said(ready) == []
    assert book(ready).state == "booked"


def test_a_house_whose_standard_ran_out_cannot_be_booked(ready, house):
    closes(house, verified.today())
    assert refused(book, ready) == ["provider_not_in_force"]
    assert not Interview.objects.exists()


def test_nor_for_a_day_on_which_it_will_have_run_out(ready, house):
    closes(house, interview_day())
    assert refused(book, ready) == ["provider_not_in_force"]


def test_up_to_its_last_day_it_can_and_a_warning_says_until_when(ready, house):
    closes(house, interview_day() + DAY)
    assert said(ready) == [("provider_expires_soon", True)]
    assert book(ready).state == "booked"


@pytest.mark.parametrize("how", ["never assessed", "not published", "taken back", "no provider"])
def test_whatever_is_missing_closes_it(ready, house, how):
    venue = ready.things["room"].venue
    if how == "never assessed":
        Assessment.objects.all().delete()
    elif how == "not published":
        house.live = False
        house.save()
    elif how == "taken back":
        closes(house, verified.today() + DAY, outcome="not_met", expires_on=None)
    else:
        Venue.objects.filter(pk=venue.pk).update(provider=None)
    assert refused(book, ready) == ["provider_not_in_force"]


def test_a_house_that_lacks_what_is_not_essential_can_be_booked(ready, house):
    assert not Assessment.objects.filter(provider=house, criterion__essential=False).exists()
    assert book(ready).state == "booked"


def test_a_proposal_is_refused_like_a_booking_and_stands_once_it_was_made(ready, house):
    made = propose(ready)
    assert made.state == "proposed"
    closes(house, verified.today())
    assert accept_all(made).state == "booked"
    facts = {"case": ready.case, "by": ready.cast.social_worker, "now": factories.now()}
    interviews.cancel_interview(interview=made, **facts)
    assert refused(propose, ready) == ["provider_not_in_force"]


def test_a_later_session_is_asked_about_as_well(ready, house):
    closes(house, interview_day() + DAY)
    found = said(ready, later=(factories.workday(days=7),))
    assert ("provider_not_in_force", False) in found


def test_a_state_offices_room_is_bound_by_no_standard_and_that_is_said(ready, house):
    venue = ready.things["room"].venue
    Venue.objects.filter(pk=venue.pk).update(provider=None, agency=ready.cast.police)
    assert said(ready) == [("room_without_a_standard", True)]
    Venue.objects.filter(pk=venue.pk).update(provider=house)
    closes(house, verified.today())
    assert refused(book, ready) == ["provider_not_in_force"]


def test_until_the_first_standard_binds_everybody_is_warned_and_can_be_booked(ready, things):
    verified.Standard.objects.update(starts_on=verified.today() + 30 * DAY)
    Venue.objects.update(provider=None)
    assert said(ready) == [("provider_expires_soon", True)]
    assert book(ready).state == "booked"


# --- what is booked stays -------------------------------------------------------------------------------------------


def move(ready, interview, hour, **places):
    facts = {"case": ready.case, "by": ready.cast.social_worker, "now": factories.now(), "key": uuid.uuid4()}
    plan = ready.plan(starts=factories.workday(hour=hour), **places)
    return moves.move_interview(interview=interview, plan=plan, **facts)


def elsewhere(ready, house):
    """Another house with all that is needed, of the same agency."""
    venue = factories.venue(ready.cast.house)
    venue.provider = house
    venue.save()
    rooms = {
        "room": factories.room(venue, "Mawar", child_friendly=True),
        "observation_room": factories.room(venue, "Cermin", kind="observation_room"),
    }
    for room in rooms.values():
        factories.works(room)
    kit = type(ready.things["kit"]).objects.create(kind="kit", name="Jinjing", agency=ready.cast.house)
    factories.works(kit)
    return {key: room.pk for key, room in rooms.items()} | {"kit": kit.pk}


def test_an_expiry_touches_nothing_that_is_booked(ready, house):
    interview = book(ready)
    taken = list(interviews.taken_for(interview))
    closes(house, verified.today())
    interview.refresh_from_db()
    assert interview.state == "booked"
    assert list(interviews.taken_for(interview)) == taken


def test_it_moves_within_its_house_and_into_no_other_that_is_closed(ready, house):
    interview = book(ready)
    there = elsewhere(ready, verified.house(title="Rumah Lain"))
    closes(house, verified.today())
    assert move(ready, interview, 11).starts == factories.workday(hour=11)
    closes(verified.house(title="Rumah Lain"), verified.today())
    assert refused(move, ready, interview, 13, **there) == ["provider_not_in_force"]


# --- the search -----------------------------------------------------------------------------------------------------


def wished(ready, **changes):
    now = factories.now()
    limits = limits_of(protocol_in_force(now))
    return wish_for(case=ready.case, limits=limits, minutes=45, now=now, **changes)


def test_the_search_offers_no_hour_in_a_closed_house_and_says_why(ready, house):
    assert find_slots(wish=wished(ready), now=factories.now()).slots
    closes(house, verified.today())
    found = find_slots(wish=wished(ready), now=factories.now())
    assert found.slots == ()
    assert found.blockers[0].kind == "standard"


def test_the_search_offers_hours_until_the_last_day(ready, house):
    day = interview_day() + DAY
    closes(house, day)
    found = find_slots(wish=wished(ready), now=factories.now())
    assert found.slots
    assert max(slot.start.date() for slot in found.slots) < day


def test_for_what_is_booked_its_own_house_stays_open(ready, house):
    interview = book(ready)
    closes(house, verified.today())
    now = factories.now()
    wish = wish_to_move(
        interview=interview, standing=moves.standing_of(interview), limits=limits_of(protocol_in_force(now)), now=now
    )
    assert find_slots(wish=wish, now=now).slots


def test_a_house_farther_away_is_asked_as_well(ready, house):
    far = factories.venue(factories.agency("UPTD Jauh", province="ID-BT"), province="ID-BT")
    factories.room(far, "Jauh", child_friendly=True)
    closes(house, verified.today())
    wish = wished(ready, also=["elsewhere"])
    rooms = {c.name: c.qualified_until for one in wish.seats if one.key == "room" for c in one.candidates}
    assert rooms == {"Melati": verified.today() - DAY, "Jauh": verified.today() - DAY}


# --- who decides when two act at once --------------------------------------------------------------------------------


def test_a_verification_taken_back_before_the_booking_decides_refuses_it_and_afterwards_leaves_it(ready, house):
    """The order of the two is the order in which they are written down; a page opened before counts for nothing."""
    plan = ready.plan()
    assert said(ready) == []  # the page that was opened
    verifier = verified.verifier()
    essential = Assessment.objects.current().filter(provider=house).first()
    with acting_as(verifier):
        verify_criterion(assessment=essential, outcome="not_met", until=None, remark="Pintunya rusak.",
                         by=verifier, now=timezone.now())  # fmt: skip
    facts = {"case": ready.case, "by": ready.cast.social_worker, "now": factories.now(), "key": uuid.uuid4()}
    with acting_as(ready.cast.social_worker):
        assert refused(interviews.book_interview, plan=plan, **facts) == ["provider_not_in_force"]


# --- who answers for a house -----------------------------------------------------------------------------------------


@pytest.fixture
def verifier(db):
    return verified.verifier()


def tie(venue, provider, by):
    return tie_venue(venue=venue, provider=provider, by=by, now=factories.now())


def test_a_verifier_says_who_answers_for_a_house(things, verifier):
    venue = things["room"].venue
    other = verified.house(title="Rumah Lain")
    assert tie(venue, other, verifier).provider == other
    assert tie(venue, None, verifier).provider is None
    with acting_as(verifier):
        assert list(AuditEvent.objects.filter(actor=verifier).values_list("verb", flat=True)) == ["venue.tied"] * 2


def test_nobody_else_does_and_nobody_of_either_side(cast, things, verifier):
    venue, house = things["room"].venue, things["room"].venue.provider
    for person in (cast.keeper, cast.social_worker, cast.outsider):
        with acting_as(person):
            assert refused(tie, venue, house, person) == ["venue_tie_not_yours"]
    from directory.actions.listings import make_group

    verifier.groups.add(make_group(house))
    assert refused(tie, venue, house, verifier) == ["venue_tie_not_yours"]
    assert tie(venue, None, verifier).provider is None
    Membership.objects.create(user=verifier, agency=cast.house, role=Role.KEEPER, starts=factories.long_ago())
    assert refused(tie, venue, None, verifier) == ["venue_tie_not_yours"]


def test_who_may_see_how_the_houses_stand(cast, verifier):
    now = factories.now()
    able = [policies.can_see_standing(one, now) for one in (verifier, cast.keeper, cast.social_worker, cast.outsider)]
    assert able == [True, True, False, False]


def test_a_provider_that_is_deleted_leaves_its_house_closed(ready, house):
    venue = ready.things["room"].venue
    house.delete()
    venue.refresh_from_db()
    assert venue.provider is None
    assert refused(book, ready) == ["provider_not_in_force"]


def test_how_many_houses_stand_costs_two_queries_and_none_cost_none(cast, django_assert_num_queries):
    verified.binding()
    venues = [factories.venue(cast.house) for _number in range(3)]
    police = factories.venue(factories.agency("Polres", Agency.Kind.POLICE))
    police.provider = None
    for some in (venues[:1], [*venues, police]):
        kept = list(Venue.objects.select_related("agency").filter(pk__in=[one.pk for one in some]))
        with django_assert_num_queries(2):
            house_closings(kept, verified.today())
    with django_assert_num_queries(0):
        assert house_closings([police], verified.today()) == {police.pk: None}
