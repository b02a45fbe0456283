"""Case codes: random, easy to say on the telephone, and self-checking.

`K-7M4Q-2XP9` is seven random characters and a check character of a 31-letter alphabet without 0, 1, I, O and U.
Thirty-one is prime, so the weighted sum catches every single wrong character and every swap of two characters.
"""

import re
import secrets
from collections.abc import Callable

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
PATTERN = re.compile(rf"K-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}")
LENGTH = 11  # characters, dashes and the leading K included


def new_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """A fresh case code; `choose` picks one character from a string (34.7 bits in all)."""
    body = "".join(choose(ALPHABET) for _ in range(7))
    return _written(body + check_character(body))


def check_character(body: str) -> str:
    """The eighth character for seven others: the sum of value x weight (1 to 8) is 0 modulo 31."""
    total = sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(body, start=1))
    # The check character's own weight is 8, whose inverse modulo 31 is 4.
    return ALPHABET[-total * 4 % 31]


def tidy(typed: str) -> str:
    """What somebody typed, as it would be written: capitals, dashes in place, spaces gone. Not yet checked."""
    letters = re.sub(r"[\s\-\u2010-\u2015]", "", typed).upper()[: LENGTH + 4]
    return _written(letters.removeprefix("K")) if len(letters) == 9 else letters


def is_code(text: str) -> bool:
    """Is `text` a well-formed code whose check character fits?"""
    if not PATTERN.fullmatch(text):
        return False
    body = text[2:6] + text[7:10]
    return check_character(body) == text[10]


def _written(letters: str) -> str:
    return f"K-{letters[:4]}-{letters[4:8]}"
