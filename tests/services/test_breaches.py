"""The breach register: anybody reports, coordinators keep it, nothing is changed, a child is never written to."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cms.accounts.models import Role
from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from services.actions import breaches
from services.models import Breach, BreachEntry
from tests import factories
from tests.databases import as_owner
from tests.entering import enter
from tests.services.pages import Page


@pytest.fixture
def coordinator(cast):
    return factories.member("Hana", cast.house, Role.COORDINATOR)


@pytest.fixture
def breach(cast):
    """Reported by the companion, two hours after it was noticed."""
    return report(cast.companion, cast.house)


def report(person, agency, *, hours=2):
    now = timezone.now()
    with acting_as(person):
        return breaches.report_breach(
            agency=agency, kind="sent", noticed="staff", noticed_at=now - timedelta(hours=hours),
            summary="Daftar jadwal terkirim ke alamat yang salah.", by=person, now=now,
        )  # fmt: skip


def at(name, *args):
    return reverse(f"services:{name}", args=args)


def reporting(cast, **changes):
    moment = timezone.localtime() - timedelta(hours=3)
    return {"kind": "lost", "noticed_on": f"{moment:%Y-%m-%d}", "noticed_at": f"{moment:%H:%M}", "noticed": "staff",
            "summary": "Ponsel dinas hilang.", "agency": str(cast.house.pk)} | changes  # fmt: skip


def entry(**changes):
    moment = timezone.localtime()
    return {
        "step": "found",
        "happened_on": f"{moment:%Y-%m-%d}",
        "happened_at": f"{moment:%H:%M}",
        "words": "Dua anak.",
    } | changes


def test_whoever_notices_reports_in_a_few_words(client, cast):
    enter(client, cast.keeper)
    answer = client.post(at("breach_report"), reporting(cast))
    with acting_as(cast.keeper):
        [breach] = Breach.objects.all()
        assert AuditEvent.objects.get(verb="breach.reported").detail == {"kind_of": "lost"}
    assert answer.url == at("breach_detail", breach.pk)
    page = Page(client.get(answer.url))
    assert page.main.count("tersisa 2 hari 2") == 2
    assert not page.soup.find("main").find("form")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"noticed_on": "2999-01-01"}, "masih akan datang"),
        ({"summary": "x" * 501}, "501"),
        ({"summary": " "}, ""),
        ({"noticed_at": "late"}, "jam"),
        ({"kind": "worse"}, ""),
    ],
)
def test_a_report_that_cannot_be_keeps_what_was_typed(client, cast, changes, words):
    enter(client, cast.companion)
    typed = reporting(cast, **changes)
    page = Page(client.post(at("breach_report"), typed))
    assert any(words in error for error in page.errors())
    if changes.get("summary") != " " and "kind" not in changes:
        assert page.typed() == typed


def test_nobody_reports_for_an_agency_that_is_not_theirs(client, cast):
    enter(client, cast.companion)
    assert Page(client.post(at("breach_report"), reporting(cast, agency=str(cast.police.pk)))).errors()


def test_the_coordinator_sees_the_agencys_register_and_a_reporter_their_own(client, cast, coordinator, breach):
    other = report(cast.investigator, cast.police)
    for person, visible in ((coordinator, [breach]), (cast.companion, [breach]), (cast.investigator, [other]),
                            (cast.social_worker, []), (cast.other_worker, [])):  # fmt: skip
        enter(client, person)
        page = Page(client.get(at("breach_list")))
        links = [link["href"] for link in page.soup.select("main tbody a")]
        assert links == [at("breach_detail", one.pk) for one in visible], person.name
        for one in (breach, other):
            wanted = 200 if one in visible else 404
            assert client.get(at("breach_detail", one.pk)).status_code == wanted


def test_the_coordinator_adds_entries_and_both_clocks_stop(client, cast, coordinator, breach):
    enter(client, coordinator)
    address = at("breach_detail", breach.pk)
    today = f"{timezone.localdate():%Y-%m-%d}"
    for typed in (
        entry(people="2", data_kinds=["booking", "contact"]),
        entry(step="authority_told"),
        entry(step="people_told", whom="children", channel="safe_contact", contact_confirmed_on=today),
        entry(step="closed"),
    ):
        assert client.post(address, typed).status_code == 302, typed["step"]
    page = Page(client.get(address))
    assert page.main.count("Tepat waktu") == 2
    assert "jam dan tempat wawancara" in page.main
    assert not page.soup.find("main").find("form")
    assert (
        "sudah ditutup" in str(Page(client.post(address, entry())).words)
        or client.post(address, entry()).status_code == 200
    )
    with acting_as(coordinator):
        assert [one.step for one in BreachEntry.objects.all()] == ["found", "authority_told", "people_told", "closed"]
        assert AuditEvent.objects.filter(verb="breach.updated").count() == 4


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"step": "people_told", "whom": "children", "channel": "work_mail"}, "Anak tidak pernah disurati"),
        ({"step": "people_told", "whom": "children", "channel": "safe_contact"}, "belum dipastikan"),
        (
            {
                "step": "people_told",
                "whom": "children",
                "channel": "safe_contact",
                "contact_confirmed_on": "2020-01-01",
            },
            "belum dipastikan",
        ),
        ({"step": "people_told", "channel": "in_person"}, "siapa yang diberi tahu"),
        ({"step": "people_told", "whom": "staff"}, "bagaimana mereka diberi tahu"),
        ({"step": "closed"}, "Otoritas belum diberi tahu"),
        ({"happened_on": "2999-01-01"}, "masih akan datang"),
        ({"step": "authority_told", "happened_on": "2020-01-01"}, "sebelum kebocoran diketahui"),
        ({"people": "-1"}, ""),
        ({"people": "many"}, ""),
    ],
)
def test_an_entry_that_cannot_be_is_refused_and_keeps_what_was_typed(client, coordinator, breach, changes, words):
    enter(client, coordinator)
    typed = entry(**changes)
    page = Page(client.post(at("breach_detail", breach.pk), typed))
    assert any(words in error for error in page.errors()), page.errors()
    kept = page.typed()
    assert {name: kept[name] for name in typed} == typed
    with acting_as(coordinator):
        assert not BreachEntry.objects.exists()


def test_a_late_breach_is_marked_everywhere(client, cast, coordinator):
    late = report(cast.companion, cast.house, hours=80)
    enter(client, coordinator)
    assert len(Page(client.get(at("breach_list"))).soup.select("main .chip-late")) == 2
    assert Page(client.get(at("breach_detail", late.pk))).main.count("Terlambat: lakukan sekarang") == 2
    client.post(at("breach_detail", late.pk), entry(step="authority_told"))
    assert "Selesai, setelah waktunya lewat" in Page(client.get(at("breach_detail", late.pk))).main


def test_the_list_costs_the_same_for_one_and_for_three(
    client, cast, coordinator, breach, django_assert_max_num_queries
):
    from django.test.utils import CaptureQueriesContext

    enter(client, coordinator)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(at("breach_list"))
        return len(queries)

    client.get(at("breach_list"))
    one = cost()
    report(cast.companion, cast.house)
    report(cast.companion, cast.house)
    assert cost() == one


# --- in the database itself -------------------------------------------------------------------------------------------


def breaks(person, constraint, sql, *values):
    with (
        acting_as(person),
        pytest.raises(DatabaseError) as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, values)
    said = refused.value.__cause__.diag
    assert constraint in (said.constraint_name or said.message_primary)


ENTRY = (
    "INSERT INTO services_breachentry (breach_id, step, happened_at, words, data_kinds, whom, channel,"
    " contact_confirmed_on, by_id, at) VALUES (%s, %s, %s, 'x', '{}', %s, %s, %s, %s, now())"
)
REPORT = (
    "INSERT INTO services_breach (agency_id, kind, noticed, noticed_at, summary, by_id, at)"
    " VALUES (%s, 'lost', 'staff', %s, %s, %s, now())"
)


def test_the_register_only_grows_and_a_child_is_told_safely(cast, coordinator, breach):
    now = timezone.now() - timedelta(minutes=1)
    for whom, channel, day, name in (
        ("children", "work_mail", None, "breachentry_children_are_told_safely"),
        ("children", "safe_contact", None, "breachentry_children_are_told_safely"),
        ("", "in_person", None, "breachentry_says_who_was_told_and_how"),
        ("staff", "", None, "breachentry_says_who_was_told_and_how"),
    ):
        breaks(coordinator, name, ENTRY, breach.pk, "people_told", now, whom, channel, day, coordinator.pk)
    later = timezone.now() + timedelta(days=1)
    breaks(
        coordinator,
        "breachentry_happened_before_recorded",
        ENTRY,
        breach.pk,
        "found",
        later,
        "",
        "",
        None,
        coordinator.pk,
    )
    for sql in ("UPDATE services_breach SET summary = 'x'", "DELETE FROM services_breachentry",
                "UPDATE services_breachentry SET words = 'x'", "DELETE FROM services_breach"):  # fmt: skip
        breaks(coordinator, "permission denied", sql)
    with acting_as(coordinator), pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        as_owner("UPDATE services_breach SET summary = 'x' WHERE id = %s", breach.pk)


def test_nobody_writes_in_anothers_name_or_agency(cast, coordinator, breach):
    now = timezone.now() - timedelta(minutes=1)
    wall = "row-level security"
    breaks(cast.companion, wall, REPORT, cast.police.pk, now, "x", cast.companion.pk)
    breaks(cast.companion, wall, REPORT, cast.house.pk, now, "x", cast.keeper.pk)
    breaks(cast.outsider, wall, REPORT, cast.house.pk, now, "x", cast.outsider.pk)
    breaks(cast.companion, "breach_says_what_happened", REPORT, cast.house.pk, now, "", cast.companion.pk)
    later = timezone.now() + timedelta(days=1)
    breaks(cast.companion, "breach_noticed_before_recorded", REPORT, cast.house.pk, later, "x", cast.companion.pk)
    for person, by in (
        (cast.companion, cast.companion),
        (coordinator, cast.companion),
        (cast.social_worker, cast.social_worker),
    ):
        breaks(person, wall, ENTRY, breach.pk, "found", now, "", "", date(2026, 1, 1), by.pk)


def test_a_coordinator_who_left_keeps_nothing(cast, coordinator, breach):
    from cms.accounts.models import Membership

    with acting_as(coordinator):
        assert Breach.objects.count() == 1
    Membership.objects.filter(user=coordinator).update(ends=timezone.now() - timedelta(minutes=2))
    with acting_as(coordinator):
        assert not Breach.objects.exists()
