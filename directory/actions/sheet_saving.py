"""Write planned rows: new listings many at a time, changed ones as any change of a listing. Drafts for review, all of them.

The directory's rules and Django's fields are asked again of each listing as it would be, for a plan is not a promise. The
caller holds the transaction.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from wagtail.signal_handlers import disable_reference_index_auto_update

from cms.audit.recording import record
from cms.refusals import Objected
from directory.actions.listings import PARTS, Listing, apply, made, make_groups, malformed, update_listing
from directory.actions.planting import Planter, slug_of
from directory.actions.sheet_plans import Plan, Planned
from directory.actions.submitting import submit_quietly
from directory.models import DirectoryIndexPage, ProviderPage, ServicePage
from directory.policies import User
from directory.rules import listings as rules
from directory.rules.sheet_changes import Change
from directory.rules.sheets import name_key


class Saving:
    """`write` a row, `finish` when all are written. Locks the root of the listings, so that nobody plants beside us."""

    def __init__(self, *, by: User, now: datetime) -> None:
        self.by, self.now, self.today = by, now, timezone.localdate(now)
        self.index = DirectoryIndexPage.objects.select_for_update().get()
        self.planter = Planter(by=by, now=now)
        self.begun: set[str] = set()  # names of providers that are planted and not yet written
        self.providers: dict[int, ProviderPage] = {}
        self.made: dict[int, list[Change]] = {}
        self.planted: list[Listing] = []

    def can_write(self, plan: Plan) -> bool:
        """Not yet where its provider is another row's that is not written yet: the next step finds it."""
        return plan.provider is not None or name_key(plan.told.name) not in self.begun

    def write(self, plan: Plan) -> None:
        """Raises Objected; then nothing of the row is written."""
        fresh_changes = self._not_yet_made(plan)
        changed = [(plan.provider, ProviderPage, fresh_changes)] if plan.provider and fresh_changes else []
        changed += [(one.entry, ServicePage, one.changes) for one in plan.services if one.entry and one.changes]
        fresh = [one for one in plan.services if one.entry is None]
        provider, draft = self._provider(plan)
        drafts = [(self._draft(ServicePage, one.told.fields, draft), one) for one in fresh]
        for entry, model, changes in changed:
            self._change(model.objects.get(pk=entry.pk), changes)
        if plan.provider is None:
            self.begun.add(name_key(plan.told.name))
            self._plant(provider, self.index, plan.told.fields)
        else:
            self.made.setdefault(plan.provider.pk, []).extend(fresh_changes)
        for _draft, one in drafts:
            self._plant_service(provider, one)

    def _not_yet_made(self, plan: Plan) -> list[Change]:
        """Several rows of one provider say the same change of it: it is made once."""
        if plan.provider is None:
            return []
        made_already = self.made.get(plan.provider.pk, [])
        return [change for change in plan.changes if change not in made_already]

    def _provider(self, plan: Plan) -> tuple[ProviderPage, ProviderPage]:
        """`(the page, as it would be)`: a new one unsaved, another as it is now."""
        if plan.provider is None:
            return self._fresh(ProviderPage, plan.told.fields), self._draft(ProviderPage, plan.told.fields)
        if plan.provider.pk not in self.providers:
            self.providers[plan.provider.pk] = ProviderPage.objects.get(pk=plan.provider.pk)
        page = self.providers[plan.provider.pk]
        draft = page.get_latest_revision_as_object()
        apply(draft, {change.field: change.after for change in plan.changes})
        return page, draft

    def _draft(self, model: type[Listing], fields: Mapping[str, Any], provider: ProviderPage | None = None) -> Any:
        """The listing as it would be; raises Objected where it may not."""
        draft = model()
        apply(draft, fields)
        if provider is not None:
            draft.provider = provider
        found = malformed(draft) + rules.listing_objections(draft.facts(parts=True), today=self.today)
        if found:
            raise Objected(dict.fromkeys(found))
        return draft

    def _change(self, page: Listing, changes: Iterable[Change]) -> None:
        told = {change.field: change.after for change in changes}
        update_listing(page=page, changes=told, by=self.by, now=self.now, quietly=True)

    def _fresh(self, model: type[Listing], fields: Mapping[str, Any]) -> Any:
        page = model(locale=self.index.locale, **{name: value for name, value in fields.items() if name not in PARTS})
        page.slug = slug_of(page.title, str(page.identifier))
        return page

    def _plant_service(self, provider: ProviderPage, one: Planned) -> None:
        self._plant(self._fresh(ServicePage, one.told.fields), provider, one.told.fields)

    def _plant(self, page: Any, parent: Any, fields: Mapping[str, Any]) -> None:
        parts = {name: made(type(page), name, rows) for name, rows in fields.items() if name in PARTS}
        self.planter.plant(page, parent, parts, live=False)
        self.planted.append(page)

    def finish(self) -> None:
        """Write what was planted, give new providers their groups, and put everything before the reviewers."""
        with disable_reference_index_auto_update():  # listings refer to nothing
            self.planter.flush()
        make_groups(page for page in self.planted if isinstance(page, ProviderPage))
        for page in self.planted:
            if isinstance(page, ProviderPage):
                record("provider.registered", by=self.by, now=self.now, about=page)
            record("listing.submitted", by=self.by, now=self.now, about=page)
        submit_quietly(self.planted, by=self.by, now=self.now)
