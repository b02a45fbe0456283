"""What rows of a spreadsheet would do to the directory as it is now: planned in bulk, a fixed number of queries a chunk.

The same planning serves the preview and the saving, so what is saved is what the directory would show at that moment;
between the two somebody may have changed a listing. Whoever may not register providers reaches their own only: another's
name, identifier or draft is answered like one that does not exist.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from django.db.models.functions import Length, Substr
from django.utils.text import capfirst
from django.utils.translation import override
from wagtail.models import Page, Revision

from cms.objections import Objection
from directory.hsds.facts import kind_words
from directory.models import ProviderPage, ServiceKind, ServicePage, SheetRow
from directory.policies import User, can_register_provider
from directory.rules import sheet_changes
from directory.rules.sheet_changes import Change
from directory.rules.sheets import Kinds, Service, Told, name_key, tell


@dataclass(frozen=True)
class Entry:
    """A listing that is here already, and that the sender may change."""

    pk: int
    identifier: str
    title: str
    path: str
    revision: int | None
    kind: str = ""
    province: str = ""
    hidden: bool = False


@dataclass
class Planned:
    """A service of a row: what is told, the page it is (None: a new one), what would change."""

    told: Service
    entry: Entry | None
    changes: list[Change]


@dataclass
class Plan:
    """What one row would do. `provider` is None for a new one."""

    row: SheetRow
    told: Told
    provider: Entry | None = None
    changes: list[Change] = field(default_factory=list)
    services: list[Planned] = field(default_factory=list)
    remarks: list[Objection] = field(default_factory=list)
    fate: str = SheetRow.Fate.FAULTY

    @property
    def office(self) -> str:
        """What rows of one office have in common: the provider that is here, else the name."""
        return f"#{self.provider.pk}" if self.provider else name_key(self.told.name)[:300]

    def shown_changes(self) -> list[list[Any]]:
        """`[whose, field, before, after]` of every change; whose is the service's name, or empty for the provider."""
        found = [["", *_as_list(change)] for change in self.changes]
        for service in self.services:
            title = service.told.title or (service.entry.title if service.entry else "")
            found += [[title, *_as_list(change)] for change in service.changes]
        return found


def _as_list(change: Change) -> list[Any]:
    return [change.field, change.before, change.after]


@cache
def kinds() -> Kinds:
    """The kinds of help by every name; services that a list makes are titled in Indonesian, as the tree is."""
    with override("id"):
        titles = {str(code): capfirst(str(label)) for code, label in ServiceKind.choices}
    return Kinds(kind_words(), titles)


class Directory:
    """The providers that a sender may change, by identifier and by name; and of those asked for, what they hold."""

    def __init__(self, by: User) -> None:
        self.registers = can_register_provider(by)
        pages = ProviderPage.objects.editable_by(by)
        columns = ("pk", "identifier", "draft_title", "path", "latest_revision_id", "province", "hidden_place")
        self.providers = [
            Entry(pk, str(identifier), title, path, revision, province=province, hidden=hidden)
            for pk, identifier, title, path, revision, province, hidden in pages.order_by("pk").values_list(*columns)
        ]
        self.by_identifier = {entry.identifier: entry for entry in self.providers}
        self.by_path = {entry.path: entry for entry in self.providers}
        self.by_name: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.providers:
            self.by_name[name_key(entry.title)].append(entry)
        self.services: dict[str, list[Entry]] = defaultdict(list)  # by their provider's path
        self.contents: dict[int, Mapping[str, Any]] = {}

    def read(self, plans: Iterable[Plan]) -> None:
        """Load the services of the providers in `plans`, and what the newest revisions of all of them hold."""
        entries = {plan.provider.path: plan.provider for plan in plans if plan.provider is not None}
        found = self._services_below(set(entries)) if entries else []
        for entry in found:
            self.services[entry.path[: -Page.steplen]].append(entry)
        held = [entry.revision for entry in [*entries.values(), *found] if entry.revision]
        for pk, content in Revision.objects.filter(pk__in=held).values_list("object_id", "content"):
            self.contents[int(pk)] = content

    @staticmethod
    def _services_below(paths: set[str]) -> list[Entry]:
        """The services under these providers, drafts too."""
        columns = ("pk", "identifier", "draft_title", "path", "latest_revision_id", "kind")
        parent = Substr("path", 1, Length("path") - Page.steplen)
        pages = ServicePage.objects.annotate(parent=parent).filter(parent__in=paths)
        pages = pages.order_by("path").values_list(*columns)
        return [Entry(pk, str(name), title, path, revision, kind) for pk, name, title, path, revision, kind in pages]

    def home_of(self, identifiers: set[str]) -> dict[str, Entry]:
        """The provider of each of these services, by the service's identifier."""
        found = ServicePage.objects.filter(identifier__in=identifiers).values_list("identifier", "path")
        homes = {str(identifier): self.by_path.get(path[: -Page.steplen]) for identifier, path in found}
        return {identifier: entry for identifier, entry in homes.items() if entry is not None}

    def secret(self) -> frozenset[str]:
        """Identifiers of shelters, and the names of offices that are one."""
        hidden = [entry for entry in self.providers if entry.hidden]
        places = ServicePage.objects.filter(kind=ServiceKind.SHELTER).values_list("identifier", flat=True)
        known = [entry.identifier for entry in hidden] + [name_key(entry.title) for entry in hidden]
        return frozenset(known + [str(identifier) for identifier in places])


def plan_rows(rows: Sequence[SheetRow], *, directory: Directory, today: date) -> list[Plan]:
    """What each row would do now. Rows with faults have the fate FAULTY; nothing is written."""
    plans = [Plan(row, tell(_with_home(row.cells, directory), kinds())) for row in rows]
    wanted = {service.identifier for plan in plans for service in plan.told.services if service.identifier}
    homes = directory.home_of({told for told in wanted if _is_identifier(told)}) if wanted else {}
    for plan in plans:
        plan.remarks = list(plan.told.remarks)
        _find_provider(plan, directory, homes)
    directory.read(plans)
    for plan in plans:
        if plan.provider is not None or plan.told.name:
            _compare(plan, directory, today)
        plan.remarks = list(dict.fromkeys(plan.remarks))
        plan.fate = _fate(plan)
    return plans


def _is_identifier(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _with_home(cells: Mapping[str, str], directory: Directory) -> Mapping[str, str]:
    """Whoever keeps one provider need not name it in every row."""
    alone = not directory.registers and len(directory.providers) == 1
    if alone and cells and not any(cells.get(name) for name in ("nama_lembaga", "id_lembaga", "id_layanan")):
        return {**cells, "id_lembaga": directory.providers[0].identifier}
    return cells


def _find_provider(plan: Plan, directory: Directory, homes: Mapping[str, Entry]) -> None:
    told = plan.told
    if told.identifier:
        plan.provider = directory.by_identifier.get(told.identifier.lower())
        if plan.provider is None:
            plan.remarks.append(Objection("sheet_id_unknown", field="id_lembaga"))
        return
    service = next((one.identifier for one in told.services if one.identifier), "")
    if service and not told.name:
        plan.provider = homes.get(service.lower())
        if plan.provider is None:
            plan.remarks.append(Objection("sheet_id_unknown", field="id_layanan"))
        return
    if not told.name:
        return
    found = [entry for entry in directory.by_name.get(name_key(told.name), ()) if _same_province(entry, told)]
    if len(found) == 1:
        plan.provider = found[0]
    elif found:
        plan.remarks.append(Objection("sheet_name_several", field="nama_lembaga"))
    elif not directory.registers:
        plan.remarks.append(Objection("sheet_provider_of_somebody_else", field="nama_lembaga"))


def _same_province(entry: Entry, told: Told) -> bool:
    return not entry.province or not told.place[0] or entry.province == told.place[0]


def _compare(plan: Plan, directory: Directory, today: date) -> None:
    """Fill in what would change, and what the directory's rules object to in the listings as they would be."""
    content = directory.contents.get(plan.provider.pk, {}) if plan.provider else {}
    fields = plan.told.fields
    secret = bool(content.get("hidden_place") or fields.get("hidden_place"))
    if plan.provider and name_key(plan.provider.title) == name_key(plan.told.name):
        fields = {name: value for name, value in fields.items() if name != "title"}  # capitals are no other name
    if secret:
        fields = {name: value for name, value in fields.items() if name != "city"}
    plan.changes = sheet_changes.changes(content, fields)
    provider = sheet_changes.merged(content, fields)
    plan.remarks += sheet_changes.objections(provider, provider=None, today=today)
    for service in plan.told.services:
        entry = _find_service(plan, service, directory)
        if entry is None and service.identifier:
            continue
        held = directory.contents.get(entry.pk, {}) if entry else {}
        if entry is None and not (provider.get("phones") or provider.get("email")) and provider.get("website"):
            # The only way to reach the office is a way to reach each of its new services.
            service.fields.setdefault("website", provider["website"])
        elif service.fields.get("cost", "") == held.get("cost"):
            service.fields.pop("price", None)  # nothing new is said of the costs
        plan.services.append(Planned(service, entry, sheet_changes.changes(held, service.fields)))
        plan.remarks += sheet_changes.objections(
            sheet_changes.merged(held, service.fields), provider=provider, today=today
        )


def _find_service(plan: Plan, service: Service, directory: Directory) -> Entry | None:
    known = directory.services.get(plan.provider.path, []) if plan.provider else []
    if service.identifier:
        found = [entry for entry in known if entry.identifier == service.identifier.lower()]
        if not found:
            plan.remarks.append(Objection("sheet_id_unknown", field="id_layanan"))
        return found[0] if found else None
    found = [entry for entry in known if name_key(entry.title) == name_key(service.title)]
    if found[1:]:
        plan.remarks.append(Objection("sheet_name_several", field="nama_layanan"))
    return found[0] if found else None


def _fate(plan: Plan) -> str:
    if any(not remark.warning for remark in plan.remarks):
        return SheetRow.Fate.FAULTY
    if plan.provider is None or any(service.entry is None for service in plan.services):
        return SheetRow.Fate.NEW
    if plan.changes or any(service.changes for service in plan.services):
        return SheetRow.Fate.CHANGED
    return SheetRow.Fate.UNCHANGED
