"""One's own listings as rows of the template, for whoever corrects them in a spreadsheet and sends them back.

Newest drafts, not what is published: a file that is sent back would otherwise undo what waits for review.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from django.db.models.functions import Length, Substr
from wagtail.models import Page, Revision

from directory.models.offers import ServicePage
from directory.models.providers import ProviderPage
from directory.rules.sheet_files import MOST_ROWS
from directory.rules.sheet_rows import row_of

PROVIDERS = 200  # read at a time


def listing_rows(user, kinds: Mapping[str, str], most: int = MOST_ROWS) -> Iterator[list[str]]:
    """A row for each service that `user` may edit, and one for each provider without any; `most` rows at the longest."""
    paths = list(ProviderPage.objects.editable_by(user).order_by("title", "path").values_list("path", flat=True))
    told = 0
    for start in range(0, len(paths), PROVIDERS):
        for provider, services in _with_services(paths[start : start + PROVIDERS]):
            for service in services or [None]:
                if told == most:
                    return
                told += 1
                yield row_of(provider, service, kinds)


def _with_services(paths):
    """`(provider, its services)` as their newest revisions hold them, with the identifiers that their pages have."""
    parent = Substr("path", 1, Length("path") - Page.steplen)
    columns = ("pk", "identifier", "path", "latest_revision_id")
    providers = list(ProviderPage.objects.filter(path__in=paths).values_list(*columns))
    services = ServicePage.objects.annotate(parent=parent).filter(parent__in=paths).order_by("path")
    services = list(services.values_list(*columns))
    held = [revision for *_rest, revision in [*providers, *services] if revision]
    contents = dict(Revision.objects.filter(pk__in=held).values_list("pk", "content"))
    below = defaultdict(list)
    for _pk, identifier, path, revision in services:
        if revision:
            below[path[: -Page.steplen]].append(contents[revision] | {"identifier": identifier})
    by_path = {path: (identifier, revision) for _pk, identifier, path, revision in providers}
    for path in paths:
        identifier, revision = by_path[path]
        if revision:
            yield contents[revision] | {"identifier": identifier}, below[path]
