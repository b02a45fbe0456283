"""Reading what this directory itself has written: attributes in its own vocabulary, known by the ids of their terms.

Nobody else's term has these ids, so a foreign package that calls something "duration" is not misunderstood.
"""

import re

from cms.places import PROVINCES
from directory.hsds import facts, vocabulary
from directory.hsds.records import PROVIDER_FACTS, SERVICE_FACTS
from directory.hsds.vocabulary import EASE, FACT, KIND
from directory.models.kinds import Checker
from directory.rules import listings as rules

__all__ = ["KIND", "PARTS", "answer", "are_used", "digits", "is_a_day", "known", "nothing", "say", "term"]

PARTS = {
    "organization": ("phones",),
    "service": ("phones", "schedules", "special_days", "areas", "languages", "easements"),
}
PLACE = {"province": "", "street": "", "city": "", "postal_code": ""}
LIMITS = {"title_en": 255, "alert_en": rules.LONGEST_ALERT}
WAIT = re.compile(r"([0-9]{1,4}) jam")


def nothing(table):
    """Every field that only these words or other tables fill, empty."""
    if table == "organization":
        return PLACE | dict.fromkeys(PROVIDER_FACTS, "") | {"hidden_place": False, "checked_on": None, "checked_by": ""}
    texts = dict.fromkeys([*SERVICE_FACTS, "kind", "gender", "price", "requirements", "hours_note"], "")
    return PLACE | texts | {"responds_within": None}


def known(identifier):
    return identifier.lower() in vocabulary.TERMS or identifier.lower() in vocabulary.TAXONOMIES


def term(row):
    """The own term of an attribute's row, or None."""
    return vocabulary.TERMS.get(row["taxonomy_term_id"].lower())


def are_used(terms):
    return any(known(row["id"]) for row in terms)


def answer(text):
    """`{"responds_within": hours}` of `24 jam`; nothing for other words."""
    match = WAIT.fullmatch(text)
    return {"responds_within": int(match[1])} if match else {}


def digits(text):
    return text if re.fullmatch(r"[0-9]{1,10}", text) else ""


def is_a_day(beside):
    return "closed_on" in beside or "open_on" in beside


def say(listing, word, value, *, is_service):
    """Put what an attribute says into a listing's fields or parts. False if it says nothing that a listing can hold."""
    if word.taxonomy == FACT:
        found = _of_any(word.value, value) or (_of_service if is_service else _of_provider)(word.value, value)
        listing.fields.update(found)
        return bool(found)
    if not is_service:
        return False
    if word.taxonomy == EASE:
        listing.parts["easements"].append({"code": word.value})
    else:
        listing.fields[word.taxonomy] = word.value
    return True


def _of_any(name, value):
    if name == "province" and value in PROVINCES:
        return {name: value}
    return {name: value} if name in PROVIDER_FACTS and len(value) <= _limit(name) else {}


def _of_service(name, value):
    return {name: value} if name in SERVICE_FACTS and len(value) <= _limit(name) else {}


def _of_provider(name, value):
    if name == "hidden_place":
        return {name: True}
    day = facts.day(value) if name == "checked_on" else None
    return {"checked_on": day, "checked_by": Checker.SOURCE} if day else {}


def _limit(name):
    return LIMITS.get(name, rules.LONGEST_TEXT)
