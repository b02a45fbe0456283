"""What a guide is made of beside prose: a path of steps, what the law says, and pictures."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from cms.blocks.pictures import PictureBlock, shown_pictures
from cms.blocks.prose import PLAIN, ProseBlock
from cms.blocks.protocols import LegalBasisBlock


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
    `{anchor, value}`; a picture `{picture, value}` with its rendition, if there is one; anything else the block itself.
    """
    laws = _anchored(stream)
    made = shown_pictures([child.value["image"] for child in stream if child.block_type == "picture"])
    parts, number = [], 0
    for child in stream:
        kind, item = child.block_type, child
        if kind == "step":
            number += 1
            item = {"number": number, "value": child.value, "laws": _named(child.value["sources"], laws)}
        elif kind == "law":
            anchor = child.value["source"]
            item = {"anchor": anchor if laws.get(anchor) is child.value else "", "value": child.value}
        elif kind == "picture":
            item = {"picture": made.get(getattr(child.value["image"], "pk", None)), "value": child.value}
        if kind in {"step", "law"} and parts and parts[-1]["kind"] == kind:
            parts[-1]["items"].append(item)
        else:
            parts.append({"kind": kind, "items": [item]})
    return parts


def _anchored(stream):
    """`{source id: law}` of the page's laws; one that is named twice has its address where it is named first."""
    named = [child.value for child in reversed(stream) if child.block_type == "law" and child.value["source"]]
    return {law["source"]: law for law in named}


def _named(sources, laws):
    return [laws[source] for source in (sources or "").replace(",", " ").split() if source in laws]
