"""`manage.py messages`: gather every text of the screens, join it with its Indonesian, write what Django reads.

Texts in the code are English (msgids), so English needs no catalogue; Indonesian is `locale/id/LC_MESSAGES/django.po`
and, compiled from it, `django.mo`. Both are committed: nobody needs gettext's programs to run Sekali. New translations
are written in `locale/fragments/*.po`, one file an area; where a fragment and django.po differ, the fragment is newer.

With `--check` nothing is written, and the exit code is 1 when a text has no Indonesian, a placeholder differs, two
fragments contradict each other, or a file is not what this command would write.
"""

import functools
import io
import re
import sys
from collections import defaultdict
from datetime import UTC, datetime

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation.template import templatize

APPS = ("cms", "directory", "services")
FOLDER = settings.BASE_DIR / "locale"
PO = FOLDER / "id" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")
DAY_ONE = datetime(2026, 11, 24, tzinfo=UTC)  # a date that changed would make every run differ


class Command(BaseCommand):
    help = "Gather the texts of the screens and write the Indonesian catalogue."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is amiss")

    def handle(self, *, check, **_options):
        catalogue, faults = joined()
        faults += untranslated(catalogue) + wrong_placeholders(catalogue)
        files = {PO: po_bytes(catalogue), PO.with_suffix(".mo"): mo_bytes(catalogue)}
        if check:
            faults += [f"stale: {file.relative_to(settings.BASE_DIR)} (run: manage.py messages)"
                       for file, wanted in files.items() if not file.exists() or file.read_bytes() != wanted]  # fmt: skip
        else:
            for file, wanted in files.items():
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(wanted)
        for fault in faults:
            self.stdout.write(fault)
        self.stdout.write(f"{len(catalogue)} texts, {len(faults)} faults")
        if check and faults:
            sys.exit(1)


def joined():
    """The catalogue of every text in use with the Indonesian known for it, and a list of contradictions."""
    known, faults = translations()
    catalogue = Catalog(
        locale="id",
        project="Sekali",
        version="1",
        copyright_holder="the authors of Sekali",
        creation_date=DAY_ONE,
        revision_date=DAY_ONE,
        last_translator="the authors of Sekali",
        language_team="",
        fuzzy=False,
        header_comment="# Written by manage.py messages. Add translations in locale/fragments/.",
    )
    catalogue.mime_headers = [("Plural-Forms", "nplurals=1; plural=0;")]  # Indonesian has one form; Babel does not know
    for (context, ident), places in sorted(texts().items(), key=lambda item: (str(item[0][1]), item[0][0] or "")):
        string = known.get((context, ident)) or ("" if isinstance(ident, str) else ("",))
        catalogue.add(ident, string, locations=sorted(places), context=context)
    return catalogue, faults


@functools.cache
def texts():
    """`{(context, msgid): {(file, 1)}}`; a msgid with a plural is a pair."""
    found = defaultdict(set)
    for file, source in sources():
        name = str(file.relative_to(settings.BASE_DIR))
        for _line, ident, _comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
            if ident:
                found[context, tuple(ident) if isinstance(ident, list | tuple) else ident].add((name, 1))
    return found


def sources():
    """Every Python file as it is, and every template turned into the Python that names its texts."""
    for app in APPS:
        for file in sorted((settings.BASE_DIR / app).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file, file.read_text(encoding="utf-8")
    folders = [settings.BASE_DIR / "templates", *(settings.BASE_DIR / app for app in APPS)]
    for file in sorted(template for folder in folders for template in folder.rglob("*.html")):
        lines = templatize(file.read_text(encoding="utf-8"), origin=str(file)).splitlines()
        # What is left of the page's indentation would be a fault in Python.
        yield file, "\n".join(line.strip() for line in lines)


def translations():
    """`{(context, msgid): Indonesian}` from django.po, then the fragments over it, and the fragments' contradictions."""
    known, spoken, faults = {}, {}, []
    for file in [PO, *sorted((FOLDER / "fragments").glob("*.po"))]:
        if not file.exists():
            continue
        with file.open("rb") as stream:
            catalogue = read_po(stream, locale="id")
        for message in catalogue:
            key = (message.context, tuple(message.id) if isinstance(message.id, list | tuple) else message.id)
            said = _strings(message)[0]
            if not message.id or not said:
                continue
            if file != PO and spoken.setdefault(key, said) != said:
                faults.append(f"contradiction: {_first(message.id)!r} in {file.name} and in a fragment before it")
            known[key] = said if isinstance(message.id, str) else (said,)
    return known, faults


def untranslated(catalogue):
    return [f"no Indonesian: {_first(message.id)!r} ({message.locations[0][0]})"
            for message in catalogue if message.id and not all(_strings(message))]  # fmt: skip


def wrong_placeholders(catalogue):
    """A name in braces or percent signs that only one language has would be printed, or raise, on screen."""
    faults = []
    for message in catalogue:
        idents = message.id if isinstance(message.id, list | tuple) else [message.id]
        wanted = {name for ident in idents for name in PLACEHOLDER.findall(ident)}
        strings = [string for string in _strings(message) if string] if message.id else []
        if any(set(PLACEHOLDER.findall(string)) != wanted for string in strings):
            faults.append(f"placeholders differ: {_first(message.id)!r}")
    return faults


def po_bytes(catalogue):
    stream = io.BytesIO()
    write_po(stream, catalogue, width=110, no_location=True)  # a text that moves is not a change
    return stream.getvalue()


def mo_bytes(catalogue):
    stream = io.BytesIO()
    write_mo(stream, catalogue)
    return stream.getvalue()


def _strings(message):
    return message.string if isinstance(message.string, list | tuple) else [message.string]


def _first(ident):
    return ident if isinstance(ident, str) else ident[0]
