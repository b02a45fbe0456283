"""Going past a warning: nobody is stopped by one, but the protocol may want to know why."""

from collections.abc import Iterable, Mapping

from cms.limits import ProtocolLimits
from cms.objections import Objection


def field_of(rule: str) -> str:
    """The form field in which the reason beside a warning is written."""
    return f"why_{rule}"


def explained(
    found: Iterable[Objection], reasons: Mapping[str, str], limits: ProtocolLimits, *, by_court: bool
) -> dict[str, str]:
    """`{rule: reason}` for each warning that wants a reason; the reason is empty where none was given.

    What a court ordered is warned about and counted, and nobody has to answer for it.
    """
    if by_court:
        return {}
    wanted = [objection.key for objection in found if objection.warning and objection.key in limits.reasons_for]
    return {rule: reasons.get(rule, "").strip() for rule in dict.fromkeys(wanted)}


def unexplained(given: Mapping[str, str]) -> list[Objection]:
    """One objection beside each field that is still empty."""
    return [Objection("reason_beside_warning", field=field_of(rule)) for rule, reason in given.items() if not reason]
