"""The words that HSDS leaves to whoever publishes: five taxonomies, whose terms stand as attributes of records.

Four are this directory's own short codes (kind of help, gender, easements, price). The fifth, `keterangan`, names what a
listing says and HSDS has no field for: English texts, duration, product, complaints. Every id is made from its code, so
that a term has one name for ever, here and wherever a package is read again.
"""

import uuid
from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from directory.models.kinds import Ease, Gender, Price, ServiceKind

SPACE = uuid.UUID("6f2f5c0e-5d0b-5e6c-9c1f-3b6f8f0f5a11")  # under which this directory makes its ids
KIND, GENDER, EASE, PRICE, FACT = "kind", "gender", "ease", "price", "fact"
NAMES = {
    KIND: gettext_noop("kind of help"),
    GENDER: gettext_noop("for whom by gender"),
    EASE: gettext_noop("easements for disabled people"),
    PRICE: gettext_noop("costs"),
    FACT: gettext_noop("what the standard has no field for"),
}
CHOICES = {KIND: ServiceKind, GENDER: Gender, EASE: Ease, PRICE: Price}
FACTS = {
    "title_en": gettext_noop("name in English"),
    "description_en": gettext_noop("what people get here, in English"),
    "alert_en": gettext_noop("important notice, in English"),
    "eligibility_en": gettext_noop("for whom, in English"),
    "requirements_en": gettext_noop("what to bring, in English"),
    "application_en": gettext_noop("how to get it, in English"),
    "duration": gettext_noop("how long it takes"),
    "duration_en": gettext_noop("how long it takes, in English"),
    "cost_en": gettext_noop("what it costs, in English"),
    "product": gettext_noop("what you have afterwards"),
    "product_en": gettext_noop("what you have afterwards, in English"),
    "complaints": gettext_noop("where to complain"),
    "complaints_en": gettext_noop("where to complain, in English"),
    "hours_note_en": gettext_noop("more about the hours, in English"),
    "province": gettext_noop("province of the office"),
    "hidden_place": gettext_noop("the office is a shelter"),
    "checked_on": gettext_noop("last checked on"),
    "note_en": gettext_noop("this note in English"),
    "extension": gettext_noop("extension, as it is dialled"),
    "open_on": gettext_noop("open at these hours on this day only"),
    "closed_on": gettext_noop("closed on this day"),
}  # fmt: skip


@dataclass(frozen=True)
class Term:
    """A word of a taxonomy: `code` is unique among all terms, `value` is what the listing itself keeps."""

    taxonomy: str
    value: str

    @property
    def code(self):
        """A kind's code is its own (`c4`), as it stands in addresses; the others bear their taxonomy's name."""
        return self.value if self.taxonomy == KIND else f"{self.taxonomy}-{self.value}"

    @property
    def id(self):
        return made_id("taxonomy_term", self.code)


def made_id(*names):
    """The id that this directory gives to what is called so; the same every time and everywhere."""
    return str(uuid.uuid5(SPACE, "/".join(map(str, names))))


TERMS = {
    term.id: term
    for taxonomy in NAMES
    for term in (Term(taxonomy, value) for value in (CHOICES[taxonomy].values if taxonomy in CHOICES else FACTS))
}
TAXONOMIES = {made_id("taxonomy", name): name for name in NAMES}


def said(taxonomy, value, language):
    """The word of a term in this language."""
    with override(language):
        return str(CHOICES[taxonomy](value).label) if taxonomy in CHOICES else _(FACTS[value])


@cache
def taxonomy_record(name):
    with override("id"):
        indonesian = _(NAMES[name])
    return {"id": made_id("taxonomy", name), "name": indonesian, "description": NAMES[name]}


@cache
def term_record(term):
    """A term as HSDS has it: its name in Indonesian, and in English as its description."""
    taxonomy = taxonomy_record(term.taxonomy)
    return {
        "id": term.id,
        "code": term.code,
        "name": said(term.taxonomy, term.value, "id"),
        "description": said(term.taxonomy, term.value, "en"),
        "taxonomy": taxonomy["name"],
        "language": "id",
        "taxonomy_id": taxonomy["id"],
    }
