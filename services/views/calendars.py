"""When the rooms and people of a house are taken, by day and by week; and one's own agenda. No case, no child."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import redirect, render

from cms.accounts.models import Agency, Membership
from services import policies
from services.actions.hours import HORIZON
from services.forms.calendars import DayForm
from services.models import Booking, GroupSession, Occupancy, OutsideBusy, Resource
from services.models.house import times_between
from services.policies import require
from services.rules import house as rules
from services.views.loading import now

WEEK = 7


@login_required
def house_day(request):
    """One day of a house by the hour."""
    context = _house(request, days=1)
    start = rules.midnight(context["on"], context["zone"])
    for row in context["rows"]:
        (row["day"],) = row["days"]
    first, last = rules.opening([row["day"] for row in context["rows"]], start)
    context["hours"] = [start + timedelta(hours=hour) for hour in range(first, last)]
    context["current"] = now().astimezone(context["zone"]).replace(minute=0, second=0, microsecond=0)
    for row in context["rows"]:
        row["shown"] = rules.part(row["day"], start + timedelta(hours=first), start + timedelta(hours=last))
        row["told"] = [one for one in row["shown"] if one.state != rules.AWAY] or row["shown"]
        row["cells"] = [_cell(row["day"], hour) for hour in context["hours"]]
    context |= {"minutes": (last - first) * 60, "view": "day"}
    return render(request, "services/house_day.html", context)


@login_required
def house_week(request):
    """Seven days of a house, from the day that is asked for on."""
    context = _house(request, days=WEEK)
    context |= {"dates": [context["on"] + timedelta(days=number) for number in range(WEEK)], "view": "week"}
    return render(request, "services/house_week.html", context)


@login_required
def agenda(request):
    """When one is expected. A case's code stands behind the link, for others may see this screen."""
    moment = now()
    require(policies.can_see_house(request.user, moment))
    outside = OutsideBusy.objects.filter(
        resource=OuterRef("resource"), span__overlap=OuterRef("span"), calendar__kept_at__isnull=False
    )
    taken = Occupancy.objects.taken(moment).filter(resource__user=request.user, span__endswith__gt=moment)
    taken = list(taken.annotate(clashes=Exists(outside)).select_related("resource").order_by("span"))
    bookings = Booking.objects.filter(occupancy__in=taken).select_related("interview")
    interviews = {booking.occupancy_id: booking.interview for booking in bookings.prefetch_related("interview__parts")}
    led = GroupSession.objects.filter(leader_time__in=taken).select_related("group")
    groups = {session.leader_time_id: session for session in led}
    entries = [
        {
            "taken": one,
            "interview": found,
            "session": found.session_in(one.span) if found else groups.get(one.pk),
            "group": groups[one.pk].group if one.pk in groups else None,
        }
        for one in taken
        for found in [interviews.get(one.pk)]
    ]
    own = Resource.objects.filter(user=request.user).first()
    return render(request, "services/agenda.html", {"entries": entries, "own": own})


@login_required
def agenda_open(request, pk):
    """From an hour of one's own agenda to the interview, for the members of its case."""
    booking = Booking.objects.filter(occupancy=pk, occupancy__resource__user=request.user)
    booking = booking.select_related("interview__case").first()
    if booking is None:
        raise Http404
    return redirect(booking.interview)


def _house(request, *, days):
    """What both pages share: whose house, which days, and each row's stretches day by day."""
    moment = now()
    require(policies.can_see_house(request.user, moment))
    agencies, agency = _agency_or_404(request, moment)
    zone = ZoneInfo(agency.zone)
    today = moment.astimezone(zone).date()
    last = today + timedelta(days=HORIZON - days)
    form = DayForm(request.GET if "on" in request.GET else None, first=today, last=last)
    on = form.day()
    form.initial["on"] = on
    resources = list(Resource.objects.of_house(agency))
    edges = [rules.midnight(on + timedelta(days=number), zone) for number in range(days + 1)]
    times = times_between([resource.pk for resource in resources], edges[0], edges[-1], moment)
    rows = [
        {
            "resource": resource,
            "days": [
                rules.stretches(times.get(resource.pk, rules.Times()), *edges[place : place + 2])
                for place in range(days)
            ],
        }
        for resource in resources
    ]
    return {
        "agencies": agencies, "agency": agency, "zone": zone, "today": today, "form": form, "on": on, "rows": rows,
        "before": max(on - timedelta(days=days), today) if on > today else None,
        "after": min(on + timedelta(days=days), last) if on < last else None,
        "sees_plans": policies.can_see_replannings(request.user, moment),
        "sees_groups": policies.can_see_groups(request.user, moment),
    }  # fmt: skip


def _agency_or_404(request, moment):
    """Where one works, and the one of them that was asked for; the first unless said."""
    worked_for = Membership.objects.current(moment).filter(user=request.user).values("agency_id")
    agencies = list(Agency.objects.filter(pk__in=worked_for))
    asked = request.GET.get("agency", "")
    chosen = [agency for agency in agencies if not asked or str(agency.pk) == asked]
    if not chosen:
        raise Http404
    return agencies, chosen[0]


def _cell(day, hour):
    pieces = rules.part(day, hour, hour + timedelta(hours=1))
    return {"hour": hour, "state": rules.leading(pieces), "pieces": pieces}
