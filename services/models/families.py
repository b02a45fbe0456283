"""Which cases are of one family, so that siblings travel once. No name, no word how they are related."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from services.models.cases import Case
from services.models.consents import CaseRecord
from services.models.history import remembered


class FamilyQuerySet(models.QuerySet):
    def siblings_of(self, case, user, now):
        """The other cases of its family, as far as `user` leads them."""
        mine = self.filter(case=case, left_at__isnull=True).values("family")
        rows = self.filter(family__in=mine, left_at__isnull=True).exclude(case=case)
        return Case.objects.led_by(user, now).filter(pk__in=rows.values("case_id"))


@remembered
class FamilyMember(CaseRecord):
    """This case belongs to a family, which is nothing but a random number that its cases share.

    A row is read by who leads its case: somebody who leads only one of them learns that it has siblings here, and not
    which (docs/decisions/0025).
    """

    family = models.UUIDField(default=uuid.uuid4, editable=False)
    left_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects = FamilyQuerySet.as_manager()

    class Meta(CaseRecord.Meta):
        verbose_name = _("member of a family")
        verbose_name_plural = _("families")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(left_at__isnull=True), name="familymember_of_one_family"
            )
        ]
