"""The limits of a protocol in words, each with the name of its source, for its page, its paper and its differences."""

from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cms.accounts.models import Role
from cms.blocks.protocols import WARNING_WORDS, WEIGHT_CHOICES
from cms.limits import Weights
from cms.models.wording import PRESENCE_WORDS, source_names


def in_words(limits, names=None):
    """`{ages, attendance, clocks, judged, preparation, sources}` of a ProtocolLimits, in the page's language.

    `names` are the names of its sources where they are known already; else one query asks for them.
    """
    names = names or source_names(limits.sources())
    return {
        "ages": [_age(band, names) for band in limits.bands],
        "attendance": [_attendance(required, names) for required in limits.roles],
        "clocks": _clocks(limits, names),
        "judged": _judged(limits),
        "preparation": [_to_see_to(item) for item in limits.preparation],
        "sources": list(dict.fromkeys(names[key] for band in limits.bands for key in _keys(band))),
    }


def lines(limits, names=None):
    """`[(part, [line, …]), …]`: the same, a line a limit, for comparing."""
    words = in_words(limits, names)
    return [
        ("ages", [_sentence(row["ages"], row["length"], row["hours"], row["breaks"], "; ".join(row["sources"])) for row in words["ages"]]),
        ("attendance", [_sentence(row["role"], row["presences"], row["accepts"], row["source"]) for row in words["attendance"]]),
        ("clocks", [_sentence(row["what"], row["number"], row["source"]) for row in words["clocks"]]),
        ("judged", words["judged"]),
        ("preparation", words["preparation"]),
    ]  # fmt: skip


def roles(codes):
    """`Case manager, investigator`, of role codes."""
    names = dict(Role.choices)
    return capfirst(", ".join(str(names.get(code, code)) for code in codes))


def _sentence(about, *said):
    return f"{about}: {' · '.join(part for part in said if part)}"


def _age(band, names):
    return {
        "ages": _("%(from)s–%(to)s years") % {"from": band.from_years, "to": band.to_years},
        "length": _("%(least)s–%(most)s minutes") % {"least": band.shortest_minutes, "most": band.longest_minutes},
        "hours": f"{band.earliest:%H.%M}–{band.latest:%H.%M}",
        "breaks": _("%(break)s minutes, at least every %(every)s minutes")
        % {"break": band.break_minutes, "every": band.break_every_minutes},
        "sources": list(dict.fromkeys(names[key] for key in _keys(band))),
    }


def _keys(band):
    return (band.length_source, band.hours_source, band.breaks_source)


def _attendance(required, names):
    return {
        "role": capfirst(dict(Role.choices).get(required.role, required.role)),
        "presences": ", ".join(str(PRESENCE_WORDS.get(presence, presence)) for presence in required.presences),
        "accepts": _("accepts before the interview stands") if required.must_accept else "",
        "source": names[required.source],
    }


def _clocks(limits, names):
    """The numbers that are not by age: what is not given is left out."""
    rows = [
        (_("From the report to the interview"), _("at most %(days)s days") % {"days": limits.clock_days},
         limits.clock_source),
        (_("Interviews on one day"), _("at most %(most)s") % {"most": limits.sessions_a_day}, limits.sessions_source),
        (_("A proposed interview waits for answers"), _("%(hours)s hours") % {"hours": limits.hold_hours},
         limits.hold_source),
    ]  # fmt: skip
    if limits.pause_minutes:
        before_end = _("%(minutes)s minutes before the end") % {"minutes": limits.pause_minutes}
        rows.append((_("Pause, in which observers add questions"), before_end, limits.pause_source))
    if limits.parts_most:
        most = _("at most %(most)s, each on its own day") % {"most": limits.parts_most}
        apart = _("at least %(days)s") % {"days": limits.parts_days_apart}
        rows += [
            (_("Sessions of one extended interview"), most, limits.parts_source),
            (_("Days from one such session to the next"), apart, limits.parts_source),
        ]
    return [{"what": what, "number": number, "source": names[source]} for what, number, source in rows]


def _judged(limits):
    """What is a judgement, a sentence each: it orders times or asks for a reason, and forbids nothing."""
    said = []
    if limits.reasons_for:
        warnings = ", ".join(str(WARNING_WORDS.get(key, key)) for key in limits.reasons_for)
        said.append(_("Who goes past one of these warnings writes why: %(warnings)s.") % {"warnings": warnings})
    if limits.blind:
        said.append(_("The interviewer sees topics only, not why agencies ask."))
    usual = Weights()
    for name, what in WEIGHT_CHOICES:
        if (days := getattr(limits.weights, name)) != getattr(usual, name):
            said.append(
                _("Weighs as much as %(days)s days of waiting: %(what)s.") % {"days": f"{days:g}", "what": what}
            )
    return said


def _to_see_to(item):
    role = capfirst(dict(Role.choices).get(item.role, item.role))
    said = {"text": item.text(get_language() or "id"), "role": role, "hours": item.hours_before}
    return _("%(text)s %(role)s, %(hours)s hours before.") % said
