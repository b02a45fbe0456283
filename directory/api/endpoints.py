"""The HSDS API's endpoints: each list by GET and by POST, each record by its id, and `/`.

Every list begins with `listed()` (directory.hsds.feed); filters narrow it, all of them together.
"""

from typing import get_args

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import Http404
from django.urls import reverse
from django.views.decorators.http import require_GET
from ninja import Form, NinjaAPI, Query
from ninja.errors import ValidationError
from pydantic import ValidationError as Contradiction

from directory.api import asking, schemas
from directory.api.answering import LINES, many, one
from directory.hsds import feed, records
from directory.models.offers import attach_providers

DESCRIPTION = """Who helps children in Indonesia, as open data (HSDS 3.0, Open Referral). The data are under
[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/). Nothing about a reader is kept. A shelter has no address here."""

api = NinjaAPI(
    title="Sekali",
    version="3.0",
    description=DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    urls_namespace="hsds",
    servers=[{"url": "/api/hsds"}],
    openapi_extra={
        "info": {"license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}},
    },
)
FAULTS = {422: schemas.Fault}
ABSENT = {404: schemas.Fault}
FORM_FAULTS = FAULTS | {400: schemas.Fault, 415: schemas.Fault}


@api.exception_handler(ValidationError)
def not_understood(request, fault):
    told = [{"field": str(error["loc"][-1]), "message": error["msg"]} for error in fault.errors]
    return api.create_response(request, {"detail": told}, status=422)


@api.exception_handler(Contradiction)
def not_together(request, _fault):
    """What the form asks and what the address asks do not go together."""
    return api.create_response(request, {"detail": "These parameters do not go together."}, status=422)


@api.exception_handler(BadRequest)
@api.exception_handler(SuspiciousOperation)
def not_a_form(request, _fault):
    return api.create_response(request, {"detail": "This form cannot be read."}, status=400)


def lines_of(model):
    """For the OpenAPI document: the same list as a stream."""
    kinds = [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in get_args(model) or [model]]
    return {"responses": {200: {"content": {LINES: {"schema": {"anyOf": kinds}}}}}}


def listing(path, *, asks, gives, name):
    """Answer a list by GET and by POST; the function decorated takes what is asked and answers."""

    def decorate(answer):
        def by_address(request, asked: Query[asks]):
            asking.refuse_unknown(request, asks)
            return answer(asked)

        def by_form(request, asked: Form[asks], also: Query[asks]):
            asking.refuse_other_bodies(request)
            asking.refuse_unknown(request, asks)
            return answer(asking.told_twice(asked, also))

        page, plain = schemas.Page[gives], name.replace("_", " ")
        words = {"url_name": name, "description": answer.__doc__, "openapi_extra": lines_of(gives)}
        api.get(path, response={200: page, **FAULTS}, operation_id=f"list_{name}", summary=f"List of {plain}", **words)(
            by_address
        )
        api.post(
            path,
            response={200: page, **FORM_FAULTS},
            operation_id=f"find_{name}",
            summary=f"List of {plain}, by a form",
            **words,
        )(by_form)
        return answer

    return decorate


def record(path, *, gives, name):
    """Answer one record by its id; the function decorated takes the id and makes the record, or raises Http404."""

    def decorate(make):
        def by_identifier(request, identifier: str):  # noqa: ARG001 -- django-ninja knows it by this name
            return one(make(identifier))

        api.get(
            path + "/{identifier}", response={200: gives, **ABSENT}, url_name=name, operation_id=name,
            summary=f"One {name.replace('_', ' ')}", description=make.__doc__,
        )(by_identifier)  # fmt: skip
        return make

    return decorate


@api.get("/", response=schemas.About, url_name="about", operation_id="about", summary="About this API")
def about(request):
    """Which version of HSDS this is, and where it is described."""
    return one(
        {
            "version": "3.0",
            "profile": request.build_absolute_uri(reverse("directory:open_data")),
            "openapi_url": request.build_absolute_uri(reverse("hsds:openapi")),
        }
    )


# --- services ---


@listing("/services", asks=asking.Services, gives=schemas.Service | schemas.ServiceChanged, name="services")
def services(asked):
    """Services by what they are, whose they are, and since when. `full` gives each whole, `minimal` only its date."""
    found = narrowed(feed.services(), asked)
    if asked.minimal:
        found = found.only("identifier", "path", "last_published_at")
        return many(found, asked, lambda portion: [records.minimal(page) for page in portion])
    if asked.full:
        found = found.with_details()

    def tell(portion):
        return [records.service(page, full=asked.full) for page in attach_providers(portion)]

    return many(found, asked, tell)


@record("/services", gives=schemas.Service, name="service")
def service(identifier):
    """A service whole, with everything that belongs to it."""
    (page,) = attach_providers([found_one(feed.services().with_details(), identifier)])
    return records.service(page, full=True)


def narrowed(found, asked):
    """All filters together."""
    if asked.organization_id is not None:
        found = feed.of_organization(found, asked.organization_id)
    if asked.modified_after is not None:
        found = feed.modified_since(found, asked.modified_after)
    if asked.search:
        found = feed.telling(found, asked.search)
    return with_words(found, asked)


def with_words(found, asked):
    if asked.taxonomy_term_id is not None:
        found = feed.with_term(found, asked.taxonomy_term_id)
    if asked.taxonomy_id is not None:
        found = feed.with_taxonomy(found, asked.taxonomy_id)
    return found


def found_one(found, identifier):
    page = found.filter(identifier=feed.as_uuid(identifier)).first()
    if page is None:
        raise Http404
    return page


# --- organizations ---


@listing("/organizations", asks=asking.Organizations, gives=schemas.Organization, name="organizations")
def organizations(asked):
    """Who offers services. A term or taxonomy finds those that offer a service which bears it."""
    found = feed.providers()
    if asked.taxonomy_term_id is not None or asked.taxonomy_id is not None:
        found = feed.offering(found, with_words(feed.services(), asked))
    if asked.search:
        found = feed.telling(found, asked.search)
    whole = asked.full or asked.full_service
    if whole:
        found = found.prefetch_related("phones")

    def tell(portion):
        return (
            organizations_with_services(portion, asked.full_service) if whole else [*map(records.organization, portion)]
        )

    return many(found, asked, tell)


@api.get(
    "/organizations/{identifier}", response={200: schemas.Organization, **ABSENT, **FAULTS}, url_name="organization",
    operation_id="organization", summary="One organization, whole",
)  # fmt: skip
def organization(request, identifier: str, asked: Query[asking.Whole]):
    """With the names of its services, or with its services whole."""
    asking.refuse_unknown(request, asking.Whole)
    provider = found_one(feed.providers().prefetch_related("phones"), identifier)
    return one(organizations_with_services([provider], asked.full_service)[0])


def organizations_with_services(providers, full_service):
    offered = feed.offered_by(providers, details=full_service)
    return [
        records.organization(provider, full=True)
        | records.told(services=[told_below(page, full_service) for page in offered[provider.path]])
        for provider in providers
    ]


def told_below(page, full_service):
    if full_service:
        return records.service(page, full=True, nested=False)
    return {"id": str(page.identifier), "name": records.Words(page).title(), "status": page.status}


# --- places ---


@listing(
    "/service_at_locations", asks=asking.ServiceAtLocations, gives=schemas.ServiceAtLocationListed,
    name="service_at_locations",
)  # fmt: skip
def service_at_locations(asked):
    """Where services are given. Services by telephone only and shelters are not among them."""
    found = narrowed(feed.placed(), asked)
    tell_one = records.service_at_location if asked.full else records.service_at_location_listed
    return many(found, asked, lambda portion: [tell_one(page) for page in attach_providers(portion)])


@record("/service_at_locations", gives=schemas.ServiceAtLocation, name="service_at_location")
def service_at_location(identifier):
    page = feed.spot(identifier).first()
    if page is None:
        raise Http404
    attach_providers([page])
    return records.service_at_location(page)


# --- words ---


@listing("/taxonomies", asks=asking.Taxonomies, gives=schemas.Taxonomy, name="taxonomies")
def taxonomies(asked):
    """The five vocabularies of this directory."""
    return many(mentioning(records.taxonomies(), asked.search), asked, list)


@record("/taxonomies", gives=schemas.Taxonomy, name="taxonomy")
def taxonomy(identifier):
    return by_id(records.taxonomies(), identifier)


@listing("/taxonomy_terms", asks=asking.TaxonomyTerms, gives=schemas.TaxonomyTerm, name="taxonomy_terms")
def taxonomy_terms(asked):
    """Their words."""
    found = mentioning(records.taxonomy_terms(), asked.search)
    if asked.taxonomy_id is not None:
        wanted = str(feed.as_uuid(asked.taxonomy_id))
        found = [term for term in found if term["taxonomy_id"] == wanted]
    return many([] if asked.parent_id is not None else found, asked, list)


@record("/taxonomy_terms", gives=schemas.TaxonomyTerm, name="taxonomy_term")
def taxonomy_term(identifier):
    return by_id(records.taxonomy_terms(), identifier)


def mentioning(found, search):
    words = (search or "").casefold().split()
    return [one for one in found if all(word in f"{one['name']} {one['description']}".casefold() for word in words)]


def by_id(found, identifier):
    wanted = str(feed.as_uuid(identifier))
    for record in found:
        if record["id"] == wanted:
            return record
    raise Http404


@require_GET
def openapi(_request):
    """The document that describes all this."""
    return one(api.get_openapi_schema(path_prefix=""))
