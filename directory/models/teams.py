"""Who keeps a provider's pages: its Wagtail group, and whom its people invited and who has not come yet.

An address that was invited may have an account here or not; whoever invites never learns which. So an invitation holds
what was typed about somebody, and only whoever signs in with that address can turn it into a place in the team.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from wagtail.models import GroupPagePermission

from cms.accounts.models import User

STAYS_OPEN = timedelta(days=14)


class TeamInvitationQuerySet(models.QuerySet):
    def open(self, now):
        """Neither taken up nor taken back, and not too old."""
        return self.filter(ended_at__isnull=True, invited_at__gt=now - STAYS_OPEN)

    def addressed_to(self, user):
        return self.filter(email__iexact=user.email)


class TeamInvitation(models.Model):
    """Somebody is asked to keep a provider's pages. Rows of the past are swept with the next invitation."""

    page = models.ForeignKey("directory.ProviderPage", on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=150)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    invited_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TeamInvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "page",
                Lower("email"),
                condition=models.Q(ended_at__isnull=True),
                name="team_invitation_one_open_per_address",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(ended_at__gte=models.F("invited_at")),
                name="team_invitation_ends_after_it_was_made",
            ),
        ]


def team_groups(provider):
    """The groups whose page permissions are on this very provider and on nothing else; one, unless somebody made more."""
    here = GroupPagePermission.objects.filter(page_id=provider.pk).values("group")
    elsewhere = GroupPagePermission.objects.exclude(page_id=provider.pk).values("group")
    return Group.objects.filter(pk__in=here).exclude(pk__in=elsewhere).order_by("pk")


def team(provider):
    """The people of a provider, by name."""
    return User.objects.filter(groups__in=team_groups(provider), is_active=True).distinct().order_by("first_name", "pk")
