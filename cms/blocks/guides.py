"""What a guide is made of beside prose: a path of steps, what the law says, and pictures."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from cms.blocks.pictures import PictureBlock
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

    A step's item is `{number, value, laws}`: its number on the whole page, and the legal bases of the page it rests on.
    """
    known = {
        child.value["source"]: child.value for child in stream if child.block_type == "law" and child.value["source"]
    }
    parts, number = [], 0
    for child in stream:
        item = child
        if child.block_type == "step":
            number += 1
            laws = [known[source] for source in child.value["sources"].replace(",", " ").split() if source in known]
            item = {"number": number, "value": child.value, "laws": laws}
        if child.block_type in {"step", "law"} and parts and parts[-1]["kind"] == child.block_type:
            parts[-1]["items"].append(item)
        else:
            parts.append({"kind": child.block_type, "items": [item]})
    return parts
