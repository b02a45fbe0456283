"""The public pages that are prose: the home page, guides, picture cards and the glossary."""

from csp.utils import build_policy
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from cms.blocks import CardsBlock, GuideBlock, ProseBlock, TermsBlock
from cms.blocks.links import addressed
from cms.blocks.pictures import SHOWN, shown_pictures
from cms.models.openness import SeldomClosed
from cms.page_forms import CheckedForm

AUDIENCE_HELP = _("Decides where readers are shown the way to this page. Left open, its parent alone leads here.")


class Audience(models.TextChoices):
    """For whom a page is; their order is the front page's."""

    CHILD = "child", _("I am a child, 12 or younger")
    TEEN = "teen", _("I am 13 to 17 years old")
    PARENT = "parent", _("I am a mother, father or guardian")
    TEACHER = "teacher", _("I am a teacher")
    OFFICER = "officer", _("I am an officer")
    TOLD = "told", _("What happens after somebody tells")
    EVERYBODY = "everybody", _("Everybody: at the foot of each page")


def deepest(home, path_components):
    """`(page of its own kind, what is left of the way)` for the page farthest down the way from `home`, or None."""
    ways = [f"{home.url_path}{'/'.join(path_components[:end])}/" for end in range(1, len(path_components) + 1)]
    pages = Page.objects.filter(url_path__in=ways, path__startswith=home.path).order_by("-depth")
    found = pages.values_list("pk", "content_type", "depth").first()
    if found is None:
        return None
    key, kind, depth = found
    page = ContentType.objects.get_for_id(kind).get_object_for_this_type(pk=key)
    return page, path_components[depth - home.depth :]


class HomePage(SeldomClosed, Page):
    """The front door, one per language."""

    intro = models.TextField(_("introduction"), blank=True)
    body = StreamField(ProseBlock(), blank=True, verbose_name=_("body"))

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("body")]
    parent_page_types = ["wagtailcore.Page"]
    base_form_class = CheckedForm
    template = "cms/home_page.html"

    class Meta:
        verbose_name = _("home page")

    def route(self, request, path_components):
        """As Wagtail's, which walks down with two queries a step; this one asks for the last page of the way at once."""
        found = deepest(self, path_components) if path_components else None
        if found is None:
            return super().route(request, path_components)
        page, remaining = found
        return page.route(request, remaining)

    @property
    def localized(self):
        """Itself where it is in the language already, without asking for the language first as Wagtail does on every page."""
        return self if self.locale.language_code == get_language() else super().localized


class Reading(SeldomClosed, Page):
    """What every page to read has in common. The tab of none of them says more than the house's name."""

    intro = models.TextField(_("introduction"), blank=True)
    audience = models.CharField(
        _("for whom"), max_length=10, choices=Audience.choices, blank=True, help_text=AUDIENCE_HELP
    )

    parent_page_types = ["cms.HomePage", "cms.GuidePage"]
    base_form_class = CheckedForm
    search_fields = [*Page.search_fields, index.SearchField("intro")]

    class Meta:
        abstract = True

    def images(self):
        """The pictures that the page shows."""
        return []

    def save(self, *args, **kwargs):
        """Whoever reads writes nothing, so a published page makes its pictures itself."""
        super().save(*args, **kwargs)
        if self.live:
            for image in self.images():
                image.get_rendition(SHOWN)


class GuidePage(Reading):
    """Something to read: for children, parents, teachers or officers."""

    body = StreamField(GuideBlock(), blank=True, verbose_name=_("body"))

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("audience"), FieldPanel("body")]
    template = "cms/guide_page.html"
    search_fields = [*Reading.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = _("guide")

    def images(self):
        return [block.value["image"] for block in self.body if block.block_type == "picture" and block.value["image"]]


class CardsPage(Reading):
    """Picture cards, to be read one at a time: by a small child, or with one."""

    cards = StreamField(CardsBlock(), blank=True, verbose_name=_("cards"))

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("audience"), FieldPanel("cards")]
    subpage_types = []
    template = "cms/cards_page.html"
    search_fields = [*Reading.search_fields, index.SearchField("cards")]

    class Meta:
        verbose_name = _("picture cards")

    def images(self):
        return [block.value["image"] for block in self.cards if block.value["image"]]

    def serve(self, request, *args, **kwargs):
        """Only a page that plays something may; its policy is written here, so that it is kept together with the page."""
        response = super().serve(request, *args, **kwargs)
        if self.recordings():
            response.headers["Content-Security-Policy"] = build_policy(update={"media-src": ["'self'"]})
        return response

    def get_context(self, request, *args, **kwargs):
        """The cards as they are kept; only what was made of their pictures is asked for."""
        kept = [raw["value"] for raw in self.cards.raw_data]
        made = shown_pictures([card.get("image") for card in kept])
        cards = [{**card, "picture": made.get(card.get("image"))} for card in kept]
        return {**super().get_context(request, *args, **kwargs), "cards": cards}

    def recordings(self):
        """The ids of the documents that are played here."""
        return {raw["value"].get("recording") for raw in self.cards.raw_data} - {None}


class GlossaryPage(Reading):
    """Words and what they mean, each with an address of its own."""

    terms = StreamField(TermsBlock(), blank=True, verbose_name=_("words"))

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("audience"), FieldPanel("terms")]
    subpage_types = []
    template = "cms/glossary_page.html"
    search_fields = [*Reading.search_fields, index.SearchField("terms")]

    class Meta:
        verbose_name = _("glossary")

    def by_letter(self):
        """`[(letter, [{slug, term, meaning}])]` by the alphabet, whatever order the words were written in."""
        letters, taken = {}, set()
        values = sorted((block.value for block in self.terms), key=lambda value: value["term"].casefold())
        meanings = addressed([value["meaning"] for value in values])
        for value, meaning in zip(values, meanings, strict=True):
            slug = slugify(value["term"]) or "kata"
            while slug in taken:
                slug += "-"
            taken.add(slug)
            entry = {"slug": slug, "term": value["term"], "meaning": meaning}
            letters.setdefault(value["term"][:1].upper(), []).append(entry)
        return list(letters.items())


KINDS = (GuidePage, CardsPage, GlossaryPage)


def readings(pages):
    """`pages` (a queryset of Page), in one query with what only their own kinds know: `intro` and `audience`."""
    names = [kind._meta.model_name for kind in KINDS]  # noqa: SLF001 -- Django's documented Meta API
    told = {
        field: Coalesce(*(f"{name}__{field}" for name in names), models.Value(""), output_field=models.TextField())
        for field in ("intro", "audience")
    }
    return pages.live().select_related("locale").annotate(**told)
