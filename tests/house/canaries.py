"""Texts that must stay where they were put: planted by a form of the site, looked for everywhere else.

Whoever adds a column that holds something of a child, an hour or a place adds a line here: what it is called in the form, a
text that cannot stand anywhere by chance, and the columns (table.column) in which it may be read in a dump of the database.
A sealed column is none of them.
"""

from dataclasses import dataclass
from datetime import UTC

from django.utils import translation

from cms.templatetags.sekali import day


@dataclass(frozen=True)
class Canary:
    form: str  # the name of the address whose form plants it
    field: str
    text: str
    plain_in: tuple = ()  # where a dump may show it
    pages: bool = True  # may a page of the case show it again?
    also: tuple = ()  # other ways to write it

    @property
    def written(self):
        """How it may stand in a log, a page or a dump: as it is, as bytes, in parts of JSON."""
        ways = [text for text in (self.text, *self.also) if text]
        return [form for text in ways for form in (text, text.encode().hex(), text.replace("/", "\\/"))]


def ways_to_write(moment, zone):
    """Every way this house or its database writes an hour: on UTC's clock and the place's, in words, in seconds."""
    ways = {str(int(moment.timestamp()))}
    for local in (moment.astimezone(UTC), moment.astimezone(zone)):
        ways |= {f"{local:%Y-%m-%d %H:%M}", f"{local:%Y-%m-%dT%H:%M}"}
        for language in ("id", "en"):
            with translation.override(language):
                ways.add(f"{day(local.date())} {local:%H.%M}")
    return tuple(sorted(ways))


CANARIES = [
    Canary("services:identity_edit", "called_name", "Kenari Melodi 4471", pages=False),
    Canary("services:identity_edit", "nik", "3273014404160471", pages=False),
    Canary("services:identity_edit", "contact_who", "Bibi Zaitun 8820", pages=False),
    Canary("services:identity_edit", "contact_number", "+62 811 0000 4471", pages=False),
    Canary("services:identity_edit", "separation", "Paman Wiramaya 6613", pages=False),
    Canary("services:reference_add", "number", "LP/4471/KENARI", pages=False),
    Canary("services:interview_again", "order_number", "44/Pen.Pid/KENARI", pages=False),
    Canary("services:access_decide", "instructions", "Loket Kenari 9917", ("services_recordaccess.instructions",)),
    # Named by the people who keep rooms and by who asks again; ordinary words by the house's rule, and plain.
    Canary("services:resource_create", "name", "Ruang Kenari 5532", ("services_resource.name",)),
    Canary("services:venue_create", "code_name", "Rumah Kenari 7724", ("services_venue.code_name",)),
    Canary("services:resource_directions", "text", "Belok di Toko Kenari 2208", pages=False),
    Canary("services:interview_again", "reason", "Alasan Kenari 3391", ("services_asking.reason",)),
    # The hour is not typed but chosen; what it is, and how it is written, is known when it was.
    Canary("services:interview_book", "slot", "", ("services_interview.span", "services_occupancy.span")),
    Canary("services:rhythm_list", "name", "Sekolah Kenari 9914", ("services_rhythm.name",)),
    Canary("services:travel_edit", "neighbours", "Kabupaten Kenari 3308", ("services_travel.neighbours",)),
]
