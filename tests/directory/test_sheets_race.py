"""Two windows, two presses, two people: a file is saved once, and nobody waits for ever."""

from django.db import transaction
from django.utils import timezone

from cms.database.context import acting_as
from directory.actions import sheets as actions
from directory.models import ProviderPage, Sheet, SheetRow
from tests.directory import factories
from tests.directory.sheets import as_csv, checked, office
from tests.racing import race, race_as


def steps(sheet, person):
    """What a window does that asks again and again."""

    def work():
        with acting_as(person):
            return actions.go_on(sheet=sheet, by=person, now=timezone.now()).state

    return work


def test_two_windows_of_one_person_save_each_row_once(own_database):
    with transaction.atomic():
        person = factories.reviewer()
        with acting_as(person):
            sheet = checked(as_csv([office(f"Lembaga {letter}") for letter in "ABCD"]), person)
    pressed = race_as(person, *[lambda: actions.save_sheet(sheet=sheet, by=person, now=timezone.now()).state] * 2)
    assert pressed == ["saving", "saving"]
    found = race(*[steps(sheet, person)] * 3)
    assert "saved" in found
    assert not [one for one in found if isinstance(one, Exception)]
    with transaction.atomic(), acting_as(person):
        assert ProviderPage.objects.count() == 4
        assert Sheet.objects.get().done == SheetRow.objects.filter(saved=True).count() == 4


def test_two_people_save_at_the_same_moment(own_database):
    people, sheets = [], []
    with transaction.atomic():
        for name in ("satu", "dua"):
            person = factories.reviewer(name)
            with acting_as(person):
                sheet = checked(as_csv([office(f"Lembaga {name} {letter}") for letter in "ABC"]), person)
                sheets.append(actions.save_sheet(sheet=sheet, by=person, now=timezone.now()))
            people.append(person)
    assert race(*(steps(sheet, person) for sheet, person in zip(sheets, people, strict=True))) == ["saved", "saved"]
    assert ProviderPage.objects.count() == 6
    assert len(set(ProviderPage.objects.values_list("path", flat=True))) == 6
