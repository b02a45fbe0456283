"""What is answered, for the OpenAPI document: HSDS 3.0 as far as this directory fills it. Nothing is ever null."""

from typing import Generic, TypeVar

from ninja import Field, Schema
from pydantic import ConfigDict

T = TypeVar("T")


class Record(Schema):
    model_config = ConfigDict(extra="forbid")


class About(Record):
    """Which version of HSDS this is, and where it is described."""

    version: str
    profile: str
    openapi_url: str


class Fault(Record):
    """Why not, in one sentence, or a list of what is wrong with each parameter."""

    detail: str | list[dict]


class Taxonomy(Record):
    id: str
    name: str
    description: str


class TaxonomyTerm(Record):
    id: str
    code: str
    name: str = Field(description="In Indonesian.")
    description: str = Field(description="In English.")
    taxonomy: str
    language: str
    taxonomy_id: str


class Attribute(Record):
    id: str
    link_entity: str
    value: str = None
    taxonomy_term: TaxonomyTerm


class Phone(Record):
    id: str
    number: str = Field(description="As E.164, or a short code such as 129.")
    extension: int = None
    type: str = Field(description="`voice` or `whatsapp`.")
    description: str = None
    attributes: list[Attribute] = None


class Schedule(Record):
    """Hours on the clock of `timezone`, in hours ahead of UTC. One day alone stands above the week's hours."""

    id: str
    valid_from: str = None
    valid_to: str = None
    dtstart: str = None
    timezone: int = None
    count: int = None
    freq: str = None
    interval: int = None
    byday: str = None
    description: str = None
    opens_at: str = None
    closes_at: str = None
    attributes: list[Attribute] = None


class ServiceArea(Record):
    id: str
    name: str
    extent: str = Field(description="ISO 3166-2 code of the province, or the home ministry's code of the district.")
    extent_type: str


class Language(Record):
    id: str
    name: str
    code: str


class CostOption(Record):
    id: str
    option: str
    amount: int = None
    currency: str = None


class RequiredDocument(Record):
    id: str
    document: str


class Address(Record):
    id: str
    address_1: str
    city: str
    state_province: str
    postal_code: str
    country: str
    address_type: str


class Location(Record):
    id: str
    location_type: str
    organization_id: str = None
    addresses: list[Address] = None


class ServiceAtLocation(Record):
    """Where a service is given. A shelter has none, anywhere."""

    id: str
    service_id: str
    location_id: str
    location: Location


class OrganizationListed(Record):
    id: str
    name: str
    description: str
    alternate_name: str = None
    email: str = None
    website: str = None


class ServiceListed(Record):
    id: str
    organization_id: str
    name: str
    alternate_name: str = None
    description: str = None
    url: str = None
    email: str = None
    status: str
    application_process: str = None
    fees_description: str = None
    wait_time: str = Field(None, description="Within how many hours somebody answers; 0 is at once.")
    eligibility_description: str = None
    minimum_age: int = None
    maximum_age: int = None
    assured_date: str = None
    alert: str = None
    last_modified: str = None
    organization: OrganizationListed = None


class OrganizationWhole(OrganizationListed):
    phones: list[Phone] = None
    locations: list[Location] = None
    attributes: list[Attribute] = None


class Service(ServiceListed):
    phones: list[Phone] = None
    schedules: list[Schedule] = None
    service_areas: list[ServiceArea] = None
    service_at_locations: list[ServiceAtLocation] = None
    languages: list[Language] = None
    cost_options: list[CostOption] = None
    required_documents: list[RequiredDocument] = None
    attributes: list[Attribute] = None
    organization: OrganizationWhole = None


class ServiceNamed(Record):
    id: str
    name: str
    status: str


class ServiceChanged(Record):
    """With `minimal`."""

    id: str
    last_modified: str = None


class Organization(OrganizationWhole):
    services: list[Service | ServiceNamed] = None


class ServiceAtLocationListed(ServiceAtLocation):
    service: ServiceListed = Field(None, description="Without `full`.")


class Page(Record, Generic[T]):
    total_items: int
    total_pages: int
    page_number: int
    size: int = Field(description="Records on this page.")
    first_page: bool
    last_page: bool
    empty: bool
    contents: list[T]
