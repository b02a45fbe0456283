"""The words of a protocol's page: roles, ways to attend, and its limits with the names of their sources."""

from django import template
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cms.accounts.models import Role
from cms.models.wording import PRESENCE_WORDS, source_names

register = template.Library()


@register.filter
def roles(codes):
    """`Case manager, investigator`, of a list of role codes."""
    names = dict(Role.choices)
    return capfirst(", ".join(str(names.get(code, code)) for code in codes))


@register.simple_tag
def limit_rows(limits):
    """The limits by age: a list of `ages`, `length`, `hours` and `breaks`, in words."""
    return [
        {
            "ages": _("%(from)s–%(to)s years") % {"from": band.from_years, "to": band.to_years},
            "length": _("%(least)s–%(most)s minutes")
            % {"least": band.shortest_minutes, "most": band.longest_minutes},
            "hours": f"{band.earliest:%H.%M}–{band.latest:%H.%M}",
            "breaks": _("%(break)s minutes, at least every %(every)s minutes")
            % {"break": band.break_minutes, "every": band.break_every_minutes},
        }
        for band in limits.bands
    ]  # fmt: skip


@register.simple_tag
def limit_sources(limits):
    """The names of the sources of the limits by age, each once."""
    return list(source_names([part for band in limits.bands for part in _sources(band)]).values())


@register.simple_tag
def attendance_rows(limits):
    """The required roles: a list of `role`, `presences` in words, and the `source`'s name."""
    names, said = source_names([required.source for required in limits.roles]), dict(Role.choices)
    return [
        {
            "role": capfirst(said.get(required.role, required.role)),
            "presences": ", ".join(str(PRESENCE_WORDS.get(presence, presence)) for presence in required.presences),
            "source": names[required.source],
        }
        for required in limits.roles
    ]


@register.simple_tag
def clock_rows(limits):
    """The numbers that are not by age: a list of `what`, `number` in words, `source`'s name."""
    names = source_names([limits.clock_source, limits.sessions_source, limits.parts_source])
    rows = [
        {
            "what": _("From the report to the interview"),
            "number": _("at most %(days)s days") % {"days": limits.clock_days},
            "source": names[limits.clock_source],
        },
        {
            "what": _("Interviews on one day"),
            "number": _("at most %(most)s") % {"most": limits.sessions_a_day},
            "source": names[limits.sessions_source],
        },
    ]
    if limits.parts_most:
        rows.append(
            {
                "what": _("Sessions of one extended interview"),
                "number": _("at most %(most)s, each on its own day") % {"most": limits.parts_most},
                "source": names[limits.parts_source],
            }
        )
        rows.append(
            {
                "what": _("Days from one such session to the next"),
                "number": _("at least %(days)s") % {"days": limits.parts_days_apart},
                "source": names[limits.parts_source],
            }
        )
    return rows


def _sources(band):
    return (band.length_source, band.hours_source, band.breaks_source)
