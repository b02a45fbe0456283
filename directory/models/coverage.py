"""Counted reads of what is listed: how many services there are for children, by kind, province and age.

Only what a child could use now is counted: a service that works, and that takes somebody under 18. One whose listing
says no age takes all. A shelter is counted like any other, by the area it is for: where it stands is not known here.
"""

from django.db.models import Count, Exists, F, OuterRef, Q

from directory.models.kinds import ServiceKind, Status
from directory.models.offers import ServicePage
from directory.models.parts import ServiceArea
from directory.rules.atlas import BANDS, NATIONWIDE, OLDEST, YOUNGEST, Coverage, Tally, coverage


def takes(youngest, oldest):
    """A service that takes somebody from `youngest` to `oldest` years of age, both included."""
    from_age = Q(minimum_age__isnull=True) | Q(minimum_age__lte=oldest)
    to_age = Q(maximum_age__isnull=True) | Q(maximum_age__gte=youngest)
    return from_age & to_age


def coverage_now() -> Coverage:
    """Two queries, however many services: one counts, the other is Wagtail's for pages behind a restriction."""
    wide = Exists(ServiceArea.objects.filter(page=OuterRef("pk"), nationwide=True))
    counts = {band.code: Count("pk", distinct=True, filter=takes(band.youngest, band.oldest)) for band in BANDS}
    rows = (
        ServicePage.objects.listed()
        .filter(takes(YOUNGEST, OLDEST), status=Status.ACTIVE)
        .annotate(wide=wide)
        # Who helps everywhere also helps in the provinces it names: it is counted once.
        .filter(Q(areas__nationwide=True) | Q(wide=False, areas__isnull=False))
        .order_by()
        .values("kind", where=F("areas__province"))
        .annotate(total=Count("pk", distinct=True), **counts)
    )
    return coverage(
        (
            (row["where"] or NATIONWIDE, row["kind"], Tally(row["total"], tuple(row[band.code] for band in BANDS)))
            for row in rows
        ),
        ServiceKind.values,
    )
