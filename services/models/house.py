"""What a house day is drawn from: two reads for however many rooms and people, naming no case."""

from collections import defaultdict

from services.models.resources import Availability, Occupancy
from services.rules.house import Times


def times_between(resources, start, end, now):
    """`{resource id: Times}` of what touches `start` to `end`; a resource of which nothing is known is left out."""
    found = defaultdict(lambda: ([], [], []))
    inside = {"resource__in": resources, "span__overlap": (start, end)}
    for resource, span in Availability.objects.filter(**inside).values_list("resource_id", "span"):
        found[resource][0].append((span.lower, span.upper))
    rows = Occupancy.objects.taken(now).filter(**inside).values_list("resource_id", "span", "hold_until")
    for resource, span, hold in rows:
        found[resource][1 if hold is None else 2].append((span.lower, span.upper))
    return {resource: Times(*lists) for resource, lists in found.items()}
