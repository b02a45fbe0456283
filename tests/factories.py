"""One unsurprising factory per model. Times are relative to the real clock, since row security asks the database's."""

from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from cms.accounts.factors import give_totp
from cms.accounts.models import Agency, Membership, User
from cms.models import Topic
from services.models import Availability, CaseMember, CourtPermit, Qualification, QuestionNeed, Resource, Rhythm, Venue

_numbers = count(1)
JAKARTA = ZoneInfo("Asia/Jakarta")


def now():
    return timezone.now()


def long_ago():
    return timezone.now() - timedelta(days=30)


def workday(days=3, hour=9, minute=0):
    """A moment on a Monday to Friday, at least `days` from now, on Jakarta's clock."""
    day = timezone.localdate(timezone=JAKARTA) + timedelta(days=days)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return datetime.combine(day, time(hour, minute), JAKARTA)


def agency(name, kind="uptd_ppa", province="ID-JB"):
    return Agency.objects.create(name=name, kind=kind, province=province, district="Kota Contoh")


def user(name="Orang", email=None, *, second_step=True, **fields):
    """Somebody with an account and, as everybody who works here, an authenticator app."""
    address = email or f"{name.split()[0].lower()}.{next(_numbers)}@contoh.example"
    from tests.cast import PASSWORD

    person = User.objects.create_user(address, PASSWORD, first_name=name, **fields)
    if second_step:
        give_totp(person)
    return person


def member(name, agency, *roles):
    person = user(name)
    for role in roles:
        Membership.objects.create(user=person, agency=agency, role=role, starts=long_ago())
    return person


def person_resource(person, agency, sex="F", languages=("id",)):
    return Resource.objects.create(
        kind="person", name=person.name, agency=agency, user=person, sex=sex, languages=list(languages)
    )


def qualify(resource, kind, expires_on=None):
    expires_on = expires_on or timezone.localdate() + timedelta(days=365)
    return Qualification.objects.create(resource=resource, kind=kind, expires_on=expires_on)


def venue(agency, name=None, province="ID-JB"):
    """A house that can be booked: somebody of the directory answers for it, whose essential criteria are in force."""
    from tests.directory.verified import house

    facts = {"agency": agency, "province": province, "provider": house()}
    return Venue.objects.create(code_name=name or f"Rumah {next(_numbers)}", **facts)


def room(venue, name, *, kind="room", child_friendly=False):
    return Resource.objects.create(
        kind=kind, name=name, agency=venue.agency, venue=venue, child_friendly=child_friendly, zone=str(venue.zone)
    )


def rhythm(agency, by, **changes):
    """School of a morning, every weekday; warned of."""
    facts = {"kind": "school", "name": "Sekolah", "weekdays": [0, 1, 2, 3, 4], "starts": time(7), "ends": time(12)}
    return Rhythm.objects.create(agency=agency, by=by, at=now(), **{**facts, **changes})


def works(resource, *, days=30, first=8, last=17, zone=JAKARTA):
    """The resource is available every day (weekends too) from `first` to `last` o'clock."""
    today = timezone.localdate(timezone=zone)
    Availability.objects.bulk_create(
        Availability(resource=resource, span=_span(today + timedelta(days=day), first, last, zone))
        for day in range(days)
    )


def _span(day, first, last, zone):
    return DateTimeTZRange(datetime.combine(day, time(first), zone), datetime.combine(day, time(last), zone))


def span(start, minutes=50):
    return DateTimeTZRange(start, start + timedelta(minutes=minutes))


def case_facts(**changes):
    facts = {
        "reported_on": date.today() - timedelta(days=3),  # noqa: DTZ011 -- a day, not a moment
        "age_months": 9 * 12,
        "province": "ID-JB",
        "language": "id",
        "access_needs": [],
        "preferences": [],
        "safety_flags": [],
        "interviewer_sex": "",
        "companion_sex": "",
    }
    return {**facts, **changes}


def open_case(cast, **changes):
    """A case of the social worker's; call it inside `acting_as(cast.social_worker)`."""
    from services.actions.cases import open_new_case

    return open_new_case(facts=case_facts(**changes), agency=cast.house, by=cast.social_worker, now=now())


def add_team(case, cast):
    for person, place, role in [
        (cast.investigator, cast.police, "investigator"),
        (cast.prosecutor, cast.prosecution, "prosecutor"),
        (cast.companion, cast.house, "companion"),
        (cast.psychologist, cast.house, "psychologist"),
    ]:
        CaseMember.objects.create(case=case, user=person, agency=place, role=role, starts=now() - timedelta(minutes=1))


def topic(number=0):
    return Topic.objects.all().order_by("order", "pk")[number]


def need(case, cast, number=0, **changes):
    facts = {
        "case": case,
        "agency": cast.police,
        "topic": topic(number),
        "purpose": "investigation",
        "needed_by": timezone.localdate() + timedelta(days=14),
        "by": cast.social_worker,
        "at": now(),
    }
    return QuestionNeed.objects.create(**{**facts, **changes})


def permit(case, by, step="granted", dated=None):
    """What the president of the district court answered."""
    return CourtPermit.objects.create(case=case, step=step, dated=dated or timezone.localdate(), by=by, at=now())
