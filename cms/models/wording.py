"""The words of the rules: what is not right, why, and what to do instead, in both languages, kept by editors.

A rule gives an `Objection` (a key, a source id and values). `words_for_all` turns a list of them into sentences with one
query for the wordings, one for the sources and one for the topics they name, however long the list. It never raises: an
unknown key gets a clear neutral sentence, an unknown source is printed as it stands, a placeholder without a value
becomes "…". Values called `role`, `presence` and `topic` may be codes and topic ids: they are printed as words.
"""

import string
from dataclasses import dataclass

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel

from cms.accounts.models import Role
from cms.limits import IN_ROOM, OBSERVING, REMOTE
from cms.models.topics import Topic

PRESENCE_WORDS = {IN_ROOM: _("in the room"), OBSERVING: _("observing"), REMOTE: _("by video link")}
key_shape = RegexValidator(r"^[a-z][a-z0-9_]*$", _("Small letters, digits and underscores only."))
NEUTRAL = {
    "id": ("Ini belum bisa dilakukan.", "Periksa lagi isiannya, atau tanyakan kepada koordinator."),
    "en": ("This cannot be done yet.", "Look at what was filled in again, or ask the coordinator."),
}
GAP = "…"


@dataclass(frozen=True)
class Worded:
    """An objection in words, ready for templates/components/objections.html.

    `why` is our reason and may be empty; `source` is the name of the law or study with its caution, `source_url` where
    to read it; `field` and `warning` are the objection's own.
    """

    key: str
    what: str
    why: str
    instead: str
    field: str = ""
    source: str = ""
    source_url: str = ""
    warning: bool = False

    def __str__(self):
        return " ".join(part for part in (self.what, self.instead) if part)


class Wording(models.Model):
    """The words of one rule. The key is the rule's and is not for changing; `{names}` are filled by the rule."""

    key = models.CharField(_("key"), max_length=60, unique=True, validators=[key_shape])
    what_id = models.TextField(_("sentence in Indonesian"))
    what_en = models.TextField(_("sentence in English"))
    why_id = models.TextField(_("reason in Indonesian"), blank=True)
    why_en = models.TextField(_("reason in English"), blank=True)
    instead_id = models.TextField(_("what to do instead, in Indonesian"))
    instead_en = models.TextField(_("what to do instead, in English"))

    panels = [
        FieldPanel(name)
        for name in ("key", "what_id", "instead_id", "why_id", "what_en", "instead_en", "why_en")
    ]  # fmt: skip

    class Meta:
        verbose_name = _("wording of a rule")
        verbose_name_plural = _("wording of the rules")
        ordering = ["key"]

    def __str__(self):
        return self.key


class Source(models.Model):
    """Where a rule comes from: an article of a law, a standard, a study. Law texts were read as unofficial copies."""

    key = models.CharField(_("source id"), max_length=40, unique=True)
    label_id = models.CharField(_("name in Indonesian"), max_length=240)
    label_en = models.CharField(_("name in English"), max_length=240)
    url = models.URLField(_("where to read it"), blank=True)

    panels = [FieldPanel(name) for name in ("key", "label_id", "label_en", "url")]

    class Meta:
        verbose_name = _("source of a rule")
        verbose_name_plural = _("sources of the rules")
        ordering = ["key"]

    def __str__(self):
        return self.key

    def label(self, language=None):
        """Its name in `language`, or in the page's own."""
        return getattr(self, f"label_{_tongue(language)}")


def words_for(objection, language=None):
    """The words of one objection; for several, ask `words_for_all`."""
    return words_for_all([objection], language)[0]


def words_for_all(objections, language=None):
    """A list of `Worded`, in the order of `objections`; `language` is `id`, `en` or None for the page's own."""
    objections = list(objections)
    tongue = _tongue(language)
    wordings = Wording.objects.in_bulk({objection.key for objection in objections}, field_name="key")
    named = {objection.source for objection in objections if objection.source}
    sources = Source.objects.in_bulk(named, field_name="key") if named else {}
    with override(tongue):
        topics = _topics(objections)
        return [_worded(objection, wordings.get(objection.key), sources, topics, tongue) for objection in objections]


def source_names(keys, language=None):
    """`{key: the source's name}` in one query; a key nobody knows is its own name."""
    sources = Source.objects.in_bulk(set(keys), field_name="key")
    tongue = _tongue(language)
    return {key: getattr(sources[key], f"label_{tongue}") if key in sources else key for key in keys}


def _tongue(language):
    return "en" if (language or get_language() or "id").startswith("en") else "id"


def _topics(objections):
    """`{id: topic}` of every topic id among the values."""
    ids = {objection.values.get("topic") for objection in objections}
    ids = {number for number in ids if isinstance(number, int)}
    return Topic.objects.in_bulk(ids) if ids else {}


def _spoken(values, topics):
    """The values with codes turned into words of the current language."""
    spoken = dict(values)
    for name, choices in (("role", dict(Role.choices)), ("presence", PRESENCE_WORDS), ("topic", topics)):
        if name in spoken:
            spoken[name] = choices.get(spoken[name], spoken[name])
    return spoken


def _worded(objection, wording, sources, topics, tongue):
    what, instead, why = *NEUTRAL[tongue], ""
    if wording is not None:
        what, why, instead = (getattr(wording, f"{part}_{tongue}") for part in ("what", "why", "instead"))
    source = sources.get(objection.source)
    values = _spoken(objection.values, topics)
    return Worded(
        key=objection.key,
        what=filled(what, values),
        why=filled(why, values),
        instead=filled(instead, values),
        field=objection.field,
        source=getattr(source, f"label_{tongue}") if source is not None else objection.source,
        source_url=source.url if source is not None else "",
        warning=objection.warning,
    )


def filled(sentence, values):
    """`sentence` with its `{names}` replaced by `values`; unknown names and stray braces never raise.

    Only plain names are filled: `{name.attribute}` and `{name[0]}`, which could reach into an object, become a gap.
    """
    pieces = []
    try:
        for text, name, _spec, _conversion in string.Formatter().parse(sentence):
            pieces.append(text)
            if name is not None:
                pieces.append(str(values.get(name) or GAP) if values.get(name) != 0 else "0")
    except ValueError:  # an editor left a brace open
        return sentence
    return "".join(pieces)
