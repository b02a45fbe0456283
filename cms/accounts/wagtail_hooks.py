"""Agencies and memberships in Wagtail's admin, for whoever may manage people there."""

from django.contrib import messages
from django.db.models import ProtectedError, RestrictedError
from django.db.models.deletion import Collector
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import FieldPanel
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup

from cms.accounts.models import Agency, Membership
from cms.audit.recording import record


class Recorded:
    """Views that record who changed what about people; the key only, never a value."""

    verb = "saved"

    def save_instance(self):
        saved = super().save_instance()
        name = saved._meta.model_name  # noqa: SLF001 -- Django's documented Meta API
        record(f"{name}.{self.verb}", by=self.request.user, now=timezone.now(), about=saved)
        return saved


class AgencyViewSet(ModelViewSet):
    model = Agency
    icon = "home"
    menu_label = _("Agencies")
    list_display = ["name", "kind", "province", "district"]
    search_fields = ["name"]
    panels = [FieldPanel(name) for name in ("name", "kind", "province", "district", "zone")]
    add_view_class = type("AgencyCreateView", (Recorded, ModelViewSet.add_view_class), {})
    edit_view_class = type("AgencyEditView", (Recorded, ModelViewSet.edit_view_class), {})


class MembershipViewSet(ModelViewSet):
    model = Membership
    icon = "group"
    menu_label = _("Who works where")
    list_display = ["user", "role", "agency", "starts", "ends"]
    list_filter = ["role", "agency"]
    panels = [FieldPanel(name) for name in ("user", "agency", "role", "starts", "ends")]
    add_view_class = type("MembershipCreateView", (Recorded, ModelViewSet.add_view_class), {})
    edit_view_class = type("MembershipEditView", (Recorded, ModelViewSet.edit_view_class), {})


class PeopleGroup(ModelViewSetGroup):
    menu_label = _("Agencies and roles")
    menu_icon = "group"
    items = (AgencyViewSet(), MembershipViewSet())


@hooks.register("register_admin_viewset")
def people_viewsets():
    return PeopleGroup()


@hooks.register("before_delete_user")
def keep_whoever_is_named(request, person):
    """An account that records name stays, and this is said; taking the roles away shuts it."""
    if request.method != "POST":
        return None
    try:
        Collector(using=person._state.db).collect([person])  # noqa: SLF001 -- what Django's own delete() asks
    except (ProtectedError, RestrictedError):
        words = gettext(
            "Records that are kept name this person. Take the roles away or make the account inactive instead."
        )
        messages.error(request, words)
        return redirect("wagtailusers_users:edit", person.pk)
    return None
