"""The demonstration: an invented team, a house with rooms, four cases at four moments, one of them in recovery and one with
a sibling. No real child, no real person.

Everything is done by the same actions that people use, so that what one sees is what the product does.
"""

import uuid
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from cms.accounts.models import Agency, Membership, Role, User
from cms.database.context import acting_as
from cms.models import Topic
from directory.demo import MINE
from directory.models import ProviderPage
from services.actions import (
    accesses,
    cases,
    families,
    feeds,
    groups,
    hours,
    identities,
    interviews,
    occupancy,
    outside,
    plans,
    recovery,
    rhythm,
    series,
    testimony,
    travel,
)
from services.models import (
    Booking,
    ChildView,
    CourtPermit,
    Handover,
    Interview,
    LegalBasis,
    Participant,
    PriorTelling,
    Qualification,
    QuestionNeed,
    Readiness,
    RecoveryMember,
    RecoveryPlan,
    RecoverySession,
    Resource,
    Rhythm,
    Travel,
    Venue,
)
from services.rules.groups import GroupPlan
from services.rules.hours import Block
from services.rules.identities import Reference
from services.rules.interviews import OBSERVING, REMOTE, Attendee, InterviewPlan
from services.rules.recovery import SeriesPlan
from services.rules.testimony import Entry

JAKARTA = ZoneInfo("Asia/Jakarta")
WEEK = [Block(day, *block) for day in range(5) for block in ((time(8), time(12)), (time(13), time(16)))]
HOUSE, POLICE, PROSECUTION, COURT = (
    "UPTD PPA Contoh",
    "Unit PPA Polres Contoh",
    "Kejaksaan Negeri Contoh",
    "Pengadilan Negeri Contoh",
)
UNVERIFIED = "Rumah Anak Contoh Garut"  # a provider that met no standard yet
CITY, BESIDE = "Kota Contoh", "Kabupaten Contoh"  # the police come from the district next to the house's
STAFF = [
    ("sari@contoh.example", "Sari Contoh", HOUSE, Role.CASE_MANAGER, "F", ["id", "su"]),
    ("ratna@contoh.example", "Ratna Contoh", HOUSE, Role.INTERVIEWER, "F", ["id", "su"]),
    ("yusuf@contoh.example", "Yusuf Contoh", HOUSE, Role.INTERVIEWER, "M", ["id", "jv"]),
    ("dewi@contoh.example", "Dewi Contoh", HOUSE, Role.COMPANION, "F", ["id", "su"]),
    ("eka@contoh.example", "Eka Contoh", HOUSE, Role.PSYCHOLOGIST, "F", ["id"]),
    ("hana@contoh.example", "Hana Contoh", HOUSE, Role.PSYCHOLOGIST, "F", ["id", "su"]),
    ("fajar@contoh.example", "Fajar Contoh", HOUSE, Role.KEEPER, "M", ["id"]),
    ("bima@contoh.example", "Bima Contoh", POLICE, Role.INVESTIGATOR, "M", ["id", "su"]),
    ("citra@contoh.example", "Citra Contoh", PROSECUTION, Role.PROSECUTOR, "F", ["id"]),
]
# Who signs in, for `make run` to print: what they do, and their address.
PEOPLE = [
    (_("social worker: opens cases, books the interview"), "sari@contoh.example"),
    (_("investigator: on the team, asks again"), "bima@contoh.example"),
    (_("prosecutor: on the team"), "citra@contoh.example"),
    (_("companion: agrees on the child's readiness"), "dewi@contoh.example"),
    (_("psychologist: approves a supplementary interview"), "eka@contoh.example"),
    (_("therapist: sees the recovery of a case, and nothing else of it"), "hana@contoh.example"),
    (_("keeper of rooms and hours"), "fajar@contoh.example"),
]


def load(*, password):
    """Load everything into an empty database; `password` is everybody's."""
    now = timezone.now()
    with transaction.atomic():
        agencies = _agencies()
        people = _people(agencies, password, now)
        _house(agencies[HOUSE], people, now)
        _around(agencies[HOUSE], people["fajar"], now)
        with acting_as(people["sari"]):
            _cases(agencies, people, now)
        _calendars(agencies[HOUSE], people, now)


def _agencies():
    kinds = {HOUSE: "uptd_ppa", POLICE: "police", PROSECUTION: "prosecutor", COURT: "court"}
    return {
        name: Agency.objects.create(name=name, kind=kind, province="ID-JB", district=BESIDE if name == POLICE else CITY)
        for name, kind in kinds.items()
    }


def _people(agencies, password, now):
    people = {}
    for address, name, agency, role, sex, languages in STAFF:
        user = User.objects.create_user(address, password, first_name=name)
        Membership.objects.create(user=user, agency=agencies[agency], role=role, starts=now - timedelta(days=90))
        people[address.split("@")[0]] = user
        if role != Role.KEEPER:
            Resource.objects.create(
                kind="person", name=name, agency=agencies[agency], user=user, sex=sex, languages=languages
            )
    year = timezone.localdate() + timedelta(days=400)
    for name, kind in [("ratna", "forensic"), ("yusuf", "forensic"), ("dewi", "companion"), ("hana", "therapy")]:
        Qualification.objects.create(resource=people[name].resource, kind=kind, expires_on=year)
    return people


def _house(agency, people, now):
    venue = Venue.objects.create(code_name="Rumah Lampu", agency=agency, province="ID-JB", provider=_listed(MINE))
    # A house that nobody verified yet: it stands in the list of houses, and nobody is booked there.
    Venue.objects.create(code_name="Rumah Pelita", agency=agency, province="ID-JB", provider=_listed(UNVERIFIED))
    for kind, name, friendly in [
        ("room", "Melati", True),
        ("room", "Anggrek", True),
        ("observation_room", "Ruang Kaca", False),
        ("observation_room", "Ruang Kaca 2", False),
        ("kit", "Perekam 1", False),
        ("kit", "Perekam 2", False),
    ]:
        cleaning = 15 if kind == "room" else 0
        Resource.objects.create(
            kind=kind, name=name, agency=agency, venue=venue, child_friendly=friendly, after_minutes=cleaning
        )
    with acting_as(people["fajar"]):
        identities.write_directions(
            venue=venue, text="Jalan Contoh 1, pintu samping. Tanyakan Bu Contoh.", by=people["fajar"], now=now
        )
    for resource in Resource.objects.bookable():
        hours.set_hours(resource=resource, blocks=WEEK, by=people["fajar"], now=now)


def _listed(title):
    """The provider of this name in the directory's demonstration, if that was loaded."""
    return ProviderPage.objects.filter(title=title).first()


# Kind, name, weekdays (0 is Monday), hours, ages, whether no times are offered then.
CHILDREN = [
    ("school", "Sekolah kelas 1-3", range(5), time(7), time(10), 6, 9, True),
    ("nap", "Tidur siang", range(7), time(12, 30), time(14), 0, 5, True),
    ("prayer", "Salat Jumat", [4], time(11, 30), time(13), 10, 17, False),
]


def _around(house, keeper, now):
    """When children are busy and how far people come: with the cleaning of rooms, what a search here is bound by."""
    ways = {"same_district": 0, "neighbouring": 30, "same_province": 60, "farther": 120}
    with acting_as(keeper):
        for kind, name, days, begins, ends, youngest, oldest, avoid in CHILDREN:
            row = Rhythm(agency=house, kind=kind, name=name, weekdays=list(days), starts=begins, ends=ends,
                         from_years=youngest, to_years=oldest, avoid=avoid)  # fmt: skip
            rhythm.save_rhythm(rhythm=row, by=keeper, now=now)
        travel.save_travel(travel=Travel(agency=house, neighbours=[BESIDE], **ways), by=keeper, now=now)


def _cases(agencies, people, now):
    _case(agencies, people, now, days=1, age=14 * 12)
    ready = _case(agencies, people, now, days=3, age=8 * 12 + 4, language="su", interviewer_sex="F")
    _prepare(ready, agencies, people, now, topics=range(3))
    _identify(ready, people["sari"], now)
    sibling = _case(agencies, people, now, days=3, age=12 * 12 + 7, language="su")
    _prepare(sibling, agencies, people, now, topics=range(2))
    families.note_sibling(case=ready, code=sibling.code, by=people["sari"], now=now)
    _recover(_held(agencies, people, now), people, now)
    _booked(agencies, people, now)


def _case(agencies, people, now, *, days, age, **facts):
    facts = {"province": "ID-JB", "language": "id", "age_months": age, **facts}
    reported = timezone.localdate(now) - timedelta(days=days)
    return cases.open_new_case(
        facts={**facts, "reported_on": reported}, agency=agencies[HOUSE], by=people["sari"], now=now
    )


def _identify(case, by, now):
    """Who the child is: plainly invented, down to a NIK of a district that does not exist."""
    facts = {
        "called_name": "Melati (contoh)",
        "nik": "0000005503180001",
        "contact_who": "Nenek Contoh",
        "contact_channel": "call",
        "contact_number": "0800 0000 0000",
        "contact_when": "pagi, sebelum pukul sembilan",
        "contact_confirmed_on": timezone.localdate(now).isoformat(),
        "separation": "Paman Contoh: lewat pintu lain, pada jam lain.",
    }
    today = timezone.localdate(now)
    identities.record_identity(case=case, facts=facts, taken_away=(), today=today, by=by, now=now)
    identities.add_reference(case=case, reference=Reference("police_report", "LP/B/000/CONTOH"), by=by, now=now)


def _prepare(case, agencies, people, now, *, topics):
    """The team, what is recorded, and what the agencies need to know."""
    sari = people["sari"]
    for name in ("bima", "citra", "dewi", "eka"):
        membership = Membership.objects.select_related("user", "agency").get(user=people[name])
        cases.add_member(
            case=case, membership=membership, role=membership.role, is_suspect_parent=False, by=sari, now=now
        )
    for entry in (
        LegalBasis(ground="best_interests"),
        ChildView(means="talk", answer="yes"),
        CourtPermit(step="granted", dated=timezone.localdate(now)),
        Readiness(investigator=people["bima"], companion=people["dewi"], agreed_on=timezone.localdate(now)),
        PriorTelling(listener="hotline", told_on=case.reported_on),
    ):
        cases.write_down(case=case, entry=entry, by=sari, now=now)
    due: date = timezone.localdate(now) + timedelta(days=14)
    for number, agency in zip(topics, (POLICE, PROSECUTION, POLICE), strict=False):
        need = QuestionNeed(
            agency=agencies[agency], topic=Topic.objects.offered()[number], purpose="investigation", needed_by=due
        )
        cases.file_need(case=case, need=need, by=sari, now=now)


def _held(agencies, people, now):
    """An interview of last week: two topics told and recorded, one at which the child stopped.

    It cannot be booked through the action, which rightly refuses the past, so its rows are written here; the
    database's own constraints bind them all the same.
    """
    sari, then = people["sari"], now - timedelta(days=10)
    case = _case(agencies, people, then, days=4, age=11 * 12)
    _prepare(case, agencies, people, then, topics=range(3))
    start = _weekday_morning(now - timedelta(days=7))
    span = (start, start + timedelta(minutes=45))
    room, kit = (Resource.objects.filter(kind=kind).first() for kind in ("room", "kit"))
    team = [("ratna", "interviewer", "in_room"), ("dewi", "companion", "in_room"), ("bima", "investigator", "observing"),
            ("citra", "prosecutor", "remote"), ("sari", "case_manager", "observing")]  # fmt: skip
    taken = {people[name].resource.pk for name, _role, _presence in team} | {room.pk, kit.pk, case.child_resource_id}
    interview = Interview.objects.create(
        case=case,
        span=DateTimeTZRange(*span),
        venue=room.venue,
        zone=str(room.venue.zone),
        protocol=plans.protocol_in_force(now),
        key=uuid.uuid4(),
        payload_hash="demonstration",
        booked_by=sari,
        booked_at=then,
    )
    for name, role, presence in team:
        Participant.objects.create(
            case=case, interview=interview, resource=people[name].resource, role=role, presence=presence
        )
    for one in occupancy.take(wanted=[(resource, span) for resource in sorted(taken)], now=then):
        Booking.objects.create(case=case, interview=interview, occupancy=one)
    QuestionNeed.objects.filter(case=case).update(state=QuestionNeed.State.ATTACHED, interview=interview)
    interviews.hold_interview(case=case, interview=interview, by=sari, now=span[1])
    first, second, third = sorted(testimony.topics_of(interview))
    kept = (agencies[POLICE].pk, "SEGEL-CONTOH-0007", "5e" * 32)
    entries = [Entry(first, "told_recorded", *kept), Entry(second, "told_recorded", *kept), Entry(third, "stopped")]
    told, _second, _third = testimony.record_outcomes(
        case=case, interview=interview, entries=entries, by=sari, now=span[1]
    )
    with acting_as(people["citra"]):
        accesses.request_record(
            case=case, testimony=told, agency=agencies[PROSECUTION], purpose="prosecution", by=people["citra"], now=now
        )
    return case


def _recover(case, people, now):
    """A recovery plan in progress: two sessions of the last weeks, written here like the interview above, six ahead."""
    sari, hana = people["sari"], people["hana"]
    room = Resource.objects.filter(kind="room").first()
    facts = {"case": case, "by": sari, "at": now - timedelta(days=20)}
    plan = RecoveryPlan.objects.create(
        therapist=hana.resource,
        room=room,
        zone=str(case.zone),
        every_weeks=1,
        minutes=60,
        planned=2,
        review_on=timezone.localdate(now) + timedelta(days=56),
        key=uuid.uuid4(),
        payload_hash="demonstration",
        **facts,
    )
    Handover.objects.create(plan=plan, turn=1, therapist=hana.resource, reason="first", **facts)
    RecoveryMember.objects.create(case=case, user=hana, agency=hana.resource.agency, starts=now - timedelta(days=20))
    for number, attended in ((1, "came"), (2, "missed")):
        start = _weekday_morning(now - timedelta(days=7 * (3 - number) - 1)) + timedelta(hours=4)
        span = DateTimeTZRange(start, start + timedelta(hours=1))
        session = RecoverySession.objects.create(case=case, plan=plan, number=number, turn=1, therapist=hana.resource,
                                                 room=room, span=span)  # fmt: skip
        recovery.record_attendance(case=case, session=session, attended=attended, by=sari, now=now)
    wish = series.series_wish(cases=[case], minutes=60, sessions=6, every_weeks=1, now=now, plan=plan)
    best = series.series_for(wish, now)[0]
    starts = tuple(sorted(week.options[0].start if week.cause else week.start for week in best.weeks))
    place = best.places[0]
    chosen = SeriesPlan(place.therapist.resource, place.room.resource, 60, 1, starts)
    recovery.book_rest(case=case, plan=plan, series=chosen, by=sari, now=now)
    _gather(case, plan, people, now)


def _gather(case, plan, people, now):
    """An invented group of Hana's, and the child of this case in it, as far as its weeks allow."""
    fajar, sari, agency = people["fajar"], people["sari"], people["hana"].resource.agency
    own = plan.sessions.ahead(now).first().starts.astimezone(case.zone).weekday()
    wish = series.group_wish(agency=agency, minutes=90, sessions=6, every_weeks=1, now=now, part="afternoon")
    best = next(one for one in series.series_for(wish, now) if one.first.weekday() != own)
    starts = tuple(sorted(week.options[0].start if week.cause else week.start for week in best.weeks))
    shape = SeriesPlan(best.places[0].therapist.resource, best.places[0].room.resource, 90, 1, starts)
    with acting_as(fajar):
        facts = {"agency": agency, "plan": GroupPlan("art", "id", 6, shape), "key": uuid.uuid4()}
        group = groups.plan_group(by=fajar, now=now, **facts)
    with acting_as(sari):
        for offer in groups.groups_for(case, now):
            coming = [session.pk for session in offer.coming]
            groups.join_group(case=case, plan=plan, group=group, sessions=coming, by=sari, now=now)


def _booked(agencies, people, now):
    """An interview to come, at the first ten o'clock from the fourth day on at which everybody works."""
    case = _case(agencies, people, now, days=2, age=12 * 12 + 2)
    _prepare(case, agencies, people, now, topics=range(2))
    room, glass, kit = (Resource.objects.filter(kind=kind).first() for kind in ("room", "observation_room", "kit"))
    team = [("ratna", "interviewer"), ("dewi", "companion"), ("bima", "investigator", OBSERVING),
            ("citra", "prosecutor", REMOTE), ("sari", "case_manager", OBSERVING)]  # fmt: skip
    attendees = tuple(Attendee(people[name].resource.pk, *rest) for name, *rest in team)
    wanted = [*(one.resource for one in attendees), room.pk, glass.pk, kit.pk]
    start = _open_hour(wanted, now, days=4)
    plan = InterviewPlan(
        starts=start,
        ends=start + timedelta(minutes=50),
        attendees=attendees,
        room=room.pk,
        kit=kit.pk,
        observation_room=glass.pk,
        needs=frozenset(QuestionNeed.objects.filter(case=case).values_list("pk", flat=True)),
    )
    interviews.book_interview(case=case, plan=plan, by=people["sari"], now=now, key=uuid.uuid4())


# Eka's own calendar, as a telephone exports it: two afternoons a week with students.
LECTURES = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//contoh//ID
BEGIN:VEVENT
UID:kuliah-contoh
DTSTAMP:20260101T000000Z
DTSTART;TZID=Asia/Jakarta:20260105T130000
DTEND;TZID=Asia/Jakarta:20260105T150000
RRULE:FREQ=WEEKLY;BYDAY=MO,WE
SUMMARY:Kuliah contoh
END:VEVENT
END:VCALENDAR
"""


def _calendars(house, people, now):
    """A hold beside the bookings, busy times from outside, and the house's leave to take busy times along."""
    with acting_as(people["eka"]):
        own = people["eka"].resource
        draft = outside.read_calendar(resource=own, data=LECTURES.encode(), by=people["eka"], now=now)
        outside.keep_calendar(resource=own, calendar=draft.pk, by=people["eka"], now=now)
    with acting_as(people["fajar"]):
        feeds.switch_feeds(agency=house, allowed=True, by=people["fajar"], now=now)
    held = Resource.objects.filter(name__in=["Anggrek", "Perekam 2", "Yusuf Contoh"]).values_list("pk", flat=True)
    start = _open_hour(list(held), now, days=1)
    span = (start, start + timedelta(minutes=90))
    occupancy.take(wanted=[(pk, span) for pk in sorted(held)], now=now, hold_until=start - timedelta(hours=1))


def _open_hour(resources, now, *, days, hour=10):
    """That o'clock on the first day, `days` from now or later, on which all of `resources` work."""
    day = now.astimezone(JAKARTA).date() + timedelta(days=days)
    while True:
        start = datetime.combine(day, time(hour), JAKARTA)
        if not occupancy.outside_hours([(pk, (start, start + timedelta(minutes=90))) for pk in resources]):
            return start
        day += timedelta(days=1)


def _weekday_morning(moment):
    """Nine o'clock in West Java on that day, or on the Friday before a weekend."""
    day = moment.astimezone(JAKARTA).date()
    day -= timedelta(days=max(0, day.weekday() - 4))
    return datetime.combine(day, time(9), JAKARTA)
