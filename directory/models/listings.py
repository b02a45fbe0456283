"""The directory as pages: `DirectoryIndexPage → ProviderPage → ServicePage` (HSDS: organization, service).

The tree stands once, under the Indonesian home page; English texts are fields beside the Indonesian ones
(docs/decisions/0003-listings-are-pages.md).

`identifier` is the listing's name in the open data and in public addresses: it outlives renames and moves. It belongs to
the page, not to a text of it: a copy or a translation of a page is another listing and gets its own, an alias is refused,
and publishing an old revision never brings another one back. Nothing here is confidential, and a shelter has no address (revisions keep
every past value).
"""

import uuid

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import Page, Site

from cms.places import PROVINCE_CHOICES
from directory.models.editing import ListingForm
from directory.models.kinds import Checker, How
from directory.rules import listings as rules
from directory.words import refuse

CHECK_PERMISSION = "directory.check_servicepage"
NO_ADDRESS = models.Q(street="", city="", postal_code="")
ENGLISH = "_en"


class DirectoryIndexPage(Page):
    """The root of all listings; it is never read itself."""

    max_count = 1
    parent_page_types = ["cms.HomePage"]
    subpage_types = ["directory.ProviderPage"]

    class Meta:
        verbose_name = _("directory")

    def get_url_parts(self, request=None):
        return address(reverse_in_indonesian("directory:service_list"), request)

    def serve(self, _request, *_args, **_kwargs):
        return redirect("directory:service_list")


class Listing(Page):
    """What a provider and a service have in common. `text("description")` reads in the reader's language."""

    identifier = models.UUIDField(_("identifier"), default=uuid.uuid4, unique=True, editable=False)
    import_digest = models.CharField(max_length=64, blank=True, editable=False)
    title_en = models.CharField(_("name in English"), max_length=255, blank=True)
    alternate_name = models.CharField(_("other name"), max_length=255, blank=True)
    description = models.TextField(_("what people get here"), blank=True)
    description_en = models.TextField(_("what people get here, in English"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    website = models.URLField(_("website"), blank=True, max_length=500)
    province = models.CharField(
        _("province of the office"),
        max_length=5,
        choices=PROVINCE_CHOICES,
        blank=True,
        help_text=_("Opening hours are on this province's clock."),
    )
    street = models.CharField(_("street and number"), max_length=255, blank=True)
    city = models.CharField(_("city or regency"), max_length=100, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=10, blank=True)
    checked_on = models.DateField(_("last checked on"), null=True, blank=True)
    checked_by = models.CharField(_("checked by"), max_length=10, choices=Checker.choices, blank=True)
    checked_how = models.CharField(_("checked how"), max_length=10, choices=How.choices, blank=True)

    base_form_class = ListingForm
    exclude_fields_in_copy = ["identifier", "import_digest"]
    kept_through_revisions = ["identifier", "import_digest"]
    show_in_menus_default = False
    promote_panels = [FieldPanel("slug")]
    text_fields = ["description", "description_en"]

    name_panel = MultiFieldPanel(
        [*Page.content_panels, FieldPanel("title_en"), FieldPanel("alternate_name")], heading=_("name")
    )
    reach_panel = MultiFieldPanel([FieldPanel("email"), FieldPanel("website")], heading=_("writing to us"))
    place_panel = MultiFieldPanel(
        [
            FieldPanel("province"),
            FieldPanel("street"),
            FieldRowPanel([FieldPanel("city"), FieldPanel("postal_code")]),
        ],
        heading=_("office (leave the address empty for a shelter)"),
    )
    check_panel = MultiFieldPanel(
        [
            FieldPanel("checked_on", permission=CHECK_PERMISSION),
            FieldPanel("checked_by", permission=CHECK_PERMISSION),
            FieldPanel("checked_how", permission=CHECK_PERMISSION),
        ],
        heading=_("last check"),
    )

    class Meta:
        abstract = True

    def clean(self):
        super().clean()
        refuse(rules.fact_objections(self.facts(), today=timezone.localdate()))

    def with_content_json(self, content):
        listing = super().with_content_json(content)
        for name in self.kept_through_revisions:
            setattr(listing, name, getattr(self, name))
        return listing

    def create_alias(self, **_wishes):
        """An alias would be the same listing twice, with one identifier for both."""
        raise PermissionDenied

    def text(self, name):
        """`(words, language)`: English where it exists and is asked for, else Indonesian; language is "" for the page's own."""
        indonesian = getattr(self, name)
        if not (get_language() or "").startswith("en"):
            return indonesian, ""
        english = getattr(self, name + ENGLISH, "")
        return (english, "") if english else (indonesian, "id" if indonesian else "")

    @property
    def has_address(self):
        return bool(self.street or self.city)

    @property
    def office(self):
        """The page whose address to go to; None where there is none."""
        return self if self.has_address else None

    def shared_facts(self):
        return {
            "name": self.title,
            "street": self.street,
            "city": self.city,
            "postal_code": self.postal_code,
            "checked_on": self.checked_on,
            "checked_by": self.checked_by,
            "checked_how": self.checked_how,
            "texts": {name: getattr(self, name) for name in self.text_fields},
        }

    def get_url_parts(self, request=None):
        return address(reverse_in_indonesian(self.view_name, self.identifier), request)

    def serve(self, _request, *_args, **_kwargs):
        """The tree's own addresses say names; readers get the neutral one."""
        return redirect(self.view_name, self.identifier)


def notes_of(listing, *names):
    """What is written beside the parts in these lists, by the list's name: a place may hide there too."""
    return {
        name: "\n".join(words for part in getattr(listing, name).all() for words in part.words_beside())
        for name in names
    }


def reverse_in_indonesian(view_name, *args):
    """A page's own address is the Indonesian one: its tree stands under the Indonesian home."""
    with override(settings.LANGUAGE_CODE):
        return reverse(view_name, args=args)


def address(path, request):
    """Wagtail's three parts of an address: site, its root, the path."""
    site = Site.find_for_request(request) if request is not None else None
    site = site or Site.objects.filter(is_default_site=True).first()
    return (site.pk, site.root_url, path) if site is not None else None
