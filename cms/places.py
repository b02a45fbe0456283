"""The 38 provinces and their clocks.

Codes are ISO 3166-2:ID. Indonesia keeps no daylight saving time: WIB is UTC+7, WITA UTC+8, WIT UTC+9.
"""

from zoneinfo import ZoneInfo

JAKARTA, PONTIANAK, MAKASSAR, JAYAPURA = "Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura"

ZONES = {JAKARTA: "WIB", PONTIANAK: "WIB", MAKASSAR: "WITA", JAYAPURA: "WIT"}
ZONE_CHOICES = [
    (JAKARTA, "WIB (Jakarta)"),
    (PONTIANAK, "WIB (Pontianak)"),
    (MAKASSAR, "WITA (Makassar)"),
    (JAYAPURA, "WIT (Jayapura)"),
]

PROVINCES = {
    "ID-AC": ("Aceh", JAKARTA),
    "ID-SU": ("Sumatera Utara", JAKARTA),
    "ID-SB": ("Sumatera Barat", JAKARTA),
    "ID-RI": ("Riau", JAKARTA),
    "ID-KR": ("Kepulauan Riau", JAKARTA),
    "ID-JA": ("Jambi", JAKARTA),
    "ID-SS": ("Sumatera Selatan", JAKARTA),
    "ID-BB": ("Kepulauan Bangka Belitung", JAKARTA),
    "ID-BE": ("Bengkulu", JAKARTA),
    "ID-LA": ("Lampung", JAKARTA),
    "ID-JK": ("DKI Jakarta", JAKARTA),
    "ID-BT": ("Banten", JAKARTA),
    "ID-JB": ("Jawa Barat", JAKARTA),
    "ID-JT": ("Jawa Tengah", JAKARTA),
    "ID-YO": ("DI Yogyakarta", JAKARTA),
    "ID-JI": ("Jawa Timur", JAKARTA),
    "ID-BA": ("Bali", MAKASSAR),
    "ID-NB": ("Nusa Tenggara Barat", MAKASSAR),
    "ID-NT": ("Nusa Tenggara Timur", MAKASSAR),
    "ID-KB": ("Kalimantan Barat", PONTIANAK),
    "ID-KT": ("Kalimantan Tengah", PONTIANAK),
    "ID-KS": ("Kalimantan Selatan", MAKASSAR),
    "ID-KI": ("Kalimantan Timur", MAKASSAR),
    "ID-KU": ("Kalimantan Utara", MAKASSAR),
    "ID-SA": ("Sulawesi Utara", MAKASSAR),
    "ID-GO": ("Gorontalo", MAKASSAR),
    "ID-ST": ("Sulawesi Tengah", MAKASSAR),
    "ID-SR": ("Sulawesi Barat", MAKASSAR),
    "ID-SN": ("Sulawesi Selatan", MAKASSAR),
    "ID-SG": ("Sulawesi Tenggara", MAKASSAR),
    "ID-MA": ("Maluku", JAYAPURA),
    "ID-MU": ("Maluku Utara", JAYAPURA),
    "ID-PB": ("Papua Barat", JAYAPURA),
    "ID-PD": ("Papua Barat Daya", JAYAPURA),
    "ID-PA": ("Papua", JAYAPURA),
    "ID-PS": ("Papua Selatan", JAYAPURA),
    "ID-PT": ("Papua Tengah", JAYAPURA),
    "ID-PE": ("Papua Pegunungan", JAYAPURA),
}
PROVINCE_CHOICES = [(code, name) for code, (name, _zone) in PROVINCES.items()]


def zone_of(province):
    """The `ZoneInfo` in which a province's hours are meant. Raises KeyError for an unknown code."""
    return ZoneInfo(PROVINCES[province][1])


def first_today(now):
    """The date in the west of the country, where a day begins last."""
    return now.astimezone(ZoneInfo(JAKARTA)).date()


def last_today(now):
    """The date in the east of the country, where a day begins first: what is after it is in the future everywhere."""
    return now.astimezone(ZoneInfo(JAYAPURA)).date()


def zone_word(zone):
    """WIB, WITA or WIT for a `ZoneInfo` or its name; Jakarta's word stands for anything else."""
    return ZONES.get(str(zone), "WIB")
