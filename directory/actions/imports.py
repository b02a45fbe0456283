"""Write the listings of a data package.

What comes in is somebody else's word, and a wrong or dead number can harm somebody: so listings arrive as drafts, which
a reviewer publishes one by one or in bulk. With `publish` the operator answers for the package and sound listings are
published at once, marked as checked by nobody here. A listing that somebody has changed here since is never
overwritten: the package's version waits beside it as a draft. The same package again changes nothing.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.utils import timezone
from wagtail.signal_handlers import disable_reference_index_auto_update

from cms.audit.recording import action, record
from directory.actions.listings import Listing, apply, made, malformed
from directory.actions.planting import Planter, slug_of
from directory.hsds.placing import Listed
from directory.hsds.tables import Remark, left_out, not_placed
from directory.models import DirectoryIndexPage, ProviderPage, ServicePage
from directory.policies import User
from directory.rules import listings as rules

NEW, CHANGED, UNCHANGED, DRAFT = "new", "changed", "unchanged", "kept as draft"
BATCH = 50  # providers written at a time


@dataclass
class Outcome:
    """How many of each kind ended how (`counts["provider", "new"]`), and what was left out on the way."""

    counts: Counter = field(default_factory=Counter)
    remarks: list[Remark] = field(default_factory=list)


@action("listing.import_refused")
def import_listings(
    *,
    providers: Iterable[Listed],
    by: User | None,
    now: datetime,
    publish: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> Outcome:
    """Write providers and their services; return what became of them. `progress` hears the number of providers done.

    A listing that a rule of this directory forbids even as a draft is left out with its services and a remark.
    """
    writer = _Writer(by=by, now=now, publish=publish)
    with disable_reference_index_auto_update():  # listings refer to nothing: indexing each would double the time
        for done, provider in enumerate(providers, start=1):
            writer.write(provider)
            if done % BATCH == 0:
                writer.planter.flush()
            progress(done)
        writer.planter.flush()
    counts = {f"{kind} {fate}": count for (kind, fate), count in sorted(writer.outcome.counts.items())}
    record("listing.imported", by=by, now=now, **counts, remarks=len(writer.outcome.remarks))
    return writer.outcome


class _Writer:
    """Compares what is told with what is here, listing by listing."""

    def __init__(self, *, by: User | None, now: datetime, publish: bool) -> None:
        self.by, self.today, self.publish = by, timezone.localdate(now), publish
        self.outcome = Outcome()
        self.index = DirectoryIndexPage.objects.select_for_update().get()
        self.planter = Planter(by=by, now=now)
        self.drafts: dict[
            str, Listing
        ] = {}  # by path: new providers as drafts with their parts, which are not written yet
        self.known = {model: _known(model) for model in (ProviderPage, ServicePage)}

    def write(self, told: Listed) -> None:
        provider = self._listing(told, ProviderPage, self.index)
        for service in told.services:
            if provider is None:
                self.outcome.remarks.append(left_out(service.row, "home"))
            else:
                self._listing(service, ServicePage, provider)

    def _listing(self, told: Listed, model: type[Listing], parent: Any) -> Listing | None:
        """The page of `told`, made, changed or left as it is; None when it may not even be a draft."""
        known = self.known[model].get(told.identifier)
        if known is None:
            return self._make(told, model, parent)
        if not known.path.startswith(parent.path):
            self.outcome.remarks.append(not_placed(told.row, "other_provider"))
            return None
        if known.digest == told.digest():
            self._count(model, UNCHANGED)
            return known.page() if model is ProviderPage else None
        return self._change(known.page(), told, parent)

    def _make(self, told: Listed, model: type[Listing], parent: Any) -> Listing | None:
        draft = model()
        self._fill(draft, told)
        if not self._allowed(draft, told, parent):
            return None
        page = model(
            identifier=uuid.UUID(told.identifier),
            import_digest=told.digest(),
            slug=slug_of(told.fields["title"], told.identifier),
            locale=self.index.locale,
            **told.fields,
        )
        parts = {name: made(model, name, rows) for name, rows in told.parts.items()}
        self.planter.plant(page, parent, parts, live=self.publish and self._complete(draft))
        self.drafts[page.path] = draft
        self._count(model, NEW)
        return page

    def _change(self, page: Listing, told: Listed, parent: Any) -> Listing | None:
        """A new draft; published only where the last word on the page was an import's too."""
        untouched = not page.has_unpublished_changes and page.latest_revision and page.latest_revision.user_id is None
        page.import_digest = told.digest()
        draft = page.get_latest_revision_as_object()
        self._fill(draft, told)
        if not self._allowed(draft, told, parent):
            return None
        type(page).objects.filter(pk=page.pk).update(import_digest=page.import_digest)
        revision = draft.save_revision(user=self.by, clean=False, log_action=True)
        published = self.publish and untouched and self._complete(draft)
        if published:
            revision.publish(user=self.by)
        self._count(type(page), CHANGED if published or not page.live else DRAFT)
        return cast(Listing, type(page).objects.get(pk=page.pk))

    @staticmethod
    def _fill(page: Listing, told: Listed) -> None:
        apply(page, told.fields)
        apply(page, told.parts)

    def _allowed(self, draft: Listing, told: Listed, parent: Any) -> bool:
        """May it be a draft? This directory's rules for drafts, then Django's fields."""
        if isinstance(draft, ServicePage):
            draft.provider = self.drafts.get(parent.path, parent)
        objections = rules.fact_objections(draft.facts(parts=True), today=self.today)
        self.outcome.remarks += [left_out(told.row, "rule", rule=objection.key) for objection in objections]
        faults = malformed(draft)
        self.outcome.remarks += [left_out(told.row, "value", column=fault.field) for fault in faults]
        return not objections and not faults

    def _complete(self, draft: Listing) -> bool:
        return not rules.listing_objections(draft.facts(parts=True), today=self.today)

    def _count(self, model: type[Listing], fate: str) -> None:
        self.outcome.counts["provider" if model is ProviderPage else "service", fate] += 1


@dataclass(frozen=True)
class _Known:
    model: type[Listing]
    pk: int
    digest: str
    path: str

    def page(self) -> Listing:
        return cast(Listing, self.model.objects.get(pk=self.pk))


def _known(model: type[Listing]) -> Mapping[str, _Known]:
    """What is here already, by identifier."""
    rows = model.objects.values_list("identifier", "pk", "import_digest", "path")
    return {str(identifier): _Known(model, pk, digest, path) for identifier, pk, digest, path in rows}
