"""One press, one case; one press, one telling: Back, a double click and a lost answer never make two of them."""

import uuid

import pytest
from django.db import transaction
from django.urls import reverse

from cms.accounts.models import Agency
from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions.cases import open_new_case, write_down
from services.models import Case, PriorTelling
from tests import factories
from tests.cast import gather
from tests.entering import enter
from tests.racing import race_as
from tests.services.pages import Page


def opening(cast, key, **changes):
    return open_new_case(
        facts=factories.case_facts(**changes), agency=cast.house, by=cast.social_worker, now=factories.now(), key=key
    )


def telling(case, key, **changes):
    facts = {"listener": "hotline", "told_on": case.reported_on, "key": key, **changes}
    return write_down(case=case, entry=PriorTelling(**facts), by=case.manager, now=factories.now())


@pytest.mark.django_db
def test_the_same_form_sent_twice_opens_one_case(cast):
    with acting_as(cast.social_worker):
        key = uuid.uuid4()
        assert opening(cast, key) == opening(cast, key)
        assert Case.objects.filter(key=key).count() == 1
        assert opening(cast, uuid.uuid4()) != opening(cast, uuid.uuid4())


@pytest.mark.django_db
def test_the_same_form_with_other_facts_says_which_case_it_opened(cast):
    with acting_as(cast.social_worker):
        key = uuid.uuid4()
        case = opening(cast, key)
        with pytest.raises(Objected) as refusal:
            opening(cast, key, age_months=case.age_months + 12)
        assert refusal.value.keys == ("case_opened_already",)
        assert case.code in str(refusal.value.objections[0].values)


@pytest.mark.django_db
def test_a_key_whose_case_is_hidden_by_now_opens_none_and_shows_none(cast):
    key = uuid.uuid4()
    with acting_as(cast.social_worker):
        opening(cast, key)
    with acting_as(cast.other_worker), pytest.raises(Objected) as refusal, transaction.atomic():
        facts, other = factories.case_facts(), Agency.objects.get(pk=cast.other_worker.memberships.get().agency_id)
        open_new_case(facts=facts, agency=other, by=cast.other_worker, now=factories.now(), key=key)
    assert (refusal.value.keys, refusal.value.objections[0].values) == (("form_used_differently",), {})


@pytest.mark.django_db
def test_a_telling_noted_twice_is_counted_once(cast):
    with acting_as(cast.social_worker):
        case, key = factories.open_case(cast), uuid.uuid4()
        assert telling(case, key) == telling(case, key)
        telling(case, uuid.uuid4())  # told to two people of the hotline, on one day
        assert PriorTelling.objects.filter(case=case).count() == 2
        assert AuditEvent.objects.filter(verb="priortelling.recorded", case_id=case.pk).count() == 2
        with pytest.raises(Objected) as refusal:
            telling(case, key, listener="police")
        assert refusal.value.keys == ("form_used_differently",)


@pytest.mark.parametrize("turn", range(3))
def test_of_two_presses_at_the_same_moment_the_second_finds_the_first(own_database, turn):
    with transaction.atomic():
        cast = gather()
        with acting_as(cast.social_worker):
            case = factories.open_case(cast)
    keys = uuid.uuid4(), uuid.uuid4()
    opened = race_as(cast.social_worker, *[lambda: opening(cast, keys[0])] * 3)
    noted = race_as(cast.social_worker, *[lambda: telling(case, keys[1])] * 3)
    assert len({one.pk for one in opened}) == 1
    assert len({one.pk for one in noted}) == 1


@pytest.mark.django_db
def test_back_and_send_leads_to_the_case_that_was_opened(client, world):
    enter(client, world.cast.social_worker)
    address = reverse("services:case_create")
    sent = Page(client.get(address)).typed() | {"reported_on": "2026-01-15", "years": "9", "language": "id"}
    first, second = client.post(address, sent), client.post(address, sent)
    assert first["Location"] == second["Location"]
    page = Page(client.post(address, sent | {"years": "10"}))
    assert first["Location"].split("/")[2] in page.main
    assert page.typed()["years"] == "10"


@pytest.mark.django_db
def test_back_and_send_notes_one_telling(client, world):
    enter(client, world.cast.social_worker)
    address = reverse("services:record_add", args=[world.fresh.code, "telling"])
    sent = Page(client.get(address)).typed() | {"listener": "school", "told_on": "2026-01-15"}
    assert client.post(address, sent).status_code == client.post(address, sent).status_code == 302
    with acting_as(world.cast.social_worker):
        assert PriorTelling.objects.filter(case=world.fresh.case, listener="school").count() == 1
    other = reverse("services:record_add", args=[world.told.code, "telling"])
    assert Page(client.post(other, sent)).errors()
