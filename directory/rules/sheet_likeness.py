"""Are two offices likely the same under several names? Asked of long lists, so names are first found by a rare word.

A guess that only warns: `UPTD PPA Kota Bandung` and `Unit Pelaksana Teknis Daerah Perlindungan Perempuan dan Anak (UPTD
PPA) Kota Bandung` are alike; offices of different places, or with different numbers in their names, are not.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

from rapidfuzz import fuzz

ALIKE = 90  # of 100; tried on the names that districts send
MOST_COMPARED = 100  # names for one row
SPOKEN = [
    (re.compile(words), short)
    for words, short in (
        (r"unit pel\w*sana te\w*nis daerah", "uptd"),
        (r"unit pel\w*sana te\w*nis", "upt"),
        (r"pusat pelayanan terpadu pemberdayaan perempuan dan anak", "p2tp2a"),
        (r"(?:pusat )?perlindungan perempuan dan anak", "ppa"),
        (r"perlindungan saksi dan korban", "lpsk"),
        (r"komisi nasional anti kekerasan terhadap perempuan", "komnas perempuan"),
        (r"rumah sakit umum daerah", "rsud"),
        (r"sumatra", "sumatera"),
    )
]
# Words that many offices have in their names.
COMMON = frozenset(
    re.findall(
        r"\w+",
        "uptd upt ppa p2tp2a pppa dp3a dp3akb dp3ap2kb dinas unit kota kabupaten kab provinsi kantor hotline call center "
        "centre pos pengaduan pusat anak perempuan dan perlindungan pemberdayaan layanan pelayanan daerah bidang lembaga "
        "sapa rumah sakit umum rsud puskesmas polres polda terpadu masyarakat yang di untuk",
    )
)
FILLING = frozenset(
    {"kantor", "lembaga", "hotline", "call", "center", "centre", "layanan", "dan", "yang", "di", "untuk"}
)
Place = tuple[str, str]


@dataclass(frozen=True)
class Office:
    """`label` is whatever the caller calls it by; `place` its province and district, each perhaps empty."""

    label: object
    words: frozenset[str]
    place: Place


def words_of(name: str) -> frozenset[str]:
    """The words of a name, long phrases as the short forms they are known by."""
    lowered = " ".join(re.sub(r"[^\w\s]", " ", name.casefold()).split())
    for phrase, short in SPOKEN:
        lowered = phrase.sub(short, lowered)
    words = frozenset(lowered.split())
    return words - FILLING or words


class Offices:
    """A growing list of offices that is asked for likely doubles."""

    def __init__(self) -> None:
        self.by_word: dict[str, list[Office]] = defaultdict(list)

    def add(self, label: object, name: str, place: Place) -> None:
        office = Office(label, words_of(name), place)
        for word in office.words - COMMON or office.words:
            self.by_word[word].append(office)

    def like(self, name: str, place: Place) -> object | None:
        """The label of the likeliest double, or None."""
        asked = Office(None, words_of(name), place)
        rare = sorted(asked.words - COMMON or asked.words, key=lambda word: len(self.by_word.get(word, ())))
        best, score = None, float(ALIKE)
        compared = 0
        for word in rare:
            for office in self.by_word.get(word, ()):
                if compared == MOST_COMPARED:
                    return best
                if not _may_be(asked, office):
                    continue
                compared += 1
                found = fuzz.token_set_ratio(" ".join(sorted(asked.words)), " ".join(sorted(office.words)))
                if found > score or (best is None and found == score):
                    best, score = office.label, found
        return best


def _may_be(one: Office, other: Office) -> bool:
    apart = any(here and there and here != there for here, there in zip(one.place, other.place, strict=True))
    return not apart and _numbers(one.words) == _numbers(other.words)


def _numbers(words: frozenset[str]) -> set[str]:
    return {word for word in words if word.isdigit()}
