"""Two versions of a listing, field by field, in the words that people read; only what differs."""

from dataclasses import dataclass

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cms.places import PROVINCES
from directory.models import ServicePage
from directory.templatetags.directory import day, span_of, words_of

TO = "\N{EN DASH}"
SHARED = (
    "title", "title_en", "alternate_name", "description", "description_en", "phones", "email", "website",
    "province", "street", "city", "postal_code",
)  # fmt: skip
PROVIDER = (*SHARED, "hidden_place")
SERVICE = (
    *SHARED, "kind", "status", "minimum_age", "maximum_age", "gender", "responds_within", "price", "areas", "schedules",
    "special_days", "languages", "easements",
    *(name for name in ServicePage.text_fields if not name.startswith("description")),
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """`before` and `after` are lines of words; empty for nothing."""

    name: str
    label: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def differences(before, after):
    """What differs, in the order of the form; against nothing (`before` is None) everything that is written."""
    model = type(after)
    found = []
    for name in SERVICE if model is ServicePage else PROVIDER:
        old, new = words(before, name) if before is not None else (), words(after, name)
        if old != new:
            found.append(Difference(name, label(model, name), old, new))
    return found


def label(model, name):
    if name == "title":
        return _("Name")
    field = model._meta.get_field(name)  # noqa: SLF001 -- Django's documented Meta API
    named = field.related_model._meta.verbose_name_plural if field.one_to_many else field.verbose_name  # noqa: SLF001 -- as above
    return str(capfirst(named))


def words(listing, name):
    """The value of a field as lines of words."""
    if name in PARTS:
        return tuple(PARTS[name](part) for part in getattr(listing, name).all())
    field = type(listing)._meta.get_field(name)  # noqa: SLF001 -- as above
    value = getattr(listing, name)
    if isinstance(field, models.BooleanField):
        return (_("yes") if value else _("no"),)
    if value in {None, ""}:
        return ()
    if field.choices:
        return (str(capfirst(dict(field.flatchoices).get(value, value))),)
    return (str(value).replace("\r\n", "\n"),)


def phone(part):
    said = [part.shown if part.short_code or part.number else TO]
    said += [_("extension %(extension)s") % {"extension": part.extension}] if part.extension else []
    said += ["WhatsApp"] if part.whatsapp else []
    return ", ".join([*said, *filter(None, part.words_beside())])


def hours(part):
    open_at = words_of(part) if _has_hours(part) else TO
    return f"{capfirst(part.get_weekday_display())} {open_at}"


def special_day(part):
    open_at = _("closed all day") if part.closed else span_of(part) if _has_hours(part) else TO
    return ", ".join([f"{day(part.day)} {open_at}", *filter(None, part.words_beside())])


def _has_hours(part):
    return part.all_day or (part.opens is not None and part.closes is not None)


def area(part):
    if part.nationwide:
        return capfirst(_("all of Indonesia"))
    province = PROVINCES[part.province][0] if part.province in PROVINCES else TO
    return f"{part.district}, {province}" if part.district else province


def coded(part):
    return str(capfirst(part.get_code_display()))


PARTS = {
    "phones": phone,
    "schedules": hours,
    "special_days": special_day,
    "areas": area,
    "languages": coded,
    "easements": coded,
}
