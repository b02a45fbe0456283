"""A published listing as HSDS records: plain nested mappings that fit versions 3.0 and 3.1 alike, nothing more in them.

Indonesian stands in the standard's own fields, English beside it as attributes. What is empty is left out. A listing whose
place is secret has no location here, whatever its row says, and no text that seems to name a place: this is the last
door before the whole world. What must be loaded: `with_details()` and `attach_providers()` of a service, `phones` of a
provider.
"""

import datetime as dt
import re
import uuid
from functools import cache
from itertools import groupby
from urllib.parse import quote, urlsplit, urlunsplit

from django.utils.translation import override

from cms.places import DISTRICT_CODES, PROVINCES
from directory.hsds import vocabulary
from directory.hsds.vocabulary import EASE, FACT, GENDER, KIND, PRICE, Term, made_id, said, term_record
from directory.models.kinds import Price, Tongue
from directory.rules.listings import PLACE_IN_TEXT

TURN = 0x53454B414C49_0000_0000_000053504F54  # the place of a service bears the service's id, turned so: it can be turned back
DAYS = {1: "MO", 2: "TU", 3: "WE", 4: "TH", 5: "FR", 6: "SA", 7: "SU"}
MIDNIGHT, LAST_MINUTE = "00:00:00", "23:59:00"
PLAIN_EXTENSION = re.compile(r"0|[1-9][0-9]{0,3}")  # any other is more than a number: 012 is dialled with its 0
COUNTRY = "ID"
NOTHING = "-"  # what people write where they know nothing
PROVIDER_FACTS = ("title_en", "description_en")
SERVICE_FACTS = (
    "title_en", "description_en", "alert_en", "eligibility_en", "requirements_en", "application_en", "duration",
    "duration_en", "cost_en", "product", "product_en", "complaints", "complaints_en", "hours_note_en",
)  # fmt: skip


def told(**cells):
    """Without what is empty: HSDS leaves out what is not known."""
    return {name: value for name, value in cells.items() if value not in (None, "", [])}


def turned(identifier):
    """The id of a service's place from the service's own, and back again."""
    return uuid.UUID(int=uuid.UUID(str(identifier)).int ^ TURN)


class Words:
    """A listing's texts; of one whose place is secret, only those that name no place."""

    def __init__(self, page):
        self.page, self.guarded = page, page.place_is_secret

    def safe(self, text):
        text = text.strip()
        return "" if text == NOTHING or (self.guarded and PLACE_IN_TEXT.search(text)) else text

    def __call__(self, name):
        return self.safe(getattr(self.page, name))

    def title(self):
        """A name there must be: of a shelter that is named after its street, what it is."""
        kind = getattr(self.page, "kind", "")
        return self("title") or said(KIND, kind or "c8", "id")


def organization(provider, *, full=False):
    """A provider; with `full`, its numbers, its place and what HSDS has no field for."""
    words = Words(provider)
    record = {
        "id": str(provider.identifier),
        "name": words.title(),
        "description": words("description"),  # the standard wants it even where there is none
        **told(alternate_name=words("alternate_name"), email=words("email"), website=uri(words("website"))),
    }
    if full:
        record |= told(
            phones=phones(provider, words),
            locations=[location(provider)] if place_of(provider) else [],
            attributes=[*texts(provider, words, PROVIDER_FACTS, "organization"), *provider_facts(provider)],
        )
    return record


def provider_facts(provider):
    identifier = provider.identifier
    facts = office_facts(provider, "organization")
    if provider.hidden_place:
        facts.append(fact(identifier, "organization", "hidden_place"))
    if provider.checked_on:
        facts.append(fact(identifier, "organization", "checked_on", provider.checked_on.isoformat()))
    return facts


def service(page, *, full=False, nested=True):
    """A service, with its provider in it if `nested`; with `full`, everything a reader of the site can know of it."""
    words = Words(page)
    record = told(
        id=str(page.identifier),
        organization_id=str(page.provider.identifier),
        name=words.title(),
        alternate_name=words("alternate_name"),
        description=words("description"),
        url=uri(words("website")),
        email=words("email"),
        status=page.status,
        application_process=words("application"),
        fees_description=words("cost"),
        wait_time=wait(page.responds_within),
        eligibility_description=words("eligibility"),
        minimum_age=page.minimum_age,
        maximum_age=page.maximum_age,
        assured_date=page.checked_on and page.checked_on.isoformat(),
        alert=words("alert"),
        last_modified=moment(page.last_published_at),
    )
    if full:
        record |= parts(page, words)
    if nested:
        record["organization"] = organization(page.provider, full=full)
    return record


def parts(page, words):
    identifier = page.identifier
    spot = service_at_location(page)
    requirements = words("requirements")
    return told(
        phones=phones(page, words),
        schedules=schedules(page, words),
        service_areas=areas(page),
        service_at_locations=[spot] if spot else [],
        languages=[
            {"id": made_id(identifier, "language", code), "name": tongue(code), "code": code}
            for code in unique(page.languages)
        ],
        cost_options=[cost_option(page)] if page.price else [],
        required_documents=[told(id=made_id(identifier, "required_document"), document=requirements)]
        * bool(requirements),
        attributes=[*terms(page), *texts(page, words, SERVICE_FACTS, "service"), *office_facts(page, "service")],
    )


def minimal(page):
    """For whoever asks what has changed."""
    return {"id": str(page.identifier), "last_modified": moment(page.last_published_at)}


# --- where ---


def place_of(listing):
    """Does this very listing have an address that may be told?"""
    return listing.has_address and not listing.place_is_secret


def location(listing):
    """The office of a listing, its own. Only for whom `place_of` is true."""
    province = PROVINCES[listing.province][0] if listing.province else ""
    is_provider = not hasattr(listing, "kind")
    address = {
        "id": made_id(listing.identifier, "address"),
        "address_1": listing.street.strip(),
        "city": listing.city.strip(),
        "state_province": province,
        "postal_code": listing.postal_code.strip(),
        "country": COUNTRY,
        "address_type": "physical",
    }
    return told(
        id=made_id(listing.identifier, "location"),
        location_type="physical",
        organization_id=str(listing.identifier) if is_provider else "",
        addresses=[address],
    )


def service_at_location(page):
    """Where a service is given: its own office or its provider's; None for a shelter and for whoever has none."""
    holder = page.office
    if holder is None or not place_of(holder):
        return None
    where = location(holder)
    return {
        "id": str(turned(page.identifier)),
        "service_id": str(page.identifier),
        "location_id": where["id"],
        "location": where,
    }


def service_at_location_listed(page):
    """The same for a list: one-to-one only, with the service in it."""
    spot = service_at_location(page)
    spot["location"].pop("addresses")
    return spot | {"service": service(page)}


def areas(page):
    found = {}
    for area in page.areas.all():
        province = PROVINCES[area.province][0] if area.province else ""
        name = ", ".join(filter(None, [area.district, province])) or "Indonesia"
        code = DISTRICT_CODES.get((area.province, area.district)) or area.province or COUNTRY
        identifier = made_id(page.identifier, "service_area", name)
        found[name] = {"id": identifier, "name": name, "extent": code, "extent_type": "text"}
    return list(found.values())


def office_facts(listing, entity):
    """The province of an office without an address, by whose clock its hours are told."""
    if listing.province and not listing.has_address and not listing.place_is_secret:
        return [fact(listing.identifier, entity, "province", listing.province)]
    return []


# --- when ---


def schedules(page, words):
    """The week's hours, days with the same hours in a row as one; then special days; then what is said about them."""
    identifier, hours = page.identifier, list(page.schedules.all())
    if not hours and not page.special_days.all() and not page.hours_note:
        return []
    offset = hours_ahead(page.zone)
    found = [weekly(days, one, offset) for days, one in runs(hours)]
    found += [special(one, words, offset) for one in page.special_days.all()]
    for number, record in enumerate(found):
        record["id"] = made_id(identifier, "schedule", number)
        if flags := record.pop("flags", None):
            record["attributes"] = [fact(record["id"], "schedule", *flag) for flag in flags]
    if note := words("hours_note"):
        found.append({"id": made_id(identifier, "schedule", "note"), "description": note})
    return found


def runs(hours):
    """`(days, first)` of neighbours that say the same hours; no day twice in one."""
    for _same, group in groupby(
        hours, key=lambda one: (one.all_day, one.opens, one.closes, one.valid_from, one.valid_to)
    ):
        days = []
        for one in group:
            if one.weekday in days:
                yield days, one
                days = []
            days.append(one.weekday)
        yield days, one


def weekly(days, one, offset):
    return told(
        valid_from=one.valid_from and one.valid_from.isoformat(),
        valid_to=one.valid_to and one.valid_to.isoformat(),
        timezone=offset,
        freq="WEEKLY",
        interval=1,
        byday=",".join(DAYS[day] for day in days),
        **span(one),
    )


def special(one, words, offset):
    """One date; HSDS knows no exceptions, so an attribute says that it stands above the week's hours."""
    day, english = one.day.isoformat(), words.safe(one.note_en)
    flags = [("closed_on" if one.closed else "open_on",), *([("note_en", english)] if english else [])]
    return told(
        valid_from=day,
        valid_to=day,
        dtstart=day,
        timezone=offset,
        count=1,
        description=words.safe(one.note),
        **({} if one.closed else span(one)),
        flags=flags,
    )


def span(one):
    if one.all_day:
        return {"opens_at": MIDNIGHT, "closes_at": LAST_MINUTE}
    return {"opens_at": one.opens.isoformat("seconds"), "closes_at": one.closes.isoformat("seconds")}


def hours_ahead(zone):
    """Hours ahead of UTC; there is no daylight saving time here."""
    return int(zone.utcoffset(dt.datetime(2026, 1, 1)).total_seconds() // 3600)  # noqa: DTZ001 -- utcoffset asks for a naive one


# --- whom to call, what it costs, and the rest ---


def phones(listing, words):
    found, seen = [], {}
    for one in listing.phones.all():
        number = one.short_code or one.number.as_e164
        seen[number] = seen.get(number, 0) + 1
        identifier = made_id(listing.identifier, "phone", number, seen[number])
        plain = bool(PLAIN_EXTENSION.fullmatch(one.extension))
        dialled = one.extension if not plain else ""
        attributes = [fact(identifier, "phone", "extension", dialled)] if dialled else []
        if english := words.safe(one.description_en):
            attributes.append(fact(identifier, "phone", "note_en", english))
        found.append(
            told(
                id=identifier,
                number=number,
                extension=int(one.extension) if plain else None,
                type="whatsapp" if one.whatsapp else "voice",
                description=words.safe(one.description),
                attributes=attributes,
            )
        )
    return found


def cost_option(page):
    amount = {"amount": 0, "currency": "IDR"} if page.price == Price.FREE else {}
    return {"id": made_id(page.identifier, "cost_option"), "option": said(PRICE, page.price, "id"), **amount}


def terms(page):
    """The directory's own words for a service: its kind, for whom, what it costs, what a disabled child finds."""
    words = [Term(KIND, page.kind), Term(GENDER, page.gender), Term(PRICE, page.price)]
    words += [Term(EASE, code) for code in unique(page.easements)]
    return [attribute(page.identifier, "service", term) for term in words if term.value]


def unique(coded):
    return dict.fromkeys(one.code for one in coded.all())


@cache
def tongue(code):
    with override("id"):
        return str(Tongue(code).label)


def texts(listing, words, names, entity):
    found = [(name, words(name)) for name in names]
    return [fact(listing.identifier, entity, name, text) for name, text in found if text]


def fact(identifier, entity, name, value=""):
    return attribute(identifier, entity, Term(FACT, name), value)


def attribute(identifier, entity, term, value=""):
    return told(
        id=made_id(identifier, entity, "attribute", term.code),
        link_entity=entity,
        value=value,
        taxonomy_term=term_record(term),
    )


def wait(hours):
    """Within how many hours somebody answers; 0 is at once."""
    return "" if hours is None else f"{hours} jam"


def moment(when):
    return when and when.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def uri(address):
    """An address that any machine reads: letters beyond ASCII are written as URIs and host names write them."""
    if address.isascii():
        return address
    parts = urlsplit(address)
    host = parts.netloc.encode("idna").decode("ascii")
    return urlunsplit((parts.scheme, host, *(quote(part, safe="/%?&=;:@!$'()*+,~#-._") for part in parts[2:])))


def taxonomies():
    return [vocabulary.taxonomy_record(name) for name in vocabulary.NAMES]


def taxonomy_terms():
    return [term_record(term) for term in vocabulary.TERMS.values()]
