"""A verification is taken back while somebody books: whoever is written down first comes first, and nobody waits."""

import threading
import uuid
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.utils import timezone

from cms.database.context import acting_as
from cms.refusals import Objected
from directory.actions.standards import assess_itself, verify_criterion
from directory.models import Assessment, Criterion
from services.actions import interviews
from services.models import Interview
from tests import factories
from tests.cast import gather, rooms
from tests.directory import factories as listings
from tests.directory import verified
from tests.racing import deadlocks, race_as
from tests.services.conftest import give_hours, plan_for, record_preparation


@pytest.fixture
def house(own_database):
    """A case that can be booked, in a house in force; and a verifier who is nobody there. Committed."""
    with transaction.atomic():
        cast = gather()
        things = rooms(cast)
        give_hours(cast, things)
        verified.binding()
        verifier = verified.verifier()
        with acting_as(cast.social_worker):
            case = factories.open_case(cast)
            factories.add_team(case, cast)
            record_preparation(case, cast)
            need = factories.need(case, cast)
    return SimpleNamespace(
        cast=cast,
        verifier=verifier,
        case=case,
        plan=plan_for(cast, things, needs=frozenset([need.pk])),
        essential=Assessment.objects.current().order_by("pk").first(),
    )


def book(house):
    facts = {"case": house.case, "by": house.cast.social_worker, "now": factories.now(), "key": uuid.uuid4()}
    with acting_as(house.cast.social_worker):
        return interviews.book_interview(plan=house.plan, **facts)


def take_back(house):
    with acting_as(house.verifier):
        return verify_criterion(
            assessment=house.essential, outcome="not_met", until=None, remark="Pintunya rusak.", by=house.verifier,
            now=timezone.now(),
        )  # fmt: skip


def on_another_connection(work):
    """Run `work` in a transaction of its own and wait for it; it must not wait for ours."""
    answers = []

    def run():
        try:
            with transaction.atomic():
                answers.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=20)
    assert answers, "it failed, or waited for the other"
    return answers[0]


def test_taken_back_before_the_booking_is_written_down_the_booking_that_was_decided_stands(house):
    """As if it had been booked just before: an expiry touches nothing that is booked. The next one is refused."""
    with transaction.atomic():
        made = book(house)
        assert on_another_connection(lambda: take_back(house)).outcome == "not_met"
    with transaction.atomic(), acting_as(house.cast.social_worker):
        assert Interview.objects.get(pk=made.pk).state == "booked"
        interviews.cancel_interview(case=house.case, interview=made, by=house.cast.social_worker, now=factories.now())
    with transaction.atomic(), pytest.raises(Objected, match="provider_not_in_force"):
        book(house)


def test_taken_back_first_but_not_yet_written_down_does_not_hold_a_booking_up(house):
    with transaction.atomic():
        take_back(house)
        assert on_another_connection(lambda: book(house)).state == "booked"
    with transaction.atomic():
        assert Assessment.objects.current().get(criterion=house.essential.criterion_id).outcome == "not_met"


def test_two_who_write_of_one_criterion_do_it_one_after_the_other(own_database):
    with transaction.atomic():
        editor = listings.user("penyunting")
        provider = listings.provider(editors=[editor])
        criterion = Criterion.objects.select_related("standard").first()

    def said():
        facts = {"met": "yes", "evidence": "Ada.", "by": editor, "now": timezone.now()}
        return assess_itself(provider=provider, criterion=criterion, **facts)

    answers = race_as(editor, *[said] * 4)
    assert {type(answer) for answer in answers} == {Assessment}
    with transaction.atomic():
        assert (Assessment.objects.count(), Assessment.objects.current().count()) == (4, 1)
    assert deadlocks() == 0
