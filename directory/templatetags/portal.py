"""What the providers' own pages ask of a listing: when it is to be looked at again, and whether one tap may say it is right."""

from django import template
from django.utils import timezone

from directory.models import Checker
from directory.rules import freshness as rules

register = template.Library()


@register.simple_tag
def due_on(listing):
    """The day of the next check, or None when nobody ever checked."""
    return rules.due_on(getattr(listing, "kind", ""), listing.checked_on) if listing.checked_on else None


@register.simple_tag
def may_confirm(listing, now):
    """May the provider's own word stand for a check today, and would it say anything new?"""
    today = timezone.localdate(now)
    if not listing.live or listing.checked_on == today:
        return False
    return not rules.confirmation_objections(
        Checker.PROVIDER, "", checked_on=listing.checked_on, checked_by=listing.checked_by, today=today
    )
