"""Open a case one is not on, because a child is in danger: an hour, a reason, an alarm. And say that one knows of it."""

from datetime import timedelta
from typing import Any

from django.db import connection

from cms.accounts.models import Membership, Role, User
from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.models import EmergencyAccess
from services.notices import something_to_read

LASTING: Any = timedelta(hours=1)  # psycopg takes it; Django's stubs do not know
MOST_A_DAY = 3  # attempts of one person within 24 hours, found or not
OPEN = "SELECT opened, too_often FROM sekali_open_in_emergency(%s, %s, %s, %s, %s)"


@action("emergency.refused")
def open_in_emergency(*, code, reason, typed, site, by, now):
    """Let `by` read the case with `code` for an hour. Returns the EmergencyAccess, or None where there is no such case.

    None is the same for a code that is unknown and one of another province; `typed` is the HMAC of what was typed,
    which is recorded then. The coordinators of the case's agency and its case manager get a notice; `site` is where
    they sign in. Refuses a fourth attempt within a day.
    """
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [code, reason, now, LASTING, MOST_A_DAY])
        case_id, too_often = cursor.fetchone()
    if too_often:
        raise Objected([Objection("emergency_too_often", values={"most": MOST_A_DAY})])
    if case_id is None:
        record("emergency.hidden", by=by, now=now, typed=typed)
        return None
    access = EmergencyAccess.objects.filter(by=by, case_id=case_id).latest("at")
    record("emergency.opened", by=by, now=now, about=access, case_id=case_id)
    something_to_read(_who_must_know(access, now), site)
    return access


def _who_must_know(access, now):
    coordinators = Membership.objects.current(now).filter(agency=access.agency_id, role=Role.COORDINATOR)
    people = User.objects.filter(pk__in=coordinators.values("user_id")) | User.objects.filter(pk=access.case.manager_id)
    return list(people.exclude(pk=access.by_id).filter(is_active=True).distinct())


@action("emergency.refused")
def acknowledge(*, access, by, now):
    """A coordinator of the case's agency says that they know. Twice is once; nobody acknowledges their own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sekali_emergency_seen(%s, %s)", [access.pk, now])
        done = cursor.fetchone()[0]
    if done:
        record("emergency.seen", by=by, now=now, about=access, case_id=access.case_id)
    return bool(done)
