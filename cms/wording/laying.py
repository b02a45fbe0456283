"""The pages to read that a new site starts with: `pages/*.toml`, laid in both languages and published.

Each is laid once. From then on it is the editors': neither what they change nor what they delete is touched again.
A file says `kind` (guide, cards or glossary), `parent` (a key, or `home`), `in_menu`, `slug`, `title`, `intro`, and `[[body]]`,
`[[cards]]` or `[[terms]]`; a text is `{id = …, en = …}`. In rich text `<a href="page:KEY">` leads to another laid page.
"""

import re
import tomllib
from pathlib import Path

from django.db import transaction
from wagtail.models import Locale

from cms.models import CardsPage, GlossaryPage, GuidePage, HomePage, LaidPage
from cms.models.pages import Audience

FOLDER = Path(__file__).parent / "pages"
# Every page and for whom it is, parents before their children.
PAGES = {
    "baca": "",
    "anak-kecil": Audience.CHILD,
    "remaja": Audience.TEEN,
    "hari-wawancara": "",
    "setelah-lapor": Audience.TOLD,
    "orang-tua": Audience.PARENT,
    "guru": Audience.TEACHER,
    "petugas": Audience.OFFICER,
    "glosarium": Audience.EVERYBODY,
    "privasi": Audience.EVERYBODY,
    "keluar": Audience.EVERYBODY,
    "periksa": Audience.EVERYBODY,
}
KINDS = {"guide": (GuidePage, "body"), "cards": (CardsPage, "cards"), "glossary": (GlossaryPage, "terms")}
TONGUES = ("id", "en")
LINK = re.compile(r'<a href="page:([a-z-]+)">(.*?)</a>')


def page_seeds():
    """`{key: contents}` of every page that has a file, in the order of PAGES."""
    return {
        key: tomllib.loads(file.read_text(encoding="utf-8"))
        for key in PAGES
        if (file := FOLDER / f"{key}.toml").exists()
    }


@transaction.atomic
def lay_pages():
    """Lay what was never laid on this site. Needs the home page in both languages."""
    home = HomePage.objects.filter(locale__language_code="id").first()
    if home is None:
        return
    known = set(LaidPage.objects.values_list("key", flat=True))
    missing = {key: seed for key, seed in page_seeds().items() if key not in known}
    # First every address, then every text: a text may lead to a page that comes after it.
    made = {key: both for key, seed in missing.items() if (both := _addressed(key, seed, home))}
    for key, both in made.items():
        for tongue, page in both.items():
            # Read again: it may have got children since, and saving what it knew before would lose them.
            _published(page.__class__.objects.get(pk=page.pk), missing[key], tongue)


def _addressed(key, seed, home):
    """The unpublished page in both languages, `{language: page}`; nothing where somebody's own page has that address."""
    parent = LaidPage.objects.filter(key=seed["parent"], page__isnull=False).select_related("page").first()
    parent = parent.page.specific if parent else HomePage.objects.get(pk=home.pk)
    taken = parent.get_children().filter(slug=seed["slug"]["id"]).first()
    if taken:
        LaidPage.objects.create(key=key, page=taken)
        return None
    kind, _stream = KINDS[seed["kind"]]
    page = kind(
        live=False,
        locale=parent.locale,
        show_in_menus=seed["in_menu"],
        audience=PAGES[key],
        **_said(seed, "id", "title", "slug", "intro"),
    )
    parent.add_child(instance=page)
    english = page.copy_for_translation(Locale.objects.get(language_code="en"), copy_parents=True)
    LaidPage.objects.create(key=key, page=page)
    return {"id": page, "en": english}


def _published(page, seed, tongue):
    _kind, stream = KINDS[seed["kind"]]
    for name, text in _said(seed, tongue, "title", "slug", "intro").items():
        setattr(page, name, text)
    page.draft_title = page.title
    setattr(page, stream, [_block(entry, stream, tongue) for entry in seed.get(stream, [])])
    page.save_revision().publish()


def _block(entry, stream, tongue):
    """One block as the `(kind, value)` that Wagtail takes."""
    kind = entry.get("kind") or {"cards": "card", "terms": "term"}[stream]
    value = {name: _text(part, tongue) for name, part in entry.items() if name != "kind"}
    return kind, value["text"] if kind in {"heading", "text"} else value


def _text(part, tongue):
    text = part[tongue] if isinstance(part, dict) else part
    return LINK.sub(lambda found: _link(*found.groups(), tongue), text) if isinstance(text, str) else text


def _link(key, words, tongue):
    """A link to a laid page in this language, or its words alone while there is no such page."""
    laid = LaidPage.objects.filter(key=key, page__isnull=False).select_related("page").first()
    page = laid and laid.page.get_translation_or_none(Locale.objects.get(language_code=tongue))
    return f'<a linktype="page" id="{page.pk}">{words}</a>' if page else words


def _said(seed, tongue, *names):
    return {name: seed[name][tongue] for name in names}
