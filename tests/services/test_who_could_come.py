"""Who could join or replace somebody, and who is looked for when an interview is continued: the actions, without a page."""

from datetime import timedelta

import pytest

from cms.accounts.models import Membership
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import invitations, testimony
from services.actions.needs import limits_here
from services.actions.series import group_wish, works_on_evidence
from services.actions.slots import spares_for, wish_for
from services.models import Reminder
from services.rules.testimony import AgainPlan
from tests import factories
from tests.services.proposing import accept_all, answer, book, place_of, propose
from tests.services.test_free_time import LIMITS
from tests.services.test_invitations import facts, live, spare, substitute

__all__ = ["spare"]

YESTERDAY = factories.now() - timedelta(days=1)


@pytest.mark.parametrize(
    ("response", "other_start", "key"),
    [
        ("other_time", None, "other_time_missing"),
        ("other_time", YESTERDAY, "other_time_in_the_past"),
        ("declined", YESTERDAY, "other_time_with_another_answer"),
    ],
)
def test_an_answer_that_says_two_things_or_half_of_one_is_not_taken_down(ready, response, other_start, key):
    interview = book(ready)
    with pytest.raises(Objected) as refused:
        answer(interview, "companion", response, other_start)
    assert refused.value.keys == (key,)
    assert place_of(interview, "companion").response == "invited"


def test_who_attends_as_before_is_not_asked_anew(ready):
    interview = answer(book(ready), "investigator")
    place = place_of(interview, "investigator")
    changed = invitations.change_presence(**facts(ready, interview, participant=place, presence=place.presence))
    assert (changed, changed.response) == (place, "accepted")
    assert not Reminder.objects.filter(kind="changed").exists()


def test_nobody_takes_their_own_place(ready):
    interview = book(ready)
    with pytest.raises(Objected) as refused:
        substitute(ready, interview, place_of(interview, "companion").resource)
    assert refused.value.keys == ("substitute_is_the_same",)


def test_a_place_that_nobody_need_accept_is_filled_without_waiting(ready, spare):
    """The last yes may come before the last change: then the change itself makes a proposal stand."""
    interview = accept_all(propose(ready), but=["companion"])
    answer(interview, "companion", "declined")
    waits = limits_here(ready.case, factories.now())
    assert [required.must_accept for required in waits.roles if required.role == "companion"] == [True]
    substitute(ready, interview, spare)
    interview.refresh_from_db()
    assert interview.state == "proposed"
    assert live().get(resource=spare).hold_until == interview.proposed_until


# --- who could join the team ---------------------------------------------------------------------------------------------


def suitors(ready):
    found = invitations.suitors(case=ready.case, memberships=Membership.objects.current(factories.now())
                                .select_related("user", "agency").order_by("pk"), now=factories.now())  # fmt: skip
    return {membership.user.first_name: suits for membership, _words, suits in found}


def test_a_companion_suits_who_is_trained_and_in_no_conflict(ready, spare):
    unknown = factories.member("Tanpa", ready.cast.house, "companion")  # not yet somebody whose hours are kept
    assert suitors(ready)["Lia"] is True
    assert unknown.first_name not in suitors(ready)
    type(spare).objects.filter(pk=spare.pk).update(active=False)
    assert "Lia" not in suitors(ready)


def test_without_training_a_companion_does_not_suit(ready, spare):
    spare.qualifications.all().delete()
    assert suitors(ready)["Lia"] is False


# --- an interview that goes on ------------------------------------------------------------------------------------------


@pytest.fixture
def going_on(told):
    plan = AgainPlan("continuation", frozenset([told.stopped.topic_id]), "Anak minta berhenti.")
    by = told.cast.social_worker
    return testimony.ask_again(case=told.case, plan=plan, agency=told.cast.house, by=by, now=factories.now())


def seat_of(wish, key):
    return next(seat for seat in wish.seats if seat.key == key)


def test_it_keeps_its_interviewer_and_no_other_is_looked_for(told, going_on):
    former = told.interview.participants.get(role="interviewer").resource_id
    asked = {"case": told.case, "now": factories.now()}
    wish = wish_for(**asked, limits=LIMITS, minutes=45, asking=going_on)
    assert [candidate.resource for candidate in seat_of(wish, "interviewer").candidates] == [former]
    assert "interviewer" not in spares_for(**asked, wish=wish, asking=going_on).another


def test_another_interview_prefers_its_interviewer_and_looks_for_others(told):
    former = told.interview.participants.get(role="interviewer").resource_id
    wish = wish_for(case=told.case, limits=LIMITS, minutes=45, now=factories.now(), asking=told.asking)
    assert wish.same_interviewer == former
    assert former in {candidate.resource for candidate in seat_of(wish, "interviewer").candidates}
    assert "interviewer" in spares_for(case=told.case, wish=wish, now=factories.now(), asking=told.asking).another


def test_a_booked_interview_goes_by_the_protocol_that_it_pinned(ready):
    now = factories.now()
    pinned = limits_here(ready.case, now)
    before_all_protocols = now - timedelta(days=36500)
    assert pinned is not None
    assert limits_here(ready.case, before_all_protocols) is None
    book(ready)
    assert limits_here(ready.case, before_all_protocols) == pinned


# --- groups ----------------------------------------------------------------------------------------------------------------


def test_a_group_begins_no_earlier_than_the_day_that_was_asked_for(ready):
    now = factories.now()
    day = (now + timedelta(days=40)).date()
    asked = {"agency": ready.cast.house, "minutes": 90, "sessions": 6, "every_weeks": 1, "now": now}
    assert group_wish(**asked, since=day).not_before.date() == day
    assert group_wish(**asked, since=(now - timedelta(days=40)).date()).not_before == group_wish(**asked).not_before


def test_whoever_has_no_account_works_on_no_evidence(ready):
    now = factories.now()
    assert not works_on_evidence(ready.case, None, now)
    assert works_on_evidence(ready.case, ready.cast.social_worker.pk, now)
    assert works_on_evidence(ready.case, ready.cast.companion.pk, now)
    assert not works_on_evidence(ready.case, ready.cast.other_worker.pk, now)


def test_the_manager_in_a_second_role_is_asked_once_and_their_own_time_taken_once(ready):
    """Somebody already there in another role needs no second booking."""
    interview = book(ready)
    me = ready.cast.social_worker.resource
    factories.qualify(me, "companion")
    with acting_as(ready.cast.social_worker), pytest.raises(Objected):
        substitute(ready, interview, me)
    assert live().filter(resource=me).count() == 1
