"""What other limits of the protocol would do, as counts over all cases; small groups are hidden in the database."""

import json

from django.db import connection
from django.utils.translation import gettext_lazy as _

READ = "SELECT figure, several FROM sekali_touched_by(%s::jsonb, %s)"
FIGURES = {
    "cases": _("Open cases"),
    "late": _("of them without an interview, and later than the clock allows"),
    "ahead": _("Interviews booked or proposed, still to come"),
    "outside": _("of them outside these numbers or roles"),
}


def touched(limits, now):
    """`[(what, how many), …]` for `ProtocolLimits.to_json()`; None: fewer than five. More are told in steps of five."""
    with connection.cursor() as cursor:
        cursor.execute(READ, [json.dumps(limits), now])
        return [(FIGURES[figure], several) for figure, several in cursor.fetchall()]
