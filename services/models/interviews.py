"""The one planned, recorded, joint interview of a case, and what the rules let follow it."""

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency, Role
from cms.models import ProtocolVersion
from services.models.cases import Case
from services.models.consents import CaseRecord
from services.models.history import remembered
from services.models.resources import Leave, Resource
from services.models.venues import Venue
from services.rules import states
from services.rules.interviews import approved
from services.rules.invitations import UNABLE


class Kind(models.TextChoices):
    JOINT = "joint", _("joint interview")
    CONTINUATION = "continuation", _("continuation")
    SUPPLEMENTARY = "supplementary", _("supplementary interview")
    COURT_ORDERED = "court_ordered", _("interview ordered by a court")


class State(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    BOOKED = "booked", _("booked")
    HELD = "held", _("held")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("lapsed")


class Response(models.TextChoices):
    INVITED = "invited", _("not answered yet")
    ACCEPTED = "accepted", _("comes")
    DECLINED = "declined", _("cannot come")
    OTHER_TIME = "other_time", _("suggests another time")


class Presence(models.TextChoices):
    IN_ROOM = "in_room", _("in the room")
    OBSERVING = "observing", _("behind the glass")
    REMOTE = "remote", _("remote")


class InterviewQuerySet(models.QuerySet):
    def live(self):
        """Proposed, booked or held: everything that was not cancelled and did not lapse."""
        return self.exclude(state__in=states.ENDED)

    def standing(self, now):
        """The live ones, but for proposals whose time to answer ran out by `now` and that were not swept yet."""
        return self.live().exclude(state=State.PROPOSED, proposed_until__lte=now)

    def ahead(self, now):
        """Proposed or booked, and their hour has not come."""
        return self.standing(now).filter(state__in=states.AHEAD, span__startswith__gt=now)

    def under_another(self, code, at):
        """Those booked under another version of a protocol than the one that rules at `at`."""
        ruling = ProtocolVersion.objects.of(code).filter(effective_from__lte=at).values("pk")[:1]
        return self.exclude(protocol=models.Subquery(ruling))

    def of(self, case):
        return self.filter(case=case).order_by("span")


@remembered
class Interview(models.Model):
    """A planned interview. `span` is UTC, half-open, and is what people are shown; `zone` is the venue's clock.

    Its states and what leads from one to the next stand in `services.rules.states`. A proposed one holds its resources
    until `proposed_until`, and stands once the quorum has accepted.

    `key` and `payload_hash` make the form that booked it idempotent: the same key with the same contents finds this
    row again, with other contents it is refused.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="interviews", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.JOINT)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.BOOKED)
    span = DateTimeRangeField(_("time"))
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="+", verbose_name=_("venue"))
    zone = models.CharField(max_length=20)
    protocol = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    asking = models.ForeignKey(
        "services.Asking", on_delete=models.PROTECT, null=True, blank=True, related_name="interviews"
    )
    key = models.UUIDField(unique=True)
    payload_hash = models.CharField(max_length=64)
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    booked_at = models.DateTimeField()
    held_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    proposed_until = models.DateTimeField(_("waits for answers until"), null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)
    prosecutor_absent_because = models.CharField(_("why no prosecutor attends"), max_length=300, blank=True)

    objects = InterviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("interview")
        verbose_name_plural = _("interviews")
        ordering = ["span"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(kind="joint") & ~Q(state__in=["cancelled", "expired"]),
                name="interview_one_joint_interview_per_case",
            ),
            models.UniqueConstraint(
                fields=["asking"], condition=~Q(state__in=["cancelled", "expired"]), name="interview_one_per_asking"
            ),
            models.UniqueConstraint(fields=["id", "case"], name="interview_and_its_case"),
            models.CheckConstraint(
                condition=Q(kind="joint", asking=None) | (~Q(kind="joint") & Q(asking__isnull=False)),
                name="interview_after_the_first_follows_an_asking",
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(held_at__isnull=False), name="interview_held_at_some_time"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values) & Q(state__in=State.values), name="interview_known_kind_and_state"
            ),
            models.CheckConstraint(condition=Q(span__isempty=False), name="interview_lasts_some_time"),
            models.CheckConstraint(
                condition=Q(state="proposed", proposed_until__isnull=False)
                | Q(state__in=["booked", "held"], proposed_until=None)
                | Q(state__in=["cancelled", "expired"]),
                name="interview_waits_for_answers_while_proposed",
            ),
            models.CheckConstraint(
                condition=Q(proposed_until=None) | Q(span__startswith__gte=F("proposed_until")),
                name="interview_waits_for_no_answer_past_its_hour",
            ),
            models.CheckConstraint(
                condition=~Q(state="expired") | Q(expired_at__isnull=False), name="interview_lapsed_at_some_time"
            ),
        ]

    def get_absolute_url(self):
        return reverse("services:interview_detail", args=[self.case.code, self.pk])

    def state_at(self, moment):
        """The state as it is at `moment`: a proposal nobody has swept yet lapses by the clock."""
        lapsed = self.state == State.PROPOSED and self.proposed_until <= moment
        return State.EXPIRED if lapsed else State(self.state)

    def seen_at(self, moment):
        """This interview, its state shown as it is at `moment`; not to be saved."""
        self.state = self.state_at(moment)
        return self

    @property
    def starts(self):
        return self.span.lower

    @property
    def ends(self):
        return self.span.upper

    @property
    def sessions(self):
        """Its sessions in order: one, itself, or the parts of an extended interview. All have `starts` and `ends`."""
        return list(self.parts.all()) or [self]

    @property
    def due(self):
        """The session that comes next, or waits for somebody to say that it was held; itself where none does."""
        return next((part for part in self.parts.all() if part.state == "planned"), self)

    def session_in(self, span):
        """The session for which somebody is booked from `span.lower` until `span.upper`."""
        return next((one for one in self.sessions if one.starts < span.upper and span.lower < one.ends), self)


class ParticipantQuerySet(models.QuerySet):
    def of_person(self, user, now):
        """`user`'s own places at interviews that are still ahead."""
        ahead = Interview.objects.ahead(now).values("pk")
        return self.filter(resource__user=user, interview__in=ahead).order_by("interview__span", "pk")

    def unanswered(self):
        return self.filter(response=Response.INVITED)

    def unable(self):
        """Those who cannot come, or not then."""
        return self.filter(response__in=UNABLE)

    def with_leave(self):
        """Each with `is_away`: is the person on leave, whatever they answered, in the time of the interview?"""
        leave = Leave.objects.filter(resource=OuterRef("resource"), span__overlap=OuterRef("interview__span"))
        return self.annotate(is_away=Exists(leave))


@remembered
class Participant(models.Model):
    """Who attends, in which role, and how, and what they answered when invited: they alone, and without a reason.

    A substitute takes the row over and is invited anew; who was there before is in the former states.
    `other_start` is UTC and goes with the answer that suggests another time.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="participants")
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    presence = models.CharField(_("attends"), max_length=10, choices=Presence.choices, default=Presence.IN_ROOM)
    response = models.CharField(_("answer"), max_length=10, choices=Response.choices, default=Response.INVITED)
    answered_at = models.DateTimeField(null=True, blank=True)
    other_start = models.DateTimeField(_("suggested time"), null=True, blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["interview", "resource", "role"], name="participant_once_per_role"),
            models.CheckConstraint(
                condition=Q(response="invited", answered_at=None)
                | Q(response__in=["accepted", "declined", "other_time"], answered_at__isnull=False),
                name="participant_answered_at_some_time",
            ),
            models.CheckConstraint(
                condition=Q(response="other_time", other_start__isnull=False)
                | (~Q(response="other_time") & Q(other_start=None)),
                name="participant_suggests_a_time_with_that_answer_only",
            ),
        ]

    def get_absolute_url(self):
        return reverse("services:invitation_answer", args=[self.pk])

    @property
    def is_unable(self):
        return self.response in UNABLE


class Asking(CaseRecord):
    """Somebody wishes to ask the child again about topics that are not yet told and recorded.

    It needs a written reason, and approvals before it can be booked; a court's order needs its date and court
    instead. The reason says why another interview is needed, never what happened.
    """

    kind = models.CharField(_("kind"), max_length=20, choices=[c for c in Kind.choices if c[0] != Kind.JOINT])
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    follows = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=500)
    court = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("court")
    )
    ordered_on = models.DateField(_("ordered on"), null=True, blank=True)
    topics = models.ManyToManyField("cms.Topic", through="AskingTopic", related_name="+")

    class Meta(CaseRecord.Meta):
        verbose_name = _("wish to ask again")
        constraints = [
            models.UniqueConstraint(fields=["id", "case"], name="asking_and_its_case"),
            models.CheckConstraint(condition=~Q(kind="joint"), name="asking_is_never_a_joint_interview"),
            models.CheckConstraint(condition=~Q(reason=""), name="asking_has_its_reason"),
            models.CheckConstraint(
                condition=~Q(kind="court_ordered") | Q(court__isnull=False, ordered_on__isnull=False),
                name="asking_of_a_court_names_court_and_day",
            ),
        ]

    @property
    def is_approved(self):
        """Have enough people agreed, as `rules.interviews.approved` counts them? Reads the approvals, prefetched or not."""
        given = self.approvals.all()
        return approved(self.kind, frozenset(one.role for one in given), len({one.by_id for one in given}))


class AskingTopic(models.Model):
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    asking = models.ForeignKey(Asking, on_delete=models.PROTECT, related_name="+")
    topic = models.ForeignKey("cms.Topic", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asking", "topic"], name="askingtopic_once")]


class Approval(CaseRecord):
    """One of the people who must agree before a child is asked again. Rows are only ever added."""

    asking = models.ForeignKey(Asking, on_delete=models.PROTECT, related_name="approvals")
    role = models.CharField(_("as"), max_length=20, choices=Role.choices)

    class Meta(CaseRecord.Meta):
        verbose_name = _("approval")
        constraints = [models.UniqueConstraint(fields=["asking", "by"], name="approval_once_per_person")]
