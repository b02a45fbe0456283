"""The directory as pages: `DirectoryIndexPage → ProviderPage → ServicePage` (HSDS: organization, service).

The tree stands once, under the Indonesian home page; English texts are fields beside the Indonesian ones
(docs/decisions/0003-listings-are-pages.md).

`identifier` is the listing's name in the open data and in public addresses: it outlives renames and moves. It belongs to
the page, not to a text of it: a copy or a translation of a page is another listing and gets its own, an alias is refused,
and publishing an old revision never brings another one back. Nothing here is confidential, and a shelter has no address (revisions keep
every past value).
"""

import uuid
from functools import cached_property

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.models import Page, PageManager, Site

from cms.places import PROVINCE_CHOICES, ZONES, zone_of
from directory import rules
from directory.models.kinds import Checker, ServiceKind, Status
from directory.models.querysets import ListingQuerySet, ServiceQuerySet
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
            "texts": {name: getattr(self, name) for name in self.text_fields},
        }

    def get_url_parts(self, request=None):
        return address(reverse_in_indonesian(self.view_name, self.identifier), request)

    def serve(self, _request, *_args, **_kwargs):
        """The tree's own addresses say names; readers get the neutral one."""
        return redirect(self.view_name, self.identifier)


class ProviderPage(Listing):
    """Somebody who helps: a UPTD PPA, a hospital unit, a legal aid post, a helpline (HSDS: organization)."""

    hidden_place = models.BooleanField(
        _("the office is a shelter"), default=False, help_text=_("Then no address may be written here.")
    )

    objects = PageManager.from_queryset(ListingQuerySet)()
    parent_page_types = ["directory.DirectoryIndexPage"]
    subpage_types = ["directory.ServicePage"]
    template = "directory/provider_detail.html"
    view_name = "directory:provider_detail"
    content_panels = [
        Listing.name_panel,
        FieldPanel("description"),
        FieldPanel("description_en"),
        InlinePanel("phones", heading=_("telephone numbers"), label=_("telephone number")),
        Listing.reach_panel,
        FieldPanel("hidden_place"),
        Listing.place_panel,
        Listing.check_panel,
    ]

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hidden_place=False) | NO_ADDRESS, name="provider_that_is_a_shelter_has_no_address"
            ),
            models.CheckConstraint(
                condition=models.Q(checked_on__isnull=True, checked_by="")
                | (models.Q(checked_on__isnull=False) & ~models.Q(checked_by="")),
                name="provider_check_has_a_day_and_a_role",
            ),
        ]

    def facts(self, *, parts=False):
        """What the rules ask; with `parts`, the numbers too (of this draft, not of the published page)."""
        phones = tuple(phone.facts() for phone in self.phones.all()) if parts else ()
        return rules.Listing(**self.shared_facts(), hidden_place=self.hidden_place, phones=phones)

    @property
    def place_is_secret(self):
        return self.hidden_place

    def services(self):
        return ServicePage.objects.child_of(self).listed().order_by("title")

    def get_context(self, request, *args, **kwargs):
        """For the preview in the editor; readers come through directory.views."""
        return super().get_context(request, *args, **kwargs) | {"provider": self, "services": [], "now": timezone.now()}


class ServicePage(Listing):
    """One thing a provider offers, of one kind, to somebody, somewhere, at some hours (HSDS: service)."""

    kind = models.CharField(_("kind of help"), max_length=3, choices=ServiceKind.choices, blank=True)
    status = models.CharField(_("state"), max_length=20, choices=Status.choices, default=Status.ACTIVE)
    minimum_age = models.PositiveSmallIntegerField(_("from age"), null=True, blank=True)
    maximum_age = models.PositiveSmallIntegerField(_("to age"), null=True, blank=True)
    eligibility = models.TextField(_("for whom, and what to bring"), blank=True)
    eligibility_en = models.TextField(_("for whom, and what to bring, in English"), blank=True)
    application = models.TextField(_("how to get it"), blank=True)
    application_en = models.TextField(_("how to get it, in English"), blank=True)
    cost = models.TextField(_("what it costs"), blank=True, help_text=_("For example: free of charge."))
    cost_en = models.TextField(_("what it costs, in English"), blank=True)
    hours_note = models.TextField(_("more about the hours"), blank=True)
    hours_note_en = models.TextField(_("more about the hours, in English"), blank=True)

    objects = PageManager.from_queryset(ServiceQuerySet)()
    parent_page_types = ["directory.ProviderPage"]
    subpage_types = []
    template = "directory/service_detail.html"
    view_name = "directory:service_detail"
    text_fields = [
        name + suffix
        for name in ("description", "eligibility", "application", "cost", "hours_note")
        for suffix in ("", ENGLISH)
    ]
    content_panels = [
        Listing.name_panel,
        FieldRowPanel([FieldPanel("kind"), FieldPanel("status")]),
        FieldPanel("description"),
        FieldPanel("description_en"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("minimum_age"), FieldPanel("maximum_age")]),
                *[FieldPanel(name) for name in text_fields[2:8]],
            ],
            heading=_("for whom"),
        ),
        InlinePanel("phones", heading=_("telephone numbers"), label=_("telephone number")),
        Listing.reach_panel,
        InlinePanel("areas", heading=_("where"), label=_("area")),
        InlinePanel("schedules", heading=_("opening hours"), label=_("opening hours")),
        FieldPanel("hours_note"),
        FieldPanel("hours_note_en"),
        InlinePanel("languages", heading=_("languages"), label=_("language")),
        Listing.place_panel,
        Listing.check_panel,
    ]

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        permissions = [("check_servicepage", _("can say that a listing was checked"))]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind=ServiceKind.SHELTER) | NO_ADDRESS, name="shelter_has_no_address"
            ),
            models.CheckConstraint(
                condition=models.Q(minimum_age__isnull=True)
                | models.Q(maximum_age__isnull=True)
                | models.Q(maximum_age__gte=models.F("minimum_age")),
                name="service_ages_in_order",
            ),
            models.CheckConstraint(
                condition=(models.Q(minimum_age__isnull=True) | models.Q(minimum_age__lte=rules.OLDEST))
                & (models.Q(maximum_age__isnull=True) | models.Q(maximum_age__lte=rules.OLDEST)),
                name="service_ages_are_human",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_on__isnull=True, checked_by="")
                | (models.Q(checked_on__isnull=False) & ~models.Q(checked_by="")),
                name="service_check_has_a_day_and_a_role",
            ),
        ]

    @cached_property
    def provider(self):
        return self.get_parent().specific

    @property
    def is_shelter(self):
        return self.kind == ServiceKind.SHELTER

    @property
    def place_is_secret(self):
        return self.is_shelter or (self.provider.hidden_place and not self.has_address)

    @property
    def office(self):
        """The page whose address to go to: this one, or its provider's; None for a shelter."""
        if self.place_is_secret:
            return None
        return self if self.has_address else self.provider.office

    @property
    def reach(self):
        """The numbers to call: the service's own, else its provider's."""
        return list(self.phones.all()) or list(self.provider.phones.all())

    @property
    def zone(self):
        """The clock its hours are meant on: its province's, its provider's, that of its only area, or Jakarta's."""
        areas = {area.province for area in self.areas.all()}
        only = areas.pop() if len(areas) == 1 else ""
        return zone_of(self.province or self.provider.province or only or "ID-JK")

    @property
    def zone_word(self):
        return ZONES[str(self.zone)]

    def hours(self):
        return [schedule.facts() for schedule in self.schedules.all()]

    def opening(self, now):
        """Open at `now`, on the clock of the place? None when no hours are known."""
        if self.status != Status.ACTIVE:
            return None
        return rules.opening(self.hours(), timezone.localtime(now, self.zone))

    def facts(self, *, parts=False):
        """What the rules ask; with `parts`, its numbers, hours and areas too (of this draft)."""
        own = {"kind": self.kind, "is_service": True, "minimum_age": self.minimum_age, "maximum_age": self.maximum_age}
        if parts:
            own |= {
                "reachable": bool(self.reach or self.email or self.website or self.provider.email),
                "phones": tuple(phone.facts() for phone in self.phones.all()),
                "hours": tuple(self.hours()),
                "areas": tuple(area.facts() for area in self.areas.all()),
            }
        return rules.Listing(**self.shared_facts(), **own)

    def get_context(self, request, *args, **kwargs):
        """For the preview in the editor; readers come through directory.views."""
        return super().get_context(request, *args, **kwargs) | {"service": self, "now": timezone.now()}


def attach_providers(services):
    """Give each service its provider, numbers included, in two queries for all of them; returns the services."""
    services = list(services)
    paths = {service.path[: -Page.steplen] for service in services}
    providers = {page.path: page for page in ProviderPage.objects.filter(path__in=paths).prefetch_related("phones")}
    for service in services:
        service.provider = providers[service.path[: -Page.steplen]]
    return services


def reverse_in_indonesian(view_name, *args):
    """A page's own address is the Indonesian one: its tree stands under the Indonesian home."""
    with override(settings.LANGUAGE_CODE):
        return reverse(view_name, args=args)


def address(path, request):
    """Wagtail's three parts of an address: site, its root, the path."""
    site = Site.find_for_request(request) if request is not None else None
    site = site or Site.objects.filter(is_default_site=True).first()
    return (site.pk, site.root_url, path) if site is not None else None
