"""What the walls cost: the case page and a booking as people use them, against the same work done bare, as the owner.

Walled: a real request through the whole of Sekali, signed in with password and second step, as the application's role:
sessions, second factor, row security, audit, former states, one transaction. Bare: the same queries and the same
template from here, on a connection of the tables' owner, whom no policy binds, recording nothing. No wall is switched
off for it; the bare way simply does not go through them. The two take turns, so that a noisy machine troubles both.
"""

import re
import time
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime
from statistics import median
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from cms.accounts.factors import give_totp, has_factor, totp_secret
from cms.accounts.models import User
from cms.database.connection import as_owner
from services.actions import interviews, occupancy, plans, reminders
from services.actions.buffers import booked_spans
from services.actions.needs import limits_here
from services.bench.scratch import Say
from services.bench.scratch import as_owner as owners_connection
from services.forms.interviews import BookingForm
from services.models import Booking, Case, Interview, Participant, Venue
from services.models.sheets import sheet_of
from services.policies import siblings_to_book_with
from services.rules.interviews import blocking
from services.views.cases import MAY, shown_of
from services.views.interviews import needed_to_plan

PASSWORD = "bench-in-a-scratch-database"  # noqa: S105 -- of invented people, in a database that is dropped
MANAGER = "sari@contoh.example"
ROUNDS, PAGES, BOOKINGS = 12, 5, 2
FREE_TIMES = """
UPDATE services_occupancy SET live = false WHERE id IN (SELECT occupancy_id FROM services_booking WHERE interview_id = %s)
"""
FREE_NEEDS = "UPDATE services_questionneed SET state = 'open', interview_id = NULL WHERE interview_id = %s"
CANCEL = "UPDATE services_interview SET state = 'cancelled', cancelled_at = now() WHERE id = %s AND state = 'booked'"


def measure(say: Say, *, rounds: int = ROUNDS) -> dict[str, Any]:
    """Times in milliseconds (medians) and their ratios; needs an empty, migrated database."""
    say("loading the demonstration")
    for name in settings.DEMONSTRATION:
        import_string(name)(password=PASSWORD)
    client = signed_in()
    with as_owner():
        code = Case.objects.exclude(interviews__state__in=["booked", "held"]).order_by("-pk").first().code
    page, booking = Page(client, code), BookingOf(client, code)
    figures: dict[str, Any] = {}
    for name, one, times in (("case_page", page, PAGES), ("booking", booking, BOOKINGS)):
        walled, bare = take_turns(one, rounds, times, lambda said, name=name: say(f"{name}: {said}"))
        figures[f"{name}_ms"], figures[f"{name}_bare_ms"] = round(median(walled), 2), round(median(bare), 2)
        figures[f"{name}_ratio"] = round(median(walled) / median(bare), 2)
    figures["ratio"] = max(figures["case_page_ratio"], figures["booking_ratio"])
    return figures


def take_turns(one: Any, rounds: int, times: int, say: Callable[[str], object]) -> tuple[list[float], list[float]]:
    """Milliseconds of each walled and each bare run; both are warm before the clock starts."""
    walled: list[float] = []
    bare: list[float] = []
    for number in range(rounds + 1):
        walled.extend(one.walled() for _ in range(times))
        with as_owner():
            connection.ensure_connection()
            bare.extend(one.bare() for _ in range(times))
        if number == 0:
            walled.clear()
            bare.clear()
        elif number % 4 == 0:
            say(f"{number} of {rounds} rounds")
    return walled, bare


def signed_in() -> Client:
    """The social worker, through the real door: password, then the six digits."""
    person = User.objects.get(email=MANAGER)
    if not has_factor(person):
        give_totp(person)
    client = Client(HTTP_HOST="localhost")
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    digits = format_hotp_value(hotp_value(totp_secret(person), int(time.time()) // 30))
    client.post(reverse("mfa_authenticate"), {"code": digits})
    if client.get(reverse("services:case_list")).status_code != 200:
        raise RuntimeError("the bench could not sign in")
    return client


@contextmanager
def clock(into: list[float]):
    begun = time.perf_counter()
    yield
    into.append((time.perf_counter() - begun) * 1000)


class Page:
    """The case page."""

    def __init__(self, client: Client, code: str) -> None:
        self.client, self.code = client, code
        self.address = reverse("services:case_detail", args=[code])
        self.request = RequestFactory().get(self.address)
        self.request.user = User.objects.get(email=MANAGER)
        self.request.session = dict(client.session)

    def walled(self) -> float:
        taken: list[float] = []
        with clock(taken):
            answer = self.client.get(self.address)
        if answer.status_code != 200:
            raise RuntimeError(f"the case page answered {answer.status_code}")
        return taken[0]

    def bare(self) -> float:
        taken: list[float] = []
        with clock(taken), transaction.atomic():
            moment = timezone.now()
            case = Case.objects.select_related("agency", "manager").get(code=self.code)
            sheet = sheet_of(case, moment)
            limits_here(case, moment)  # which limits rule the case is the page's own question, not a wall's
            context = shown_of(case, sheet, moment, blind=False) | dict.fromkeys(MAY, True)
            if context["next"] == "book":  # with whom it could be booked is the page's own question too
                context["siblings"] = siblings_to_book_with(self.request.user, case, moment)
            context["to_answer"], context["answers"] = sheet.for_colleague(self.request.user.pk, moment)
            render_to_string("services/case_detail.html", context, request=self.request)
        return taken[0]


class BookingOf:
    """Sending the form that books the first time offered; what was booked is freed again, outside the clock."""

    def __init__(self, client: Client, code: str) -> None:
        self.client, self.code = client, code
        self.address = reverse("services:interview_book", args=[code])
        page = client.get(self.address).content.decode()
        self.sent = form_of(page)
        self.owner = owners_connection()

    def data(self) -> dict[str, Any]:
        """The form with a key of its own, as if the page had just been opened."""
        from services.forms.keys import new_key

        return self.sent | {"key": new_key(User.objects.get(email=MANAGER), Case(pk=self.case_id()))}

    def case_id(self) -> int:
        return int(self.owner.execute("SELECT id FROM services_case WHERE code = %s", [self.code]).fetchone()[0])

    def free(self) -> None:
        rows = self.owner.execute(
            "SELECT id FROM services_interview WHERE state = 'booked' AND case_id = %s", [self.case_id()]
        )
        for (pk,) in rows.fetchall():
            self.owner.execute(FREE_TIMES, [pk])
            self.owner.execute(FREE_NEEDS, [pk])
            self.owner.execute(CANCEL, [pk])

    def walled(self) -> float:
        sent, taken = self.data(), []
        with clock(taken):
            answer = self.client.post(self.address, urlencode(sent, doseq=True), "application/x-www-form-urlencoded")
        if answer.status_code != 302:
            raise RuntimeError(f"the booking answered {answer.status_code}")
        self.free()
        return taken[0]

    def bare(self) -> float:
        from django.http import QueryDict

        sent, taken = QueryDict(urlencode(self.data(), doseq=True)), []
        person = User.objects.get(email=MANAGER)
        with clock(taken), transaction.atomic():
            case = Case.objects.select_related("agency", "manager").get(code=self.code)
            form = BookingForm(sent, case=case, user=person, **needed_to_plan(case))
            if form.booked_already() or not form.is_valid():
                raise RuntimeError("the form of the bench is not valid")
            save_bare(case, form.plan(), person, timezone.now())
        self.free()
        return taken[0]


def save_bare(case: Case, plan: Any, by: User, now: datetime) -> None:
    """The queries of booking an interview, with nothing recorded and nobody asked."""
    if Interview.objects.filter(key=uuid.uuid4()).exists() or blocking(
        plans.plan_objections(case=case, plan=plan, now=now)
    ):
        raise RuntimeError("the bench's interview cannot be booked")
    span = (plan.starts, plan.ends)
    taken = occupancy.take(wanted=booked_spans(case, plan), now=now)
    venue = Venue.objects.get(resources=plan.room)
    interview = Interview.objects.create(
        case=case, kind=plan.kind, span=DateTimeTZRange(*span), venue=venue, zone=str(venue.zone), booked_by=by,
        protocol=plans.protocol_in_force(now), key=uuid.uuid4(), payload_hash=plans.payload_hash(plan),
        booked_at=now, prosecutor_absent_because="",
    )  # fmt: skip
    Participant.objects.bulk_create(
        Participant(case=case, interview=interview, resource_id=a.resource, role=a.role, presence=a.presence)
        for a in plan.attendees
    )
    Booking.objects.bulk_create(Booking(case=case, interview=interview, occupancy=one) for one in taken)
    interviews.save_breaks(interview, plan)
    interviews.settle_needs(interview, plan)
    reminders.invite(interview, by=by, now=now)


def form_of(page: str) -> dict[str, Any]:
    """What a browser would send from the booking form as it stands: the first time offered and every need."""
    main = page[page.index("<main") :]
    sent: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", main):
        facts = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        name, kind = facts.get("name"), facts.get("type", "text")
        if not name or name == "csrfmiddlewaretoken" or (kind in {"radio", "checkbox"} and " checked" not in tag):
            continue
        sent.setdefault(name, []).append(facts.get("value", ""))
    return sent
