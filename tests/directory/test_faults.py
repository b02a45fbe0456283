"""Reports by readers: one open row a reason, nothing of who said it, closed by reviewers alone."""

from datetime import date, timedelta
from types import SimpleNamespace

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from cms.audit.models import AuditEvent
from cms.database import embedded
from cms.database.context import acting_as
from cms.public_forms import Counter, from_this_site, network
from cms.refusals import Objected
from directory.actions.faults import close_fault, report_fault
from directory.models import Fault, Reason
from directory.models.faults import REPORT, REPORTED, reported
from directory.rules import faults as rules
from tests.directory import factories
from tests.racing import race

DAY = timedelta(days=1)


# --- the rules ---


def test_every_reason_has_its_clock_and_a_dead_number_the_shortest():
    assert set(rules.CLOCKS) == set(Reason.values)
    monday = date(2026, 11, 23)
    assert rules.look_by("n", monday) == date(2026, 11, 30)
    assert rules.look_by("h", monday) == monday + 30 * DAY


@pytest.mark.parametrize(
    ("said", "told"),
    [({}, []), ({"n": 1}, []), ({"n": 2}, ["n"]), ({"h": 9, "c": 2, "n": 1}, ["c", "h"]), ({"o": 50}, [])],
)
def test_the_page_says_it_after_two_days(said, told):
    assert rules.told_publicly(said) == told


# --- reporting ---


def say(service, reason="n", *, days=0):
    report_fault(service=service, reason=reason, now=timezone.now() + days * DAY)


def test_a_report_opens_a_check_with_its_own_clock(service):
    say(service)
    say(service, "h")
    today = timezone.localdate()
    assert list(Fault.objects.by_clock().values_list("reason", "opened_on", "due_on", "days")) == [
        ("n", today, today + 7 * DAY, 1),
        ("h", today, today + 30 * DAY, 1),
    ]


def test_said_again_the_same_day_changes_nothing_and_another_day_counts(service):
    for _time in range(5):
        say(service)
    assert reported(service) == {"n": 1}
    say(service, days=3)
    say(service, days=1)  # a clock that was put back
    fault = Fault.objects.get()
    assert (fault.days, fault.last_on - fault.opened_on, fault.due_on - fault.opened_on) == (2, 3 * DAY, 7 * DAY)


def test_nothing_is_kept_but_service_reason_and_days(service):
    say(service)
    kept = {field.name for field in Fault._meta.get_fields()}
    assert kept == {
        "id",
        "service",
        "reason",
        "opened_on",
        "last_on",
        "days",
        "due_on",
        "outcome",
        "closed_on",
        "closed_by",
    }
    assert not AuditEvent.objects.filter(verb__startswith="fault").exists()


def test_what_is_not_public_cannot_be_reported(provider):
    for hidden in (factories.service(provider, live=False), factories.service(provider, status="defunct")):
        say(hidden)
    assert not Fault.objects.exists()


def test_an_unknown_reason_is_refused_by_the_database(service):
    with pytest.raises(IntegrityError, match="fault_has_a_known_reason"), transaction.atomic():
        connection.cursor().execute(REPORT, [service.identifier, "x", timezone.localdate(), timezone.localdate() + DAY])


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        ({"outcome": "fine"}, "fault_is_closed_by_somebody_with_an_outcome"),
        ({"closed_on": date(2026, 11, 24)}, "fault_is_closed_by_somebody_with_an_outcome"),
        ({"days": 0}, "fault_days_in_order"),
        ({"last_on": date(2026, 11, 22)}, "fault_days_in_order"),
        ({"due_on": date(2026, 11, 23)}, "fault_days_in_order"),
    ],
)
def test_the_database_keeps_it_in_order(service, broken, name):
    facts = {"opened_on": date(2026, 11, 23), "last_on": date(2026, 11, 23), "due_on": date(2026, 11, 30)} | broken
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Fault.objects.create(service=service, reason="n", **facts)


def test_many_readers_at_once_open_one_check(own_database):
    with transaction.atomic():
        service = factories.service(factories.provider())
    assert race(*[lambda: say(service)] * 6) == [None] * 6
    assert Fault.objects.get().days == 1


def test_the_readers_role_reports_and_asks_and_does_not_see_the_table(own_database):
    with transaction.atomic():
        service = factories.service(factories.provider())
    address = embedded.url("sekali_public", own_database, settings.TEST_POSTGRES)
    today = timezone.localdate()
    with psycopg.connect(address, autocommit=True) as raw:
        raw.execute(REPORT, [service.identifier, "n", today, today + DAY])
        assert raw.execute(REPORTED, [service.pk]).fetchall() == [("n", 1)]
        for statement in (
            "SELECT * FROM directory_fault",
            "DELETE FROM directory_fault",
            "UPDATE directory_fault SET closed_on = now()",
            "INSERT INTO directory_fault (reason) VALUES ('n')",
            "SELECT * FROM directory_listingreminder",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute(statement)


# --- looking ---


def close(fault, by, outcome="fine"):
    close_fault(fault=fault, outcome=outcome, by=by, now=timezone.now())
    fault.refresh_from_db()


@pytest.fixture
def fault(service):
    say(service)
    return Fault.objects.get()


def events(user):
    with acting_as(user):
        return list(AuditEvent.objects.filter(actor=user).order_by("at").values_list("verb", "detail"))


def test_a_reviewer_closes_it_and_the_same_report_opens_another(service, fault):
    reviewer = factories.reviewer("peninjau2")
    say(service, days=1)
    assert reported(service) == {"n": 2}
    close(fault, reviewer, "mended")
    assert (fault.outcome, fault.closed_on, fault.closed_by) == ("mended", timezone.localdate(), reviewer)
    assert events(reviewer) == [("fault.closed", {"outcome": "mended"})]
    assert reported(service) == {}
    say(service)
    assert reported(service) == {"n": 1}
    assert Fault.objects.count() == 2


def refused(fault, by, outcome="fine"):
    with pytest.raises(Objected) as refusal:
        close(fault, by, outcome)
    assert events(by)[-1][0] == "fault.refused"
    return list(refusal.value.keys)


def test_the_providers_own_people_do_not_close_it(fault, editor):
    assert refused(fault, editor) == ["fault_is_for_reviewers"]
    assert Fault.objects.open().count() == 1


def test_once_and_with_an_outcome(fault):
    reviewer = factories.reviewer("peninjau2")
    assert refused(fault, reviewer, "x") == ["fault_outcome_missing"]
    close(fault, reviewer)
    assert refused(fault, reviewer) == ["fault_closed_already"]


def test_withdrawn_is_said_of_what_is_withdrawn(service, fault):
    reviewer = factories.reviewer("peninjau2")
    assert refused(fault, reviewer, "withdrawn") == ["fault_listing_still_public"]
    service.unpublish()
    close(fault, reviewer, "withdrawn")
    assert fault.outcome == "withdrawn"


def test_who_sees_it(fault, editor):
    other = factories.user("lain")
    factories.provider("Penyedia lain", editors=[other])
    seen = {
        person.first_name: Fault.objects.visible_to(person).count()
        for person in (editor, other, factories.reviewer("peninjau2"), factories.user("asing"))
    }
    assert seen == {"penyunting": 1, "lain": 0, "peninjau2": 1, "asing": 0}
    assert str(fault).startswith(str(Reason.NUMBER.label))


def test_a_service_that_is_deleted_takes_its_reports_along(service, fault):
    service.delete()
    assert not Fault.objects.exists()


# --- what a public form is asked ---


def asked(address="10.0.0.1", *, secure=False, **headers):
    meta = {"REMOTE_ADDR": address} | (
        {"HTTP_X_FORWARDED_FOR": headers.pop("forwarded")} if "forwarded" in headers else {}
    )
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return SimpleNamespace(META=meta, headers=given, is_secure=lambda: secure, get_host=lambda: "sekali.example.org")


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"Sec_Fetch_Site": "same-origin"}, True),
        ({"Sec_Fetch_Site": "same-site"}, False),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "http://sekali.example.org"}, False),
        ({"Sec_Fetch_Site": "none"}, False),
        ({"Origin": "http://sekali.example.org"}, True),
        ({"Origin": "https://sekali.example.org"}, False),
        ({"Origin": "https://sekali.example.org", "secure": True}, True),
        ({"Origin": "http://sekali.example.org.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
def test_a_form_comes_from_this_site(headers, ours):
    assert from_this_site(asked(**headers)) is ours


def test_so_many_a_day_from_one_network():
    counter, today = Counter(2), date(2026, 11, 29)
    assert [counter.allowed(asked(), today) for _ in range(3)] == [True, True, False]
    assert counter.allowed(asked("10.0.0.2"), today)
    before = counter.salt
    assert counter.allowed(asked(), today + DAY)
    assert counter.salt != before
    assert len(counter.seen) == 1
    assert b"10.0.0.1" not in b"".join(counter.seen)


@pytest.mark.parametrize(
    ("proxies", "address", "forwarded", "seen"),
    [
        (0, "10.0.0.1", "1.2.3.4", "10.0.0.1/32"),
        (1, "10.0.0.1", "9.9.9.9, 1.2.3.4", "1.2.3.4/32"),
        (2, "10.0.0.1", "9.9.9.9, 1.2.3.4, 10.0.0.7", "1.2.3.4/32"),
        (2, "10.0.0.1", "1.2.3.4", "10.0.0.1/32"),
        (1, "10.0.0.1", "x", ""),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        (0, "", "", ""),
    ],
)
def test_the_network_is_what_our_own_proxies_saw(settings, proxies, address, forwarded, seen):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    assert network(asked(address, forwarded=forwarded)) == seen
