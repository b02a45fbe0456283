"""Standards in force, and providers that meet them, cheaply."""

from datetime import timedelta

from django.contrib.auth.models import Group
from django.utils import timezone

from cms.accounts.models import User
from directory.foundation import VERIFIERS
from directory.models import Assessment, Criterion, DirectoryIndexPage, ProviderPage, Standard
from tests.directory import factories

SINCE = timedelta(days=200)


def today():
    return timezone.localdate()


def binding():
    """The standard that every site begins with, in force at once; its criteria in order."""
    Standard.objects.update(starts_on=today() - SINCE)
    return list(Criterion.objects.order_by("sort_order").select_related("standard"))


def standard(*essential, kind="d1", starts_on=None, **changes):
    """Another standard, with a criterion for every word, essential or not."""
    made = Standard(title=f"Standar {Standard.objects.count()}", title_en="Standard", version="1", about="Tentang.",
                    about_en="About.", source="Sumber.", source_en="Source.", kind=kind,
                    starts_on=starts_on or today() - SINCE, **changes)  # fmt: skip
    made.criteria = [
        Criterion(words=f"Kriteria {n}", words_en=f"Criterion {n}", asks="Lihat.", asks_en="See.", essential=one)
        for n, one in enumerate(essential)
    ]
    made.save()
    return made


def verifier(name="pemeriksa"):
    person = factories.user(name)
    person.groups.add(Group.objects.get(name=VERIFIERS))
    return person


def met(provider, criterion, until=None, **changes):
    """A verified assessment, written down as it stands."""
    facts = {
        "met": "yes",
        "evidence": "Ada.",
        "assessed_at": timezone.now() - timedelta(days=20),
        "assessed_by": _somebody("penilai"),
        "outcome": "met",
        "verified_on": today() - timedelta(days=10),
        "verified_by": _somebody("pemeriksa.lama"),
        "expires_on": until or today() + timedelta(days=300),
        "waits": False,
    }
    return Assessment.objects.create(provider=provider, criterion=criterion, **(facts | changes))


def house(until=None, title="Rumah Terperiksa"):
    """A published provider whose essential criteria are all in force; the same one each time it is asked for."""
    found = ProviderPage.objects.filter(title=title).first()
    if found is None:
        index = DirectoryIndexPage.objects.get()
        found = index.add_child(instance=ProviderPage(title=title, province="ID-JB", locale=index.locale))
        for criterion in Criterion.objects.filter(essential=True):
            met(found, criterion, until)
    return found


def _somebody(name):
    address = f"{name}@contoh.example"
    return User.objects.filter(email=address).first() or User.objects.create(email=address, first_name=name)
