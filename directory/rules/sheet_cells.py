"""Single cells of a spreadsheet as districts write them, read as this directory's values.

Forgiving about form, never about meaning: what can be read in two ways is not read, and every reader says what it left
out. Pure functions over text; numbers are judged by the telephone library (phonenumbers), for Indonesia.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Any

import phonenumbers

from cms.places import DISTRICTS, PROVINCE_NAMES, PROVINCES, district_named
from directory.rules.listings import SHELTER_WORDS

LONGEST_NOTE = 120  # characters beside a number

# --- places -----------------------------------------------------------------------------------------------------------
# Short forms and old names that spreadsheets of districts use besides.
NAMES = PROVINCE_NAMES | {
    "daerah khusus ibukota jakarta": "ID-JK", "babel": "ID-BB", "nanggroe aceh darussalam": "ID-AC", "nad": "ID-AC",
    "malut": "ID-MU", "pabar": "ID-PB",
}  # fmt: skip
BRACKETS = re.compile(r"[()\[\]]")
INSIDE = re.compile(r"\(([^()]*)\)")
# How people call a city or regency beside the list's own name.
SHORT_DISTRICTS = {
    "jaktim": "Kota Jakarta Timur", "jaksel": "Kota Jakarta Selatan", "jakut": "Kota Jakarta Utara",
    "jakbar": "Kota Jakarta Barat", "jakpus": "Kota Jakarta Pusat", "kota yogya": "Kota Yogyakarta",
    "kota jogja": "Kota Yogyakarta", "yogya": "Kota Yogyakarta", "jogja": "Kota Yogyakarta", "solo": "Kota Surakarta",
    "kota solo": "Kota Surakarta",
}  # fmt: skip
GOVERNMENT = [(re.compile(r"^pem(?:erintah\s+|\.?\s*)(?=kab|kota)"), ""), (re.compile(r"^pem\.?\s*kot\b"), "kota")]


def province(text: str) -> str | None:
    """The code of a province named by its name, a usual short form or its ISO code; in brackets too."""
    code = text.strip().upper()
    if code in PROVINCES:
        return code
    for told in (text, INSIDE.sub(" ", text), *INSIDE.findall(text)):
        word = " ".join(told.casefold().split()).removeprefix("provinsi ").removeprefix("prov. ")
        found = NAMES.get(word.replace("sumatra", "sumatera"))
        if found:
            return found
    return None


def district(text: str, within: str = "") -> tuple[str, str] | None:
    """`(name, province)` of the one regency or city that `text` can mean; None where there is none or several."""
    for told in (text, INSIDE.sub(" ", text)):
        word = " ".join(told.casefold().split())
        for government, rank in GOVERNMENT:
            word = government.sub(rank, word)
        found = district_named(SHORT_DISTRICTS.get(word, word), within)
        if found:
            return found
    return None


def districts_called(text: str, within: str = "") -> list[str]:
    """The several names that a bare name stands for: `Bandung` is a regency and a city."""
    word = " ".join(INSIDE.sub(" ", text).casefold().split())
    pairs = {f"Kota {word}", f"Kabupaten {word}"}
    return sorted(
        name
        for name, its in DISTRICTS.values()
        if name.casefold() in {pair.casefold() for pair in pairs} and (not within or its == within)
    )


def serves_a_province(name: str, code: str) -> bool:
    """Does an office's name say that it is its province's, wherever it stands? `UPTD PPA Sumbar`, `DP3A Provinsi Aceh`."""
    lowered = name.casefold()
    if re.search(r"\bprovinsi\b", lowered):
        return True
    if re.search(r"\b(?:kota|kab(?:upaten)?|kecamatan|kelurahan)\b", lowered):
        return False
    return any(re.search(rf"\b{re.escape(word)}\b", lowered) for word, its in NAMES.items() if its == code)


# --- telephones -------------------------------------------------------------------------------------------------------
SEVERAL = re.compile(r"[;,/|\n]|(?i:\bdan\b|\batau\b|\bor\b|\band\b)|&")
DIGITS = re.compile(r"\+?\d(?:[\d\s().\-\N{EN DASH}\N{NON-BREAKING HYPHEN}]*\d)?")
FAX = re.compile(r"(?i)\bfa(?:x|ks|csimile)\b")
WHATSAPP = re.compile(r"(?i)\bwa\b|whats\s*app")
SHORT_CODE = re.compile(r"1\d{2,5}\Z")
# Words beside a number that say only that it is one.
BARE = re.compile(r"(?i)\b(?:nomor|nomer|no|telp|tlp|telepon|telpon|tel|hp|handphone|wa|whats\s*app|hot\s*line)\b\.?")


@dataclass(frozen=True)
class Phones:
    """Numbers as the listing keeps them; `wrong` and `faxes` as printed; `words` that stand beside no number."""

    numbers: list[dict[str, Any]]
    wrong: list[str]
    faxes: list[str]
    words: list[str]


def phones(text: str, *, whatsapp: bool = False) -> Phones:
    """Every number of a cell. A short code begins with 1; anything shorter than a number is wrong, not guessed at."""
    found = Phones([], [], [], [])
    for piece in SEVERAL.split(text):
        runs = [run for run in DIGITS.finditer(piece) if sum(map(str.isdigit, run[0])) >= 3]
        words = _words_beside(piece, runs)
        if not runs and words:
            found.words.append(words)
        for run in runs:
            printed = run[0].strip()
            if FAX.search(piece):
                found.faxes.append(printed)
            elif (number := telephone(printed)) is None:
                found.wrong.append(printed)
            else:
                said = whatsapp or ("number" in number and bool(WHATSAPP.search(piece)))
                _add(found.numbers, {**number, "whatsapp": said, "description": words[:LONGEST_NOTE]})
    return found


def telephone(printed: str) -> dict[str, str] | None:
    """`{"number": …}` in E.164 or `{"short_code": …}` for one run of digits; None for what is neither."""
    digits = re.sub(r"[^\d+]", "", printed)
    if SHORT_CODE.match(digits):
        return {"short_code": digits}
    try:
        number = phonenumbers.parse(digits, "ID")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return {"number": phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)}


def _words_beside(piece: str, runs: list[re.Match[str]]) -> str:
    for run in reversed(runs):
        piece = f"{piece[: run.start()]} {piece[run.end() :]}"
    return " ".join(BARE.sub(" ", BRACKETS.sub(" ", piece)).split()).strip(" .:-\N{EN DASH}")


def _add(numbers: list[dict[str, Any]], number: dict[str, Any]) -> None:
    """The same number twice is one, and answers on WhatsApp if either did."""
    for known in numbers:
        if all(known.get(key) == number.get(key) for key in ("number", "short_code")):
            known["whatsapp"] = known["whatsapp"] or number["whatsapp"]
            known["description"] = known["description"] or number["description"]
            return
    numbers.append(number)


def joined(*lists: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The numbers of several cells, each once."""
    found: list[dict[str, Any]] = []
    for numbers in lists:
        for number in numbers:
            _add(found, dict(number))
    return found


# --- writing to somebody ----------------------------------------------------------------------------------------------
MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}\b")
WEB = re.compile(
    r"(?i)(?<![@\w.\-])(?:https?://)?(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}(?![\w@])(?::\d{1,5})?(?:/[^\s;,]*)?"
)


def mails(text: str) -> list[str]:
    return MAIL.findall(text)


def webs(text: str) -> tuple[list[str], str]:
    """Addresses of the web, with `https://` where none was written, and the words that are none."""
    found = WEB.findall(text)
    words = " ".join(WEB.sub(" ", text).split()).strip(" ;,")
    return [address if "://" in address else f"https://{address}" for address in found], words


# --- hours ------------------------------------------------------------------------------------------------------------
DAYS = {
    "senin": 1, "selasa": 2, "rabu": 3, "kamis": 4, "jumat": 5, "jum'at": 5, "sabtu": 6, "minggu": 7, "ahad": 7,
    "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6, "sunday": 7,
}  # fmt: skip
DAY = "(?:" + "|".join(sorted(DAYS, key=len, reverse=True)) + ")"
UNTIL = r"(?:-|s\s*[./]\s*d\.?|sampai(?:\s+dengan)?|hingga|to|until)"
CLOCK = r"(\d{1,2})(?:[.:](\d{2}))?\s*(wib|wita|wit)?"
AT = r"(?:dari\s+)?(?:pukul|pkl\.?|jam)?\s*"
WEEKLY = re.compile(
    rf"(?:hari\s+kerja|hari|buka)?[\s:,]*(setiap\s+hari|tiap\s+hari|{DAY}(?:\s*(?:{UNTIL}|,|dan|&|/)\s*{DAY})*)"
    rf"[\s:,]*{AT}{CLOCK}\s*{UNTIL}\s*{AT}{CLOCK}\Z"
)
ALWAYS = re.compile(
    r"(?:selama|buka|layanan|setiap\s+hari)?[\s:,]*24\s*jam(?:\s*/\s*7|\s+non\s*-?stop|\s+setiap\s+hari|\s+sehari"
    r"|\s+selama\s+(?:7|tujuh)\s+hari)?\Z"
)
SPAN = re.compile(rf"({DAY})(?:\s*{UNTIL}\s*({DAY}))?")
PARTS = re.compile(r"[;\n]|(?<=\d)\s*,\s*(?=[a-z])|(?<=wib)\s*,\s*|(?<=wita)\s*,\s*|(?<=wit)\s*,\s*")
MIDNIGHT = time(0)


def hours(text: str, zone: str = "") -> tuple[list[dict[str, Any]], str]:
    """`(schedules, rest)`: what was said plainly (`Senin-Jumat 08.00-16.00`, `24 jam`), and the words of anything else.

    `zone` is the clock of the place (WIB, WITA, WIT): hours on another clock stay words.
    """
    schedules: list[dict[str, Any]] = []
    rest = []
    lowered = text.lower().translate({0x2013: "-", 0x2014: "-", 0x2012: "-", 0x2019: "'", 0x2018: "'"})
    if len(lowered) != len(text):  # a letter that grows when it is made small: the words alone are kept
        return [], text.strip()
    begin = 0
    for end, begin_next in [*((part.start(), part.end()) for part in PARTS.finditer(lowered)), (len(text), len(text))]:
        told = " ".join(lowered[begin:end].split()).strip(" .")
        week = _week(told, zone.lower())
        if told and not week:
            rest.append(" ".join(text[begin:end].split()))
        schedules += [one for one in week if one not in schedules]
        begin = begin_next
    return schedules, "; ".join(rest)


def _week(told: str, zone: str) -> list[dict[str, Any]]:
    if ALWAYS.match(told):
        return [_schedule(day, None, None) for day in range(1, 8)]
    match = WEEKLY.match(told)
    if match is None:
        return []
    days, *clock = match.groups()
    opens, closes = _time(*clock[:2]), _time(*clock[3:5])
    on_another_clock = any(named and named != (zone or "wib") for named in (clock[2], clock[5]))
    if opens is None or closes is None or opens == closes or on_another_clock:
        return []
    return [_schedule(day, opens, closes) for day in _weekdays(days)]


def _weekdays(days: str) -> list[int]:
    if "hari" in days:
        return list(range(1, 8))
    found = []
    for first, last in SPAN.findall(days):
        start, end = DAYS[first], DAYS[last or first]
        found += [(start + ahead - 1) % 7 + 1 for ahead in range((end - start) % 7 + 1)]
    return sorted(set(found))


def _time(hour: str, minute: str | None) -> time | None:
    if (int(hour), int(minute or 0)) == (24, 0):
        return MIDNIGHT
    return time(int(hour), int(minute or 0)) if int(hour) < 24 and int(minute or 0) < 60 else None


def _schedule(day: int, opens: time | None, closes: time | None) -> dict[str, Any]:
    return {"weekday": day, "all_day": opens is None, "opens": opens, "closes": closes}


# --- kinds of help ----------------------------------------------------------------------------------------------------
# Words by which offices name what they do; several kinds may be in one phrase. The codes are directory.models.kinds'.
KIND_WORDS = {
    code: re.compile(f"(?i){words}")
    for code, words in {
        "c8": rf"{SHELTER_WORDS.pattern.removeprefix('(?i)')}|rumah\s+singgah|\bselter\b",
        "d2": r"visum|mediko?[\s-]*legal|forensik\s+klinik",
        "d1": r"wawancara\s+(?:forensik|terekam|bersama)",
        "d3": r"trauma|terapi\b",
        "d4": r"\blpsk\b|perlindungan\s+saksi|restitusi",
        "d5": r"(?:hapus|turun|take\s*down).{0,20}(?:konten|foto|gambar|video)",
        "d7": r"\bhot\s*line\b|call\s*cent(?:er|re)|saluran\s+siaga",
        "c11": r"(?:sidang|pengadilan|hak\s+di\s+pengadilan)",
        "c6": r"hukum|paralegal|ad[vo]+[ck]?asi\b|pengacara",
        "c3": r"kesehatan|\bmedis\b|\brawat\b|rumah\s+sakit|\brs\b|puskesmas",
        "c4": r"kons[eu]l|psikolog|psikiat|pendampingan(?!\s+hukum)|kejiwaan",
        "c5": r"rehabilitasi|reintegrasi|pemulangan|rohaniawan|bimbingan\s+rohani",
        "c7": r"bantuan\s+(?:ekonomi|hidup|sosial\s+tunai)|pemberdayaan\s+ekonomi|modal\s+usaha|biaya\s+hidup",
        "c9": r"juru\s+bahasa\s+isyarat|(?:layanan|bantuan|pendampingan)\s+(?:penyandang\s+)?disabilitas",
        "c10": r"koordinasi|(?:pengelolaan|manajemen|penanganan)\s+kasus|rujukan",
        "c2": r"informasi\s+hak|hak\s+korban|penyuluhan|sosialisasi",
        "c1": r"aduan|lapor|penjangkauan|penjemputan|asesmen\s+awal",
    }.items()
}
# What an office of this type does first, where its row names nothing that is known. UPTD PPA: Perpres 55/2024.
TYPE_WORDS = {
    "d4": re.compile(r"(?i)\blpsk\b"),
    "d7": re.compile(r"(?i)hot\s*line|call\s*cent"),
    "c1": re.compile(r"(?i)\bupt[d]?\b.*\b(?:pp?pa|p3a|ppa)\b|p2tp2a|pos\s+pengaduan|\bkpa[di]+\b"),
    "c3": re.compile(r"(?i)\brs(?:ud|up|j)?\b|rumah\s+sakit|puskesmas"),
}


def kinds(text: str) -> list[str]:
    """The codes of every kind of help that a phrase names, in the order above."""
    return [code for code, words in KIND_WORDS.items() if words.search(text)]


def kind_of_type(text: str) -> str:
    """The first task of a type of office, or an empty text."""
    return next((code for code, words in TYPE_WORDS.items() if words.search(text)), "")


FREE = re.compile(r"(?i)^(?:secara\s+)?(?:gratis|bebas\s+biaya|tidak\s+dipungut\s+biaya|tanpa\s+biaya|cuma-cuma)\b")


def free_of_charge(text: str) -> bool:
    return bool(FREE.match(text.strip()))


def age(text: str) -> int | None:
    """`12`, `12.0`, `12 tahun`; None for anything else."""
    match = re.fullmatch(r"(\d{1,3})(?:[.,]0+)?\s*(?:tahun|thn|th)?", text.strip().lower())
    return int(match[1]) if match else None
