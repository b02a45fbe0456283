"""What is written with the editor of rich text is shown and cannot act, whatever the browser sends in the editor's name."""

import json

import pytest
from bs4 import BeautifulSoup
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.models import Page
from wagtail.rich_text import expand_db_html

from cms.blocks import PLAIN
from cms.models import GuidePage, HomePage

pytestmark = pytest.mark.django_db

TEXTS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "\"><iframe src='//e.example'>",
    "<a href='javascript:alert(1)'>x</a>", "</p><style>*{display:none}</style>", "<math><mtext></p><script>1</script>",
    "{{ 7*7 }}{% debug %}", "&lt;script&gt;", "<template data-start='chooser' data-kind='FunctionChooser'>", "\u202e<b>",
]  # fmt: skip
ADDRESSES = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:x", "\x01javascript:alert(1)", "blob:x", "file:///etc/passwd",
]  # fmt: skip
HARMLESS = {"http", "https", "mailto", "tel", "ftp", "sms", ""}


def written(text, *, kind="unstyled", styles=(), entities=()):
    """What the editor's form keeps for what a browser sent."""
    block = {
        "key": "a", "text": text, "type": kind, "depth": 0,
        "inlineStyleRanges": [{"offset": 0, "length": len(text), "style": style} for style in styles],
        "entityRanges": [{"offset": 0, "length": len(text), "key": number} for number in range(len(entities))],
    }  # fmt: skip
    told = {"blocks": [block], "entityMap": {str(number): entity for number, entity in enumerate(entities)}}
    return ContentstateConverter(features=PLAIN).to_database_format(json.dumps(told))


def inert(html):
    soup = BeautifulSoup(html, "html.parser")
    assert not soup.find_all(
        ["script", "style", "iframe", "svg", "math", "img", "object", "embed", "form", "template", "base"]
    )
    for tag in soup.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on") or name in {"style", "srcdoc", "formaction"}], (
            tag
        )
        for name in ("href", "src", "action"):
            address = "".join(str(tag.get(name, "")).split()).lower()
            scheme = address.split(":")[0] if ":" in address else ""
            assert scheme in HARMLESS, tag


@pytest.mark.parametrize("text", TEXTS)
def test_text_stays_text(text):
    kept = written(text)
    inert(expand_db_html(kept))
    assert BeautifulSoup(kept, "html.parser").get_text() == text


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_link_that_would_act_leads_nowhere(address):
    inert(
        expand_db_html(written("Baca", entities=[{"type": "LINK", "mutability": "MUTABLE", "data": {"url": address}}]))
    )


@pytest.mark.parametrize("kind", ["EMBED", "IMAGE", "DOCUMENT", "SCRIPT", "HORIZONTAL_RULE", "LINK"])
def test_parts_that_the_editor_does_not_offer_come_to_nothing(kind):
    data = {
        "id": "1",
        "url": "https://evil.example/x",
        "html": TEXTS[0],
        "alt": TEXTS[1],
        "format": "x",
        "title": TEXTS[2],
    }
    inert(expand_db_html(written("Baca", entities=[{"type": kind, "mutability": "IMMUTABLE", "data": data}])))


@pytest.mark.parametrize("kind", ["unstyled", "atomic", "code-block", "header-one", "script", "unordered-list-item"])
@pytest.mark.parametrize("style", ["BOLD", "CODE", "script", "onload"])
def test_blocks_and_styles_of_any_name(kind, style):
    inert(expand_db_html(written("Baca", kind=kind, styles=[style])))


def test_titles_headings_and_texts_of_a_page_are_shown_as_they_were_written(client):
    """A page written by the house's own hands, past every form, in the fields that are plain text."""
    evil = TEXTS[1] + TEXTS[0]
    home = HomePage.objects.get(locale__language_code="id")
    body = json.dumps([{"type": "heading", "value": evil}, {"type": "text", "value": written(evil)}])
    page = home.add_child(instance=GuidePage(title=evil, slug="x", intro=evil, body=body, live=True))
    shown = client.get(Page.objects.get(pk=page.pk).url).content.decode()
    main = str(BeautifulSoup(shown, "html.parser").find("main"))
    inert(main.replace("<svg", "<i").replace("</svg", "</i") if "icon" in main else main)
    assert evil in BeautifulSoup(shown, "html.parser").find("main").get_text()
    assert "<img src=x" not in shown
    assert "<script>alert" not in shown
