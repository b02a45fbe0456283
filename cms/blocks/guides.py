"""What a guide is made of beside prose: a path of steps, what the law says, and pictures."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.rich_text import RichText

from cms.blocks.links import addressed
from cms.blocks.pictures import PictureBlock, shown_pictures
from cms.blocks.prose import PLAIN, ProseBlock
from cms.blocks.protocols import LegalBasisBlock

TOLD = {"text", "note", "step"}  # what has rich text


class PathStepBlock(blocks.StructBlock):
    """One step of a path: what happens, who is there, by when, and what the reader can expect of it."""

    title = blocks.CharBlock(max_length=120, label=_("title"))
    text = blocks.RichTextBlock(features=PLAIN, label=_("text"))
    who = blocks.CharBlock(max_length=160, required=False, label=_("who"))
    by_when = blocks.CharBlock(max_length=120, required=False, label=_("by when, in words"))
    expect = blocks.TextBlock(max_length=600, required=False, label=_("what you can expect"))
    sources = blocks.CharBlock(
        max_length=120,
        required=False,
        label=_("rests on"),
        help_text=_("Source ids of legal bases on this page, such as TPKS-41 TPKS-42."),
    )

    class Meta:
        label = _("step")
        icon = "list-ol"


class GuideBlock(ProseBlock):
    """The body of a guide. Steps that follow each other are one path, and so are the articles of the law one list."""

    step = PathStepBlock()
    law = LegalBasisBlock()
    picture = PictureBlock()

    def get_context(self, value, parent_context=None):
        context = super().get_context(value, parent_context=parent_context)
        context["parts"] = in_parts(value)
        return context

    class Meta:
        required = False
        template = "cms/blocks/guide.html"


def in_parts(stream):
    """The stream as `{kind, items}` in order; what belongs together (steps, laws) is one part.

    The items by kind: a step is `{number, value, laws}`, its number on the whole page and the laws it rests on; a law
    `{anchor, value}`; a picture `{picture, alternative}` with its rendition, if there is one; a note, a text or a heading
    `{value}`. Links have their addresses. However long the page is, it asks for its pictures once and for its links once.
    """
    parts, number, laws = [], 0, _anchored(stream)
    for kind, value in _with_pictures(_with_links(stream), stream):
        item = {"value": value}
        if kind == "step":
            number += 1
            item |= {"number": number, "laws": _named(value["sources"], laws)}
        elif kind == "law":
            item["anchor"] = value["source"] if laws.get(value["source"]) is value else ""
        if kind in {"step", "law"} and parts and parts[-1]["kind"] == kind:
            parts[-1]["items"].append(item)
        else:
            parts.append({"kind": kind, "items": [item]})
    return parts


def _with_links(stream):
    """`{place: value}` of all that has rich text, addressed."""
    told = {place: stream[place].value for place, raw in enumerate(stream.raw_data) if raw["type"] in TOLD}
    texts = addressed([value if isinstance(value, RichText) else value["text"] for value in told.values()])
    return {
        place: text if isinstance(value, RichText) else {**value, "text": text}
        for (place, value), text in zip(told.items(), texts, strict=True)
    }


def _with_pictures(told, stream):
    """`(kind, value)` of each block; a picture is read as it is kept, so that only what was made of it is asked for."""
    raws = list(stream.raw_data)
    made = shown_pictures([raw["value"]["image"] for raw in raws if raw["type"] == "picture"])
    for place, raw in enumerate(raws):
        kind = raw["type"]
        if kind == "picture":
            yield kind, {"picture": made.get(raw["value"]["image"]), "alternative": raw["value"]["alternative"]}
        else:
            yield kind, told[place] if place in told else stream[place].value


def _anchored(stream):
    """`{source id: law}` of the page's laws; one that is named twice has its address where it is named first."""
    laws = [stream[place].value for place, raw in enumerate(stream.raw_data) if raw["type"] == "law"]
    return {law["source"]: law for law in reversed(laws) if law["source"]}


def _named(sources, laws):
    return [laws[source] for source in (sources or "").replace(",", " ").split() if source in laws]
