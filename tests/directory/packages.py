"""Makes HSDS 3.0 data packages: all rows invented, ids from a fixed seed, the standard's own descriptor where there is one."""

import csv
import json
import random
import uuid
import zipfile

from cms.places import PROVINCES, districts_of
from directory.hsds.tables import KNOWN
from directory.models import ServiceKind

HEADERS = {
    "organization": "id,name,alternate_name,description,email,website",
    "service": "id,organization_id,name,description,url,email,status,fees_description,eligibility_description,"
    "minimum_age,maximum_age,assured_date",
    "phone": "id,location_id,service_id,organization_id,number,extension,type,description",
    "location": "id,location_type,organization_id,name",
    "service_at_location": "id,service_id,location_id",
    "address": "id,location_id,address_1,city,state_province,postal_code,country,address_type",
    "schedule": "id,service_id,valid_from,valid_to,timezone,freq,interval,byday,opens_at,closes_at,description",
    "service_area": "id,service_id,name",
    "language": "id,service_id,name,code",
    "taxonomy": "id,name,description",
    "taxonomy_term": "id,code,name,description,taxonomy_id",
    "attribute": "id,link_id,taxonomy_term_id,link_entity",
}
LINKS = {
    "service": {"organization_id": "organization"},
    "phone": {"service_id": "service", "organization_id": "organization", "location_id": "location"},
    "location": {"organization_id": "organization"},
    "service_at_location": {"service_id": "service", "location_id": "location"},
    "address": {"location_id": "location"},
    "schedule": {"service_id": "service"},
    "service_area": {"service_id": "service"},
    "language": {"service_id": "service"},
    "attribute": {"taxonomy_term_id": "taxonomy_term"},
    "taxonomy_term": {"taxonomy_id": "taxonomy"},
}
REQUIRED = {"organization": ["id", "name", "description"], "service": ["id", "organization_id", "name", "status"]}


class PackageMaker:
    """Rows by table; `write` makes the folder. `add` returns the new row's id."""

    def __init__(self, seed=1):
        self.random = random.Random(seed)  # noqa: S311 -- invented rows, the same each time
        self.rows = {table: [] for table in HEADERS}

    def id(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def add(self, table, **cells):
        row = {"id": self.id(), **cells}
        self.rows[table].append(row)
        return row["id"]

    def organization(self, name="UPTD PPA Contoh", **cells):
        return self.add("organization", name=name, description="Penyedia contoh.", **cells)

    def service(self, organization, name="Konseling", **cells):
        cells = {"status": "active", "description": "Ada yang mendengarkan."} | cells
        return self.add("service", organization_id=organization, name=name, **cells)

    def kind(self, service, code):
        terms = {row["code"]: row["id"] for row in self.rows["taxonomy_term"]}
        if not self.rows["taxonomy"]:
            self.add("taxonomy", name="Sekali", description="Jenis bantuan")
        if code not in terms:
            taxonomy = self.rows["taxonomy"][0]["id"]
            terms[code] = self.add("taxonomy_term", code=code, name=code, description=code, taxonomy_id=taxonomy)
        self.add("attribute", link_id=service, link_entity="service", taxonomy_term_id=terms[code])

    def address(self, *, service=None, organization=None, **cells):
        place = self.add("location", location_type="physical", organization_id=organization or "", name="Kantor")
        if service:
            self.add("service_at_location", service_id=service, location_id=place)
        cells = {
            "address_1": "Jalan Contoh 1",
            "city": "Kota Contoh",
            "state_province": "Jawa Barat",
            "postal_code": "00000",
            "country": "ID",
            "address_type": "physical",
        } | cells
        return self.add("address", location_id=place, **cells)

    def write(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "datapackage.json").write_text(json.dumps({"name": "contoh", "resources": self.resources()}))
        for table, rows in self.rows.items():
            with (folder / f"{table}s.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, HEADERS[table].split(","), restval="")
                writer.writeheader()
                writer.writerows(rows)
        return folder

    @staticmethod
    def resources():
        assert set(HEADERS) <= KNOWN | {"taxonomy"}
        return [
            {
                "name": table,
                "path": f"{table}s.csv",
                "schema": {
                    "fields": [
                        {"name": name, "constraints": {"required": name in REQUIRED.get(table, ["id"])}}
                        for name in header.split(",")
                    ],
                    "foreignKeys": [
                        {"fields": column, "reference": {"resource": target, "fields": "id"}}
                        for column, target in LINKS.get(table, {}).items()
                    ],
                },
            }
            for table, header in HEADERS.items()
        ]


def three_hundred(folder, providers=300):
    """`providers` providers of two services each, with numbers, hours, areas, languages, kinds and addresses."""
    make = PackageMaker()
    names = [name for name, _zone in PROVINCES.values()]
    districts = {PROVINCES[code][0]: districts_of(code)[0][1] for code in PROVINCES}
    offsets = {"Asia/Jakarta": 7, "Asia/Pontianak": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9}
    zones = {name: offsets[zone] for name, zone in PROVINCES.values()}
    kinds = [code for code in ServiceKind.values if code != ServiceKind.SHELTER]
    for number in range(providers):
        province = names[number % len(names)]
        organization = make.organization(f"Penyedia Contoh {number}", email=f"p{number}@contoh.example")
        make.add("phone", organization_id=organization, number=f"021 0000 {number:04}", type="voice")
        make.address(organization=organization, state_province=province)
        for offered in range(2):
            service = make.service(organization, f"Layanan {number}-{offered}", fees_description="Tanpa biaya.")
            make.kind(service, kinds[(number + offered) % len(kinds)])
            make.add("phone", service_id=service, number=f"0800 000 {number:04}", description="Siang hari")
            make.add("service_area", service_id=service, name=f"{districts[province]}, {province}")
            make.add("language", service_id=service, code="id", name="Indonesian")
            make.add(
                "schedule",
                service_id=service,
                freq="WEEKLY",
                interval="1",
                byday="MO,TU,WE,TH,FR",
                opens_at="08:00",
                closes_at="16:00",
                timezone=str(zones[province]),
            )
    return make.write(folder)


def zipped(folder, target, prefix=""):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, prefix + file.name)
    return target
