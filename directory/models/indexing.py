"""The search's rows are made from the public pages, by one statement for a few pages or for many.

Wagtail tells when a page is published, taken down or moved (`follow`). A row that lags behind cannot show anything that is not
public: the finder asks `listed()` again for whatever it shows.
"""

import json
from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import override
from wagtail.models import Page

from cms.places import HOURS_AHEAD, PROVINCES
from directory.models.kinds import ServiceKind
from directory.models.offers import ServicePage

INDEX = (Path(__file__).parent / "entries.sql").read_text(encoding="utf-8")
DROP = "DELETE FROM directory_entry WHERE service_id = ANY(%(pages)s)"
DROP_EVERYTHING = "DELETE FROM directory_entry"
FORGET_WORDS = "DELETE FROM directory_word"
CHUNK = 2_000  # services that one statement makes into entries


def index_services(services):
    """Make the rows of these services (a QuerySet) anew; those that are not listed lose theirs."""
    for pages in in_chunks(services):
        _index(pages)


def index_everything(progress=lambda _done, _total: None):
    """Make the whole index anew and return how many services it holds. Words that no longer occur are forgotten.

    `progress(done, total)` is told after each chunk.
    """
    chunks = in_chunks(ServicePage.objects.listed())
    done, total = 0, sum(map(len, chunks))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(DROP_EVERYTHING)
            cursor.execute(FORGET_WORDS)
        for pages in chunks:
            _index(pages)
            done += len(pages)
            progress(done, total)
    return total


def in_chunks(services):
    pages = list(services.order_by("pk").values_list("pk", flat=True))
    return [pages[start : start + CHUNK] for start in range(0, len(pages), CHUNK)]


def _index(pages):
    listed = list(ServicePage.objects.listed().filter(pk__in=pages).order_by("pk").values_list("pk", flat=True))
    given = {"pages": pages, "listed": listed, "kinds": json.dumps(kind_words()), "places": json.dumps(place_facts())}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DROP, given)
        if listed:
            cursor.execute(INDEX, given)


def kind_words():
    """`{"c4": ["…", "…"]}`: the public words of each kind, Indonesian and English."""
    words = {code: [] for code in ServiceKind.values}
    for language in ("id", "en"):
        with override(language):
            for code, word in ServiceKind.choices:
                words[code].append(str(word))
    return words


def place_facts():
    """`{"ID-JB": ["Jawa Barat", 7]}`: the name of each province, and by how many hours its clock is ahead of UTC."""
    return {code: [name, HOURS_AHEAD[zone]] for code, (name, zone) in PROVINCES.items()}


def follow(instance, **_signal):
    """Wagtail published, took down or moved a page: the rows of the services at it and below are made anew."""
    page = Page.objects.filter(pk=instance.pk).first()  # read again: a page that was moved still has its old path
    if page is not None:
        index_services(ServicePage.objects.descendant_of(page, inclusive=True))
