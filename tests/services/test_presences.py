"""Child and suspect are never at one venue on one day: by the rule, by the constraint, in a race, in raw SQL."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, connections, transaction
from psycopg.types.range import DateRange

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import interviews, plans, presences
from services.actions.slots import find_slots, wish_for
from services.models import Interview, Venue, VenuePresence
from tests import factories
from tests.databases import as_owner
from tests.services.conftest import plan_for
from tests.services.test_interviews import book, refused_keys

DAY = factories.workday().date()


def venue_of(ready):
    return ready.things["room"].venue


def suspect(ready, first=DAY, last=None, *, case=None, by=None):
    return presences.record_suspect(
        case=case or ready.case, venue=venue_of(ready), first=first, last=last or first,
        today=factories.now().date(), by=by or ready.cast.social_worker, now=factories.now(),
    )  # fmt: skip


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def standing(side):
    return list(VenuePresence.objects.standing().filter(side=side).values_list("venue", "days"))


def one_day(day):
    return DateRange(day, day + timedelta(days=1))


# --- the child's side follows the interview ---------------------------------------------------------------------------


def test_booking_writes_where_the_child_will_be_and_cancelling_ends_it(ready):
    interview = book(ready)
    assert standing(0) == [(venue_of(ready).pk, one_day(DAY))]
    interviews.cancel_interview(case=ready.case, interview=interview, by=ready.cast.social_worker, now=factories.now())
    assert standing(0) == []
    ended = VenuePresence.objects.get(interview=interview)
    assert (ended.by, ended.ended_by) == (ready.cast.social_worker, ready.cast.social_worker)


def test_moving_an_interview_moves_the_child_whatever_moves_it(ready):
    interview = book(ready)
    later = factories.span(factories.workday() + timedelta(days=1), 45)
    as_owner("UPDATE services_interview SET span = %s WHERE id = %s", later, interview.pk)
    assert standing(0) == [(venue_of(ready).pk, one_day(DAY + timedelta(days=1)))]
    assert VenuePresence.objects.filter(interview=interview).count() == 2


def test_the_day_is_the_venues_own(ready):
    """Seven in the morning in Papua is still yesterday in UTC."""
    eastern = factories.venue(ready.cast.house, province="ID-PA")
    interview = book(ready)
    start = factories.workday(hour=5)  # 07.00 WIT, 22.00 UTC of the day before
    as_owner(
        "UPDATE services_interview SET span = %s, venue_id = %s, zone = %s WHERE id = %s",
        factories.span(start, 45), eastern.pk, str(eastern.zone), interview.pk,
    )  # fmt: skip
    assert standing(0) == [(eastern.pk, one_day(start.astimezone(eastern.zone).date()))]


# --- within a case never ----------------------------------------------------------------------------------------------


def test_no_interview_where_the_suspect_will_be(ready):
    suspect(ready, DAY - timedelta(days=1), DAY + timedelta(days=1))
    assert refused_keys(ready) == {"venue_not_suitable_that_day"}
    assert not Interview.objects.exists()


def test_another_day_or_another_venue_is_free(ready):
    suspect(ready, DAY + timedelta(days=1))
    assert book(ready)


def test_called_off_is_free_again(ready):
    row = suspect(ready)
    presences.call_off(case=ready.case, presence=row, by=ready.cast.social_worker, now=factories.now())
    assert book(ready)


def test_the_suspect_does_not_go_where_the_child_is_booked(ready):
    book(ready)
    with pytest.raises(Objected) as refusal:
        suspect(ready)
    assert refusal.value.keys == ("suspect_and_child_that_day",)
    assert standing(1) == []


def test_the_constraint_judges_last_when_the_rule_saw_nothing(ready, monkeypatch):
    """As in a race: the suspect's row came after the facts were gathered. What is said is the same neutral sentence."""
    suspect(ready)
    monkeypatch.setattr(interviews, "refuse", lambda *_args: {})
    with pytest.raises(Objected) as refusal:
        book(ready)
    assert refusal.value.keys == ("venue_not_suitable_that_day",)
    assert not Interview.objects.exists()


def test_the_constraint_refuses_it_in_raw_sql_both_ways_round(ready):
    interview = book(ready)
    columns = "case_id, venue_id, side, days, by_id, at"
    with pytest.raises(IntegrityError, match="keeps_child_and_suspect_apart"), transaction.atomic():
        run(
            f"INSERT INTO services_venuepresence ({columns}) VALUES (%s, %s, 1, %s, %s, now())",
            ready.case.pk, venue_of(ready).pk, one_day(DAY), ready.cast.social_worker.pk,
        )  # fmt: skip
    suspect(ready, DAY + timedelta(days=1))
    later = factories.span(factories.workday() + timedelta(days=1), 45)
    with pytest.raises(IntegrityError, match="keeps_child_and_suspect_apart"), transaction.atomic():
        as_owner("UPDATE services_interview SET span = %s WHERE id = %s", later, interview.pk)


def test_two_days_of_the_suspect_may_overlap(ready):
    suspect(ready)
    assert suspect(ready, DAY, DAY + timedelta(days=2))


def test_a_day_is_called_off_once(ready):
    row = suspect(ready)
    facts = {"case": ready.case, "presence": row, "by": ready.cast.social_worker, "now": factories.now()}
    presences.call_off(**facts)
    with pytest.raises(Objected) as refusal:
        presences.call_off(**facts)
    assert refusal.value.keys == ("presence_ended_already",)


def test_days_that_make_no_sense_are_refused(ready):
    with pytest.raises(Objected) as refusal:
        suspect(ready, DAY, DAY - timedelta(days=1))
    assert refusal.value.keys == ("days_end_before_they_start",)


def test_what_is_recorded_says_nothing_in_the_audit_but_that_it_was(ready):
    suspect(ready)
    assert AuditEvent.objects.get(verb="presence.recorded").detail == {}


def test_the_search_offers_no_day_that_would_be_refused(ready):
    limits = plans.limits_of(plans.protocol_in_force(factories.now()))

    def offered():
        wish = wish_for(case=ready.case, limits=limits, minutes=45, now=factories.now(), on=DAY)
        return find_slots(wish=wish, now=factories.now()).slots

    assert offered()
    suspect(ready)
    assert offered() == ()


# --- across cases, and who sees what ----------------------------------------------------------------------------------


@pytest.fixture
def theirs(ready):
    """A case of another agency whose suspect will be at our venue."""
    with acting_as(ready.cast.other_worker):
        agency = ready.cast.other_worker.memberships.get().agency
        from services.actions.cases import open_new_case

        case = open_new_case(
            facts=factories.case_facts(), agency=agency, by=ready.cast.other_worker, now=factories.now()
        )
        suspect(ready, case=case, by=ready.cast.other_worker)
    return case


def test_another_cases_suspect_warns_and_names_nothing(ready, theirs):
    found = plans.plan_objections(case=ready.case, plan=ready.plan(), now=factories.now())
    assert [(o.key, o.warning, dict(o.values)) for o in found] == [("venue_shared_that_day", True, {})]
    assert refused_keys(ready) == {"reason_beside_warning", "venue_shared_that_day"}
    assert book(ready, reasons={"venue_shared_that_day": "Jam dan pintu masuk sudah dipisah."})


def test_whoever_records_a_suspect_hears_that_the_day_is_shared_and_no_more(ready, theirs):
    book(ready, reasons={"venue_shared_that_day": "Jam dan pintu masuk sudah dipisah."})
    with acting_as(ready.cast.other_worker):
        (row,) = presences.suspects_of(theirs, factories.now().date())
        assert row.shared is True
        assert VenuePresence.objects.count() == 1


def test_members_of_other_cases_see_no_row_of_either_side(ready):
    book(ready)
    suspect(ready, DAY + timedelta(days=1))
    for stranger in (ready.cast.other_worker, ready.cast.keeper, ready.cast.outsider, None):
        with acting_as(stranger):
            assert VenuePresence.objects.count() == 0


def test_where_the_suspect_will_be_is_for_those_who_plan(ready):
    book(ready)
    suspect(ready, DAY + timedelta(days=1))
    for person, sides in [
        (ready.cast.investigator, {0, 1}),
        (ready.cast.companion, {0}),
        (ready.cast.prosecutor, {0}),
    ]:
        with acting_as(person):
            assert set(VenuePresence.objects.values_list("side", flat=True)) == sides


# --- the walls --------------------------------------------------------------------------------------------------------


def test_a_childs_row_is_neither_written_nor_ended_by_hand(ready):
    interview = book(ready)
    with pytest.raises(IntegrityError, match="follows from its interview"), transaction.atomic():
        run("UPDATE services_venuepresence SET ended_at = now(), ended_by_id = by_id WHERE side = 0")
    columns = "case_id, venue_id, side, days, interview_id, by_id, at"
    with pytest.raises(IntegrityError, match="follows from its interview"), transaction.atomic():
        run(
            f"INSERT INTO services_venuepresence ({columns}) VALUES (%s, %s, 0, %s, %s, %s, now())",
            ready.case.pk, venue_of(ready).pk, one_day(DAY + timedelta(days=9)), interview.pk,
            ready.cast.social_worker.pk,
        )  # fmt: skip


@pytest.mark.parametrize("change", ["days = '[2030-01-01,2030-01-02)'", "ended_at = now()", "side = 0"])
def test_a_suspects_row_is_ended_in_ones_own_name_and_not_changed(ready, change):
    suspect(ready)
    with pytest.raises(IntegrityError), transaction.atomic():
        run(f"UPDATE services_venuepresence SET {change} WHERE side = 1")


def test_rows_are_not_deleted_and_not_signed_for_another(ready):
    suspect(ready)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        run("DELETE FROM services_venuepresence")
    with pytest.raises(DatabaseError, match="in_own_name"), transaction.atomic():
        run(
            "INSERT INTO services_venuepresence (case_id, venue_id, side, days, by_id, at)"
            " SELECT case_id, venue_id, side, '[2030-01-01,2030-01-02)', %s, at FROM services_venuepresence",
            ready.cast.psychologist.pk,
        )


def test_a_companion_cannot_write_a_suspects_row(ready):
    with acting_as(ready.cast.companion), pytest.raises(DatabaseError, match="row-level"), transaction.atomic():
        suspect(ready, by=ready.cast.companion)


# --- a race with real connections -------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", range(4))
def test_of_child_and_suspect_at_the_same_moment_one_is_refused(own_database, turn):
    from tests.services.conftest import record_preparation
    from tests.services.keeping import gather, give_hours, rooms

    with transaction.atomic():
        cast = gather()
        things = rooms(cast)
        give_hours(cast, things)
        with acting_as(cast.social_worker):
            case = factories.open_case(cast)
            factories.add_team(case, cast)
            record_preparation(case, cast)
            need = factories.need(case, cast)
    plan = plan_for(cast, things, needs=frozenset([need.pk]))
    line, came = threading.Barrier(2), []

    def child():
        return interviews.book_interview(
            case=case, plan=plan, by=cast.social_worker, now=factories.now(), key=uuid.uuid4()
        )

    def other():
        return presences.record_suspect(
            case=case, venue=Venue.objects.get(pk=things["room"].venue_id), first=DAY, last=DAY,
            today=factories.now().date(), by=cast.investigator, now=factories.now(),
        )  # fmt: skip

    def racer(act, person):
        try:
            with transaction.atomic(), acting_as(person):
                line.wait(timeout=30)
                act()
                came.append("done")
        except Objected as refusal:
            came.append(refusal.keys[0])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=racer, args=pair)
               for pair in ((child, cast.social_worker), (other, cast.investigator))]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(came) == 2
    assert came.count("done") == 1
    assert {*came} - {"done"} <= {"venue_not_suitable_that_day", "suspect_and_child_that_day"}
