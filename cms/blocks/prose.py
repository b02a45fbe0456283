"""Prose: headings, text and calm panels, of which every page that is read is made."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

PLAIN = ["bold", "italic", "link", "ol", "ul"]


class NoteBlock(blocks.StructBlock):
    """A calm panel: what to expect, a word of comfort, a caution."""

    heading = blocks.CharBlock(max_length=120, label=_("heading"))
    text = blocks.RichTextBlock(features=PLAIN, label=_("text"))

    class Meta:
        label = _("note")
        icon = "info-circle"
        template = "cms/blocks/note.html"


class ProseBlock(blocks.StreamBlock):
    heading = blocks.CharBlock(max_length=120, label=_("heading"), icon="title", template="cms/blocks/heading.html")
    text = blocks.RichTextBlock(features=PLAIN, label=_("text"), icon="pilcrow")
    note = NoteBlock()

    class Meta:
        required = False
