"""What is still in date, who may say so, and that saying so touches nothing that waits."""

import threading
import time
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from directory.actions import update_listing
from directory.actions.freshness import confirm_listing
from directory.models import ServiceKind, ServicePage
from directory.models.finding import Asked, find
from directory.rules import freshness as rules
from directory.rules.freshness import Freshness
from tests.directory import factories
from tests.racing import race

TODAY = date(2026, 11, 29)
HARM_AT_ONCE = {"c1", "c8", "d1", "d2", "d7"}


def days(number):
    return timedelta(days=number)


# --- the rules ---


def test_a_wrong_number_that_harms_at_once_has_the_short_cycle():
    assert {kind for kind in ServiceKind.values if rules.cycle(kind) == days(90)} == HARM_AT_ONCE
    assert {rules.cycle(kind).days for kind in [*ServiceKind.values, ""]} == {90, 180}


@pytest.mark.parametrize(("kind", "cycle"), [("d7", 90), ("c4", 180), ("", 180)])
@pytest.mark.parametrize(
    ("after", "state"), [(-1, Freshness.FRESH), (0, Freshness.DUE), (29, Freshness.DUE), (30, Freshness.UNCONFIRMED)]
)
def test_in_date_then_due_then_not_confirmed(kind, cycle, after, state):
    checked_on = TODAY - days(cycle + after)
    assert rules.freshness(kind, checked_on, today=TODAY) is state
    assert (rules.overdue_from(kind, checked_on) <= TODAY) is (state is Freshness.UNCONFIRMED)


def test_what_nobody_checked_is_not_confirmed():
    assert rules.freshness("c4", None, today=TODAY) is Freshness.UNCONFIRMED
    assert rules.overdue_from("c4", None) < TODAY


@pytest.mark.parametrize(
    ("before", "stage"), [(31, None), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-1, 0), (-400, 0)]
)
def test_reminders_thirty_and_seven_days_before_and_on_the_day(before, stage):
    assert rules.stage(TODAY + days(before), today=TODAY) == stage


@pytest.mark.parametrize(
    ("role", "how", "checked_by", "ago", "keys"),
    [
        ("provider", "", "", None, []),
        ("provider", "", "provider", 0, []),
        ("provider", "", "reviewer", 30, []),
        ("provider", "", "reviewer", 29, ["checked_lately_by_others"]),
        ("provider", "", "source", 0, ["checked_lately_by_others"]),
        ("reviewer", "call", "reviewer", 0, []),
        ("reviewer", "", "", None, ["check_needs_a_way"]),
        ("reviewer", "form", "", None, ["check_needs_a_way"]),
    ],
)
def test_whose_word_counts(role, how, checked_by, ago, keys):
    checked_on = None if ago is None else TODAY - days(ago)
    found = rules.confirmation_objections(role, how, checked_on=checked_on, checked_by=checked_by, today=TODAY)
    assert [objection.key for objection in found] == keys


# --- in the database, as the rules say ---


@pytest.fixture
def service(provider):
    return factories.service(
        provider, checked_on=timezone.localdate() - days(170), checked_by="reviewer", checked_how="call"
    )


def test_the_database_says_the_same_as_the_rules(provider):
    for kind in ("d7", "c4"):
        for ago in (0, 89, 90, 119, 120, 179, 180, 209, 210):
            factories.service(provider, kind=kind, checked_on=TODAY - days(ago), checked_by="reviewer")
    factories.service(provider)
    found = ServicePage.objects.with_freshness(TODAY)
    assert len({page.freshness for page in found}) == 3
    for page in found.unconfirmed_last(TODAY):
        state = rules.freshness(page.kind, page.checked_on, today=TODAY)
        assert (page.freshness, page.unconfirmed) == (state.value, state is Freshness.UNCONFIRMED)


def test_what_is_not_confirmed_comes_last_and_never_disappears(provider):
    factories.service(provider, "A lama", checked_on=TODAY - days(300), checked_by="reviewer")
    factories.service(provider, "B tidak pernah")
    factories.service(provider, "C sudah waktunya", checked_on=TODAY - days(181), checked_by="provider")
    factories.service(provider, "D baru", checked_on=TODAY, checked_by="reviewer")
    listed = ServicePage.objects.listed().order_by("title").unconfirmed_last(TODAY)
    found = find(
        Asked(), now=datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=timezone.get_current_timezone())
    ).services
    for services in (listed, found):
        assert [page.title[0] for page in services] == ["C", "D", "A", "B"]


# --- still correct ---


def confirm(page, by, **how):
    confirm_listing(page=page, by=by, now=timezone.now(), **how)
    page.refresh_from_db()


def said(page):
    return page.checked_on, page.checked_by, page.checked_how


def events(user):
    with acting_as(user):
        return list(AuditEvent.objects.filter(actor=user).order_by("at").values_list("verb", "detail"))


def test_the_providers_word_is_kept_as_its_own(service, editor):
    changed = service.last_published_at
    confirm(service, editor)
    assert said(service) == (timezone.localdate(), "provider", "form")
    assert said(service.get_latest_revision_as_object()) == said(service)
    assert (service.last_published_at, service.has_unpublished_changes) == (changed, False)
    assert events(editor) == [("listing.confirmed", {"role": "provider"})]


def test_a_providers_own_page_too(provider, editor):
    confirm(provider, editor)
    assert said(provider) == (timezone.localdate(), "provider", "form")


def test_a_reviewer_says_how(service):
    confirm(service, factories.reviewer("peninjau2"), how="visit")
    assert said(service) == (timezone.localdate(), "reviewer", "visit")


def test_what_waits_for_review_goes_on_waiting_and_keeps_the_check_when_it_is_approved(service, editor):
    waiting = update_listing(page=service, changes={"description": "Baru."}, by=editor, now=timezone.now())
    confirm(service, editor)
    assert service.description == "Ada yang mendengarkan."
    assert service.latest_revision == waiting
    task = service.current_workflow_state.current_task_state
    assert task.revision == waiting
    task.specific.approve(user=factories.reviewer("peninjau2"))
    service.refresh_from_db()
    assert service.description == "Baru."
    assert said(service) == (timezone.localdate(), "provider", "form")


def test_a_draft_beside_the_one_in_review_keeps_the_check_too(service, editor):
    update_listing(page=service, changes={"description": "Ditinjau."}, by=editor, now=timezone.now())
    draft = service.get_latest_revision_as_object()
    draft.description = "Catatan."
    draft.save_revision()
    service.refresh_from_db()
    confirm(service, editor)
    latest = service.get_latest_revision_as_object()
    assert (latest.description, *said(latest)) == ("Catatan.", *said(service))
    reviewed = service.current_workflow_state.current_task_state.revision.as_object()
    assert (reviewed.description, *said(reviewed)) == ("Ditinjau.", *said(service))


def test_older_versions_stay_as_they_were(service, editor):
    first = service.latest_revision
    update_listing(page=service, changes={"description": "Baru."}, by=editor, now=timezone.now())
    service.refresh_from_db()
    service.current_workflow_state.current_task_state.specific.approve(user=factories.reviewer("peninjau2"))
    service.refresh_from_db()
    before = first.content
    confirm(service, editor)
    first.refresh_from_db()
    assert first.content == before


def refused(page, by, **how):
    before = said(page)
    with pytest.raises(Objected) as refusal:
        confirm(page, by, **how)
    page.refresh_from_db()
    assert said(page) == before
    assert [verb for verb, _detail in events(by)] == ["listing.refused"]
    return list(refusal.value.keys)


def test_others_may_not(service):
    other = factories.user("lain")
    factories.provider("Penyedia lain", editors=[other])
    assert refused(service, other) == ["listing_of_somebody_else"]


def test_what_is_not_public_has_nothing_to_confirm(provider, editor):
    assert refused(factories.service(provider, live=False), editor) == ["listing_not_public"]


def test_an_independent_check_is_not_replaced_while_it_is_young(provider, editor):
    young = factories.service(provider, checked_on=timezone.localdate(), checked_by="reviewer", checked_how="visit")
    assert refused(young, editor) == ["checked_lately_by_others"]


def test_a_reviewer_who_does_not_say_how(service):
    assert refused(service, factories.reviewer("peninjau2")) == ["check_needs_a_way"]


def test_confirming_waits_for_somebody_who_writes_a_draft(own_database):
    """Neither loses what the other did: the one who comes second reads again."""
    with transaction.atomic():
        editor = factories.user("penyunting")
        service = factories.service(factories.provider(editors=[editor]))
    begun = threading.Event()

    def write():
        update_listing(page=service, changes={"description": "Baru."}, by=editor, now=timezone.now())
        begun.set()
        time.sleep(0.5)  # long enough for the other to arrive at the lock

    def say():
        begun.wait(20)
        confirm_listing(page=ServicePage.objects.get(pk=service.pk), by=editor, now=timezone.now())

    assert race(write, say) == [None, None]
    fresh = ServicePage.objects.get(pk=service.pk)
    draft = fresh.get_latest_revision_as_object()
    assert (draft.description, *said(draft)) == ("Baru.", timezone.localdate(), "provider", "form")


def test_a_hundred_percent_means_all():
    assert rules.Share(fresh=199, due=1).percent == 99
    assert (rules.Share(fresh=3).percent, rules.Share().percent) == (100, 0)
    counted = [("c4", "fresh", 2), ("c4", "due", 1), ("c4", "fresh", 3), ("d7", "unconfirmed", 4)]
    assert rules.shares(counted) == {"c4": rules.Share(fresh=5, due=1), "d7": rules.Share(unconfirmed=4)}
    assert rules.together(rules.shares(counted).values()) == rules.Share(fresh=5, due=1, unconfirmed=4)
    assert rules.together([]) == rules.Share()
