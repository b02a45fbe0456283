"""An agency asks to see an existing record instead of asking the child; whoever keeps the record answers, for a time."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency
from services.models.consents import CaseRecord
from services.models.history import remembered
from services.models.needs import QuestionNeed
from services.models.testimony import Testimony
from services.rules.accesses import standing

IN_CUSTODY = "SELECT access_id FROM sekali_my_custody()"


class RecordAccessQuerySet(models.QuerySet):
    def waiting(self):
        """Not answered yet."""
        return self.filter(state=RecordAccess.State.REQUESTED)

    def answered_with_the_record(self):
        """Requests that the record answered instead of the child: each is one asking avoided."""
        return self.filter(state__in=[RecordAccess.State.GRANTED, RecordAccess.State.ENDED])

    def in_custody(self):
        """Requests that the current user answers as coordinator, nobody of the keeping agency being on the case."""
        return self.filter(pk__in=RawSQL(IN_CUSTODY, ()))  # noqa: S611 -- a constant without a parameter


@remembered
class RecordAccess(CaseRecord):
    """A request to see one record, and its answer. `until` is the last day, on the clock of the agency that keeps it.

    The steps stand in services.rules.accesses. `instructions` say how to see the record (an appointment at the agency),
    never what is in it and never a way to a copy.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("waits for an answer")
        GRANTED = "granted", _("may be seen")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        ENDED = "ended", _("ended early")

    class Refusal(models.TextChoices):
        NO_TASK = "no_task", _("the agency has no task in this case that needs it")
        ORDER_NEEDED = "order_needed", _("an order of a court or a prosecutor is needed first")
        BEING_EXAMINED = "being_examined", _("the record is being examined; please ask again later")
        NOT_HERE = "not_here", _("the record is no longer kept here")
        DANGER = "danger", _("it would put the child or others in danger")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    testimony = models.ForeignKey(Testimony, on_delete=models.PROTECT, related_name="accesses")
    purpose = models.CharField(_("what for"), max_length=20, choices=QuestionNeed.Purpose.choices, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("answered"), null=True, blank=True)
    until = models.DateField(_("may be seen until"), null=True, blank=True)
    instructions = models.CharField(_("how to see it"), max_length=300, blank=True)
    refusal = models.CharField(_("why not"), max_length=20, choices=Refusal.choices, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = RecordAccessQuerySet.as_manager()

    class Meta(CaseRecord.Meta):
        verbose_name = _("request to see a record")
        verbose_name_plural = _("requests to see a record")
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "testimony"], condition=Q(state="requested"), name="recordaccess_one_open_request"
            ),
            models.CheckConstraint(
                condition=Q(
                    state="requested", decided_at=None, decided_by=None, until=None, instructions="", refusal="",
                    ended_at=None, ended_by=None,
                )
                | Q(
                    state="withdrawn", decided_at=None, decided_by=None, until=None, instructions="", refusal="",
                    ended_at__isnull=False, ended_by__isnull=False,
                )
                | Q(
                    Q(state="refused", decided_at__isnull=False, decided_by__isnull=False, until=None),
                    ~Q(refusal=""),
                    instructions="", ended_at=None, ended_by=None,
                )
                | Q(
                    Q(decided_at__isnull=False, decided_by__isnull=False, until__isnull=False, refusal=""),
                    Q(state="granted", ended_at=None, ended_by=None)
                    | Q(state="ended", ended_at__isnull=False, ended_by__isnull=False),
                    ~Q(instructions=""),
                ),
                name="recordaccess_says_what_its_state_needs",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("by")), name="recordaccess_answered_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(instructions__iregex=r"://|www\."), name="recordaccess_instructions_are_no_link"
            ),
        ]  # fmt: skip

    def get_absolute_url(self):
        return reverse("services:access_detail", args=[self.case.code, self.pk])

    @property
    def zone(self):
        """The clock that `until` is read on: the keeping agency's."""
        return ZoneInfo(self.testimony.custodian.zone)

    def standing(self, moment):
        """The state as of `moment`; see services.rules.accesses.standing."""
        today = localdate(moment, self.zone)
        return standing(self.state, self.until, today=today, corrected=not self.testimony.stands)
