"""Put many new pages into the tree at once, each with its parts, its first revision and its lines in Wagtail's log.

`add_child`, `save_revision` and `publish`, one after another, take about a hundred queries a page (measured: 300
providers in over four minutes). Here the rows are written as fixtures are loaded, in batches, and then indexed for
search. The pages must have been checked before (imports do); the database's constraints judge what is written.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Model
from django.utils.text import slugify
from modelsearch.backends import get_search_backends
from wagtail.models import Page, PageLogEntry, Revision

from directory.policies import User

REVISED = ["latest_revision", "latest_revision_created_at", "live_revision"]
Parts = Mapping[str, Sequence[Model]]


class Planter:
    """`plant` gives a page its place, `flush` writes what was planted. The caller holds a lock on the tree's root."""

    def __init__(self, *, by: User | None, now: datetime) -> None:
        self.by, self.now = by, now
        self.youngest: dict[str, Page] = {}  # by their parent's path
        self.waiting: list[tuple[Any, Parts]] = []

    def plant(self, page: Any, parent: Any, parts: Parts, *, live: bool) -> None:
        """Make `page` the last child of `parent`; `parts` are its unsaved children by their name on the page."""
        page.path, page.depth, page.numchild = self._next_path(parent), parent.depth + 1, 0
        page.draft_title, page.owner = page.title, self.by
        page.live, page.has_unpublished_changes = live, not live
        if live:
            page.first_published_at = page.last_published_at = self.now
        page.set_url_path(parent)
        self.youngest[parent.path] = page
        parent.numchild += 1
        self.waiting.append((page, parts))

    def flush(self) -> None:
        pages = [page for page, _parts in self.waiting]
        self._save_pages(pages)
        self._save_parts()
        revisions = Revision.objects.bulk_create(self._revision(page) for page in pages)
        for page, revision in zip(pages, revisions, strict=True):
            page.latest_revision, page.latest_revision_created_at = revision, self.now
            page.live_revision = revision if page.live else None
        Page.objects.bulk_update([_base(page, REVISED) for page in pages], REVISED)
        PageLogEntry.objects.bulk_create(self._log(page, verb) for page in pages for verb in _verbs(page))
        _index(pages)
        self.waiting = []

    def _next_path(self, parent: Any) -> str:
        last = self.youngest.get(parent.path) or (parent.get_last_child() if parent.numchild else None)
        if last is None:
            return str(Page._get_path(parent.path, parent.depth + 1, 1))  # noqa: SLF001 -- as Wagtail's copy does
        return str(last._inc_path())  # noqa: SLF001 -- as above

    @staticmethod
    def _save_pages(pages: Iterable[Any]) -> None:
        fields = [field.name for field in Page._meta.concrete_fields if not field.primary_key]  # noqa: SLF001
        bases = Page.objects.bulk_create(_base(page, fields) for page in pages)
        children: dict[str, int] = {}
        for page, base in zip(pages, bases, strict=True):
            page.pk = page.id = base.pk
            page.save_base(raw=True, force_insert=True)
            parent_path = page.path[: -Page.steplen]
            children[parent_path] = children.get(parent_path, 0) + 1
        for path, number in children.items():
            # A parent of this batch was written with its children counted already.
            Page.objects.filter(path=path).exclude(pk__in=[base.pk for base in bases]).update(
                numchild=F("numchild") + number
            )

    def _save_parts(self) -> None:
        by_model: dict[type[Model], list[Any]] = {}
        for page, parts in self.waiting:
            for children in parts.values():
                for child in children:
                    child.page = page  # type: ignore[attr-defined]
                    by_model.setdefault(type(child), []).append(child)
        for model, children in by_model.items():
            model._default_manager.bulk_create(children)  # noqa: SLF001 -- Django's documented API
        for page, parts in self.waiting:
            for name, children in parts.items():
                setattr(page, name, children)

    def _revision(self, page: Any) -> Revision:
        return Revision(
            content_type=ContentType.objects.get_for_model(page),
            base_content_type=ContentType.objects.get_for_model(Page),
            object_id=str(page.pk),
            user=self.by,
            created_at=self.now,
            content=page.serializable_data(),
            object_str=str(page),
        )

    def _log(self, page: Any, verb: str) -> PageLogEntry:
        return PageLogEntry(
            content_type=ContentType.objects.get_for_model(page),
            label=page.title,
            action=verb,
            timestamp=self.now,
            user=self.by,
            revision=page.latest_revision,
            content_changed=True,
            page=page,
        )


def slug_of(title: str, identifier: str) -> str:
    """An address within the tree that no other listing has: the name, and the beginning of the identifier."""
    return f"{slugify(title)[:40]}-{identifier[:8]}".strip("-")


def _verbs(page: Any) -> list[str]:
    return ["wagtail.create", "wagtail.publish"] if page.live else ["wagtail.create"]


def _base(page: Any, names: Iterable[str]) -> Page:
    """The page's row in Wagtail's own table, with these of its fields."""
    return Page(pk=page.pk, **{name: getattr(page, name) for name in names})


def _index(pages: Sequence[Any]) -> None:
    """For the admin's search: what each page's own save would have done, one model at a time."""
    for backend in get_search_backends(with_auto_update=True):
        for model in {type(page) for page in pages}:
            backend.add_bulk(model, [page for page in pages if type(page) is model])
