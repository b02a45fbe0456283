"""Demonstration listings: the three national lines, which are real, and providers that plainly are not.

The invented numbers cannot be anybody's: no Indonesian subscriber number begins with 0000. Only ever for an empty
database of a first run; `load` refuses to add to a directory that has listings.
"""

from datetime import date, time, timedelta

from django.contrib.auth.models import Group
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from cms.accounts.models import User
from directory.actions import register_provider, update_listing
from directory.actions.faults import report_fault
from directory.actions.listings import apply
from directory.foundation import REVIEWERS
from directory.models import ProviderPage, ServicePage

EDITOR, REVIEWER = "penyedia@contoh.example", "peninjau@contoh.example"
# Who signs in, for `make run` to print: what they do, and their address.
PEOPLE = [
    (_("provider: keeps its own pages"), EDITOR),
    (_("reviewer: approves what providers change"), REVIEWER),
]
EVERY_DAY = [{"weekday": day, "all_day": True} for day in range(1, 8)]
ALL_INDONESIA = [{"nationwide": True}]
BANDUNG = [{"province": "ID-JB", "district": "Kota Bandung"}]
FREE = {"price": "f", "cost": "Tidak dipungut biaya.", "cost_en": "Free of charge."}


def office(opens=time(8), closes=time(16), days=range(1, 6)):
    return [{"weekday": day, "opens": opens, "closes": closes} for day in days]


def load(*, password):
    """Load everything once; returns the people made, as `{"editor": user, "reviewer": user}`."""
    if ProviderPage.objects.exists():
        raise RuntimeError("The directory has listings already; demonstration data are for an empty one.")
    now = timezone.now()
    reviewer = User.objects.create_user(REVIEWER, password, first_name="Rini (peninjau)")
    reviewer.groups.add(Group.objects.get(name=REVIEWERS))
    editor = User.objects.create_user(EDITOR, password, first_name="Putu (penyedia)")
    for told in LISTINGS:
        editors = [editor] if told["title"] == MINE else []
        facts = {name: value for name, value in told.items() if name not in {"title", "services"}}
        provider = register_provider(title=told["title"], by=reviewer, now=now, editors=editors, facts=facts)
        publish(provider, reviewer, now)
        for facts in told["services"]:
            service = ServicePage(live=False, has_unpublished_changes=True, owner=reviewer, locale=provider.locale)
            apply(service, facts)
            provider.add_child(instance=service)
            publish(service, reviewer, now)
    submit_a_change(editor, now)
    report_some_faults(now)
    return {"editor": editor, "reviewer": reviewer}


def publish(page, reviewer, now):
    ago, page.checked_by, page.checked_how = CHECKS.get(page.title, (11, "reviewer", "call"))
    page.checked_on = timezone.localdate(now) - timedelta(days=ago)
    page.save_revision(user=reviewer).publish(user=reviewer)
    page.refresh_from_db()


def report_some_faults(now):
    """One that the public page tells of, and one that it does not yet."""
    legal_help = ServicePage.objects.get(title="Pendampingan hukum")
    for ago in (3, 1):
        report_fault(service=legal_help, reason="n", now=now - timedelta(days=ago))
    report_fault(service=ServicePage.objects.get(title="Konseling anak dan keluarga"), reason="h", now=now)


def submit_a_change(editor, now):
    """Something for the reviewer to look at."""
    service = ServicePage.objects.get(title="Konseling anak dan keluarga")
    words = "Mulai bulan depan ada konseling pada hari Sabtu pagi. Hubungi kami dahulu."
    update_listing(page=service, changes={"hours_note": words}, by=editor, now=now)


MINE = "UPTD PPA Contoh Kota Bandung"
# Days since the last check, by whom and how: in the provider's own word, soon due, due, not confirmed.
CHECKS = {
    "Konseling anak dan keluarga": (20, "provider", "form"),
    "Tempat tinggal sementara": (84, "reviewer", "visit"),
    "Ruang wawancara anak": (101, "reviewer", "call"),
    "Pendampingan hukum": (240, "reviewer", "letter"),
}
LISTINGS = [
    {
        "title": "SAPA 129",
        "title_en": "SAPA 129, the women and children's line",
        "description": "Layanan Kementerian Pemberdayaan Perempuan dan Perlindungan Anak.",
        "description_en": "A service of the ministry of women's empowerment and child protection.",
        "province": "ID-JK",
        "phones": [{"short_code": "129"}],
        "services": [
            {
                "title": "Telepon dan WhatsApp SAPA 129",
                "title_en": "SAPA 129 by phone and WhatsApp",
                "kind": "d7",
                "description": "Kamu dapat bercerita, bertanya, dan minta dihubungkan dengan bantuan terdekat. "
                "Kamu tidak harus menyebut nama.",
                "description_en": "You can talk, ask, and be put in touch with help near you. "
                "You need not give your name.",
                "phones": [
                    {"short_code": "129", "description": "Siang dan malam", "description_en": "Day and night"},
                    {
                        "number": "+628111129129",
                        "whatsapp": True,
                        "description": "Bila sulit bicara",
                        "description_en": "When speaking is hard",
                    },
                ],
                "areas": ALL_INDONESIA,
                "schedules": EVERY_DAY,
                "languages": [{"code": "id"}],
                **FREE,
            }
        ],
    },
    {
        "title": "Kepolisian Republik Indonesia",
        "title_en": "Indonesian National Police",
        "province": "ID-JK",
        "phones": [{"short_code": "110"}],
        "services": [
            {
                "title": "Polisi 110",
                "title_en": "Police 110",
                "kind": "c1",
                "description": "Bila ada yang dalam bahaya sekarang. Panggilan diteruskan ke kantor polisi terdekat.",
                "description_en": "When somebody is in danger now. The call goes to the nearest police station.",
                "phones": [{"short_code": "110"}],
                "areas": ALL_INDONESIA,
                "schedules": EVERY_DAY,
                **FREE,
            }
        ],
    },
    {
        "title": "LPSK",
        "title_en": "LPSK, the witness and victim protection agency",
        "alternate_name": "Lembaga Perlindungan Saksi dan Korban",
        "province": "ID-JK",
        "phones": [{"short_code": "148"}],
        "services": [
            {
                "title": "Perlindungan dan restitusi",
                "title_en": "Protection and restitution",
                "kind": "d4",
                "description": "Perlindungan bagi saksi dan korban, pendampingan, dan bantuan meminta restitusi.",
                "description_en": "Protection for witnesses and victims, somebody beside you, help to claim restitution.",
                "phones": [{"short_code": "148", "description": "Jam kantor", "description_en": "Office hours"}],
                "areas": ALL_INDONESIA,
                "schedules": office(),
                **FREE,
            }
        ],
    },
    {
        "title": MINE,
        "title_en": "UPTD PPA Contoh, Bandung (invented)",
        "description": "Contoh saja: kantor ini tidak ada. Di sini manajer kasus mendampingi anak dan keluarganya.",
        "description_en": "An example: this office does not exist. Here a case manager stays with a child and family.",
        "province": "ID-JB",
        "street": "Jalan Contoh 1",
        "city": "Kota Bandung",
        "postal_code": "00000",
        "email": "uptd@contoh.example",
        "phones": [{"number": "+622200000001", "description": "Kantor", "description_en": "Office"}],
        "services": [
            {
                "title": "Konseling anak dan keluarga",
                "title_en": "Counselling for children and families",
                "kind": "c4",
                "minimum_age": 6,
                "maximum_age": 17,
                "description": "Seorang psikolog mendengarkan, sesuai langkah anak. Keluarga boleh ikut bila anak mau.",
                "description_en": "A psychologist listens, at the child's pace. The family may come if the child wishes.",
                "eligibility": "Untuk anak dan keluarganya.",
                "eligibility_en": "For children and their families.",
                "requirements": "Tidak perlu surat apa pun untuk datang pertama kali.",
                "requirements_en": "The first time you need no papers at all.",
                "duration": "Satu jam setiap kali, seminggu sekali.",
                "duration_en": "One hour each time, once a week.",
                "product": "Rencana pemulihan yang kamu setujui. Surat untuk sekolah bila kamu mau.",
                "product_en": "A plan for recovery that you agree to. A letter for the school if you want one.",
                "complaints": "Telepon 129, atau bicara dengan siapa pun di sini yang kamu percaya.",
                "complaints_en": "Call 129, or talk to anybody here whom you trust.",
                "responds_within": 0,
                "easements": [{"code": "wc"}, {"code": "sl"}, {"code": "qr"}],
                "application": "Telepon atau datang. Ada yang menemuimu pada hari yang sama.",
                "application_en": "Call or come. Somebody will see you on the same day.",
                "areas": BANDUNG,
                "schedules": [*office(time(8), time(12)), *office(time(13), time(16))],
                "languages": [{"code": "id"}, {"code": "su"}, {"code": "inl"}],
                **FREE,
            },
            {
                "title": "Ruang wawancara anak",
                "title_en": "Interview room for children",
                "kind": "d1",
                "alert": "Ruang dipakai bergantian: telepon dahulu sebelum datang.",
                "alert_en": "The room is shared: please call before you come.",
                "responds_within": 24,
                "description": "Satu kali bercerita, direkam, untuk semua pihak yang perlu tahu.",
                "description_en": "Telling it once, recorded, for everybody who needs to know.",
                "areas": [{"province": "ID-JB"}],
                "schedules": office(),
                **FREE,
            },
        ],
    },
    {
        "title": "Yayasan Contoh Rumah Teduh",
        "title_en": "Rumah Teduh Foundation (invented)",
        "description": "Contoh saja: yayasan ini tidak ada.",
        "description_en": "An example: this foundation does not exist.",
        "province": "ID-SN",
        "hidden_place": True,
        "phones": [{"number": "+6241100000001"}],
        "services": [
            {
                "title": "Tempat tinggal sementara",
                "title_en": "A safe place to stay",
                "kind": "c8",
                "maximum_age": 17,
                "gender": "g",
                "responds_within": 0,
                "description": "Tempat tidur, makan, dan pendamping, siang dan malam. Alamatnya dirahasiakan.",
                "description_en": "A bed, meals and somebody beside you, day and night. Its place is kept secret.",
                "areas": [{"province": "ID-SN"}, {"province": "ID-SR"}],
                "schedules": EVERY_DAY,
                **FREE,
            }
        ],
    },
    {
        "title": "Pos Bantuan Hukum Contoh Jayapura",
        "title_en": "Legal aid post, Jayapura (invented)",
        "description": "Contoh saja: pos ini tidak ada.",
        "province": "ID-PA",
        "city": "Kota Jayapura",
        "street": "Jalan Contoh 3",
        "phones": [{"number": "+6296700000001"}],
        "services": [
            {
                "title": "Pendampingan hukum",
                "kind": "c6",
                "description": "Pengacara mendampingi anak dan keluarga, dari laporan sampai putusan.",
                "areas": [{"province": "ID-PA"}],
                "schedules": office(time(9), time(15)),
                "special_days": [
                    {"day": date(2026, 12, 25), "closed": True, "note": "Hari Natal", "note_en": "Christmas Day"}
                ],
                "responds_within": 72,
                **FREE,
            }
        ],
    },
]
