"""Every read of the directory. `listed()` is all the public ever sees; `editable_by(user)` is all a person may change."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Left, Length, Substr
from wagtail.models import Page, PageViewRestriction
from wagtail.permissions import page_permission_policy
from wagtail.query import PageQuerySet

from directory.models.kinds import Status
from directory.rules import freshness as rules


class ListingQuerySet(PageQuerySet):
    def listed(self):
        """Published, not behind a restriction, and of the one tree of listings (docs/decisions/0003)."""
        # As Wagtail's public(), which asks for every restriction in a query of its own.
        above = Left(OuterRef("path"), Length("page__path"))
        private = PageViewRestriction.objects.filter(page__path=above)
        return self.live().filter(~Exists(private), locale__language_code=settings.LANGUAGE_CODE)

    def editable_by(self, user):
        return self.filter(pk__in=page_permission_policy.instances_user_has_permission_for(user, "change").values("pk"))


def checked_before(today, days):
    """Was the last check, of this kind of help, longer ago than its cycle and so many days? Never checked is not asked here."""
    short = models.Q(kind__in=rules.CYCLES)
    last = {cycle: today - timedelta(days=cycle + days) for cycle in (rules.SHORT, rules.LONG)}
    return (short & models.Q(checked_on__lte=last[rules.SHORT])) | (~short & models.Q(checked_on__lte=last[rules.LONG]))


class ServiceQuerySet(ListingQuerySet):
    def listed(self):
        """As above; moreover the service exists, and its provider is published too."""
        parent_path = Substr(OuterRef("path"), 1, Length(OuterRef("path")) - Page.steplen)
        provider = Page.objects.filter(live=True, path=parent_path)
        return super().listed().exclude(status=Status.DEFUNCT).filter(Exists(provider.order_by()))

    def with_freshness(self, today):
        """With `freshness`, a value of rules.freshness.Freshness, as the rule says it for each row."""
        states = rules.Freshness
        return self.annotate(
            freshness=models.Case(
                models.When(
                    models.Q(checked_on=None) | checked_before(today, rules.GRACE),
                    models.Value(states.UNCONFIRMED.value),
                ),
                models.When(checked_before(today, 0), models.Value(states.DUE.value)),
                default=models.Value(states.FRESH.value),
            )
        )

    def counted_by_kind(self, today):
        """`(kind, freshness, how many)`."""
        counted = self.with_freshness(today).order_by().values("kind", "freshness").annotate(number=models.Count("pk"))
        return counted.values_list("kind", "freshness", "number")

    def counted_by_province(self, today):
        """`(province, freshness, how many)`; a service for several provinces counts in each, one for all Indonesia as ""."""
        counted = (
            self.with_freshness(today).filter(areas__isnull=False).order_by().values("areas__province", "freshness")
        )
        counted = counted.annotate(number=models.Count("pk", distinct=True))
        return counted.values_list("areas__province", "freshness", "number")

    def unconfirmed_last(self, today):
        """In the order it has, but what is not confirmed comes after everything else; nothing is left out."""
        unconfirmed = models.Q(checked_on=None) | checked_before(today, rules.GRACE)
        return self.annotate(unconfirmed=models.ExpressionWrapper(unconfirmed, models.BooleanField())).order_by(
            "unconfirmed", *self.query.order_by
        )

    def with_details(self):
        """With everything a card or a detail page prints, in a fixed number of queries."""
        return self.prefetch_related("phones", "schedules", "special_days", "areas", "languages", "easements")
