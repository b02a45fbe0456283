"""HSDS schedules (a subset of iCalendar's repeating rules) as hours of a week, where that says the same."""

from datetime import datetime, time

from cms.places import zone_of
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
    opens, closes = facts.hour(row["opens_at"]), facts.hour(row["closes_at"])
    if opens is None or closes is None:
        return [], "hours"
    valid = {"valid_from": facts.day(row["valid_from"]), "valid_to": facts.day(row["valid_to"] or row["until"])}
    reversed_dates = valid["valid_from"] and valid["valid_to"] and valid["valid_from"] > valid["valid_to"]
    if reversed_dates or opens == closes != MIDNIGHT:
        return [], "hours"
    all_day = opens == closes or (opens == MIDNIGHT and closes >= time(23, 59))
    span = {"opens": None, "closes": None} if all_day else {"opens": opens, "closes": closes}
    return [{"weekday": day, "all_day": all_day, **span, **valid} for day in days], ""


def every_week(row):
    """Does the rule mean the same every week, and nothing besides?"""
    weekly = (row["freq"] or "WEEKLY").upper() == "WEEKLY" and row["interval"] in {"", "1"}
    return weekly and not any(row[column] for column in OTHER_RULES)


def offset(province):
    """The province's hours ahead of UTC; there is no daylight saving time here."""
    return zone_of(province).utcoffset(datetime(2026, 1, 1)).seconds // 3600  # noqa: DTZ001 -- utcoffset asks for a naive one
