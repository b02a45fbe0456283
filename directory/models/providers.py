"""Those who help, as pages (HSDS: organization)."""

from dataclasses import replace

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.models import PageManager

from directory.models.listings import NO_ADDRESS, Listing, notes_of
from directory.models.querysets import ListingQuerySet
from directory.rules import listings as rules


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
            models.CheckConstraint(
                condition=models.Q(checked_how="") | ~models.Q(checked_by=""),
                name="provider_way_of_a_check_has_a_check",
            ),
        ]

    def facts(self, *, parts=False):
        """What the rules ask; with `parts`, the numbers too (of this draft, not of the published page)."""
        phones = tuple(phone.facts() for phone in self.phones.all()) if parts else ()
        facts = rules.Listing(**self.shared_facts(), hidden_place=self.hidden_place, phones=phones)
        return replace(facts, texts=facts.texts | (notes_of(self, "phones") if parts else {}))

    @property
    def place_is_secret(self):
        return self.hidden_place

    def get_context(self, request, *args, **kwargs):
        """For the preview in the editor; readers come through directory.views."""
        return super().get_context(request, *args, **kwargs) | {"provider": self, "services": [], "now": timezone.now()}
