"""The style page shows everything there is, and what it says of contrast is true."""

import pytest
from django.conf import settings
from django.test import Client

from cms import specimens, tokens

FOLDER = settings.BASE_DIR / "templates" / "components"
ROOT = settings.BASE_DIR / "templates"
# Figures that other drawings are made of.
COMPONENTS = sorted(file.relative_to(ROOT).as_posix() for file in FOLDER.rglob("*.html"))


def rendered(path):
    answer = Client().get(path)
    assert answer.status_code == 200
    return {template.name for template in answer.templates}, answer


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/style/", "/en/style/"])
def test_every_component_is_shown(path):
    names, answer = rendered(path)
    assert [component for component in COMPONENTS if component not in names] == []
    assert answer["X-Robots-Tag"] == "noindex"
    assert "<title>Sekali</title>" in answer.content.decode()


@pytest.mark.django_db
def test_a_new_component_would_be_missed():
    assert "components/planted.html" not in rendered("/style/")[0]
    assert len(COMPONENTS) > 40


def test_every_part_is_there_in_more_than_its_best_state():
    parts = [*specimens.words_parts(), *specimens.form_parts(), *specimens.staff_parts(), *specimens.frame_parts()]
    assert [part.file for part in parts if not part.specimens] == []
    shown = {part.file for part in parts} | set(specimens.AROUND) | {"icon", "drawing"}
    assert {file.stem for file in FOLDER.glob("*.html")} == shown
    one_state = {part.file for part in parts if len({str(state) for state, _context in part.specimens}) == 1}
    assert one_state == {"brand", "mark", "session_end", "staff_foot"}


def test_every_drawing_and_icon_is_named():
    drawn = {file.stem for file in (FOLDER / "drawings").glob("[!_]*.html")}
    assert drawn == {*specimens.DRAWINGS, *specimens.WIDE_DRAWINGS}
    icons = (FOLDER / "icon.html").read_text()
    assert sorted(specimens.ICONS) == sorted(part.split('"')[0] for part in icons.split('name == "')[1:])


@pytest.mark.parametrize("pair", tokens.pairs(), ids=lambda pair: f"{pair[0]}-on-{pair[1]}")
def test_words_can_be_read(pair):
    assert min(pair[2:]) >= tokens.TEXT


@pytest.mark.parametrize("pair", tokens.pairs(tokens.LINES_ON), ids=lambda pair: f"{pair[0]}-on-{pair[1]}")
def test_lines_can_be_seen(pair):
    assert min(pair[2:]) >= tokens.LINE


def test_contrast_is_counted_as_wcag_counts_it():
    assert tokens.contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert tokens.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)  # the well-known grey that just fails
    assert tokens.contrast("#0B5A5A", "#0B5A5A") == 1


def test_both_schemes_are_read_from_the_style_sheet():
    found = tokens.tokens()
    assert (found["light"]["paper"], found["dark"]["paper"]) == ("#FBF8F3", "#131D1C")
    assert found["dark"]["on-lamp"] == found["light"]["on-lamp"]


def test_no_other_colour_is_written_in_the_style_sheets():
    """Outside the tokens, only black and white on paper, and a picture for cameras."""
    import re

    sheet = tokens.SHEET.read_text()
    after = sheet[sheet.index("@layer base {") : sheet.index("@layer print {")]
    assert [one for one in re.findall(r"#[0-9A-Fa-f]{6}\b", after) if one != "#084747"] == []
