"""The limits that a protocol's page carries: the numbers the rules of booking read, each with its source.

A protocol has all of them or none: one that only guides people needs no number, and booking never reads it.
"""

from dataclasses import fields
from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.fields import StreamField

from cms import blocks
from cms.limits import (
    HOLD_HOURS,
    HOLD_SOURCE,
    MOST_HOLD_HOURS,
    MOST_PARTS,
    AgeBand,
    CheckItem,
    ProtocolLimits,
    RequiredRole,
    Weights,
)

LIMIT_FIELDS = (
    "bands",
    "roles",
    "weights",
    "clock_days",
    "clock_source",
    "sessions_a_day",
    "sessions_source",
    "hold_hours",
    "hold_source",
    "reasons_for",
    "preparation",
    "blind",
    "pause_minutes",
    "pause_source",
    "parts_most",
    "parts_days_apart",
    "parts_source",
    "effective_from",
)
EMPTY_BAND = {field.name: time.min if field.type is time else field.type() for field in fields(AgeBand)}
EMPTY_ITEM = {field.name: field.type() for field in fields(CheckItem)}


class Limited(models.Model):
    """What a page needs to carry limits; all of them may be empty."""

    bands = StreamField(blocks.BandsBlock(), blank=True, verbose_name=_("limits by age"))
    roles = StreamField(blocks.RolesBlock(), blank=True, verbose_name=_("required roles"))
    weights = StreamField(
        blocks.WeightsBlock(),
        blank=True,
        verbose_name=_("what counts against a time"),
        help_text=_("Only what shall weigh otherwise than usual. It orders times and forbids nothing."),
    )
    clock_days = models.PositiveSmallIntegerField(
        _("days from the report to the interview"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    clock_source = models.CharField(_("source of the clock"), max_length=240, blank=True, help_text=blocks.SOURCE_HELP)
    sessions_a_day = models.PositiveSmallIntegerField(
        _("interviews a day at most"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    sessions_source = models.CharField(
        _("source of interviews a day"), max_length=240, blank=True, help_text=blocks.SOURCE_HELP
    )

    hold_hours = models.PositiveSmallIntegerField(
        _("hours a proposed interview waits for answers"),
        default=HOLD_HOURS,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_HOLD_HOURS)],
    )
    hold_source = models.CharField(
        _("source of those hours"), max_length=240, blank=True, default=HOLD_SOURCE, help_text=blocks.SOURCE_HELP
    )
    reasons_for = StreamField(
        blocks.ReasonsBlock(),
        blank=True,
        verbose_name=_("warnings that want a reason when somebody books all the same"),
    )

    preparation = StreamField(
        blocks.PreparationBlock(), blank=True, verbose_name=_("what is ticked off before each interview")
    )
    blind = models.BooleanField(
        _("the interviewer is kept blind"),
        default=False,
        help_text=_("The interviewer sees topics only: not why agencies ask, and not what was told before."),
    )
    pause_minutes = models.PositiveSmallIntegerField(
        _("pause for observers, minutes before the end"), null=True, blank=True, help_text=_("Empty: no pause.")
    )
    pause_source = models.CharField(_("source of the pause"), max_length=240, blank=True, help_text=blocks.SOURCE_HELP)
    parts_most = models.PositiveSmallIntegerField(
        _("most sessions of an extended interview"),
        null=True,
        blank=True,
        validators=[MinValueValidator(2), MaxValueValidator(MOST_PARTS)],
        help_text=_("Empty: an interview is one session."),
    )
    parts_days_apart = models.PositiveSmallIntegerField(
        _("days between the sessions, at least"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("1 is the next day."),
    )
    parts_source = models.CharField(
        _("source of the extended interview"), max_length=240, blank=True, help_text=blocks.SOURCE_HELP
    )

    class Meta:
        abstract = True

    @property
    def has_limits(self):
        """Is any limit given? The hours of waiting stand on every page, and alone they limit nothing."""
        alone = {"hold_hours", "hold_source", "effective_from"}
        return any(getattr(self, name) for name in LIMIT_FIELDS if name not in alone)

    def limits(self):
        """The limits as `ProtocolLimits.to_json()` has them, zero and empty where a draft has gaps; `{}` without any."""
        return ProtocolLimits.to_json(self.given_limits()) if self.has_limits else {}

    def given_limits(self):
        return ProtocolLimits(
            bands=tuple(AgeBand(**(EMPTY_BAND | _given(block.value))) for block in self.bands),
            roles=tuple(
                RequiredRole(
                    block.value["role"] or "",
                    tuple(block.value["presences"] or ()),
                    block.value["source"] or "",
                    must_accept=bool(block.value["must_accept"]),
                )
                for block in self.roles
            ),
            clock_days=self.clock_days or 0,
            clock_source=self.clock_source,
            sessions_a_day=self.sessions_a_day or 0,
            sessions_source=self.sessions_source,
            hold_hours=self.hold_hours,
            weights=Weights(**{b.value["what"]: float(b.value["days"]) for b in self.weights if _filled(b.value)}),
            reasons_for=tuple(block.value for block in self.reasons_for),
            preparation=tuple(CheckItem(**(EMPTY_ITEM | _given(block.value))) for block in self.preparation),
            blind=self.blind,
            pause_minutes=self.pause_minutes or 0,
            pause_source=self.pause_source,
            parts_most=self.parts_most or 0,
            parts_days_apart=self.parts_days_apart or 0,
            parts_source=self.parts_source,
            hold_source=self.hold_source,
        )


def _given(value):
    """What an editor filled in; a draft has gaps."""
    return {name: part for name, part in value.items() if part is not None}


def _filled(value):
    return bool(value["what"]) and value["days"] is not None
