"""HSDS schedules (a subset of iCalendar's repeating rules) as hours of a week, where that says the same."""

from datetime import datetime, time

from cms.places import PROVINCES, zone_of
from directory.hsds import facts

OTHER_RULES = ("count", "byweekno", "bymonthday", "byyearday")
MIDNIGHT = time(0)


def hours(row, province):
    """`(a list of fields of schedules, "")`, or `([], reason)` for what a week's hours would tell wrongly."""
    days = facts.weekdays(row["byday"])
    if days is None or not every_week(row):
        return [], "hours_repeat"
    if row["timezone"] and facts.whole_number(row["timezone"]) != offset(province):
        return [], "hours_clock"
    span = between(row)
    valid = {"valid_from": facts.day(row["valid_from"]), "valid_to": facts.day(row["valid_to"] or row["until"])}
    reversed_dates = valid["valid_from"] and valid["valid_to"] and valid["valid_from"] > valid["valid_to"]
    if reversed_dates or span is None:
        return [], "hours"
    return [{"weekday": day, **span, **valid} for day in days], ""


def says_only_words(row):
    """A row without any day or hour: what its description says of the hours is all there is."""
    return not any(
        row[name] for name in ("byday", "freq", "dtstart", "valid_from", "opens_at", "closes_at", *OTHER_RULES)
    )


def hours_or_day(row, beside, province):
    """As `hours`, or one special day where this directory's own words say that the row is one."""
    if "closed_on" not in beside and "open_on" not in beside:
        return hours(row, province)
    day, notes = (
        facts.day(row["valid_from"]),
        {"note": row["description"][:120], "note_en": beside.get("note_en", "")[:120]},
    )
    if day is None:
        return [], "hours"
    if "closed_on" in beside:
        return [{"day": day, "closed": True, **notes}], ""
    if row["timezone"] and facts.whole_number(row["timezone"]) != offset(province):
        return [], "hours_clock"
    span = between(row)
    return ([{"day": day, **span, **notes}], "") if span else ([], "hours")


def between(row):
    """`all_day`, or both hours; None for what is no stretch of time."""
    opens, closes = facts.hour(row["opens_at"]), facts.hour(row["closes_at"])
    if opens is None or closes is None or opens == closes != MIDNIGHT:
        return None
    if opens == closes or (opens == MIDNIGHT and closes >= time(23, 59)):
        return {"all_day": True, "opens": None, "closes": None}
    return {"all_day": False, "opens": opens, "closes": closes}


def province_on(clock, near):
    """A province whose clock is so many hours ahead of UTC, one of `near` if there is one; "" where there is none."""
    return next((code for code in [*near, *PROVINCES] if offset(code) == clock), "")


def every_week(row):
    """Does the rule mean the same every week, and nothing besides?"""
    weekly = (row["freq"] or "WEEKLY").upper() == "WEEKLY" and row["interval"] in {"", "1"}
    return weekly and not any(row[column] for column in OTHER_RULES)


def offset(province):
    """The province's hours ahead of UTC; there is no daylight saving time here."""
    return zone_of(province).utcoffset(datetime(2026, 1, 1)).seconds // 3600  # noqa: DTZ001 -- utcoffset asks for a naive one
