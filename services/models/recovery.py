"""Recovery after the interview: a plan, its sessions with one therapist, and who treats the child. Never what is said there.

These tables stand on the other side of a wall from the evidence: whoever works on the interview sees none of their
rows, and a therapist sees nothing but them (docs/decisions/0024). No column holds free text.
"""

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
from cms.places import ZONE_CHOICES
from services.models.cases import Case
from services.models.consents import CaseRecord
from services.models.history import remembered
from services.models.resources import Occupancy, Resource
from services.rules.recovery import LONGEST, MOST_SESSIONS, SHORTEST

EVERY_WEEKS = [(1, _("every week")), (2, _("every two weeks"))]


class PlanState(models.TextChoices):
    ACTIVE = "active", _("in progress")
    PAUSED = "paused", _("paused")
    ENDED = "ended", _("reviewed and ended")
    CANCELLED = "cancelled", _("cancelled")


class SessionState(models.TextChoices):
    """Attendance is a fact, and these are all the facts there are."""

    BOOKED = "booked", _("booked")
    CAME = "came", _("came")
    MISSED = "missed", _("did not come")
    MOVED = "moved", _("moved")
    CANCELLED = "cancelled", _("left out")


class ReviewOutcome(models.TextChoices):
    CONTINUE = "continue", _("goes on with a further plan")
    FINISH = "finish", _("finished: no more sessions are needed")
    REFER = "refer", _("goes on with somebody else")


class HandoverReason(models.TextChoices):
    FIRST = "first", _("the first therapist")
    CHILD_WISHES = "child_wishes", _("the child wishes it")
    AWAY = "away", _("the therapist is ill or on leave")
    LEFT = "left", _("the therapist no longer works there")
    OTHER_TRAINING = "other_training", _("another training is needed")
    TRAVEL = "travel", _("closer to where the child lives")


class RecoveryMemberQuerySet(models.QuerySet):
    def current(self, now):
        return self.filter(Q(ends__isnull=True) | Q(ends__gt=now), starts__lte=now)


@remembered
class RecoveryMember(models.Model):
    """A therapist treats the child of a case, from a moment until another: the only membership of that side.

    The same person is never on the case's other team at the same time; a trigger keeps the two apart.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", verbose_name=_("case"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    starts = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"), null=True, blank=True)

    objects = RecoveryMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("therapist of a case")
        verbose_name_plural = _("therapists of a case")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "user"], condition=Q(ends__isnull=True), name="recoverymember_once_per_case"
            ),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=models.F("starts")),
                name="recoverymember_ends_after_it_starts",
            ),
        ]


class RecoveryPlanQuerySet(models.QuerySet):
    def live(self):
        """In progress or paused: what has not come to its end."""
        return self.filter(state__in=[PlanState.ACTIVE, PlanState.PAUSED])


@remembered
class RecoveryPlan(CaseRecord):
    """A series of sessions, every week or every two, of `minutes`, with the therapist of its present `turn`.

    `key` and `payload_hash` make the form that booked it idempotent, as an interview's do. `review_on` is the day on
    which the team looks back; an ended plan has the `outcome` of that review.
    """

    state = models.CharField(_("state"), max_length=10, choices=PlanState.choices, default=PlanState.ACTIVE)
    therapist = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+", verbose_name=_("therapist"))
    turn = models.PositiveSmallIntegerField(default=1)
    room = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+", verbose_name=_("room"))
    zone = models.CharField(max_length=20, choices=ZONE_CHOICES)
    every_weeks = models.PositiveSmallIntegerField(_("every"), choices=EVERY_WEEKS)
    minutes = models.PositiveSmallIntegerField(
        _("length"), validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)]
    )
    planned = models.PositiveSmallIntegerField(
        _("sessions"), validators=[MinValueValidator(1), MaxValueValidator(MOST_SESSIONS)]
    )
    review_on = models.DateField(_("look back on"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=ReviewOutcome.choices, blank=True)
    key = models.UUIDField(unique=True)
    payload_hash = models.CharField(max_length=64)

    objects = RecoveryPlanQuerySet.as_manager()

    class Meta(CaseRecord.Meta):
        verbose_name = _("recovery plan")
        verbose_name_plural = _("recovery plans")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(state__in=["active", "paused"]), name="recoveryplan_one_at_a_time"
            ),
            models.UniqueConstraint(fields=["id", "case"], name="recoveryplan_and_its_case"),
            models.CheckConstraint(
                condition=Q(state="ended", outcome__in=ReviewOutcome.values)
                | Q(state__in=["active", "paused", "cancelled"], outcome=""),
                name="recoveryplan_ends_with_its_review",
            ),
            models.CheckConstraint(condition=Q(every_weeks__in=[1, 2]), name="recoveryplan_every_week_or_two"),
            models.CheckConstraint(
                condition=Q(minutes__range=(SHORTEST, LONGEST), planned__range=(1, MOST_SESSIONS)),
                name="recoveryplan_of_a_possible_size",
            ),
        ]

    def get_absolute_url(self):
        return reverse("services:recovery_detail", args=[self.case.code, self.pk])

    @property
    def changes_of_therapist(self):
        return self.turn - 1


class Handover(CaseRecord):
    """Who treats the child from this `turn` of the plan on, and why. The first turn is one, too; rows only grow."""

    plan = models.ForeignKey(RecoveryPlan, on_delete=models.PROTECT, related_name="handovers")
    turn = models.PositiveSmallIntegerField()
    therapist = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+", verbose_name=_("therapist"))
    reason = models.CharField(_("why"), max_length=20, choices=HandoverReason.choices)

    class Meta(CaseRecord.Meta):
        verbose_name = _("change of therapist")
        verbose_name_plural = _("changes of therapist")
        ordering = ["turn"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "turn"], name="handover_one_per_turn"),
            models.UniqueConstraint(fields=["plan", "turn", "therapist"], name="handover_names_the_therapist"),
            models.CheckConstraint(
                condition=Q(turn=1, reason="first")
                | Q(turn__gt=1, reason__in=[r for r in HandoverReason.values if r != "first"]),
                name="handover_has_its_reason",
            ),
        ]


class SessionQuerySet(models.QuerySet):
    def ahead(self, now):
        """Booked and still to come."""
        return self.filter(state=SessionState.BOOKED, span__startswith__gt=now).order_by("span")

    def counted(self):
        """What stands on the path: booked or past, not what was moved away or left out."""
        return self.filter(state__in=[SessionState.BOOKED, SessionState.CAME, SessionState.MISSED]).order_by("span")


@remembered
class RecoverySession(models.Model):
    """One meeting of a plan. `span` is UTC, half-open. (plan, turn, therapist) is a key into the handovers: the same
    therapist through a turn, whatever a statement says. Moving one leaves this row as moved and adds another.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", verbose_name=_("case"))
    plan = models.ForeignKey(RecoveryPlan, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField(_("number"))
    turn = models.PositiveSmallIntegerField()
    therapist = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+", verbose_name=_("therapist"))
    room = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+", verbose_name=_("room"))
    span = DateTimeRangeField(_("time"))
    state = models.CharField(_("attendance"), max_length=10, choices=SessionState.choices, default=SessionState.BOOKED)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("recovery session")
        verbose_name_plural = _("recovery sessions")
        ordering = ["span"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"],
                condition=Q(state__in=["booked", "came", "missed"]),
                name="recoverysession_one_of_each_number",
            ),
            models.UniqueConstraint(fields=["id", "case"], name="recoverysession_and_its_case"),
            models.CheckConstraint(condition=Q(span__isempty=False), name="recoverysession_lasts_some_time"),
            models.CheckConstraint(
                condition=Q(state__in=SessionState.values, number__range=(1, MOST_SESSIONS)),
                name="recoverysession_known_state_and_number",
            ),
        ]

    @property
    def starts(self):
        return self.span.lower

    @property
    def ends(self):
        return self.span.upper


@remembered
class RecoveryBooking(models.Model):
    """Which occupancy serves which session: the half of it that only the recovery side sees."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(RecoverySession, on_delete=models.PROTECT, related_name="bookings")
    occupancy = models.OneToOneField(Occupancy, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("booking of a session")
        verbose_name_plural = _("bookings of sessions")


class WaitingQuerySet(models.QuerySet):
    def in_line(self):
        """Who waits, in the order in which places go: urgency, then waiting time."""
        return self.filter(state=WaitingEntry.State.WAITING).order_by("urgency", "at", "pk")


@remembered
class WaitingEntry(CaseRecord):
    """A child waits for a therapist because nobody has time. `at` is since when."""

    class Urgency(models.IntegerChoices):
        AT_ONCE = 1, _("at once")
        SOON = 2, _("soon")
        CAN_WAIT = 3, _("can wait")

    class Need(models.TextChoices):
        ALONE = "alone", _("therapy for one child")
        FAMILY = "family", _("therapy together with siblings")
        GROUP = "group", _("a place in a group")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        PLACED = "placed", _("has a plan")
        WITHDRAWN = "withdrawn", _("taken off the list")

    urgency = models.PositiveSmallIntegerField(_("urgency"), choices=Urgency.choices)
    need = models.CharField(_("need"), max_length=10, choices=Need.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    offered_at = models.DateTimeField(_("a place was offered"), null=True, blank=True)

    objects = WaitingQuerySet.as_manager()

    class Meta(CaseRecord.Meta):
        verbose_name = _("place on the waiting list")
        verbose_name_plural = _("waiting list")
        ordering = ["urgency", "at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="waiting"), name="waitingentry_one_place_per_case"
            ),
            models.CheckConstraint(
                condition=Q(urgency__in=[1, 2, 3], state__in=["waiting", "placed", "withdrawn"]),
                name="waitingentry_known_urgency_and_state",
            ),
        ]
