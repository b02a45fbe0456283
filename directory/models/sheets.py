"""A spreadsheet that somebody sent and that is not in the directory yet: its rows, kept for a day, for its sender alone.

Row security shows a sheet to nobody but its sender, whatever asks (migration 0006). What a row says is erased as soon as
its listing is saved; a row that names a shelter's place is never kept at all, only that it was there
(docs/decisions/0037-spreadsheets.md).
"""

import json
import uuid
from datetime import timedelta

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

KEPT_FOR = timedelta(days=1)


class SheetQuerySet(models.QuerySet):
    def visible_to(self, user, now):
        """One's own, until they expire."""
        return self.filter(by=user, ends_at__gt=now)

    def expired(self, now):
        return self.filter(ends_at__lte=now)


# Django's own bulk update builds an expression for each value: twenty times as slow for a thousand rows.
REMEMBER = """
UPDATE directory_sheetrow AS kept
   SET cells = told.cells, fate = told.fate, saved = told.saved, remarks = told.remarks, changes = told.changes,
       office = told.office, name = told.name, place = told.place, numbers = told.numbers, services = told.services
  FROM jsonb_to_recordset(%s::jsonb) AS told (id bigint, cells jsonb, fate text, saved boolean, remarks jsonb,
       changes jsonb, office text, name text, place text, numbers jsonb, services jsonb)
 WHERE kept.id = told.id
"""
REMEMBERED = ("id", "cells", "fate", "saved", "remarks", "changes", "office", "name", "place", "numbers", "services")


class SheetRowQuerySet(models.QuerySet):
    def remember(self, rows):
        """Write what these rows now say, all in one statement."""
        told = [{name: getattr(row, name) for name in REMEMBERED} for row in rows]
        with connection.cursor() as cursor:
            cursor.execute(REMEMBER, [json.dumps(told, cls=DjangoJSONEncoder)])


class Sheet(models.Model):
    """One file: which of its columns were understood, and how far the work on it has come."""

    class State(models.TextChoices):
        CHECKING = "checking", pgettext_lazy("spreadsheet", "being checked")
        READY = "ready", pgettext_lazy("spreadsheet", "waits for you")
        SAVING = "saving", pgettext_lazy("spreadsheet", "being saved")
        SAVED = "saved", pgettext_lazy("spreadsheet", "saved")

    identifier = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKING)
    columns = models.JSONField(default=list)  # [letter, name in the file, our name or ""]
    rows_in_all = models.PositiveIntegerField(default=0)
    todo = models.PositiveIntegerField(default=0)  # rows to be checked, or to be saved, in this state
    done = models.PositiveIntegerField(default=0)  # of these

    objects = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("spreadsheet")
        verbose_name_plural = _("spreadsheets")
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__lte=models.F("made_at") + KEPT_FOR), name="sheet_is_kept_for_a_day_at_most"
            ),
            models.CheckConstraint(
                condition=models.Q(done__lte=models.F("todo")), name="sheet_has_done_no_more_rows_than_it_has"
            ),
        ]

    def get_absolute_url(self):
        return reverse("directory:sheet_detail", args=[self.identifier])

    @property
    def at_work(self):
        return self.state in {self.State.CHECKING, self.State.SAVING}

    @property
    def percent(self):
        return 100 * self.done // self.todo if self.todo else 100


class SheetRow(models.Model):
    """One row: what it says, until that is saved; what came of it."""

    class Fate(models.TextChoices):
        WAITING = "", pgettext_lazy("spreadsheet", "not checked yet")
        NEW = "new", pgettext_lazy("spreadsheet", "new")
        CHANGED = "changed", pgettext_lazy("spreadsheet", "changed")
        UNCHANGED = "unchanged", pgettext_lazy("spreadsheet", "unchanged")
        FAULTY = "faulty", pgettext_lazy("spreadsheet", "with faults")

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()  # as a spreadsheet shows it
    cells = models.JSONField(default=dict)  # by our names of the columns
    fate = models.CharField(max_length=10, choices=Fate.choices, default=Fate.WAITING, blank=True)
    saved = models.BooleanField(default=False)
    remarks = models.JSONField(default=list)  # objections: key, field, values, warning
    changes = models.JSONField(default=list)  # [listing, field, before, after]
    # By which rows of one file are found to be the same office.
    office = models.CharField(max_length=300, blank=True)  # `#17` for a provider that is here, else its name's key
    name = models.CharField(max_length=255, blank=True)
    place = models.CharField(max_length=120, blank=True)  # province|district
    numbers = models.JSONField(default=list)
    services = models.JSONField(default=list)  # what its services are called

    objects = SheetRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("row of a spreadsheet")
        verbose_name_plural = _("rows of a spreadsheet")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "number"], name="sheet_row_is_there_once"),
            models.CheckConstraint(
                condition=models.Q(saved=False) | models.Q(cells={}, changes=[]),
                name="sheet_row_says_nothing_once_it_is_saved",
            ),
        ]
        indexes = [models.Index(fields=["sheet", "fate", "number"], name="sheet_row_by_fate")]
