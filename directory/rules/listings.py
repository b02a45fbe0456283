"""Is this listing right for the child who reads it? Pure functions over plain values: no database, no clock.

A wrong number or an hour that is not kept can harm somebody, and the address of a shelter can kill: these rules are
asked on every way in (form, action, import), and the database repeats those that it can judge.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from cms.objections import Objection
from cms.places import DISTRICT_CODES

SHELTER = "c8"  # directory.models.kinds.ServiceKind.SHELTER: what these rules must know by itself
# By which words people call a shelter's kind.
SHELTER_WORDS = re.compile(r"(?i)rumah\s+aman|safe\s*house|shelter|penampungan|rumah\s+perlindungan|\brpsa\b|\brptc\b")
OLDEST = 120  # years
LONGEST_TEXT = 2000  # characters of one text
LONGEST_ALERT = 160  # characters of the one line above everything
LONGEST_ANSWER = 24 * 92  # hours until somebody answers
MIDNIGHT = time(0, 0)
WEEK = 7

# Where a text says the very place: a street, a house number, a map link, a pair of coordinates. A net, not a proof.
PLACE_IN_TEXT = re.compile(
    r"(?i:\b(?:jl|jln|gg|kav)\b\.?\s*\w)|\b[Jj]alan\s+(?:[A-Z]|\d)|\bJALAN\b|\b[Gg]ang\s+(?:[A-Z]|\d)"
    r"|(?i:\br[tw]\b\.?\s*/?\s*\d)|\b\d+\s+[A-Z]\w+\s+(?:Street|Road)\b"
    r"|(?i:goo\.gl/maps|maps\.app|google\.[\w.]+/maps|maps\.google|openstreetmap|waze\.com)"
    r"|-?\d{1,2}\.\d{3,}\s*[,;]\s*1[0-4]\d\.\d{3,}"
)


@dataclass(frozen=True)
class Phone:
    """One number: `number` for an ordinary one (`valid` as the telephone library judges it), or a `short_code`."""

    number: str = ""
    short_code: str = ""
    whatsapp: bool = False
    extension: str = ""
    valid: bool = True


@dataclass(frozen=True)
class Hours:
    """Open on one weekday (Monday is 1) from `opens` until `closes`, past midnight if that is earlier, or all day.

    Counted from `valid_from` to `valid_to`, both days included, where they are given.
    """

    weekday: int
    opens: time | None = None
    closes: time | None = None
    all_day: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class SpecialDay:
    """One date that is not as its weekday says: `closed`, `all_day`, or open from `opens` until `closes`."""

    day: date
    closed: bool = False
    opens: time | None = None
    closes: time | None = None
    all_day: bool = False


@dataclass(frozen=True)
class Area:
    """Whom the service is for by place: all of Indonesia, or a province and perhaps one district of it."""

    province: str = ""
    district: str = ""
    nationwide: bool = False


@dataclass(frozen=True)
class Listing:
    """What the rules ask of a provider or a service. `texts` are by field name, in whatever language."""

    name: str
    kind: str = ""
    is_service: bool = False
    hidden_place: bool = False
    street: str = ""
    city: str = ""
    postal_code: str = ""
    minimum_age: int | None = None
    maximum_age: int | None = None
    responds_within: int | None = None
    reachable: bool = True
    checked_on: date | None = None
    checked_by: str = ""
    checked_how: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    phones: Sequence[Phone] = ()
    hours: Sequence[Hours] = ()
    special_days: Sequence[SpecialDay] = ()
    areas: Sequence[Area] = ()

    @property
    def shelter(self) -> bool:
        return self.hidden_place or self.kind == SHELTER


@dataclass(frozen=True)
class Opening:
    """Is it open now? `until` closes it; `next` is when it opens, if that is within a week; `always` is day and night."""

    open: bool
    until: datetime | None = None
    next: datetime | None = None
    always: bool = False


def listing_objections(listing: Listing, *, today: date) -> list[Objection]:
    """Everything that keeps a listing from being submitted, in the order of its form."""
    found = fact_objections(listing, today=today)
    if listing.is_service and not listing.kind:
        found.append(Objection("kind_missing", field="kind"))
    if listing.is_service and not any(
        listing.texts.get(name, "").strip() for name in ("description", "description_en")
    ):
        found.append(Objection("description_missing", field="description"))
    if not listing.reachable:
        found.append(Objection("contact_missing", field="phones"))
    for phone in listing.phones:
        found += phone_objections(phone)
    found += hours_objections(listing.hours)
    found += special_day_objections(listing.special_days)
    found += area_objections(listing.areas)
    return found


def fact_objections(listing: Listing, *, today: date) -> list[Objection]:
    """What may not even be kept as a draft: drafts have a history, and history never forgets an address."""
    found = []
    if not listing.name.strip():
        found.append(Objection("name_missing", field="title"))
    found += shelter_objections(listing)
    found += age_objections(listing.minimum_age, listing.maximum_age)
    found += check_objections(listing.checked_on, listing.checked_by, listing.checked_how, today=today)
    found += [
        Objection("text_too_long", values={"limit": LONGEST_TEXT}, field=name)
        for name, text in listing.texts.items()
        if len(text) > LONGEST_TEXT
    ]
    if listing.responds_within is not None and not 0 <= listing.responds_within <= LONGEST_ANSWER:
        found.append(Objection("answer_too_late", values={"limit": LONGEST_ANSWER}, field="responds_within"))
    return found


def shelter_objections(listing: Listing) -> list[Objection]:
    """A shelter's place is never written here: not as an address, and not in words."""
    if not listing.shelter:
        return []
    found = [
        Objection("shelter_has_address", field=name)
        for name in ("street", "city", "postal_code")
        if getattr(listing, name).strip()
    ]
    found += [
        Objection("shelter_place_in_words", field=name)
        for name, text in listing.texts.items()
        if PLACE_IN_TEXT.search(text)
    ]
    return found


def age_objections(youngest: int | None, oldest: int | None) -> list[Objection]:
    found = [
        Objection("age_out_of_range", values={"limit": OLDEST}, field=name)
        for name, age in (("minimum_age", youngest), ("maximum_age", oldest))
        if age is not None and not 0 <= age <= OLDEST
    ]
    if youngest is not None and oldest is not None and youngest > oldest:
        found.append(Objection("ages_reversed", field="maximum_age"))
    return found


def check_objections(on: date | None, by: str, how: str = "", *, today: date) -> list[Objection]:
    """A check has a day, not to come, and a role that made it; how it was made may be said of a check only."""
    if on is None and not by and not how:
        return []
    if on is None or not by:
        return [Objection("check_incomplete", field="checked_on")]
    return [Objection("check_in_the_future", field="checked_on")] if on > today else []


def phone_objections(phone: Phone) -> list[Objection]:
    found = []
    if bool(phone.number) == bool(phone.short_code):
        found.append(Objection("phone_not_one_number", field="number"))
    if phone.number and not phone.valid:
        found.append(Objection("phone_not_valid", field="number"))
    if phone.short_code and not re.fullmatch(r"[0-9]{3,6}", phone.short_code):
        found.append(Objection("short_code_not_valid", field="short_code"))
    if phone.whatsapp and not phone.number:
        found.append(Objection("whatsapp_needs_a_whole_number", field="whatsapp"))
    if phone.extension and (not phone.number or not re.fullmatch(r"[0-9]{1,10}", phone.extension)):
        found.append(Objection("extension_not_valid", field="extension"))
    return found


def one_hours_objections(hours: Hours) -> list[Objection]:
    found = []
    if not 1 <= hours.weekday <= WEEK:
        found.append(Objection("weekday_not_valid", field="weekday"))
    given = [moment for moment in (hours.opens, hours.closes) if moment is not None]
    if len(given) != (0 if hours.all_day else 2):
        found.append(Objection("hours_incomplete", field="opens"))
    elif given and hours.opens == hours.closes:
        found.append(Objection("hours_empty", field="closes"))
    if hours.valid_from and hours.valid_to and hours.valid_from > hours.valid_to:
        found.append(Objection("hours_valid_dates_reversed", field="valid_to"))
    return found


def hours_objections(hours: Sequence[Hours]) -> list[Objection]:
    """Each is sound by itself, and none says again what another already said for the same day."""
    found = [objection for one in hours for objection in one_hours_objections(one)]
    if not found and len(set(hours)) < len(hours):
        found.append(Objection("hours_twice", field="schedules"))
    return found


def one_special_day_objections(special: SpecialDay) -> list[Objection]:
    given = [moment for moment in (special.opens, special.closes) if moment is not None]
    if special.closed and (special.all_day or given):
        return [Objection("special_day_closed_and_open", field="closed")]
    if len(given) != (0 if special.closed or special.all_day else 2):
        return [Objection("hours_incomplete", field="opens")]
    if given and special.opens == special.closes:
        return [Objection("hours_empty", field="closes")]
    return []


def special_day_objections(special_days: Sequence[SpecialDay]) -> list[Objection]:
    """Each is sound by itself; a day may be open twice, but not open and closed."""
    found = [objection for special in special_days for objection in one_special_day_objections(special)]
    shut = {special.day for special in special_days if special.closed}
    several = any(special.day in shut and not special.closed for special in special_days)
    if not found and (several or len(set(special_days)) < len(special_days)):
        found.append(Objection("special_day_twice", field="special_days"))
    return found


def area_objections(areas: Sequence[Area]) -> list[Objection]:
    found = [objection for area in areas for objection in one_area_objections(area)]
    if len(set(areas)) < len(areas):
        found.append(Objection("area_twice", field="areas"))
    return found


def one_area_objections(area: Area) -> list[Objection]:
    if area.nationwide == bool(area.province):
        return [Objection("area_nationwide_or_one_province", field="province")]
    if area.district and not area.province:
        return [Objection("district_needs_a_province", field="district")]
    if area.district and (area.province, area.district) not in DISTRICT_CODES:
        return [Objection("district_not_known", values={"name": area.district}, field="district")]
    return []


def opening(hours: Iterable[Hours], local: datetime, special_days: Iterable[SpecialDay] = ()) -> Opening | None:
    """Open now? `local` is the moment on the clock of the place. None when no hours are known: then say nothing.

    On a special day the hours of its weekday do not count.
    """
    hours, special_days = list(hours), list(special_days)
    if not hours and not special_days:
        return None
    spans = _spans(hours, local, special_days)
    if not hours and not any(start <= local < end for start, end in spans) and not _today(special_days, local):
        return None  # only some other days are known
    now = next(((start, end) for start, end in spans if start <= local < end), None)
    if now is None:
        return Opening(open=False, next=next((start for start, _end in spans if start > local), None))
    if now[1] - local >= timedelta(days=WEEK):
        return Opening(open=True, always=True)
    return Opening(open=True, until=now[1])


def _today(special_days: Iterable[SpecialDay], local: datetime) -> bool:
    return any(special.day == local.date() for special in special_days)


def _spans(hours: list[Hours], local: datetime, special_days: list[SpecialDay]) -> list[tuple[datetime, datetime]]:
    """The stretches of opening from yesterday until a week and a day ahead, in order, joined where they touch."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    apart = {special.day for special in special_days}
    raw = []
    for begin in (midnight + timedelta(days=ahead) for ahead in range(-1, WEEK + 2)):
        if (day := begin.date()) in apart:
            raw += [_span(special, begin) for special in special_days if special.day == day and not special.closed]
        else:
            raw += [_span(one, begin) for one in hours if _counts(one, day)]
    raw.sort()
    joined: list[tuple[datetime, datetime]] = []
    for start, end in raw:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _counts(hours: Hours, day: date) -> bool:
    return (
        day.isoweekday() == hours.weekday
        and (hours.valid_from is None or hours.valid_from <= day)
        and (hours.valid_to is None or day <= hours.valid_to)
    )


def _span(hours: Hours | SpecialDay, midnight: datetime) -> tuple[datetime, datetime]:
    if hours.all_day or hours.opens is None or hours.closes is None:
        return midnight, midnight + timedelta(days=1)
    start = datetime.combine(midnight, hours.opens, midnight.tzinfo)
    end = datetime.combine(midnight, hours.closes, midnight.tzinfo)
    return start, end if end > start else end + timedelta(days=1)
