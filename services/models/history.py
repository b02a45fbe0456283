"""What a row said before: every change of a case's row keeps the row as it was, with who changed it and when.

django-pghistory writes it by a trigger, so that no way of changing a row goes past it. Only former states are kept;
the present one is the row itself. Ciphertext is copied as ciphertext. The application reads these tables (behind row
security, as members of the case) and cannot write them; background jobs delete them when a case is erased.
"""

import pghistory
import pghistory.models
from django.db import models


class CurrentUser(models.Func):
    """The user the database answers for, as a column's default. See cms.database.context."""

    function = "sekali_current_user"
    output_field = models.BigIntegerField()


class Former(pghistory.models.Event):
    """Base of the tables of former states. `changed_by` is a plain number: history outlives accounts."""

    changed_by = models.BigIntegerField(null=True, db_default=CurrentUser())

    class Meta:
        abstract = True


def remembered(model):
    """Class decorator: keep the former states of `model`'s rows in a table of their own, `<model>event`."""
    return pghistory.track(
        pghistory.UpdateEvent("changed", row=pghistory.Old),
        pghistory.DeleteEvent("deleted", row=pghistory.Old),
        base_model=Former,
        context_field=None,
        context_id_field=None,
    )(model)
