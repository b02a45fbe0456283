"""The controlled words of a listing.

The kinds of service are a fixed list, not a snippet: their short codes stand in public addresses, in the open data and
in the constraint that keeps shelters without an address, so they may not change under an editor's hand. The spine
(c1 to c11) is the eleven tasks of Perpres 55/2024 art. 5(2); d1 to d7 are the additions the field asks for.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ServiceKind(models.TextChoices):
    REPORT = "c1", _("reporting and outreach")
    RIGHTS = "c2", _("information about rights")
    HEALTH = "c3", _("health care")
    COUNSELLING = "c4", _("counselling and support for the mind")
    SOCIAL = "c5", _("social recovery and return to family and school")
    LEGAL = "c6", _("legal help")
    ECONOMIC = "c7", _("help with living costs")
    SHELTER = "c8", _("safe place to stay")
    DISABILITY = "c9", _("help with a disability")
    COORDINATION = "c10", _("bringing agencies together")
    COURT = "c11", _("watching over rights in court")
    INTERVIEW = "d1", _("recorded interview for children")
    VISUM = "d2", _("medical report for the police (visum)")
    THERAPY = "d3", _("trauma therapy")
    PROTECTION = "d4", _("protection and restitution")
    REMOVAL = "d5", _("taking pictures off the internet")
    CROSS_BORDER = "d6", _("help across borders")
    HOTLINE = "d7", _("helpline")


class Status(models.TextChoices):
    """HSDS's four words."""

    ACTIVE = "active", _("working")
    INACTIVE = "inactive", _("not working now")
    DEFUNCT = "defunct", _("no longer exists")
    CLOSED = "temporarily closed", _("closed for a time")


class Checker(models.TextChoices):
    """Who last checked a listing: a role, never a name."""

    REVIEWER = "reviewer", _("a reviewer of this directory")
    PROVIDER = "provider", _("the provider itself")
    SOURCE = "source", _("the source of this data, not by us")


class How(models.TextChoices):
    """How somebody made sure that a listing is right."""

    CALL = "call", _("by telephone")
    VISIT = "visit", _("by a visit")
    LETTER = "letter", _("in writing")
    FORM = "form", _("in the provider's own form")


class Gender(models.TextChoices):
    """For whom by gender; empty is for everybody."""

    GIRLS = "g", _("girls and women only")
    BOYS = "b", _("boys and men only")


class Price(models.TextChoices):
    """What it costs, for a filter; the words beside it say more. HSDS: cost_option."""

    FREE = "f", _("free of charge")
    INSURED = "i", _("free with BPJS")
    SOME = "s", _("costs something")


class Ease(models.TextChoices):
    """What a disabled child finds here (HSDS: accessibility)."""

    WHEELCHAIR = "wc", _("reached by wheelchair")
    SIGN = "sl", _("sign language")
    BRAILLE = "br", _("Braille or large print")
    PLAIN = "pw", _("plain words and pictures")
    QUIET = "qr", _("a quiet room")
    VISITS = "hv", _("comes to your home")


class Weekday(models.IntegerChoices):
    """ISO numbers, as `date.isoweekday()`."""

    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


class Tongue(models.TextChoices):
    """Languages a service works in, by ISO 639 code."""

    INDONESIAN = "id", _("Indonesian")
    JAVANESE = "jv", _("Javanese")
    SUNDANESE = "su", _("Sundanese")
    MADURESE = "mad", _("Madurese")
    MINANGKABAU = "min", _("Minangkabau")
    BUGINESE = "bug", _("Buginese")
    MAKASSARESE = "mak", _("Makassarese")
    BANJARESE = "bjn", _("Banjarese")
    ACEHNESE = "ace", _("Acehnese")
    BALINESE = "ban", _("Balinese")
    SASAK = "sas", _("Sasak")
    BATAK_TOBA = "bbc", _("Batak Toba")
    MALAY = "ms", _("Malay")
    PAPUAN_MALAY = "pmy", _("Papuan Malay")
    SIGN = "inl", _("Indonesian sign language")
    ENGLISH = "en", _("English")
    CHINESE = "zh", _("Chinese")
    ARABIC = "ar", _("Arabic")
