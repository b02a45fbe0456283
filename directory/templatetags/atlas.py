"""The map's squares, its table and its gaps in words; and the headings of what is taken along."""

from itertools import groupby

from django import template
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cms.places import PROVINCES
from directory.models import ServiceKind
from directory.rules.atlas import BANDS, COLUMNS, FIRST_ROW, ROWS, TILES, Half
from directory.rules.freshness import Freshness, freshness
from directory.rules.takeaway import ALL_OF_INDONESIA, WHOLE_PROVINCE
from directory.templatetags.directory import week

register = template.Library()
SIDE = 60  # of a square with its margin, in the drawing's own units

CHILDREN = {
    "a1": gettext_lazy("children under 6"),
    "a2": gettext_lazy("children from 6 to 12"),
    "a3": gettext_lazy("children from 13 to 17"),
}
HALVES = {Half.WEST: gettext_lazy("The west of Indonesia"), Half.EAST: gettext_lazy("The east of Indonesia")}


@register.filter
def province_name(code):
    return PROVINCES[code][0]


@register.filter
def province_names(codes):
    return ", ".join(PROVINCES[code][0] for code in codes)


@register.filter
def kind_word(code):
    """`trauma therapy`; `other help` for what has no kind."""
    return ServiceKind(code).label if code else _("other help")


@register.filter
def kind_words(codes):
    return ", ".join(str(kind_word(code)) for code in codes)


@register.simple_tag
def map_halves(coverage, kind):
    """The two halves of the drawing: `{half, label, box, tiles}`, the tiles from north to south and west to east."""
    return [
        {
            "half": half.value,
            "label": HALVES[half],
            "box": f"0 {FIRST_ROW[half] * SIDE} {COLUMNS * SIDE} {ROWS[half] * SIDE}",
            "tiles": [
                _tile(coverage, kind, code, place)
                for code, place in sorted(TILES.items(), key=lambda one: (one[1].row, one[1].column))
                if place.half == half
            ],
        }
        for half in Half
    ]


def _tile(coverage, kind, code, place):
    return {
        "left": place.column * SIDE,
        "top": place.row * SIDE,
        "code": code.removeprefix("ID-"),
        "name": PROVINCES[code][0],
        "count": coverage.of(code, kind).total,
        "level": coverage.level(code, kind).value,
    }


@register.simple_tag
def helps_everywhere(coverage, kind):
    """How many services are for all of Indonesia, of one kind or of all."""
    return coverage.nationwide(kind).total


@register.simple_tag
def map_rows(coverage, kind):
    """The table of the same numbers, a line a province, by name."""
    return [
        {
            "code": code.removeprefix("ID-"),
            "name": name,
            "tally": coverage.of(code, kind),
            "own": coverage.own(code, kind).total,
            "missing": len(coverage.missing(code)),
        }
        for code, (name, _zone) in sorted(PROVINCES.items(), key=lambda one: one[1][0])
    ]


@register.simple_tag
def map_gap(coverage, kind):
    """What is missing of one kind, in whole sentences with the provinces' names."""
    gap, word = coverage.gap(kind), kind_word(kind)
    if gap.everywhere:
        return [_("Nothing is listed in any province: %(kind)s.") % {"kind": word}]
    lines = []
    if gap.nowhere:
        words = {"kind": word, "places": province_names(gap.nowhere)}
        lines.append(_("No %(kind)s is listed for any child in: %(places)s.") % words)
    for band, places in zip(BANDS, gap.by_band, strict=True):
        if places:
            words = {"kind": word, "children": CHILDREN[band.code], "places": province_names(places)}
            lines.append(_("No %(kind)s for %(children)s is listed in: %(places)s.") % words)
    return lines


@register.simple_tag
def map_gaps(coverage):
    """`(code, kind, sentence)` of every kind that is missing somewhere, the widest gap first."""
    return [(gap.kind, capfirst(kind_word(gap.kind)), _gap_in_short(gap)) for gap in coverage.gaps()]


def _gap_in_short(gap):
    if gap.everywhere:
        return _("nothing in any province")
    parts = []
    if gap.nowhere:
        parts.append(_nothing_in(len(gap.nowhere)))
    parts += [
        _("for %(children)s %(nothing)s")
        % {"children": CHILDREN[band.code], "nothing": _nothing_in(len(gap.nowhere) + len(places))}
        for band, places in zip(BANDS, gap.by_band, strict=True)
        if places
    ]
    return "; ".join(parts)


def _nothing_in(count):
    words = {"count": count, "all": len(PROVINCES)}
    return (
        ngettext("nothing in %(count)s of %(all)s provinces", "nothing in %(count)s of %(all)s provinces", count)
        % words
    )


@register.filter
def unconfirmed_on(service, today):
    """Is its last check so old on the day `today` that it counts as not confirmed?"""
    return freshness(service.kind, service.checked_on, today=today) is Freshness.UNCONFIRMED


@register.simple_tag
def hours_in_a_line(service):
    """`Monday to Friday 08.00–16.00; Saturday 08.00–12.00 WIB`; empty when the hours are not known."""
    lines = [f"{days} {', '.join(hours)}" for days, hours in week(service) if hours]
    return f"{'; '.join(lines)} {service.zone_word}" if lines else ""


@register.simple_tag
def by_heading(entries):
    """`[(heading, [(kind, services)])]` of the printed list's entries, which are in that order already."""
    return [
        (_heading(group), [(kind, [service for _group, service in some]) for kind, some in groupby(its, key=_kind)])
        for group, its in groupby(entries, key=lambda entry: entry[0])
    ]


def _kind(entry):
    return entry[1].kind


def _heading(group):
    if group == WHOLE_PROVINCE:
        return _("For the whole province")
    return _("For all of Indonesia") if group == ALL_OF_INDONESIA else group.district


@register.simple_tag
def by_kind(entries):
    """`[(kind, [words])]` of a file's entries, which are in that order already."""
    return [
        (kind, [words for _service, words in some]) for kind, some in groupby(entries, key=lambda entry: entry[0].kind)
    ]
