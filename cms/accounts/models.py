"""People, the agencies they work for, and in which roles."""

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cms.places import PROVINCE_CHOICES, ZONE_CHOICES


class Role(models.TextChoices):
    """What somebody does for a child's case; the words are docs/glossary.md's."""

    CASE_MANAGER = "case_manager", _("case manager")
    INTERVIEWER = "interviewer", _("interviewer")
    INVESTIGATOR = "investigator", _("investigator")
    PROSECUTOR = "prosecutor", _("prosecutor")
    COMPANION = "companion", _("companion")
    PSYCHOLOGIST = "psychologist", _("psychologist")
    PROTECTION_OFFICER = "protection_officer", _("LPSK officer")
    INTERPRETER = "interpreter", _("interpreter")
    LAWYER = "lawyer", _("lawyer")
    PROBATION_OFFICER = "probation_officer", _("probation officer")
    COORDINATOR = "coordinator", _("coordinator")
    KEEPER = "keeper", _("keeper of rooms and hours")


class UserManager(BaseUserManager):
    use_in_migrations = True

    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractUser):
    """Somebody who signs in with an e-mail address. A child never has an account."""

    username = None
    email = models.EmailField(_("e-mail"), unique=True)
    first_name = models.CharField(_("name"), max_length=150)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["first_name"]
    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_one_account_per_address")]

    def __str__(self):
        return self.get_full_name()

    @property
    def name(self):
        return self.get_full_name()

    @cached_property
    def agency_name(self):
        """The agency somebody mainly works for, for the head of their pages; empty for a provider or a stranger.

        Whoever a session names brings it along (backend.py).
        """
        current = self.memberships.current(timezone.now()).order_by("starts", "pk")
        return current.values_list("agency__name", flat=True).first() or ""


class Agency(models.Model):
    """Whom people work for: a UPTD PPA, a police unit, a prosecutor's office. Not a directory listing."""

    class Kind(models.TextChoices):
        UPTD_PPA = "uptd_ppa", _("UPTD PPA")
        POLICE = "police", _("police unit")
        PROSECUTOR = "prosecutor", _("prosecutor's office")
        LPSK = "lpsk", _("LPSK")
        HOSPITAL = "hospital", _("hospital")
        SOCIAL_AFFAIRS = "social_affairs", _("social affairs office")
        COURT = "court", _("court")
        HOUSE = "house", _("child-friendly house")
        OTHER = "other", _("other agency")

    name = models.CharField(_("name"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    province = models.CharField(_("province"), max_length=5, choices=PROVINCE_CHOICES)
    district = models.CharField(
        _("district"), max_length=100, help_text=_("Regency or city, for example Kota Bandung.")
    )
    zone = models.CharField(_("time zone"), max_length=20, choices=ZONE_CHOICES, default="Asia/Jakarta")

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        ordering = ["name"]

    def __str__(self):
        return self.name


class MembershipQuerySet(models.QuerySet):
    def current(self, now):
        """Memberships in force at `now`: begun, and not ended."""
        return self.filter(models.Q(ends__isnull=True) | models.Q(ends__gt=now), starts__lte=now, user__is_active=True)


class Membership(models.Model):
    """Somebody works for an agency in a role, from a day until another."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("person"))
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("agency"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    starts = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "agency", "role"],
                condition=models.Q(ends__isnull=True),
                name="membership_one_open_per_role",
            ),
            models.CheckConstraint(
                condition=models.Q(ends__isnull=True) | models.Q(ends__gt=models.F("starts")),
                name="membership_ends_after_it_starts",
            ),
        ]

    def __str__(self):
        return f"{self.user}, {self.get_role_display()}, {self.agency}"


class Attempt(models.Model):
    """Something counted at the door (cms/accounts/attempts.py). `key` is an HMAC; gone soon after it expires."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)
