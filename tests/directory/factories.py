"""Invented listings for the tests: numbers nobody has, places nobody lives at."""

from django.utils import timezone

from cms.accounts.models import User
from directory.actions import register_provider
from directory.foundation import REVIEWERS
from directory.models import DirectoryIndexPage, ServicePage
from directory.models.parts import ServiceArea, ServiceEase, ServicePhone, ServiceSchedule, ServiceSpecialDay

PASSWORD = "satu-kali-saja-cukup"


def user(name, **fields):
    return User.objects.create_user(f"{name}@contoh.example", PASSWORD, first_name=name, **fields)


def reviewer(name="peninjau"):
    from django.contrib.auth.models import Group

    person = user(name)
    person.groups.add(Group.objects.get(name=REVIEWERS))
    return person


def provider(title="UPTD PPA Contoh", *, by=None, live=True, editors=(), **facts):
    """A provider with one number, published unless said otherwise."""
    by = by or User.objects.filter(groups__name=REVIEWERS).first() or reviewer()
    facts = {"phones": [{"number": "021 0000 0001"}], "province": "ID-JB"} | facts
    page = register_provider(title=title, by=by, now=timezone.now(), editors=editors, facts=facts)
    if live:
        page.get_latest_revision().publish()
        page.refresh_from_db()
    return page


def service(
    provider,
    title="Konseling",
    *,
    live=True,
    areas=None,
    phones=(),
    schedules=(),
    special_days=(),
    easements=(),
    **fields,
):
    """A service under `provider`; nationwide unless said otherwise. `easements` are codes of `Ease`."""
    fields = {"kind": "c4", "description": "Ada yang mendengarkan."} | fields
    page = ServicePage(title=title, live=False, **fields)
    page.areas = [ServiceArea(**area) for area in ([{"nationwide": True}] if areas is None else areas)]
    page.phones = [ServicePhone(**phone) for phone in phones]
    page.schedules = [ServiceSchedule(**schedule) for schedule in schedules]
    page.special_days = [ServiceSpecialDay(**special) for special in special_days]
    page.easements = [ServiceEase(code=code) for code in easements]
    provider.refresh_from_db()
    provider.add_child(instance=page)
    revision = page.save_revision()
    if live:
        revision.publish()
        page.refresh_from_db()
    return page


def index():
    return DirectoryIndexPage.objects.get()
