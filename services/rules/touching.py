"""Which objections say that a plan lies outside a protocol's limits, and not that something else is amiss."""

from collections.abc import Iterable

from cms.objections import Objection

OF_LIMITS = frozenset(
    {
        "length_above_protocol",
        "length_below_protocol",
        "hour_unsuitable_for_age",
        "role_missing",
        "presence_not_allowed",
        "clock_overdue",
    }
)


def outside_limits(found: Iterable[Objection]) -> list[Objection]:
    """Of everything the rules object to, what a protocol's numbers and roles are the reason of."""
    return [objection for objection in found if objection.key in OF_LIMITS]
