"""What may be written down about who a child is, and how two writings of the same child are made alike. Pure.

A wrong number is refused with what is wrong about numbers like it, never by repeating it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cms.objections import Objection

NIK = re.compile(r"\d{6}(\d{2})(\d{2})\d{2}(\d{4})")
OLDEST = 19  # years: a case stays open for a while after somebody is eighteen
CONTACT = ("contact_who", "contact_channel", "contact_number")


@dataclass(frozen=True)
class Reference:
    """A number under which somebody else keeps the case, as it is about to be written."""

    kind: str
    number: str
    asking: int | None = None


def tidy_nik(typed: str) -> str:
    """Only the digits' spacing is forgiven."""
    return re.sub(r"[ .-]", "", typed)


def is_nik(nik: str) -> bool:
    """16 digits with a day (a girl's day is 40 higher), a month and a running number in them. Proves no person."""
    found = NIK.fullmatch(nik) if nik.isascii() else None
    if not found:
        return False
    day, month, number = (int(part) for part in found.groups())
    return (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12 and number > 0


def identity_objections(facts: Mapping[str, str], today: date, *, contact_recorded: bool) -> list[Objection]:
    """What is wrong with `facts` (column: text; only what was typed). `today` is the day at the child's place.

    A birth date is ISO text; a contact is one fact, so its person, channel and number come together.
    """
    found = []
    if "nik" in facts and not is_nik(facts["nik"]):
        found.append(Objection("nik_malformed", field="nik"))
    if "birth_date" in facts:
        born = date.fromisoformat(facts["birth_date"])
        if born > today:
            found.append(Objection("birth_date_to_come", field="birth_date"))
        elif (today.year - born.year) - ((today.month, today.day) < (born.month, born.day)) >= OLDEST:
            found.append(Objection("birth_date_of_an_adult", field="birth_date"))
    touched = [name for name in (*CONTACT, "contact_when") if name in facts]
    missing = [name for name in CONTACT if name not in facts]
    if touched and missing:
        found.append(Objection("contact_incomplete", field=missing[0]))
    if "contact_confirmed_on" in facts:
        if not touched and not contact_recorded:
            found.append(Objection("contact_incomplete", field="contact_who"))
        if date.fromisoformat(facts["contact_confirmed_on"]) > today:
            found.append(Objection("contact_confirmed_in_future", field="contact_confirmed_on"))
    return found


def normal_name(name: str) -> str:
    """The same for `Siti Nur-Aini`, `siti nuraini` and `NURAINI, Siti`: small letters and digits, words in order.

    Accents, signs and everything between letters go; so do hyphens and apostrophes inside a word.
    """
    small = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()).casefold()
    plain = "".join(c for c in small if not unicodedata.combining(c))
    joined = re.sub(r"['’‘`-]", "", plain)
    return " ".join(sorted(re.findall(r"[^\W_]+", joined)))
