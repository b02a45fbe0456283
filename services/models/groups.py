"""Groups: several children meet the same leader in the same room every week. None of the first three tables names a child.

As Occupancy and Booking are split, so is a place in a group. `GroupPlace` says *that* one of the numbered places is taken,
naming no case, so that everybody counts the same free places; `GroupMembership` says whose it is, on the recovery's side
of the wall (docs/decisions/0024), and `GroupVisit` what came of each session for that one child. No column holds free text:
what kind of group it is stands on a list, so that no title can name a child or a reason (docs/decisions/0029).
"""

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
from cms.places import ZONE_CHOICES
from services.models.cases import LANGUAGES, Case
from services.models.consents import CaseRecord
from services.models.history import remembered
from services.models.recovery import EVERY_WEEKS, RecoveryPlan, SessionState
from services.models.resources import Occupancy, Resource
from services.rules.groups import LARGEST, OLDEST, SMALLEST
from services.rules.recovery import LONGEST, MOST_SESSIONS, SHORTEST

# The states of a session of one plan, without moving: a group is called off, not moved.
VISITS = [choice for choice in SessionState.choices if choice[0] != SessionState.MOVED]


class GroupKind(models.TextChoices):
    """What the children do there. Never why they come."""

    ART = "art", _("drawing and painting")
    MUSIC = "music", _("music and singing")
    PLAY = "play", _("play")
    MOVEMENT = "movement", _("movement and sport")
    STORIES = "stories", _("stories and theatre")
    GARDEN = "garden", _("garden and cooking")
    CRAFT = "craft", _("crafts")
    TALK = "talk", _("talking in a circle")


class GroupQuerySet(models.QuerySet):
    def going_on(self):
        return self.filter(ended_at__isnull=True)

    def with_taken(self):
        """Each with `taken`: how many of its places are."""
        return self.annotate(taken=Count("places", filter=Q(places__freed_at__isnull=True)))

    def with_next(self, now):
        """Each with `meets`: when its next session begins, or None; the next to meet first."""
        ahead = GroupSession.objects.ahead(now).filter(group=OuterRef("pk")).values("span__startswith")
        return self.annotate(meets=Subquery(ahead[:1])).order_by(F("meets").asc(nulls_last=True), "pk")


class Group(models.Model):
    """A series of meetings of one agency's leader with at most `capacity` children of some age. It keeps its shape.

    `years_from` and `years_to` are whole years, both included, or both None for any age. `key` and `payload_hash` make the
    form that booked it idempotent, as a plan's do.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    kind = models.CharField(_("kind of group"), max_length=10, choices=GroupKind.choices)
    language = models.CharField(_("language"), max_length=3, choices=LANGUAGES, default="id")
    capacity = models.PositiveSmallIntegerField(
        _("places"), validators=[MinValueValidator(SMALLEST), MaxValueValidator(LARGEST)]
    )
    years_from = models.PositiveSmallIntegerField(_("from age"), null=True, blank=True)
    years_to = models.PositiveSmallIntegerField(_("to age"), null=True, blank=True)
    leader = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+", verbose_name=_("leader"))
    room = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+", verbose_name=_("room"))
    zone = models.CharField(max_length=20, choices=ZONE_CHOICES)
    every_weeks = models.PositiveSmallIntegerField(_("every"), choices=EVERY_WEEKS)
    minutes = models.PositiveSmallIntegerField(
        _("length"), validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)]
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    key = models.UUIDField(unique=True)
    payload_hash = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("recorded"))

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["id", "capacity"], name="group_and_its_capacity"),
            models.CheckConstraint(condition=Q(capacity__range=(SMALLEST, LARGEST)), name="group_of_a_possible_size"),
            models.CheckConstraint(
                condition=Q(years_from__isnull=True, years_to__isnull=True)
                | Q(years_from__lte=F("years_to"), years_to__lte=OLDEST),
                name="group_of_children_of_an_age",
            ),
            models.CheckConstraint(
                condition=Q(every_weeks__in=[1, 2], minutes__range=(SHORTEST, LONGEST)),
                name="group_of_a_possible_length",
            ),
        ]

    def get_absolute_url(self):
        return reverse("services:group_detail", args=[self.pk])

    @property
    def ages(self):
        """From when to when, or nothing for any age."""
        return "" if self.years_from is None else f"{self.years_from}-{self.years_to}"


class GroupSessionQuerySet(models.QuerySet):
    def ahead(self, now):
        """Not called off, and still to come."""
        return self.filter(cancelled_at__isnull=True, span__startswith__gt=now).order_by("span")


class GroupSession(models.Model):
    """One meeting of a group. `span` is UTC, half-open; `leader_time` and `room_time` are what it takes, buffers included.

    Called off once, for everybody: a trigger lets its times go, and every child's.
    """

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField(_("number"))
    span = DateTimeRangeField(_("time"))
    leader_time = models.OneToOneField(Occupancy, on_delete=models.PROTECT, related_name="+")
    room_time = models.OneToOneField(Occupancy, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(_("called off"), null=True, blank=True)

    objects = GroupSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session of a group")
        verbose_name_plural = _("sessions of groups")
        ordering = ["span"]
        constraints = [
            models.UniqueConstraint(fields=["group", "number"], name="groupsession_one_of_each_number"),
            models.UniqueConstraint(fields=["id", "group"], name="groupsession_and_its_group"),
            models.CheckConstraint(
                condition=Q(span__isempty=False, number__range=(1, MOST_SESSIONS)), name="groupsession_lasts_some_time"
            ),
        ]

    @property
    def starts(self):
        return self.span.lower

    @property
    def ends(self):
        return self.span.upper


class GroupPlace(models.Model):
    """One of the places 1 to `capacity` of a group is taken, from `at` until `freed_at`. By whom, it does not say.

    Only the database's own functions write it: `sekali_take_place`, and the triggers that free what a membership held.
    """

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="places")
    number = models.PositiveSmallIntegerField()
    capacity = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    freed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("place in a group")
        verbose_name_plural = _("places in groups")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "number"], condition=Q(freed_at__isnull=True), name="groupplace_one_child_each"
            ),
            models.UniqueConstraint(fields=["id", "group"], name="groupplace_and_its_group"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=F("capacity")), name="groupplace_within_capacity"
            ),
        ]


class GroupMembershipQuerySet(models.QuerySet):
    def current(self):
        return self.filter(left_at__isnull=True)


@remembered
class GroupMembership(CaseRecord):
    """The child of a case has a place in a group, as part of its recovery plan, until `left_at`."""

    plan = models.ForeignKey(RecoveryPlan, on_delete=models.PROTECT, related_name="memberships")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+", verbose_name=_("group"))
    place = models.OneToOneField(GroupPlace, on_delete=models.PROTECT, related_name="+")
    left_at = models.DateTimeField(_("left"), null=True, blank=True)

    objects = GroupMembershipQuerySet.as_manager()

    class Meta(CaseRecord.Meta):
        verbose_name = _("child in a group")
        verbose_name_plural = _("children in groups")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "group"], condition=Q(left_at__isnull=True), name="groupmembership_once_per_group"
            ),
            models.UniqueConstraint(fields=["id", "case", "group"], name="groupmembership_its_case_and_group"),
        ]


class GroupVisitQuerySet(models.QuerySet):
    def ahead(self, now):
        """Booked and still to come."""
        return self.filter(state=SessionState.BOOKED, session__span__startswith__gt=now).order_by("session__span")


@remembered
class GroupVisit(models.Model):
    """What came of one session for one child of the group: attendance, a fact. `occupancy` is the child's own time."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")
    membership = models.ForeignKey(GroupMembership, on_delete=models.PROTECT, related_name="visits")
    session = models.ForeignKey(GroupSession, on_delete=models.PROTECT, related_name="+")
    occupancy = models.OneToOneField(Occupancy, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("attendance"), max_length=10, choices=VISITS, default=SessionState.BOOKED)

    objects = GroupVisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit to a group")
        verbose_name_plural = _("visits to groups")
        constraints = [
            models.UniqueConstraint(fields=["membership", "session"], name="groupvisit_once_per_session"),
            models.CheckConstraint(
                condition=Q(state__in=[state for state, _label in VISITS]), name="groupvisit_known_state"
            ),
        ]
