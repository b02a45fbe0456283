"""A small directory in which every field of a listing is filled somewhere, and every kind of secret is kept somewhere."""

from datetime import date, time

from directory.models.parts import ServiceLanguage
from tests.directory import factories

SECRET = "Jalan Rahasia Sekali 77"
WEEK = [{"weekday": day, "opens": time(8), "closes": time(12)} for day in range(1, 6)] + [
    {"weekday": day, "opens": time(13), "closes": time(16, 30)} for day in range(1, 6)
]
TEXTS = {
    name: f"Isi {name}, „kutip“ & <b>\nbaris kedua."
    for name in (
        "description", "eligibility", "requirements", "application", "duration", "cost", "product", "complaints",
        "hours_note",
    )
}  # fmt: skip
ENGLISH = {f"{name}_en": f"English {name}, line one.\nLine two." for name in TEXTS}


def whole(provider, **fields):
    """A service with every field filled."""
    facts = {
        "kind": "c4", "title_en": "Counselling", "alternate_name": "Ruang Dengar", "email": "layanan@contoh.example",
        "website": "https://contoh.example/layanan?x=1", "minimum_age": 0, "maximum_age": 17, "gender": "g", "price": "f",
        "responds_within": 0, "alert": "Telepon dahulu.", "alert_en": "Call first.", "checked_on": date(2026, 11, 1),
        "checked_by": "source", **TEXTS, **ENGLISH,
    }  # fmt: skip
    parts = {
        "areas": [{"province": "ID-JB", "district": "Kota Bandung"}, {"province": "ID-PA"}],
        "phones": [
            {"number": "+622130000001", "extension": "012", "description": "Loket", "description_en": "Desk"},
            {"number": "+628111129129", "whatsapp": True, "description": "Bila sulit bicara"},
            {"number": "+622130000001", "extension": "7", "description": "Bukan WhatsApp"},
            {"short_code": "129"},
        ],
        "schedules": [*WEEK, {"weekday": 6, "all_day": True, "valid_from": date(2026, 1, 1), "valid_to": date(2027, 1, 1)},
                      {"weekday": 7, "opens": time(22), "closes": time(2)}],
        "special_days": [
            {"day": date(2026, 12, 25), "closed": True, "note": "Hari Natal", "note_en": "Christmas Day"},
            {"day": date(2026, 12, 26), "opens": time(9), "closes": time(10)},
            {"day": date(2026, 12, 26), "opens": time(11), "closes": time(12)},
            {"day": date(2026, 12, 31), "all_day": True},
        ],
        "easements": ["wc", "sl"],
    }  # fmt: skip
    page = factories.service(provider, live=False, **(facts | parts | fields))
    page.languages = [ServiceLanguage(code=code) for code in ("id", "jv", "inl")]
    page.save_revision().publish()
    page.refresh_from_db()
    return page


def directory():
    """Four providers: one with everything, one with nearly nothing, one that is a shelter, one with an office elsewhere."""
    bandung = factories.provider(
        "UPTD PPA Contoh", title_en="UPTD PPA Contoh, Bandung", alternate_name="P2TP2A", description="=1+1 contoh",
        description_en="An example.", email="uptd@contoh.example", website="https://contoh.example", street="Jalan Contoh 1",
        city="Kota Bandung", postal_code="40111", checked_on=date(2026, 10, 1), checked_by="source",
    )  # fmt: skip
    whole(bandung)
    whole(
        bandung,
        title="Ruang wawancara",
        kind="d1",
        province="ID-JB",
        city="Kota Cimahi",
        street="",
        postal_code="",
        price="i",
    )
    factories.service(
        bandung, "Tempat tinggal", kind="c8", province="ID-PA", schedules=WEEK, areas=[{"province": "ID-PA"}]
    )
    plain = factories.provider("Pos Contoh", province="")
    factories.service(plain, "Saluran telepon", kind="d7")
    factories.service(plain, "Tutup dahulu", status="temporarily closed", price="s", responds_within=72)
    hidden = factories.provider("Yayasan Teduh", province="ID-SN", hidden_place=True)
    factories.service(
        hidden, "Tempat aman", kind="c8", schedules=WEEK, areas=[{"province": "ID-SN"}, {"province": "ID-SR"}]
    )
    factories.service(hidden, "Telepon Teduh", kind="d7", schedules=[{"weekday": 1, "all_day": True}])
    whole(
        hidden,
        title="Kantor Teduh",
        street="Jalan Terbuka 2",
        city="Kota Makassar",
        postal_code="90111",
        province="ID-SN",
    )
    papua = factories.provider("LBH Contoh", province="ID-PA")
    factories.service(papua, "Bantuan hukum", kind="c6", schedules=WEEK, areas=[{"province": "ID-PA"}])
    return bandung, plain, hidden, papua
