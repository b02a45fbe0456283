"""Reads for what is taken along: every listed service of a province in outline, and a part of them whole."""

from hashlib import sha256

from django.db.models import Count, Max, Q

from directory.models.kinds import Status
from directory.models.offers import ServicePage, attach_providers
from directory.models.parts import ServiceArea
from directory.models.providers import ProviderPage
from directory.rules.takeaway import Outline

# Whatever is published writes these; `checked_on` besides, in case a check is noted without a new text.
MARKS = ("live_revision_id", "last_published_at", "checked_on", "checked_by", "checked_how")


def outlines(province):
    """`(outlines, digest)` of the services for a province, nationwide ones included, in three queries.

    The digest differs whenever a service of the province, its areas, or any provider has changed.
    """
    areas = ServiceArea.objects.filter(Q(province=province) | Q(nationwide=True)).order_by("page_id", "district")
    services = ServicePage.objects.listed().filter(pk__in=areas.order_by().values("page")).order_by("pk")
    rows = list(services.values("pk", "kind", "title", "status", "minimum_age", "maximum_age", *MARKS))
    places = list(areas.values_list("page_id", "province", "district"))
    named = {}
    for page, where, district in places:
        if where:
            named.setdefault(page, []).append(district)
    found = [_outline(row, named.get(row["pk"])) for row in rows]
    made_of = (province, [tuple(row.values()) for row in rows], places, _providers())
    return found, sha256(repr(made_of).encode()).hexdigest()


def _outline(row, districts):
    """`districts` are those that the service names here, "" for the whole province; None when it names none of it."""
    return Outline(
        key=row["pk"],
        kind=row["kind"],
        title=row["title"],
        working=row["status"] == Status.ACTIVE,
        nationwide=districts is None,
        districts=() if districts is None or "" in districts else tuple(districts),
        minimum_age=row["minimum_age"],
        maximum_age=row["maximum_age"],
    )


def _providers():
    """The latest change of any provider: its name and numbers stand beside its services."""
    latest = {name: Max(name) for name in ("live_revision_id", "last_published_at", "checked_on")}
    return ProviderPage.objects.listed().aggregate(Count("pk"), **latest)


def whole(found):
    """The services of these outlines, in their order, with everything that is printed, in a fixed number of queries."""
    keys = [outline.key for outline in found]
    services = ServicePage.objects.listed().filter(pk__in=set(keys)).prefetch_related("phones", "schedules", "areas")
    by_key = {service.pk: service for service in attach_providers(services)}
    return [by_key[key] for key in keys if key in by_key]
