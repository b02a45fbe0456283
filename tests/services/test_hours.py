"""Working hours in django-scheduler's tables: what it would do wrong, guarded one by one, and what is laid out."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import MO, TU
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schedule.models import Calendar, Event, Occurrence, Rule

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import hours
from services.models import Availability, Leave, Resource
from services.rules.hours import Block, united
from tests import factories

pytestmark = pytest.mark.django_db

ZONES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
MONDAY = datetime(2026, 11, 30, 1, tzinfo=UTC)
OFFICE = [Block(day, time(8), time(12)) for day in range(5)]


@pytest.fixture
def house():
    return factories.agency("UPTD PPA Contoh")


@pytest.fixture
def keeper(house):
    return factories.member("Fajar", house, "keeper")


@pytest.fixture
def person(house):
    return factories.person_resource(factories.user("Ratna"), house)


def calendar_of(resource):
    resource.calendar = Calendar.objects.create(name="c", slug=f"c-{resource.pk}")
    resource.save()
    return resource.calendar


def laid(resource, zone="Asia/Jakarta"):
    spans = Availability.objects.filter(resource=resource).order_by("span").values_list("span", flat=True)
    local = [(s.lower.astimezone(ZoneInfo(zone)), s.upper.astimezone(ZoneInfo(zone))) for s in spans]
    return [f"{low:%d %b %H.%M}-{high:%H.%M}" for low, high in local]


def recorded(user):
    """What `user` did, oldest first; nobody else may read it."""
    with acting_as(user):
        return list(AuditEvent.objects.filter(actor=user).order_by("at", "verb").values_list("verb", "detail"))


# --- authoring and laying out -----------------------------------------------------------------------------------------


def test_saved_hours_are_laid_out_for_the_whole_horizon(person, keeper):
    hours.set_hours(resource=person, blocks=OFFICE, by=keeper, now=MONDAY)
    found = laid(person)
    assert found[:6] == [f"{day} 08.00-12.00" for day in ("30 Nov", "01 Dec", "02 Dec", "03 Dec", "04 Dec", "07 Dec")]
    assert found[-1] == "16 Jul 08.00-12.00"
    assert not [day for day in found if day.startswith(("25 Dec", "01 Jan"))]  # public holidays
    event = Event.objects.get(calendar__resource=person)
    assert (event.rule.params, event.rule.frequency, event.title) == (
        "byweekday:MO,TU,WE,TH,FR",
        "WEEKLY",
        "working hours",
    )
    assert recorded(keeper) == [("hours.saved", {"blocks": 5})]
    assert hours.blocks_of(Resource.objects.get(pk=person.pk)) == OFFICE


def test_saving_again_replaces(person, keeper):
    hours.set_hours(resource=person, blocks=OFFICE, by=keeper, now=MONDAY)
    hours.set_hours(resource=person, blocks=[Block(6, time(9), time(10))], by=keeper, now=MONDAY)
    assert laid(person)[:2] == ["06 Dec 09.00-10.00", "13 Dec 09.00-10.00"]
    assert Calendar.objects.count() == 1


@pytest.mark.parametrize("word", ZONES)
def test_hours_are_the_places_own(word, house, keeper):
    place = factories.venue(house)
    room = factories.room(place, "Melati")
    Resource.objects.filter(pk=room.pk).update(zone=ZONES[word])
    room.refresh_from_db()
    hours.set_hours(resource=room, blocks=[Block(0, time(7), time(9))], by=keeper, now=MONDAY)
    assert laid(room, ZONES[word])[:2] == ["30 Nov 07.00-09.00", "07 Dec 07.00-09.00"]
    assert hours.blocks_of(Resource.objects.get(pk=room.pk)) == [Block(0, time(7), time(9))]


def test_bad_hours_are_refused_recorded_and_change_nothing(person, keeper):
    hours.set_hours(resource=person, blocks=OFFICE, by=keeper, now=MONDAY)
    before = laid(person)
    with pytest.raises(Objected) as refusal:
        hours.set_hours(
            resource=person, blocks=[Block(0, time(9), time(8))], by=keeper, now=MONDAY + timedelta(minutes=1)
        )
    assert refusal.value.keys == ("hours_end_before_start",)
    assert laid(person) == before
    assert recorded(keeper)[1:] == [("hours.refused", {"rules": ["hours_end_before_start"]})]


def test_leave_is_cut_out_and_comes_back(person, keeper):
    hours.set_hours(resource=person, blocks=OFFICE, by=keeper, now=MONDAY)
    zone = ZoneInfo("Asia/Jakarta")
    start, end = datetime(2026, 12, 1, 10, tzinfo=zone), datetime(2026, 12, 3, 0, tzinfo=zone)
    leave = hours.add_leave(resource=person, start=start, end=end, by=keeper, now=MONDAY + timedelta(minutes=1))
    assert laid(person)[:3] == ["30 Nov 08.00-12.00", "01 Dec 08.00-10.00", "03 Dec 08.00-12.00"]
    hours.remove_leave(leave=leave, by=keeper, now=MONDAY + timedelta(minutes=2))
    assert laid(person)[1] == "01 Dec 08.00-12.00"
    assert [verb for verb, _detail in recorded(keeper)] == ["hours.saved", "leave.saved", "leave.removed"]


@pytest.mark.parametrize(
    ("start", "end", "key"),
    [
        (MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=1), "leave_ends_before_it_starts"),
        (MONDAY - timedelta(days=2), MONDAY - timedelta(days=1), "leave_is_past"),
        (MONDAY, MONDAY + timedelta(days=367), "leave_too_long"),
    ],
)
def test_impossible_leave_is_refused(person, keeper, start, end, key):
    with pytest.raises(Objected) as refusal:
        hours.add_leave(resource=person, start=start, end=end, by=keeper, now=MONDAY)
    assert refusal.value.keys == (key,)
    assert not Leave.objects.exists()


def test_who_is_out_of_use_works_never(person, keeper):
    hours.set_hours(resource=person, blocks=OFFICE, by=keeper, now=MONDAY)
    person.active = False
    person.save()
    assert hours.materialise(resources=[person], now=MONDAY) == 0
    assert laid(person) == []


def test_laying_out_many_costs_no_more_queries_than_one(house, keeper, django_assert_num_queries):
    people = [factories.person_resource(factories.user(f"Orang {n}"), house) for n in range(3)]
    for one in people:
        hours.set_hours(resource=one, blocks=OFFICE, by=keeper, now=MONDAY)
    for some in (people[:1], people):
        with django_assert_num_queries(10):
            hours.materialise(resources=some, now=MONDAY)


def test_the_command_lays_out_everybody_and_renews_old_recurrences(person, keeper, capsys):
    hours.set_hours(resource=person, blocks=OFFICE, by=keeper, now=datetime.now(UTC) - timedelta(days=500))
    call_command("materialise_hours")
    said = capsys.readouterr().out
    assert "1 of 1 resources" in said
    assert "1 old recurrences renewed" in said
    event = Event.objects.get()
    assert datetime.now(UTC) - event.start < timedelta(days=7)
    assert event.start.astimezone(ZoneInfo("Asia/Jakarta")).weekday() == 0
    assert laid(person)


def test_public_holidays_are_indonesias():
    assert date(2026, 8, 17) in hours.public_holidays(2026)


# --- django-scheduler's traps -----------------------------------------------------------------------------------------

weeks = st.dictionaries(st.integers(0, 6), st.tuples(st.integers(0, 22 * 4), st.integers(1, 8)), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(week=weeks, zone=st.sampled_from(sorted(ZONES.values())), age=st.integers(0, 3), cancelled=st.booleans())
def test_laid_out_hours_equal_its_own_occurrences(week, zone, age, cancelled):
    """Asked in the place's own zone and with called-off ones removed, django-scheduler says what we lay out."""
    with transaction.atomic():
        room = factories.room(factories.venue(factories.agency(f"A {week} {zone} {age}")), "R")
        Resource.objects.filter(pk=room.pk).update(zone=zone)
        room.refresh_from_db()
        blocks = [
            Block(day, time(q // 4, q % 4 * 15), time(min(q + n, 95) // 4, min(q + n, 95) % 4 * 15))
            for day, (q, n) in week.items()
        ]
        hours.write_hours(room, blocks, MONDAY - timedelta(weeks=age))
        start = datetime.combine(date(2026, 11, 30), time(), ZoneInfo(zone))
        end = start + timedelta(days=20)
        events = list(Event.objects.filter(calendar=room.calendar))
        if cancelled:
            one = events[0].get_occurrences(start, end)[0]
            one.cancelled = True
            one.save()
        theirs = [o for e in events for o in e.get_occurrences(start, end) if not o.cancelled]
        ours = hours.working_time(Resource.objects.get(pk=room.pk), now=start, days=20)
        assert ours == united([(o.start.astimezone(UTC), o.end.astimezone(UTC)) for o in theirs])
        transaction.set_rollback(True)


def weekly_event(calendar, start, params="byweekday:MO,TU", **changes):
    rule = Rule.objects.create(name="r", frequency="WEEKLY", params=params)
    return Event.objects.create(
        calendar=calendar, title="x", start=start, end=start + timedelta(hours=1), rule=rule, **changes
    )


def test_trap_numbers_for_weekdays_collapse_and_are_refused(person):
    rule = Rule(name="r", frequency="WEEKLY", params="byweekday:0,1")
    event = Event(start=MONDAY, end=MONDAY + timedelta(hours=1), rule=rule)
    assert event._event_params() == {"byweekday": [0]}  # what it would do: Tuesday is gone
    rule.params = "byweekday:MO,TU"
    assert event._event_params() == {"byweekday": [MO, TU]}
    refused_by(
        "rule_writes_weekdays_in_letters",
        lambda: Rule.objects.create(name="r", frequency="WEEKLY", params="byweekday:0,1"),
    )


def test_trap_a_window_in_utc_shifts_weekdays_in_the_east(person):
    jayapura = ZoneInfo("Asia/Jayapura")
    begins = datetime(2026, 11, 30, 8, tzinfo=jayapura)  # Sunday 23.00 UTC
    event = weekly_event(calendar_of(person), begins, "byweekday:MO")
    asked_in_utc = event.get_occurrences(begins.astimezone(UTC), begins.astimezone(UTC) + timedelta(days=7))
    assert [o.start.astimezone(jayapura).weekday() for o in asked_in_utc] == [1]  # what it would do: Tuesday
    found = hours.expand(event, jayapura, begins, begins + timedelta(days=7))
    assert [low.astimezone(jayapura).weekday() for low, _high in found] == [0]


def test_trap_a_fixed_offset_crashes_it_and_not_us(person):
    offset = datetime.fromisoformat("2026-11-30T08:00:00+07:00")
    daily = weekly_event(calendar_of(person), offset, "byweekday:MO;interval:1")  # not plain weekly: asked of it
    with pytest.raises(Exception, match=r"UTC\+07:00"):
        daily.get_occurrences(offset, offset + timedelta(days=7))
    found = hours.expand(daily, ZoneInfo("Asia/Jakarta"), offset, offset + timedelta(days=7))
    assert found == [(offset, offset + timedelta(hours=1))]


def test_trap_cancelled_occurrences_come_back(person):
    plain = weekly_event(calendar_of(person), MONDAY)
    other = weekly_event(person.calendar, MONDAY, "byweekday:MO,TU;interval:1")
    for event in (plain, other):
        first = event.get_occurrences(MONDAY, MONDAY + timedelta(days=2))[0]
        first.cancel()
        theirs = event.get_occurrences(MONDAY, MONDAY + timedelta(days=2))
        assert [o.cancelled for o in theirs] == [True, False]  # what it would do: hand back the cancelled one
        found = hours.expand(event, ZoneInfo("Asia/Jakarta"), MONDAY, MONDAY + timedelta(days=2))
        assert [low.day for low, _high in found] == [1]


def test_trap_deleting_a_rule_would_make_weekly_hours_a_single_day(person):
    event = weekly_event(calendar_of(person), MONDAY)
    refused_by("event_keeps_its_rule", event.rule.delete)
    refused_by("event_keeps_its_rule", lambda: Event.objects.update(rule=None))
    event.refresh_from_db()
    assert event.rule is not None


def test_trap_an_end_before_the_start_is_refused(person):
    calendar = calendar_of(person)
    event = weekly_event(calendar, MONDAY)
    backwards = {"start": MONDAY, "end": MONDAY}
    refused_by("event_ends_after_it_starts", lambda: Event.objects.create(calendar=calendar, title="x", **backwards))
    times = {"original_start": MONDAY, "original_end": MONDAY + timedelta(hours=1), **backwards}
    refused_by("occurrence_ends_after_it_starts", lambda: Occurrence.objects.create(event=event, **times))


def test_trap_two_rows_for_one_occurrence_are_refused(person):
    event = weekly_event(calendar_of(person), MONDAY)
    event.get_occurrences(MONDAY, MONDAY + timedelta(days=1))[0].cancel()
    again = Occurrence(
        event=event,
        start=MONDAY,
        end=MONDAY + timedelta(hours=2),
        original_start=MONDAY,
        original_end=MONDAY + timedelta(hours=1),
    )
    refused_by("occurrence_once_per_original_start", again.save)


def refused_by(constraint, work):
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        work()
    assert error.value.__cause__.diag.constraint_name == constraint


@pytest.mark.parametrize("name", ["calendar_list", "event", "edit_event", "upcoming_events_feed", "api_occurrences"])
def test_none_of_its_addresses_exists(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize(
    "path",
    ["/schedule/", "/schedule/feed/calendar/upcoming/1/", "/schedule/api/occurrences/", "/admin/schedule/event/"],
)
def test_none_of_its_pages_answers(path):
    assert Client().get(path).status_code in {302, 404}  # the CMS sends a stranger to the sign-in, whatever the address
    assert not [view for view in get_resolver().reverse_dict if getattr(view, "__module__", "").startswith("schedule.")]


def test_its_templates_do_not_shadow_ours():
    from django.template.loader import get_template

    assert get_template("base.html").origin.name.endswith("templates/base.html")
    assert "site-packages" not in get_template("base.html").origin.name
