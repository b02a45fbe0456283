"""Texts that must stay where they were put: planted by a form of the site, looked for everywhere else.

Whoever adds a column that holds something of a child, an hour or a place adds a line here: what it is called in the form, a
text that cannot stand anywhere by chance, and the columns (table.column) in which it may be read in a dump of the database.
A sealed column is none of them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Canary:
    form: str  # the name of the address whose form plants it
    field: str
    text: str
    plain_in: tuple = ()  # where a dump may show it
    pages: bool = True  # may a page of the case show it again?


CANARIES = [
    Canary("services:identity_edit", "called_name", "Kenari Melodi 4471", pages=False),
    Canary("services:identity_edit", "nik", "3273014404160471", pages=False),
    Canary("services:identity_edit", "contact_who", "Bibi Zaitun 8820", pages=False),
    Canary("services:identity_edit", "contact_number", "+62 811 0000 4471", pages=False),
    Canary("services:identity_edit", "separation", "Paman Wiramaya 6613", pages=False),
    Canary("services:reference_add", "number", "LP/4471/KENARI", pages=False),
    # Named by the people who keep rooms and by who asks again; ordinary words by the house's rule, and plain.
    Canary("services:resource_create", "name", "Ruang Kenari 5532", ("services_resource.name",)),
    Canary("services:venue_create", "code_name", "Rumah Kenari 7724", ("services_venue.code_name",)),
    Canary("services:rhythm_list", "name", "Sekolah Kenari 9914", ("services_rhythm.name",)),
    Canary("services:travel_edit", "neighbours", "Kabupaten Kenari 3308", ("services_travel.neighbours",)),
]
