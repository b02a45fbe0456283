"""What the rows of one file say about each other, and about offices that are here: contradictions and likely doubles.

Contradictions are faults, for nobody could tell which row is meant. Doubles are warnings, and only for new providers; they
are looked for among providers that the sender may see anyway.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cms.objections import Objection
from directory.actions.sheet_plans import Directory, Plan, kinds
from directory.models import ProviderPhone, Sheet, SheetRow
from directory.rules import sheet_changes
from directory.rules.sheet_likeness import Offices
from directory.rules.sheets import name_key, tell

OFFICE = ("street", "postal_code", "phones", "email", "website", "description")
EARLIER = ("number", "office", "name", "place", "numbers", "services")


@dataclass
class _Office:
    """The first sound row of an office in this file."""

    number: int
    name: str
    place: tuple[str, str]
    services: dict[str, int]
    fields: Mapping[str, Any] | None = None


class Doubles:
    """Knows the rows before a chunk; `judge` is called for each row of it in order."""

    def __init__(self, sheet: Sheet, plans: Iterable[Plan], directory: Directory) -> None:
        plans = list(plans)
        self.sheet = sheet
        self.offices: dict[str, list[_Office]] = {}
        self.likely = Offices()
        self.numbers: dict[str, int] = {}
        self.known_numbers: dict[str, str] = {}
        if directory.registers:
            for entry in directory.providers:
                self.likely.add(entry, entry.title, (entry.province, ""))
            told = {number for plan in plans for number in plan.told.numbers}
            phones = ProviderPhone.objects.filter(number__in=told).values_list("number", "page__draft_title")
            self.known_numbers = {number.as_e164: title for number, title in phones}
        first = min((plan.row.number for plan in plans), default=0)
        earlier = SheetRow.objects.filter(sheet=sheet, number__lt=first).exclude(office="").order_by("number")
        for number, office, name, place, numbers, services in earlier.values_list(*EARLIER).iterator():
            self._remember(office, _Office(number, name, _place(place), {}), numbers, services)

    def judge(self, plan: Plan) -> list[Objection]:
        """What other rows say of this one; then it counts among them itself."""
        told = plan.told
        if not (told.name or plan.provider):
            return []
        office = self._office(plan.office, told.place)
        found = self._contradictions(plan, office) if office else []
        if plan.provider is None and office is None:
            found += self._likely_doubles(plan)
        if not any(not remark.warning for remark in [*plan.remarks, *found]):
            titles = [service.title for service in told.services if service.title]
            self._remember(
                plan.office, _Office(plan.row.number, told.name, told.place, {}, told.fields), told.numbers, titles
            )
        return found

    def _remember(self, key: str, told: _Office, numbers: Iterable[str], services: Iterable[str]) -> None:
        office = self._office(key, told.place)
        if office is None:
            office = told
            self.offices.setdefault(key, []).append(told)
            self.likely.add(told.number, told.name, told.place)
        for title in services:
            office.services.setdefault(name_key(title), told.number)
        for one in numbers:
            self.numbers.setdefault(one, told.number)

    def _office(self, key: str, place: tuple[str, str]) -> _Office | None:
        """A provider that is here is itself wherever it is; of the same name, only in the same province."""
        for office in self.offices.get(key, ()):
            if key.startswith("#") or not office.place[0] or not place[0] or office.place[0] == place[0]:
                return office
        return None

    def _contradictions(self, plan: Plan, office: _Office) -> list[Objection]:
        found = []
        for service in plan.told.services:
            if number := office.services.get(name_key(service.title)):
                values = {"row": number, "name": service.title}
                found.append(Objection("sheet_service_twice", values=values, field="layanan"))
        if plan.told.name and office.name and name_key(plan.told.name) != name_key(office.name):
            found.append(Objection("sheet_contradicts_row", values={"row": office.number}, field="nama_lembaga"))
        before = self._fields_of(office)
        both = [name for name in OFFICE if name in before and name in plan.told.fields]
        for change in sheet_changes.changes(before, {name: plan.told.fields[name] for name in both}):
            column = sheet_changes.COLUMN_OF[change.field]
            found.append(Objection("sheet_contradicts_row", values={"row": office.number}, field=column))
        return found

    def _fields_of(self, office: _Office) -> Mapping[str, Any]:
        if office.fields is None:
            cells = SheetRow.objects.filter(sheet=self.sheet, number=office.number).values_list("cells", flat=True)
            office.fields = tell(next(iter(cells), {}), kinds()).fields
        return office.fields

    def _likely_doubles(self, plan: Plan) -> list[Objection]:
        told = plan.told
        like = self.likely.like(told.name, told.place)
        if isinstance(like, int):
            return [Objection("sheet_likely_same_row", values={"row": like}, field="nama_lembaga", warning=True)]
        if like is not None:
            values = {"name": getattr(like, "title", "")}
            return [Objection("sheet_likely_same", values=values, field="nama_lembaga", warning=True)]
        for number in told.numbers:
            if number in self.numbers:
                values = {"row": self.numbers[number]}
                return [Objection("sheet_same_number_row", values=values, field="telepon", warning=True)]
            if number in self.known_numbers:
                values = {"name": self.known_numbers[number]}
                return [Objection("sheet_same_number", values=values, field="telepon", warning=True)]
        return []


def _place(text: str) -> tuple[str, str]:
    province, _bar, district = text.partition("|")
    return province, district
