"""The words of the glossary."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from cms.blocks.prose import PLAIN


class TermBlock(blocks.StructBlock):
    """A word and what it means, in words that need no glossary."""

    term = blocks.CharBlock(max_length=120, label=_("word"))
    meaning = blocks.RichTextBlock(features=PLAIN, label=_("what it means"))

    class Meta:
        label = _("word")
        icon = "openquote"


class TermsBlock(blocks.StreamBlock):
    term = TermBlock()

    class Meta:
        required = False
