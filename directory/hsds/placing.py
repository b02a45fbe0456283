"""Place the sound rows of a package into listings, and say of every other row and cell why it has no place.

What is never taken: contact persons, the place of a shelter (whatever the row calls itself), several numbers in a cell
(none of them is surely the right one), hours that a listing could only tell wrongly.
"""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field

from directory.hsds import facts, own_words, schedules
from directory.hsds.columns import ABSENT
from directory.hsds.tables import left_out, not_placed, sound
from directory.models.kinds import Checker, Price, ServiceKind, Status
from directory.rules import listings as rules

READING = "3"  # part of every digest: a better reading of the same package changes the listings it reads better
LONGEST_NAME = 255
TEXTS = {
    "description": "description",
    "eligibility": "eligibility_description",
    "application": "application_process",
    "cost": "fees_description",
    "alert": "alert",
}
HANDLED = {
    "organization": {"id", "name", "alternate_name", "description", "email", "website"},
    "service": {
        "id", "organization_id", "name", "alternate_name", "url", "email", "status", "minimum_age", "maximum_age",
        "assured_date", "last_modified", *TEXTS.values(),
    },
}  # fmt: skip
NOT_TO_BE_KEPT = {"assurer_email"}


@dataclass
class Listed:
    """One listing as the package tells it: `fields` of the page, whole lists of its parts, and the row it comes from."""

    row: object
    fields: dict
    parts: dict = field(default_factory=lambda: defaultdict(list))
    services: list = field(default_factory=list)

    @property
    def identifier(self):
        return self.row["id"].lower()

    @property
    def shelter(self):
        words = " ".join([self.fields["title"], self.fields.get("alternate_name", "")])
        said = self.fields.get("kind") == ServiceKind.SHELTER or self.fields.get("hidden_place", False)
        return said or bool(rules.SHELTER_WORDS.search(words))

    def digest(self):
        told = json.dumps([READING, self.fields, self.parts], default=str, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


class Placement:
    """Listings by provider, and remarks in the order of the files."""

    def __init__(self, package):
        self.rows, self.remarks = sound(package)
        self.providers, self.services = {}, {}
        self.beside = defaultdict(dict)  # what this directory's own words say of a telephone or of hours, by its id
        self.ours = own_words.are_used(self._table("taxonomy_term"))
        for place in (
            self._providers, self._services, self._words, self._phones, self._areas, self._languages, self._documents,
            self._costs, self._addresses, self._schedules, self._protect_shelters,
        ):  # fmt: skip
            place()
        self.remarks.sort(key=lambda remark: (remark.file, remark.line))

    def _table(self, name):
        return self.rows.get(name, {}).values()

    def _say(self, remark):
        self.remarks.append(remark)

    # --- the listings themselves ---

    def _providers(self):
        for row in self._table("organization"):
            if len(row["name"]) > LONGEST_NAME:
                self._say(left_out(row, "too_long", column="name"))
            else:
                fields = {"title": row["name"], **self._texts(row, {"description": "description"})}
                self.providers[row["id"]] = self._listed(row, fields | self._named(row, "website"), "organization")
                self._leftover_columns(row, "organization")

    def _services(self):
        for row in self._table("service"):
            provider = self.providers.get(row["organization_id"])
            if provider is None:
                self._say(left_out(row, "home"))
            elif row["status"] not in Status.values:
                self._say(left_out(row, "status"))
            elif len(row["name"]) > LONGEST_NAME:
                self._say(left_out(row, "too_long", column="name"))
            else:
                fields = {"title": row["name"], "status": row["status"], **self._texts(row, TEXTS)}
                fields |= self._named(row, "url") | self._ages(row) | self._check(row)
                fields |= own_words.answer(row["wait_time"])
                self.services[row["id"]] = service = self._listed(row, fields, "service")
                provider.services.append(service)
                self._leftover_columns(row, "service")

    def _listed(self, row, fields, table):
        """A package in this directory's own words is whole: what it does not say is empty, and not left as it was."""
        listed = Listed(row, (own_words.nothing(table) if self.ours else {}) | fields)
        if self.ours:
            listed.parts.update({name: [] for name in own_words.PARTS[table]})
        return listed

    def _texts(self, row, columns, limit=rules.LONGEST_TEXT):
        texts = {}
        for name, column in columns.items():
            if len(row[column]) > (rules.LONGEST_ALERT if name == "alert" else limit):
                self._say(not_placed(row, "too_long", column=column))
            else:
                texts[name] = row[column] if row[column] != ABSENT else ""
        return texts

    def _named(self, row, web_column):
        found = self._texts(row, {"alternate_name": "alternate_name"}, LONGEST_NAME)
        for name, column, read in (("email", "email", facts.mail), ("website", web_column, facts.web)):
            found[name] = (read(row[column]) or "") if row[column] else ""
            if row[column] and not found[name]:
                self._say(not_placed(row, "value", column=column))
        return found

    def _ages(self, row):
        ages = {}
        for column in ("minimum_age", "maximum_age"):
            ages[column] = facts.whole_number(row[column])
            if row[column] and ages[column] is None:
                self._say(not_placed(row, "value", column=column))
        return ages

    def _check(self, row):
        day = facts.day(row["assured_date"])
        if row["assured_date"] and day is None:
            self._say(not_placed(row, "value", column="assured_date"))
        return {"checked_on": day, "checked_by": Checker.SOURCE if day else ""}

    def _leftover_columns(self, row, table):
        read = HANDLED[table] | ({"wait_time"} if own_words.answer(row["wait_time"]) else set())
        extra = [column for column, cell in row.cells.items() if cell and column not in read]
        plain = [column for column in extra if column not in NOT_TO_BE_KEPT]
        if plain:
            self._say(not_placed(row, "column", column=", ".join(plain)))
        if len(plain) < len(extra):
            self._say(not_placed(row, "person"))

    # --- where a row belongs ---

    def _home(self, row, *, services_only=False):
        """The listing a row belongs to: the nearest that is still there. None, with a remark, if there is none."""
        spot = self.rows.get("service_at_location", {}).get(row["service_at_location_id"])
        candidates = [self.services.get(row["service_id"]), spot and self.services.get(spot["service_id"])]
        if not services_only:
            place = self.rows.get("location", {}).get(row["location_id"])
            candidates += [
                self.providers.get(row["organization_id"]),
                place and self.providers.get(place["organization_id"]),
            ]
        home = next((listing for listing in candidates if listing), None)
        if home is None:
            linked = any(row[name] for name in ("service_id", "organization_id", "service_at_location_id"))
            self._say(left_out(row, "home" if linked else "homeless"))
        return home

    # --- the parts ---

    def _words(self):
        """Kinds of help in anybody's words, and everything else in this directory's own (directory.hsds.vocabulary)."""
        words, terms = facts.kind_words(), self.rows.get("taxonomy_term", {})
        used = set()
        for row in self._table("attribute"):
            used.add(row["taxonomy_term_id"])
            own = own_words.term(row)
            if own is not None and own.taxonomy != own_words.KIND:
                self._own_word(row, own)
                continue
            service, term = self.services.get(row["link_id"]), terms.get(row["taxonomy_term_id"])
            code = term and (words.get(term["code"].casefold()) or words.get(term["name"].casefold()))
            if term is None or service is None:
                self._say(left_out(row, "home"))
            elif not code:
                self._say(not_placed(row, "kind"))
            elif (service.fields.get("kind") or code) != code:
                self._say(not_placed(row, "kind_second"))
            else:
                service.fields["kind"] = code
        for row in self._table("taxonomy_term"):
            if row["id"] not in used and not own_words.known(row["id"]):
                self._say(not_placed(row, "kind"))

    def _own_word(self, row, term):
        linked = row["link_id"]
        listing = self.services.get(linked) or self.providers.get(linked)
        if listing is not None:
            if not own_words.say(listing, term, row["value"], is_service=linked in self.services):
                self._say(not_placed(row, "value", column="value"))
        elif any(linked in self.rows.get(table, ()) for table in ("phone", "schedule")):
            self.beside[linked][term.value] = row["value"]
        else:
            self._say(left_out(row, "home"))

    def _phones(self):
        for row in self._table("phone"):
            number = facts.telephone(row["number"])
            if "fax" in row["type"].casefold():
                self._say(not_placed(row, "fax"))
            elif number is None:
                self._say(left_out(row, "phone"))
            elif row["extension"] and ("short_code" in number or facts.whole_number(row["extension"]) is None):
                self._say(left_out(row, "extension"))
            elif home := self._home(row):
                kind, beside = row["type"].casefold(), self.beside[row["id"]]
                told = kind if kind == "voice" else f"{kind} {row['description']}".casefold()
                phone = number | {"whatsapp": "number" in number and "whatsapp" in told}
                extension = own_words.digits(beside.get("extension", "")) or row["extension"]
                phone |= {"extension": extension} | self._texts(row, {"description": "description"}, 120)
                phone |= {"description_en": beside.get("note_en", "")[:120]}
                home.parts["phones"].append(phone)

    def _schedules(self):
        for row in self._table("schedule"):
            service = self._home(row, services_only=True)
            if service is None:
                continue
            if schedules.says_only_words(row):
                self._note(service, row)
                continue
            beside = self.beside[row["id"]]
            self._keep_the_clock(service, row)
            hours, reason = schedules.hours_or_day(row, beside, self._province(service))
            if reason:
                self._say(not_placed(row, reason))
                self._note(service, row)
            service.parts["special_days" if own_words.is_a_day(beside) else "schedules"] += hours

    @staticmethod
    def _note(service, row):
        note = "\n".join(filter(None, [service.fields.get("hours_note"), row["description"]]))
        service.fields["hours_note"] = note[: rules.LONGEST_TEXT]

    def _keep_the_clock(self, service, row):
        """A secret place comes without its province: then any province of the hours' clock will do, best one it is for."""
        provider = self.providers[service.row["organization_id"]]
        secret = service.shelter or (provider.shelter and not service.fields.get("street"))
        if (
            secret
            and row["timezone"]
            and facts.whole_number(row["timezone"]) != schedules.offset(self._province(service))
        ):
            near = [area["province"] for area in service.parts["areas"] if area.get("province")]
            service.fields["province"] = schedules.province_on(facts.whole_number(row["timezone"]), near)

    def _province(self, service):
        """The province whose clock the page will tell, as ServicePage.zone does."""
        provider = self.providers[service.row["organization_id"]]
        areas = {area.get("province") for area in service.parts["areas"]}
        only = areas.pop() if len(areas) == 1 else None
        return service.fields.get("province") or provider.fields.get("province") or only or "ID-JK"

    def _areas(self):
        for row in self._table("service_area"):
            service = self._home(row, services_only=True)
            found = facts.area(row["name"] or row["extent"])
            if service and found is None:
                self._say(not_placed(row, "area"))
            elif service and found not in service.parts["areas"]:
                service.parts["areas"].append(found)

    def _languages(self):
        for row in self._table("language"):
            service = self._home(row, services_only=True)
            code = facts.tongue(row["code"], row["name"])
            if service and code is None:
                self._say(not_placed(row, "language"))
            elif service and {"code": code} not in service.parts["languages"]:
                service.parts["languages"].append({"code": code})

    def _documents(self):
        for row in self._table("required_document"):
            if service := self._home(row, services_only=True):
                text = "\n".join(filter(None, [service.fields.get("requirements"), row["document"]]))
                if len(text) > rules.LONGEST_TEXT:
                    self._say(not_placed(row, "too_long", column="document"))
                else:
                    service.fields["requirements"] = text

    def _costs(self):
        """What the price's own word or the text about it says already needs no second place."""
        for row in self._table("cost_option"):
            if service := self._home(row, services_only=True):
                if not service.fields.get("price") and facts.is_nothing(row["amount"]):
                    service.fields["price"] = Price.FREE
                elif not service.fields.get("price"):
                    self._say(not_placed(row, "cost"))

    def _addresses(self):
        homes = defaultdict(list)
        for place in self._table("location"):
            homes[place["id"]].append(self.providers.get(place["organization_id"]))
        for spot in self._table("service_at_location"):
            homes[spot["location_id"]].append(self.services.get(spot["service_id"]))
        for row in self._table("address"):
            listings = [listing for listing in homes[row["location_id"]] if listing]
            if row["location_id"] not in self.rows.get("location", {}) or not listings:
                self._say(left_out(row, "home"))
            for listing in listings:
                if not self._stands_with_the_provider(row, listing):
                    self._address(row, listing)

    def _stands_with_the_provider(self, row, listing):
        """A service at its provider's own office has no address of its own here, so that it exists once."""
        provider = self.providers.get(listing.row["organization_id"])
        return provider is not None and row in provider.parts.get("addresses", ())

    def _address(self, row, listing):
        code = "" if row["state_province"] == ABSENT else facts.province(row["state_province"])
        if row["country"].casefold() not in facts.HOME or code is None:
            self._say(not_placed(row, "address_abroad"))
        elif row["address_type"] != "physical":
            self._say(not_placed(row, "address_postal"))
        elif listing.parts.get("addresses"):
            self._say(not_placed(row, "address_second"))
        else:
            told = {name: cell if cell != ABSENT else "" for name, cell in row.cells.items()}
            street = ", ".join(filter(None, [told.get("address_1"), told.get("address_2")]))
            listing.fields |= {
                "street": street[:LONGEST_NAME],
                "city": told["city"][:100],
                "postal_code": told["postal_code"][:10],
                "province": code,
            }
            listing.parts["addresses"].append(row)

    def _protect_shelters(self):
        """A listing that is a shelter, or only sounds like one, keeps no place, whatever the rows said."""
        for listing in [*self.providers.values(), *self.services.values()]:
            address = listing.parts.pop("addresses", [])
            if not listing.shelter:
                continue
            if "status" not in listing.fields:  # a provider
                listing.fields["hidden_place"] = True
            # Said as empty, so that a listing which has become a shelter loses the address it had.
            listing.fields |= {"street": "", "city": "", "postal_code": ""}
            for row in address:
                self._say(not_placed(row, "address_shelter"))
            for name, text in list(listing.fields.items()):
                if isinstance(text, str) and name != "title" and rules.PLACE_IN_TEXT.search(text):
                    listing.fields[name] = ""
                    self._say(not_placed(listing.row, "text_shelter", column=name))
