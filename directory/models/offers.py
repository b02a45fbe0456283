"""What is offered, as pages below who offers it (HSDS: service)."""

from dataclasses import replace
from functools import cached_property

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.models import Page, PageManager

from cms.places import ZONES, zone_of
from directory.models.kinds import Gender, Price, ServiceKind, Status
from directory.models.listings import ENGLISH, NO_ADDRESS, Listing, notes_of
from directory.models.providers import ProviderPage
from directory.models.querysets import ServiceQuerySet
from directory.rules import listings as rules


class ServicePage(Listing):
    """One thing a provider offers, of one kind, to somebody, somewhere, at some hours (HSDS: service)."""

    kind = models.CharField(_("kind of help"), max_length=3, choices=ServiceKind.choices, blank=True)
    status = models.CharField(_("state"), max_length=20, choices=Status.choices, default=Status.ACTIVE)
    minimum_age = models.PositiveSmallIntegerField(_("from age"), null=True, blank=True)
    maximum_age = models.PositiveSmallIntegerField(_("to age"), null=True, blank=True)
    gender = models.CharField(
        _("for whom by gender"),
        max_length=1,
        choices=Gender.choices,
        blank=True,
        help_text=_("Empty is for everybody."),
    )
    alert = models.CharField(
        _("important notice"),
        max_length=rules.LONGEST_ALERT,
        blank=True,
        help_text=_("One line above everything else, for example: our telephone is out of order until Friday."),
    )
    alert_en = models.CharField(_("important notice, in English"), max_length=rules.LONGEST_ALERT, blank=True)
    eligibility = models.TextField(_("for whom"), blank=True)
    eligibility_en = models.TextField(_("for whom, in English"), blank=True)
    requirements = models.TextField(_("what to bring"), blank=True)
    requirements_en = models.TextField(_("what to bring, in English"), blank=True)
    application = models.TextField(_("how to get it"), blank=True)
    application_en = models.TextField(_("how to get it, in English"), blank=True)
    duration = models.TextField(_("how long it takes"), blank=True, help_text=_("For example: three working days."))
    duration_en = models.TextField(_("how long it takes, in English"), blank=True)
    responds_within = models.PositiveSmallIntegerField(
        _("somebody answers within (hours)"),
        null=True,
        blank=True,
        help_text=_("0 means at once; three days are 72."),
    )
    price = models.CharField(_("costs"), max_length=1, choices=Price.choices, blank=True)
    cost = models.TextField(_("what it costs"), blank=True, help_text=_("For example: free of charge."))
    cost_en = models.TextField(_("what it costs, in English"), blank=True)
    product = models.TextField(
        _("what you have afterwards"), blank=True, help_text=_("For example: a report, a place.")
    )
    product_en = models.TextField(_("what you have afterwards, in English"), blank=True)
    complaints = models.TextField(_("where to complain"), blank=True)
    complaints_en = models.TextField(_("where to complain, in English"), blank=True)
    hours_note = models.TextField(_("more about the hours"), blank=True)
    hours_note_en = models.TextField(_("more about the hours, in English"), blank=True)

    objects = PageManager.from_queryset(ServiceQuerySet)()
    parent_page_types = ["directory.ProviderPage"]
    subpage_types = []
    template = "directory/service_detail.html"
    view_name = "directory:service_detail"
    text_fields = [
        name + suffix
        for name in (
            "description",
            "alert",
            "eligibility",
            "requirements",
            "application",
            "duration",
            "cost",
            "product",
            "complaints",
            "hours_note",
        )
        for suffix in ("", ENGLISH)
    ]
    content_panels = [
        Listing.name_panel,
        FieldRowPanel([FieldPanel("kind"), FieldPanel("status")]),
        *[FieldPanel(name) for name in ("alert", "alert_en", "description", "description_en")],
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("minimum_age"), FieldPanel("maximum_age"), FieldPanel("gender")]),
                FieldPanel("eligibility"),
                FieldPanel("eligibility_en"),
            ],
            heading=_("for whom"),
        ),
        MultiFieldPanel(
            [
                *[FieldPanel(name) for name in ("requirements", "requirements_en", "application", "application_en")],
                FieldRowPanel([FieldPanel("responds_within"), FieldPanel("price")]),
                *[FieldPanel(name) for name in text_fields[10:18]],
            ],
            heading=_("service standard (SIPPN)"),
        ),
        InlinePanel("phones", heading=_("telephone numbers"), label=_("telephone number")),
        Listing.reach_panel,
        InlinePanel("areas", heading=_("where"), label=_("area")),
        InlinePanel("schedules", heading=_("opening hours"), label=_("opening hours")),
        InlinePanel("special_days", heading=_("special days"), label=_("special day")),
        FieldPanel("hours_note"),
        FieldPanel("hours_note_en"),
        InlinePanel("languages", heading=_("languages"), label=_("language")),
        InlinePanel("easements", heading=_("easements for disabled people"), label=_("easement")),
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
                condition=models.Q(responds_within__isnull=True) | models.Q(responds_within__lte=rules.LONGEST_ANSWER),
                name="service_answers_within_a_quarter",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_on__isnull=True, checked_by="")
                | (models.Q(checked_on__isnull=False) & ~models.Q(checked_by="")),
                name="service_check_has_a_day_and_a_role",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_how="") | ~models.Q(checked_by=""), name="service_way_of_a_check_has_a_check"
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

    def days_besides(self):
        """The special days, as the rules ask."""
        return [special.facts() for special in self.special_days.all()]

    def opening(self, now):
        """Open at `now`, on the clock of the place? None when no hours are known."""
        if self.status != Status.ACTIVE:
            return None
        return rules.opening(self.hours(), timezone.localtime(now, self.zone), self.days_besides())

    def facts(self, *, parts=False):
        """What the rules ask; with `parts`, its numbers, hours and areas too (of this draft)."""
        own = {"kind": self.kind, "is_service": True}
        own |= {name: getattr(self, name) for name in ("minimum_age", "maximum_age", "responds_within")}
        if parts:
            own |= {
                "reachable": bool(self.reach or self.email or self.website or self.provider.email),
                "phones": tuple(phone.facts() for phone in self.phones.all()),
                "hours": tuple(self.hours()),
                "special_days": tuple(self.days_besides()),
                "areas": tuple(area.facts() for area in self.areas.all()),
            }
        facts = rules.Listing(**self.shared_facts(), **own)
        notes = notes_of(self, "phones", "special_days") if parts else {}
        return replace(facts, texts=facts.texts | notes)

    def get_context(self, request, *args, **kwargs):
        """For the preview in the editor; readers come through directory.views."""
        return super().get_context(request, *args, **kwargs) | {"service": self, "now": timezone.now()}


def attach_providers(services, known=()):
    """Give each service its provider, numbers included, in two queries for those that are not `known`; returns the services."""
    services, providers = list(services), {page.path: page for page in known}
    paths = {service.path[: -Page.steplen] for service in services} - set(providers)
    if paths:
        unknown = ProviderPage.objects.filter(path__in=paths).prefetch_related("phones")
        providers |= {page.path: page for page in unknown}
    for service in services:
        service.provider = providers[service.path[: -Page.steplen]]
    return services
