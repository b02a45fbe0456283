"""Which days may be recorded as days on which the suspect's side has business at a venue."""

from datetime import date

from cms.objections import Objection

MOST_DAYS = 92  # a longer custody is recorded again: who is where changes


def day_objections(first: date, last: date, today: date) -> list[Objection]:
    """Objections to the days `first` to `last`, both included, as seen on the venue's `today`."""
    found = []
    if last < first:
        found.append(Objection("days_end_before_they_start", field="last"))
    elif (last - first).days >= MOST_DAYS:
        found.append(Objection("days_too_many", values={"most": MOST_DAYS}, field="last"))
    if last < today:
        found.append(Objection("day_has_passed", field="last"))
    return found
