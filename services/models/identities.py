"""Who the child is, under the key of the case: sealed, opened only for a reason, and erased with the key."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cms.encryption.fields import SealedField, sealed_or_empty
from services.models.cases import Case
from services.models.consents import CaseRecord
from services.models.history import remembered
from services.models.interviews import Asking

# Several columns that make one fact: they are recorded, shown and taken away together.
SEALED = (
    "called_name",
    "birth_date",
    "nik",
    "contact_who",
    "contact_channel",
    "contact_number",
    "contact_when",
    "separation",
)


class Fact(models.TextChoices):
    """What can be recorded, and shown, on its own."""

    CALLED_NAME = "called_name", _("name the child wishes to be called")
    BIRTH_DATE = "birth_date", _("birth date")
    NIK = "nik", _("NIK")
    CONTACT = "contact", _("safe contact")
    SEPARATION = "separation", _("who must not meet")
    REFERENCES = "references", _("references")


class Channel(models.TextChoices):
    """How the safe contact is reached."""

    CALL = "call", _("telephone call")
    WHATSAPP = "whatsapp", _("WhatsApp")
    SMS = "sms", _("SMS")
    VISIT = "visit", _("visit, arranged beforehand")


class Reason(models.TextChoices):
    """Why somebody lets themselves be shown who the child is. A list: free words would end up holding a name."""

    PREPARE = "prepare", _("to prepare or hold the interview")
    REACH = "reach", _("to reach the child or the safe contact")
    PROTECT = "protect", _("to keep people apart")
    AUTHORITY = "authority", _("for a letter to an authority or a court")
    CORRECT = "correct", _("to check or correct what is recorded")


@remembered
class ChildIdentity(models.Model):
    """The sealed facts of one child; no column of it is readable without the case's key.

    `revision` grows with every change, so that the index job knows what it has not seen. `contact_confirmed_on` is the
    day on which somebody last made sure that the contact is safe; an unconfirmed one is not used for notices.
    """

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="identity", verbose_name=_("case"))
    called_name = SealedField(label="childidentity.called_name")
    birth_date = SealedField(label="childidentity.birth_date")
    nik = SealedField(label="childidentity.nik")
    contact_who = SealedField(label="childidentity.contact_who")
    contact_channel = SealedField(label="childidentity.contact_channel")
    contact_number = SealedField(label="childidentity.contact_number")
    contact_when = SealedField(label="childidentity.contact_when")
    contact_confirmed_on = models.DateField(null=True, blank=True)
    separation = SealedField(label="childidentity.separation")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("identity of the child")
        verbose_name_plural = _("identities of children")
        constraints = [
            sealed_or_empty(*SEALED, model="childidentity"),
            models.CheckConstraint(
                condition=Q(contact_confirmed_on__isnull=True) | ~Q(contact_number=""),
                name="childidentity_confirms_a_contact_that_is_there",
            ),
        ]

    def recorded(self):
        """The facts that are there, references apart; nothing is opened for it."""
        columns = {Fact.CONTACT: "contact_number"}
        return [fact for fact in Fact if fact != Fact.REFERENCES and getattr(self, columns.get(fact, fact.value))]


class CaseReferenceQuerySet(models.QuerySet):
    def standing(self):
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


@remembered
class CaseReference(CaseRecord):
    """The number under which somebody else keeps this case. Added, or withdrawn; a wrong one is not rewritten."""

    class Kind(models.TextChoices):
        SIMFONI = "simfoni", _("SIMFONI PPA")
        POLICE_REPORT = "police_report", _("police report")
        CYBERTIPLINE = "cybertipline", _("CyberTipline report")
        COURT_DECISION = "court_decision", _("court decision")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    number = SealedField(label="casereference.number")
    asking = models.ForeignKey(
        Asking, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("interview ordered")
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = CaseReferenceQuerySet.as_manager()

    class Meta(CaseRecord.Meta):
        verbose_name = _("reference")
        verbose_name_plural = _("references")
        constraints = [
            sealed_or_empty("number", model="casereference"),
            models.CheckConstraint(condition=~Q(number=""), name="casereference_has_a_number"),
            models.CheckConstraint(
                condition=Q(asking__isnull=True) | Q(kind="court_decision"),
                name="casereference_of_an_order_is_a_decision",
            ),
        ]


class IdentityIndex(models.Model):
    """Keyed fingerprints that find the same child twice. Made and read by background jobs only; the site has no right.

    Empty where the fact is not recorded. `revision` is the one of the identity it was made from.
    """

    identity = models.OneToOneField(ChildIdentity, on_delete=models.CASCADE, primary_key=True, related_name="+")
    revision = models.PositiveIntegerField()
    nik = models.CharField(max_length=64, blank=True)
    name_and_birth = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["nik"], condition=~Q(nik=""), name="identityindex_by_nik"),
            models.Index(
                fields=["name_and_birth"], condition=~Q(name_and_birth=""), name="identityindex_by_name_birth"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(nik__regex="^([0-9a-f]{64})?$") & Q(name_and_birth__regex="^([0-9a-f]{64})?$"),
                name="identityindex_holds_fingerprints_only",
            )
        ]
