"""People, rooms, recording kits and the child: whatever can be in one place only at a time."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from schedule.models import Calendar

from cms.accounts.models import Agency, Role
from cms.places import ZONE_CHOICES
from services.models.cases import LANGUAGES, AccessNeed
from services.models.venues import Venue

LONGEST_BUFFER = 120  # minutes that a room, kit or person may need before or after a booking


class ResourceQuerySet(models.QuerySet):
    def active(self):
        return self.filter(active=True)

    def bookable(self):
        """Everything somebody may choose; a child's own row is only ever taken along with its case."""
        return self.active().exclude(kind=Resource.Kind.CHILD)

    def kept_by(self, user, now):
        """Resources of the agencies in which `user` keeps rooms and hours, and `user`'s own row."""
        from cms.accounts.models import Membership

        agencies = Membership.objects.current(now).filter(user=user, role=Role.KEEPER).values("agency_id")
        return self.bookable().filter(Q(agency_id__in=agencies) | Q(user=user))

    def of_house(self, agency):
        """What a house day shows, as somebody looks for it: an agency's rooms, then its people, then the rest."""
        order = [Resource.Kind.ROOM, Resource.Kind.PERSON, Resource.Kind.OBSERVATION_ROOM, Resource.Kind.KIT]
        place = models.Case(*(models.When(kind=kind, then=number) for number, kind in enumerate(order)))
        return self.bookable().filter(agency=agency).order_by(place, "name", "pk")


class Resource(models.Model):
    class Feature(models.TextChoices):
        STEP_FREE = "step_free", _("step-free access")
        HEARING_LOOP = "hearing_loop", _("hearing loop")
        QUIET = "quiet", _("quiet, with soft light")

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        ROOM = "room", _("interview room")
        OBSERVATION_ROOM = "observation_room", _("observation room")
        KIT = "kit", _("recording kit")
        CHILD = "child", _("child")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=100, blank=True)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="resources", verbose_name=_("agency")
    )
    venue = models.ForeignKey(
        Venue, on_delete=models.PROTECT, null=True, blank=True, related_name="resources", verbose_name=_("venue")
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="resource",
        verbose_name=_("person"),
    )
    sex = models.CharField(_("sex"), max_length=1, choices=[("F", _("woman")), ("M", _("man"))], blank=True)
    languages = ArrayField(models.CharField(max_length=3, choices=LANGUAGES), default=list, blank=True)
    child_friendly = models.BooleanField(_("child-friendly"), default=False)
    features = ArrayField(
        models.CharField(max_length=20, choices=Feature.choices), default=list, blank=True, verbose_name=_("equipment")
    )
    before_minutes = models.PositiveSmallIntegerField(
        _("minutes to prepare before"), default=0, validators=[MaxValueValidator(LONGEST_BUFFER)]
    )
    after_minutes = models.PositiveSmallIntegerField(
        _("minutes to clean and rest after"), default=0, validators=[MaxValueValidator(LONGEST_BUFFER)]
    )
    zone = models.CharField(_("time zone"), max_length=20, choices=ZONE_CHOICES, default="Asia/Jakarta")
    calendar = models.OneToOneField(
        Calendar, on_delete=models.PROTECT, null=True, blank=True, related_name="resource", editable=False
    )
    active = models.BooleanField(_("in use"), default=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        ordering = ["kind", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="child", name="", agency=None, user=None, venue=None)
                | (~Q(kind="child") & ~Q(name="") & Q(agency__isnull=False)),
                name="resource_child_is_nameless_and_others_are_named",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["room", "observation_room"]) | Q(venue__isnull=False),
                name="resource_room_has_a_venue",
            ),
            models.CheckConstraint(condition=Q(kind="person") | Q(user=None), name="resource_only_people_sign_in"),
            models.CheckConstraint(
                condition=Q(before_minutes__lte=LONGEST_BUFFER, after_minutes__lte=LONGEST_BUFFER),
                name="resource_buffers_are_short",
            ),
        ]

    def __str__(self):
        return self.name


class Qualification(models.Model):
    """What a person is trained for, and until when."""

    class Kind(models.TextChoices):
        FORENSIC = "forensic", _("forensic interviews with children")
        COMPANION = "companion", _("accompanying children")
        DISABILITY = "disability", _("interviews with children with a disability")
        THERAPY = "therapy", _("trauma therapy")

    resource = models.ForeignKey(
        Resource, on_delete=models.CASCADE, related_name="qualifications", verbose_name=_("person")
    )
    kind = models.CharField(_("trained for"), max_length=20, choices=Kind.choices)
    access_need = models.CharField(_("which"), max_length=20, choices=AccessNeed.choices, blank=True)
    expires_on = models.DateField(_("valid until"))

    class Meta:
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        ordering = ["kind", "-expires_on"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "kind", "access_need"], name="qualification_once_per_kind")
        ]


class Leave(models.Model):
    """A resource is away: sick, on leave, under repair. No reason is asked."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="leaves", verbose_name=_("resource"))
    span = DateTimeRangeField(_("from and until"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("leave")
        verbose_name_plural = _("leave")
        ordering = ["span"]
        constraints = [
            models.CheckConstraint(condition=Q(span__isempty=False), name="leave_ends_after_it_starts"),
        ]


class Availability(models.Model):
    """Working time, laid out in advance from a resource's calendar less leave and public holidays. UTC, half-open.

    Written by the materialiser only; the search for a slot reads these rows and expands no recurrence.
    """

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="+")
    span = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="availability_never_twice",
                index_type="GIST",
                expressions=[
                    (models.Func(F("resource_id"), F("resource_id"), models.Value("[]"), function="int8range"), "&&"),
                    ("span", "&&"),
                ],
            ),
        ]


class OccupancyQuerySet(models.QuerySet):
    def taken(self, now):
        """What is taken at `now`, whenever that is: live, and no hold that ran out."""
        return self.filter(Q(hold_until__isnull=True) | Q(hold_until__gt=now), live=True)


class Occupancy(models.Model):
    """*That* a resource is taken, naming no case, so that every search and every lock sees it.

    `span` is UTC and half-open and includes set-up and rest; `hold_until` marks a hold that expires.
    """

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+")
    span = DateTimeRangeField()
    live = models.BooleanField(default=True)
    hold_until = models.DateTimeField(null=True, blank=True)

    objects = OccupancyQuerySet.as_manager()

    class Meta:
        verbose_name = _("occupancy")
        verbose_name_plural = _("occupancies")
        constraints = [
            models.CheckConstraint(condition=Q(span__isempty=False), name="occupancy_lasts_some_time"),
            ExclusionConstraint(
                name="booking_one_use_of_a_resource_at_a_time",
                index_type="GIST",
                expressions=[
                    (models.Func(F("resource_id"), F("resource_id"), models.Value("[]"), function="int8range"), "&&"),
                    ("span", "&&"),
                ],
                condition=Q(live=True),
            ),
        ]


__all__ = ["Availability", "Leave", "Occupancy", "Qualification", "Resource"]
