"""The recovery of an erased case goes with it, to the last hour that was taken; and nothing else goes before."""

import io
from datetime import timedelta

from django.core.management import call_command
from django.db import transaction

from cms.database.context import acting_as
from services.actions import families, recovery, waiting
from tests import factories
from tests.services import recovering
from tests.services.keeping import close, rows_of, told_cases
from tests.services.test_erasure import OUTLIVES


def erase():
    out = io.StringIO()
    call_command("erase", stdout=out)
    return out.getvalue()


def recovered(house, one):
    """Something in every table of recovery, ended, so that the case can be closed."""
    worker = house.cast.social_worker
    facts = {"case": one.case, "by": worker, "now": factories.now()}
    with transaction.atomic():
        hana, (room,) = recovering.therapist(house.cast), recovering.therapy_rooms(house.cast)
        with acting_as(worker):
            waiting.join_waiting_list(urgency=1, need="alone", **facts)
            plan = recovering.book(one.case, worker, recovering.weekly(hana, room))
            families.note_sibling(code=house.other.code, **facts)
            recovery.cancel_plan(plan=plan, **facts)


def test_everything_of_a_recovery_goes_with_its_case(own_database, owner):
    house = told_cases("due", "other")
    recovered(house, house.due)
    taken = [row[0] for row in owner.execute("SELECT occupancy_id FROM services_recoverybooking").fetchall()]
    assert len(taken) == 12
    close(house, house.due)
    before = {table for table in rows_of(owner, house.due.case.pk) if "recovery" in table or "waiting" in table}
    assert {"services_recoveryplan", "services_recoverysession", "services_recoverysessionformer",
            "services_recoverymemberformer", "services_waitingentryformer"} <= before  # fmt: skip
    assert "1 of 1 closed cases are due" in erase()
    assert set(rows_of(owner, house.due.case.pk)) <= OUTLIVES
    left = owner.execute("SELECT count(*) FROM services_occupancy WHERE id = ANY (%s)", [taken]).fetchone()
    assert left == (0,)
    other = rows_of(owner, house.other.case.pk)
    assert other["services_familymember"] == 1


def test_a_sessions_past_time_is_not_swept_away_as_loose(own_database, owner):
    house = told_cases("open", "other")
    recovered(house, house.open)
    long_ago = factories.span(factories.now() - timedelta(days=200), minutes=60)
    owner.execute(
        "UPDATE services_occupancy SET span = %s, live = false WHERE id = (SELECT min(occupancy_id) FROM services_recoverybooking)",
        [long_ago],
    )
    erase()
    assert owner.execute("SELECT count(*) FROM services_recoverybooking").fetchone() == (12,)
