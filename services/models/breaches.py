"""The breach register: what went wrong with data, what was done, who was told. Entries are only ever added."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency


class DataKind(models.TextChoices):
    IDENTITY = "identity", _("who a child is")
    CONTACT = "contact", _("how a child can be reached")
    BOOKING = "booking", _("hours and places of interviews")
    LEDGER = "ledger", _("what a child has told about, topic by topic")
    NEEDS = "needs", _("age, language, needs, safety")
    ACCOUNTS = "accounts", _("accounts of officers and providers")
    LISTINGS = "listings", _("drafts of providers' pages")


class Breach(models.Model):
    """Something went wrong. `noticed_at` is when the first person noticed; the 3×24 h run from there."""

    class Kind(models.TextChoices):
        SEEN = "seen", _("somebody saw what is not theirs to see")
        SENT = "sent", _("sent to the wrong person")
        LOST = "lost", _("a device, paper or copy was lost or stolen")
        BROKEN_INTO = "broken_into", _("somebody broke into an account or a system")
        CHANGED = "changed", _("data was changed or deleted that should not have been")
        AWAY = "away", _("data could not be reached when it was needed")
        OTHER = "other", _("something else")

    class Noticed(models.TextChoices):
        STAFF = "staff", _("by a colleague")
        CHILD = "child", _("by the child or the family")
        PARTNER = "partner", _("by another agency or a provider")
        SYSTEM = "system", _("by a system's alarm")
        STRANGER = "stranger", _("by somebody outside")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    kind = models.CharField(_("what happened"), max_length=20, choices=Kind.choices)
    noticed = models.CharField(_("how it was noticed"), max_length=20, choices=Noticed.choices)
    noticed_at = models.DateTimeField(_("noticed"))
    summary = models.CharField(_("in a few words"), max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("data breach")
        verbose_name_plural = _("breach register")
        ordering = ["-noticed_at"]
        constraints = [
            models.CheckConstraint(condition=Q(noticed_at__lte=models.F("at")), name="breach_noticed_before_recorded"),
            models.CheckConstraint(condition=~Q(summary=""), name="breach_says_what_happened"),
        ]

    def get_absolute_url(self):
        return reverse("services:breach_detail", args=[self.pk])


class BreachEntry(models.Model):
    """What became known, was done, or was told, after the first report. Never rewritten: a correction is a new entry."""

    class Step(models.TextChoices):
        FOUND = "found", _("found out")
        DONE = "done", _("done about it")
        AUTHORITY_TOLD = "authority_told", _("authority told")
        PEOPLE_TOLD = "people_told", _("those affected told")
        CLOSED = "closed", _("closed")

    class Whom(models.TextChoices):
        CHILDREN = "children", _("children and their families")
        STAFF = "staff", _("officers")
        PROVIDERS = "providers", _("providers")

    class Channel(models.TextChoices):
        IN_PERSON = "in_person", _("in person, by somebody the child trusts")
        SAFE_CONTACT = "safe_contact", _("through the confirmed safe contact")
        LAWYER = "lawyer", _("through the child's lawyer")
        WORK_MAIL = "work_mail", _("at their address at work")

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="entries")
    step = models.CharField(_("what this is"), max_length=20, choices=Step.choices)
    happened_at = models.DateTimeField(_("when"))
    words = models.CharField(_("in a few words"), max_length=500)
    data_kinds = ArrayField(models.CharField(max_length=20, choices=DataKind.choices), default=list, blank=True)
    people = models.PositiveIntegerField(_("how many people"), null=True, blank=True)
    whom = models.CharField(_("who was told"), max_length=20, choices=Whom.choices, blank=True)
    channel = models.CharField(_("how they were told"), max_length=20, choices=Channel.choices, blank=True)
    contact_confirmed_on = models.DateField(_("safe contact confirmed on"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("entry of the breach register")
        verbose_name_plural = _("entries of the breach register")
        ordering = ["happened_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(happened_at__lte=models.F("at")), name="breachentry_happened_before_recorded"
            ),
            models.CheckConstraint(
                condition=~Q(step="people_told") | (~Q(whom="") & ~Q(channel="")),
                name="breachentry_says_who_was_told_and_how",
            ),
            # A child is never written to at home: in person, through a lawyer, or a contact confirmed for this.
            models.CheckConstraint(
                condition=~Q(whom="children")
                | Q(channel__in=["in_person", "lawyer"])
                | Q(channel="safe_contact", contact_confirmed_on__isnull=False),
                name="breachentry_children_are_told_safely",
            ),
        ]
