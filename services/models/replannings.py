"""Planning anew: people or things fell out for a while, and what is proposed for each interview they were booked for.

A `Replanning` belongs to no case: an agency, counts, and one `Absence` for each resource that is away. A `Mark` and a
`Proposal` belong to one case and are seen by its members only: the one says what the planner wants of an interview, the
other what came of it; both hold ids and times. Background work writes proposals; members accept them as moves.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
from services.models.cases import Case
from services.models.interviews import Interview, State
from services.models.moves import Move
from services.models.resources import Resource


class ReplanningQuerySet(models.QuerySet):
    def of(self, agencies):
        """For these agencies, or touching a case one is on: of proposals, row security shows only those."""
        return self.filter(Q(agency__in=agencies) | Exists(Proposal.objects.filter(replanning=OuterRef("pk"))))

    def unfinished(self):
        return self.exclude(state=Replanning.State.DONE)


class Replanning(models.Model):
    """What `agency` asked for. `best` is the number of the round that counts: 1 came at once, 2 was thought about. Counts
    are of interviews; `greedy_moved` is what the first round would have moved. `fingerprint` is of everything that was
    asked (services.rules.replanning_wish), so that the same question is not thought about twice at a time.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        THINKING = "thinking", _("a better plan is being looked for")
        DONE = "done", _("ready")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    fingerprint = models.CharField(max_length=64, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    best = models.PositiveSmallIntegerField(default=0)
    affected = models.PositiveSmallIntegerField(default=0)
    moved = models.PositiveSmallIntegerField(default=0)
    greedy_moved = models.PositiveSmallIntegerField(default=0)
    unplaced = models.PositiveSmallIntegerField(default=0)
    frozen = models.PositiveSmallIntegerField(default=0)
    thinking_since = models.DateTimeField(null=True)

    objects = ReplanningQuerySet.as_manager()

    class Meta:
        verbose_name = _("planning anew")
        verbose_name_plural = _("planning anew")
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "thinking", "done"]), name="replanning_known_state"
            ),
            models.UniqueConstraint(
                fields=["fingerprint"], condition=~Q(state="done"), name="replanning_thought_about_once_at_a_time"
            ),
        ]

    def get_absolute_url(self):
        return reverse("services:replanning_detail", args=[self.pk])

    @property
    def kept(self):
        """Interviews that keep their hour with somebody or something else."""
        return self.affected - self.moved - self.unplaced - self.frozen


class Absence(models.Model):
    """`resource` is away during `span` (UTC, half-open), and fills no seat of the plan then. No reason is asked."""

    replanning = models.ForeignKey(Replanning, on_delete=models.CASCADE, related_name="absences")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="+", verbose_name=_("resource"))
    span = DateTimeRangeField(_("from and until"))

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(span__isempty=False), name="absence_ends_after_it_starts"),
            models.UniqueConstraint(fields=["replanning", "resource"], name="absence_once_per_resource"),
        ]


class Mark(models.Model):
    """What the planner wants of one interview, whoever is away: that it moves out of `off`, or that nobody touches it."""

    class Kind(models.TextChoices):
        MOVE = "move", _("to be moved too")
        FREEZE = "freeze", _("not to be touched")

    replanning = models.ForeignKey(Replanning, on_delete=models.CASCADE, related_name="marks")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    off = DateTimeRangeField(null=True)

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["replanning", "interview"], name="mark_once_per_interview"),
            models.CheckConstraint(
                condition=Q(kind="move", off__isnull=False, off__isempty=False) | Q(kind="freeze", off=None),
                name="mark_moves_out_of_a_time_or_freezes",
            ),
        ]


class ProposalQuerySet(models.QuerySet):
    def counting(self):
        """Of each planning anew, the round that counts."""
        return self.filter(round=F("replanning__best"))

    def open(self, now):
        """Still to be decided: the interview is where it was when the plan was made, and its hour has not come."""
        return self.counting().filter(
            ~Exists(Move.objects.filter(key=OuterRef("key"))),
            interview__state=State.BOOKED,
            interview__span=F("was"),
            was__startswith__gt=now,
        )


class Proposal(models.Model):
    """One interview's place in a plan. `picks` maps role or thing to resource id; without `span` no time was found.

    `hit_by` holds the ids of the absences that touch it, `mark` what the planner wanted of it; one of them is why it is in
    the plan. One that is hit and frozen has no span: nothing is proposed for it.

    `key` is the key of the move by which it is accepted, so that accepting twice is once.
    """

    replanning = models.ForeignKey(Replanning, on_delete=models.CASCADE, related_name="proposals")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField()
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    was = DateTimeRangeField()
    span = DateTimeRangeField(null=True)
    picks = models.JSONField(default=dict)
    hit_by = ArrayField(models.BigIntegerField(), default=list)
    mark = models.CharField(max_length=6, choices=Mark.Kind.choices, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["was", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["replanning", "interview", "round"], name="proposal_once_per_round"),
            models.CheckConstraint(condition=Q(span=None) | Q(span__isempty=False), name="proposal_lasts_some_time"),
            models.CheckConstraint(condition=Q(mark="move") | Q(hit_by__len__gt=0), name="proposal_has_a_reason"),
            models.CheckConstraint(condition=~Q(mark="freeze") | Q(span=None), name="proposal_leaves_frozen_alone"),
        ]
