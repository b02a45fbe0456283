"""Every public template, one page of each, as people meet it: with eyes, with fingers, by keyboard, by ear, and enlarged."""

import itertools
from pathlib import Path

import pytest
from django.db import transaction

from directory import demo
from tests import screenshots
from tests.cast import PASSWORD
from tests.journeys.test_pages import faults, overflow
from tests.reading import crawl, one_of_each

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def kinds(site):
    """{template: address}, the longest page of each."""
    with transaction.atomic():
        demo.load(password=PASSWORD)
    found = one_of_each(crawl())
    assert len(found) > 12
    return found


def test_every_template_has_its_pictures(kinds):
    """In docs/screenshots, all together no heavier than a site's own screenshots should be."""
    views = [*(f"{width}-{scheme}" for width in screenshots.WIDTHS for scheme in screenshots.SCHEMES), "print"]
    wanted = {f"{Path(kind).stem}-{view}.png" for kind in [*kinds, "404.html"] for view in views}
    there = {file.name: file.stat().st_size for file in screenshots.FOLDER.glob("*.png")}
    assert sorted(wanted ^ set(there)) == [], "make screenshots, and look at them"
    assert sum(there.values()) <= screenshots.MOST


def walk(reader, kinds):
    """Each template's page in turn, loaded."""
    for kind, address in kinds.items():
        answer = reader.page.goto(f"{reader.site}{address}")
        assert answer.status == 200, address
        yield kind, reader.page


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(visit, kinds, width):
    reader, found = visit("id", viewport={"width": width, "height": 800}, reduced_motion="reduce"), {}
    for kind, page in walk(reader, kinds):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            if wrong := faults(page):
                found[kind, scheme] = wrong
    assert found == {}


LARGER = "document.documentElement.style.fontSize = `${parseFloat(getComputedStyle(document.documentElement).fontSize) * 2}px`"


def test_nothing_scrolls_sideways_however_large(visit, kinds):
    """At 320 pixels, which is also what a window of 1280 is at 400 %; and with letters alone twice as large."""
    reader, found = visit("id"), {}
    for kind, page in walk(reader, kinds):
        page.set_viewport_size({"width": 320, "height": 256})
        found[kind, "400 %"] = overflow(page)
        page.evaluate(LARGER)
        for width in (640, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            found[kind, f"letters twice as large at {width}"] = overflow(page)
    assert {where: pixels for where, pixels in found.items() if pixels > 0} == {}


@pytest.mark.parametrize("setting", [{"contrast": "more"}, {"forced_colors": "active"}, {"reduced_motion": "reduce"}])
def test_with_a_setting_of_ones_own(visit, kinds, setting):
    reader, found = visit("id", viewport={"width": 360, "height": 800}, **setting), {}
    for kind, page in walk(reader, kinds):
        wrong = [] if "forced_colors" in setting else faults(page)
        moving = page.evaluate(MOVING) if "reduced_motion" in setting else []
        if wrong or moving or overflow(page) > 0:
            found[kind] = (wrong, moving)
    assert found == {}


MOVING = """[...document.querySelectorAll("*")].filter((one) => {
  const style = getComputedStyle(one);
  return style.animationName !== "none" || style.transitionDuration.split(", ").some((one) => parseFloat(one) > 0);
}).map((one) => one.className)"""
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const drawn = (node) => {
    const style = getComputedStyle(node);
    if (node.matches(".tile-ring")) return style.stroke !== "none"; // the map's squares draw their own
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  };
  const ring = [one, ...one.querySelectorAll("*"), one.parentElement, one.parentElement.parentElement, ...(one.labels || [])];
  const box = one.getBoundingClientRect();
  const shown = one.checkVisibility() && box.width > 0 && box.height > 0;
  return {
    name: `${one.tagName} ${one.getAttribute("href") || one.name || one.textContent.trim().slice(0, 30)}`,
    main: one.closest("main") !== null && one.closest("svg") === null,
    seen: shown && ring.some(drawn) && box.bottom > 0 && box.top < innerHeight,
    place: [box.left + scrollX, box.top + scrollY, box.right + scrollX, box.bottom + scrollY],
  };
}"""
CONTROLS = "a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select, textarea, summary, [tabindex='0']"
REACHED = f"""[...document.querySelectorAll(`{CONTROLS}`)].filter((one) => one.checkVisibility()).length"""


def steps(page):
    """What Tab stands on, one after another, until it leaves the page or begins anew."""
    taken = []
    for _step in range(page.evaluate(REACHED) + 5):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None or (taken and stop["name"] == taken[0]["name"]):
            return taken
        taken.append(stop)
    pytest.fail(f"Tab does not come out again: {taken[-3:]}")
    return taken


def backwards(one, other):
    """Does the step from one to other lead up the page, and not into a column to the right?"""
    left, _top, _right, bottom = other["place"]
    return bottom <= one["place"][1] and left < one["place"][2]


def test_by_keyboard_everything_is_reached_in_the_order_in_which_it_is_seen(visit, kinds):
    reader, found = visit("id", viewport={"width": 1280, "height": 900}), {}
    for kind, page in walk(reader, kinds):
        taken = steps(page)
        assert taken[0]["name"].startswith("A https://www.bmkg.go.id"), kind
        wrong = [f"not seen: {stop['name']}" for stop in taken if not stop["seen"]]
        inside = [stop for stop in taken if stop["main"]]
        wrong += [
            f"leads up: {one['name']} to {other['name']}"
            for one, other in itertools.pairwise(inside)
            if backwards(one, other)
        ]
        if wrong:
            found[kind] = wrong
    assert found == {}


NAMED = {
    "link",
    "button",
    "textbox",
    "searchbox",
    "combobox",
    "checkbox",
    "radio",
    "img",
    "navigation",
    "region",
    "listbox",
}


# In the order of the page, which the tree of names does not keep.
LEVELS = """[...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((one) => one.checkVisibility())
  .map((one) => Number(one.tagName[1]))"""


def heard(page):
    """[(role, name, level)] of everything that is read aloud, as Chromium tells a screen reader."""
    tools = page.context.new_cdp_session(page)
    nodes = tools.send("Accessibility.getFullAXTree")["nodes"]
    for node in nodes:
        if not node.get("ignored"):
            level = next((one["value"]["value"] for one in node.get("properties", ()) if one["name"] == "level"), None)
            yield node.get("role", {}).get("value"), node.get("name", {}).get("value", "").strip(), level


def test_by_ear_everything_has_a_name_and_headings_do_not_skip(visit, kinds):
    reader, found = visit("id"), {}
    for kind, page in walk(reader, kinds):
        told = list(heard(page))
        roles = [role for role, _name, _level in told]
        wrong = [f"no name: {role}" for role, name, _level in told if role in NAMED and not name]
        wrong += [f"not one {role}" for role in ("main", "banner", "contentinfo") if roles.count(role) != 1]
        levels = page.evaluate(LEVELS)
        wrong += [
            f"heading {after} after {before}"
            for before, after in zip([0, *levels], levels, strict=False)
            if after > before + 1
        ]
        if levels.count(1) != 1:
            wrong.append(f"{levels.count(1)} headings of the first level")
        navigations = [name for role, name, _level in told if role == "navigation"]
        wrong += [f"two ways called {name}" for name in set(navigations) if navigations.count(name) > 1]
        if wrong:
            found[kind] = wrong
    assert found == {}


def test_what_is_wrong_would_be_found(visit, site):
    reader = visit("id", viewport={"width": 1280, "height": 900})
    reader.open("/info/")
    reader.page.evaluate("""() => {
      const main = document.querySelector("main");
      main.insertAdjacentHTML("beforeend", "<a href='/x/'></a><h6>x</h6><button id='low'>low</button>");
      const low = main.querySelector("#low");
      low.style.cssText = "position: absolute; top: 0; left: 0; outline: 0 !important; box-shadow: none";
      low.style.setProperty("outline", "0", "important");
      low.style.setProperty("box-shadow", "none", "important");
    }""")
    told = list(heard(reader.page))
    assert ("link", "", None) in told
    assert ("heading", "x", 6) in told
    taken = steps(reader.page)
    assert [stop["name"] for stop in taken if not stop["seen"] and "low" in stop["name"]]
