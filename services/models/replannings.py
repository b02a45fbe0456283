"""Planning anew: somebody or something fell out for a while, and what is proposed for each interview it was booked for.

A `Replanning` belongs to no case: which resource, from when until when, and counts. A `Proposal` belongs to one case and is
seen by its members only; it holds ids and times. Background work writes proposals; members accept them as moves.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from services.models.cases import Case
from services.models.interviews import Interview, State
from services.models.moves import Move
from services.models.resources import Resource


class ReplanningQuerySet(models.QuerySet):
    def of(self, agencies):
        """Of resources of these agencies, or touching a case one is on: of proposals, row security shows only those."""
        return self.filter(
            Q(resource__agency__in=agencies) | Exists(Proposal.objects.filter(replanning=OuterRef("pk")))
        )

    def unfinished(self):
        return self.exclude(state=Replanning.State.DONE)


class Replanning(models.Model):
    """`resource` is away during `span` (UTC, half-open). `best` is the number of the round that counts: 1 came at once, 2
    was thought about. Counts are of interviews; `greedy_moved` is what the first round would have moved.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        THINKING = "thinking", _("a better plan is being looked for")
        DONE = "done", _("ready")

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="+", verbose_name=_("resource"))
    span = DateTimeRangeField(_("from and until"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    best = models.PositiveSmallIntegerField(default=0)
    affected = models.PositiveSmallIntegerField(default=0)
    moved = models.PositiveSmallIntegerField(default=0)
    greedy_moved = models.PositiveSmallIntegerField(default=0)
    unplaced = models.PositiveSmallIntegerField(default=0)
    thinking_since = models.DateTimeField(null=True)

    objects = ReplanningQuerySet.as_manager()

    class Meta:
        verbose_name = _("planning anew")
        verbose_name_plural = _("planning anew")
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(condition=Q(span__isempty=False), name="replanning_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "thinking", "done"]), name="replanning_known_state"
            ),
        ]

    def get_absolute_url(self):
        return reverse("services:replanning_detail", args=[self.pk])

    @property
    def kept(self):
        """Interviews that keep their hour with somebody or something else."""
        return self.affected - self.moved - self.unplaced


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

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["was", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["replanning", "interview", "round"], name="proposal_once_per_round"),
            models.CheckConstraint(condition=Q(span=None) | Q(span__isempty=False), name="proposal_lasts_some_time"),
        ]
