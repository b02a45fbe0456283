"""Picture cards: one drawing, one sentence, and perhaps a voice that reads it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

# The names of templates/components/drawing.html that fit a card.
DRAWING_CHOICES = [
    ("house", _("house")),
    ("path", _("path")),
    ("window", _("window")),
    ("chair", _("chair")),
    ("cup", _("cup")),
    ("tree", _("tree")),
    ("room", _("room")),
    ("people", _("people")),
    ("talk", _("two who talk")),
    ("recorder", _("recording device")),
    ("watchers", _("listening next door")),
    ("pause", _("a pause")),
    ("companion", _("companion")),
    ("door", _("door")),
    ("hand", _("hand")),
    ("phone", _("telephone")),
]


class CardBlock(blocks.StructBlock):
    """A card has a drawing of ours or a picture; a picture has its words."""

    drawing = blocks.ChoiceBlock(choices=DRAWING_CHOICES, required=False, label=_("drawing"))
    image = ImageChooserBlock(
        required=False,
        label=_("or a picture of your own"),
        help_text=_("A drawing or a thing; never a photograph of a child."),
    )
    alternative = blocks.CharBlock(max_length=240, required=False, label=_("the picture in words"))
    text = blocks.CharBlock(max_length=200, label=_("one sentence"))
    recording = DocumentChooserBlock(
        required=False,
        label=_("the sentence, read aloud"),
        help_text=_("A recording of at most 2 MB: MP3, OGG or M4A. Without one the card shows no sound."),
    )

    def clean(self, value):
        """Something to look at; and words for whoever cannot."""
        cleaned = super().clean(value)
        errors = {}
        if not cleaned["drawing"] and not cleaned["image"]:
            errors["drawing"] = ValidationError(_("Choose a drawing or a picture."))
        if cleaned["image"] and not cleaned["alternative"]:
            errors["alternative"] = ValidationError(_("Say the picture in words, for those who cannot see it."))
        if errors:
            raise StructBlockValidationError(errors)
        return cleaned

    class Meta:
        label = _("card")
        icon = "image"


class CardsBlock(blocks.StreamBlock):
    card = CardBlock()

    class Meta:
        required = False
        max_num = 12
