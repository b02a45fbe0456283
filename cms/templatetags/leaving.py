"""Where "Leave now" leads. Read from the settings alone, so that an error page can ask for it as well."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def exit_url():
    """The address outside, from SEKALI_EXIT_URL."""
    return settings.EXIT_URL
