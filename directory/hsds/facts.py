"""Single cells of HSDS read as this directory's values: numbers, words, hours, places. None where it cannot be done."""

import re
from datetime import date, time
from urllib.parse import urlsplit

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.translation import override

from cms.places import PROVINCE_NAMES, PROVINCES, district_named
from directory.models.kinds import ServiceKind, Tongue

DAYS = {"MO": 1, "TU": 2, "WE": 3, "TH": 4, "FR": 5, "SA": 6, "SU": 7}
NATIONWIDE = {"indonesia", "nasional", "seluruh indonesia", "nationwide", "all of indonesia", "id"}
HOME = {"", "id", "idn", "indonesia"}
SEVERAL = re.compile(r"[/;,]|\bor\b|\batau\b|\bdan\b", re.IGNORECASE)
# The library's two-letter codes for those of three letters that senders use.
LONG_CODES = {"ind": "id", "jav": "jv", "sun": "su", "eng": "en", "zho": "zh", "ara": "ar", "msa": "ms"}


def kind_words():
    """`{word: code}` of every kind of help: its code and its name in both languages."""
    words = {code: code for code in ServiceKind.values}
    for language in ("id", "en"):
        with override(language):
            words |= {str(label).casefold(): code for code, label in ServiceKind.choices}
    return words


def telephone(text):
    """`{"number": …}` or `{"short_code": …}`, or None for anything that is not exactly one valid number."""
    bare = text.strip("\"' ")
    if re.fullmatch(r"[0-9]{3,6}", bare):
        return {"short_code": bare}
    if SEVERAL.search(bare):
        return None
    try:
        number = phonenumbers.parse(bare, "ID")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return {"number": phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)}


def province(text):
    """The code of a province named by its name, a usual short form or its ISO code."""
    word = " ".join(text.casefold().removeprefix("provinsi ").split())
    code = text.strip().upper()
    return code if code in PROVINCES else PROVINCE_NAMES.get(word)


def area(text):
    """`{"nationwide": True}`, or a province and perhaps a district (`Kota Bandung, Jawa Barat`), or None."""
    if text.casefold().strip() in NATIONWIDE:
        return {"nationwide": True}
    district, _comma, last = text.rpartition(",")
    code = province(last)
    if code is None and not district:
        found = district_named(last)  # a name that only one province has
        return {"province": found[1], "district": found[0]} if found else None
    if code is None:
        return None
    found = district_named(district, code) if district.strip() else ("", code)
    return {"province": code, "district": found[0]} if found else None


def tongue(code, name):
    """A language on the list, by ISO 639 code or by its English or Indonesian name."""
    code = LONG_CODES.get(code.casefold(), code.casefold())
    if code in Tongue.values:
        return code
    for language in ("id", "en"):
        with override(language):
            for known, label in Tongue.choices:
                if name and name.casefold().removeprefix("bahasa ") == str(label).casefold().removeprefix("bahasa "):
                    return known
    return None


def whole_number(text):
    """`12` and `12.0`; None for anything else."""
    match = re.fullmatch(r"([0-9]{1,4})(?:\.0+)?", text)
    return int(match[1]) if match else None


def is_nothing(text):
    """An amount of nothing: `0`, `0.00`."""
    return bool(re.fullmatch(r"0+(?:\.0+)?", text))


def day(text):
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def hour(text):
    """`08:00`, `08:00:00`, with or without a `Z`; the end of the day, `24:00`, is midnight."""
    bare = text.strip().removesuffix("Z")
    if bare in {"24:00", "24:00:00"}:
        return time(0)
    try:
        return time.fromisoformat(bare).replace(microsecond=0, tzinfo=None)
    except ValueError:
        return None


def weekdays(text):
    """ISO numbers of `MO,TU`; None if a day is counted within a month (`1MO`) or unknown."""
    named = [word.strip().upper() for word in text.split(",") if word.strip()]
    return [DAYS[word] for word in named] if named and all(word in DAYS for word in named) else None


def mail(text):
    try:
        validate_email(text)
    except ValidationError:
        return None
    return text if len(text) <= 254 else None


def web(text):
    address = text if "://" in text else f"https://{text}"
    try:
        URLValidator(schemes=["http", "https"])(address)
    except ValidationError:
        return None
    return address if len(address) <= 500 and urlsplit(address).hostname else None
