"""A child's case, under a code only, and the people who may see it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency, Membership, Role
from cms.places import PROVINCE_CHOICES, PROVINCES, zone_of
from services.models.history import remembered
from services.rules.codes import LENGTH


class Sex(models.TextChoices):
    ANY = "", _("no preference")
    FEMALE = "F", _("a woman")
    MALE = "M", _("a man")


LANGUAGES = [
    ("id", _("Indonesian")),
    ("jv", _("Javanese")),
    ("su", _("Sundanese")),
    ("mad", _("Madurese")),
    ("min", _("Minangkabau")),
    ("btk", _("Batak")),
    ("bug", _("Buginese")),
    ("mak", _("Makassarese")),
    ("ban", _("Balinese")),
    ("ace", _("Acehnese")),
    ("bjn", _("Banjarese")),
    ("sas", _("Sasak")),
    ("pmy", _("Papuan Malay")),
    ("ins", _("Indonesian sign language (BISINDO)")),
    ("en", _("English")),
]


class AccessNeed(models.TextChoices):
    WHEELCHAIR = "wheelchair", _("step-free rooms")
    DEAF = "deaf", _("sign language")
    HEARING = "hearing", _("hard of hearing")
    SIGHT = "sight", _("sees little or nothing")
    SPEECH = "speech", _("speaks with difficulty")
    LEARNING = "learning", _("needs simpler words and more time")
    AUTISM = "autism", _("needs quiet and a fixed order")


class Preference(models.TextChoices):
    VISIT_BEFORE = "visit_before", _("see the room beforehand")
    MORE_BREAKS = "more_breaks", _("more breaks")
    COMFORT_OBJECT = "comfort_object", _("bring something of one's own")
    DRAWING = "drawing", _("draw while talking")
    COMPANION_NEAR = "companion_near", _("companion in the room")
    MORNING = "morning", _("in the morning")
    AFTERNOON = "afternoon", _("in the afternoon")


class SafetyFlag(models.TextChoices):
    PARENT_SUSPECTED = "parent_suspected", _("a parent is suspected")
    SUSPECT_AT_HOME = "suspect_at_home", _("the suspect lives where the child lives")
    CONTACT_CONTINUES = "contact_continues", _("contact with the suspect goes on")
    THREATS = "threats", _("there were threats")


# In SQL because every page of the closed side asks it: putting the same together anew took longer than the answer.
VISIBLE = """
SELECT seen.id FROM (SELECT %s::bigint AS person, %s::timestamptz AS moment) AS asked, LATERAL (
  SELECT member.case_id FROM services_casemember member
   WHERE member.user_id = asked.person
     AND member.starts <= asked.moment AND (member.ends IS NULL OR member.ends > asked.moment)
  UNION ALL
  SELECT managed.id FROM services_case managed
    JOIN accounts_user person ON person.id = managed.manager_id AND person.is_active
    JOIN accounts_membership held ON held.user_id = managed.manager_id AND held.agency_id = managed.agency_id
   WHERE managed.manager_id = asked.person
     AND held.starts <= asked.moment AND (held.ends IS NULL OR held.ends > asked.moment)
  UNION ALL
  SELECT access.case_id FROM services_emergencyaccess access
   WHERE access.by_id = asked.person AND access.at <= asked.moment AND access.until > asked.moment
) AS seen (id)
"""
HELD = """
ARRAY(SELECT member.role FROM services_casemember member
       WHERE member.case_id = services_case.id AND member.user_id = %s
         AND member.starts <= %s AND (member.ends IS NULL OR member.ends > %s))
"""


class CaseQuerySet(models.QuerySet):
    def visible_to(self, user, now):
        """Cases of which `user` is a member, or the case manager, or which they opened in an emergency, at `now`.

        Row security says the same in SQL.
        """
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        return self.filter(pk__in=RawSQL(VISIBLE, [user.pk, now]))  # noqa: S611 -- a constant; values are parameters

    def with_roles_of(self, user, now):
        """Each case with `asked_for` (the key of `user`) and `roles_held` (their roles on its team at `now`)."""
        held = RawSQL(HELD, [user.pk, now, now], output_field=ArrayField(models.CharField()))  # noqa: S611 -- as above
        return self.annotate(asked_for=models.Value(user.pk), roles_held=held)

    def led_by(self, user, now):
        """Cases that `user` leads at `now`, as case manager or coordinator: who sees both sides of the wall."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        leading = CaseMember.objects.current(now).filter(user=user, role__in=[Role.CASE_MANAGER, Role.COORDINATOR])
        agencies = Membership.objects.current(now).filter(user=user).values("agency_id")
        return self.filter(Q(pk__in=leading.values("case_id")) | Q(manager=user, agency__in=agencies))

    def treated_by(self, user, now):
        """Cases whose child `user` treats at `now`. `visible_to` knows nothing of them: it is the evidence's side."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        from services.models.recovery import RecoveryMember  # it stands on this module

        return self.filter(pk__in=RecoveryMember.objects.current(now).filter(user=user).values("case_id"))

    def recovering_with(self, user, now):
        """Cases whose recovery `user` may see at `now`: those they lead, and those whose child they treat."""
        return self.led_by(user, now) | self.treated_by(user, now)

    def open(self):
        return self.filter(closed_at__isnull=True)


@remembered
class Case(models.Model):
    """One child's case. No column here says who the child is: that is sealed, in identities.py, under the case's key.

    `age_months` is the age at `opened_at`; `reported_on` starts the protocol's clock.
    """

    code = models.CharField(_("case code"), max_length=LENGTH, unique=True, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("case manager")
    )
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    reported_on = models.DateField(_("day of the report"))
    age_months = models.PositiveSmallIntegerField(
        _("age in months"), validators=[MinValueValidator(0), MaxValueValidator(18 * 12 - 1)]
    )
    province = models.CharField(_("province"), max_length=5, choices=PROVINCE_CHOICES)
    language = models.CharField(_("language the child speaks best"), max_length=3, choices=LANGUAGES, default="id")
    access_needs = ArrayField(models.CharField(max_length=20, choices=AccessNeed.choices), default=list, blank=True)
    preferences = ArrayField(models.CharField(max_length=20, choices=Preference.choices), default=list, blank=True)
    safety_flags = ArrayField(models.CharField(max_length=20, choices=SafetyFlag.choices), default=list, blank=True)
    interviewer_sex = models.CharField(_("interviewer"), max_length=1, choices=Sex.choices, default="", blank=True)
    companion_sex = models.CharField(_("companion"), max_length=1, choices=Sex.choices, default="", blank=True)
    child_resource = models.OneToOneField("services.Resource", on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(null=True, unique=True, editable=False)  # of the form that opened it: one press, one case

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["-opened_at"]
        constraints = [
            models.CheckConstraint(condition=Q(age_months__lt=216), name="case_is_of_a_child"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^K-[2-9A-Z]{4}-[2-9A-Z]{4}$"), name="case_code_is_well_formed"
            ),
        ]

    def get_absolute_url(self):
        return reverse("services:case_detail", args=[self.code])

    @property
    def zone(self):
        """The `ZoneInfo` of the child's province."""
        return zone_of(self.province)

    @property
    def place(self):
        return PROVINCES[self.province][0]

    @property
    def parent_suspected(self):
        return SafetyFlag.PARENT_SUSPECTED in self.safety_flags


class CaseMemberQuerySet(models.QuerySet):
    def current(self, now):
        return self.filter(Q(ends__isnull=True) | Q(ends__gt=now), starts__lte=now)


@remembered
class CaseMember(models.Model):
    """Somebody of an agency works on a case in a role, from a moment until another. This is what makes it visible."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="members", verbose_name=_("case"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    # A companion may be a relative; SPPA art. 23(3) bars the parent who is the suspect, and so does every role here.
    is_suspect_parent = models.BooleanField(_("is the parent who is suspected"), default=False)
    starts = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"), null=True, blank=True)

    objects = CaseMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member of the team")
        verbose_name_plural = _("team")
        ordering = ["role", "starts"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "user", "role"], condition=Q(ends__isnull=True), name="casemember_once_per_role"
            ),
            models.CheckConstraint(condition=Q(is_suspect_parent=False), name="casemember_is_never_the_suspect"),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=models.F("starts")), name="casemember_ends_after_it_starts"
            ),
        ]
