"""Pictures: always with the words that say them to somebody who does not see them. Never photographs of children."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images import get_image_model
from wagtail.images.blocks import ImageChooserBlock

# The one size in which a page shows a picture; made when the page is published, since readers' pages write nothing.
SHOWN = "max-880x660"


class PictureBlock(blocks.StructBlock):
    """A picture with its words."""

    image = ImageChooserBlock(label=_("picture"), help_text=_("A drawing or a thing; never a photograph of a child."))
    alternative = blocks.CharBlock(max_length=240, label=_("the picture in words"))

    class Meta:
        label = _("picture")
        icon = "image"


def shown_pictures(images):
    """`{image's id: its rendition}` of those that were made, of a list of ids; one query, and none is made here."""
    known = [image for image in images if image]
    rendition = get_image_model().get_rendition_model()
    made = rendition.objects.filter(image__in=known, filter_spec=SHOWN) if known else ()
    return {picture.image_id: picture for picture in made}
