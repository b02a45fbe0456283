"""What the open data are made of: `listed()` and nothing else, for the API and the package alike, in portions.

Portions go by the place in the tree, so that memory stays the same however many listings there are, and so that no
cursor has to stay open while somebody reads slowly.
"""

import uuid

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Length, Substr
from wagtail.models import Page

from directory.hsds import vocabulary
from directory.hsds.records import turned
from directory.models import ProviderPage, ServiceEase, ServicePage
from directory.models.kinds import ServiceKind

PORTION = 500  # listings in memory at a time
ADDRESS = Q(street__gt="") | Q(city__gt="")
# Where a free text is looked for, besides the provider's name.
SEARCHED = ("title", "title_en", "alternate_name", "description", "description_en")
MOST_WORDS = 8
# PostgreSQL's words for rules.listings.PLACE_IN_TEXT, and for more than that: here a false alarm costs one find.
NAMES_A_PLACE = (
    r"(^|[^[:alpha:]])(jl|jln|gg|kav|jalan|gang|rt|rw)([^[:alpha:]]|$)|street|road"
    r"|goo\.gl|maps|waze|[0-9]\.[0-9]{3,}"
)
NOBODY = uuid.UUID(int=0)


def providers():
    return ProviderPage.objects.listed().order_by("path")


def services():
    return ServicePage.objects.listed().annotate(provider_path=_parent_path()).order_by("path")


def placed():
    """Services that are given at some place which may be told."""
    open_office = ProviderPage.objects.filter(ADDRESS, hidden_place=False, path=OuterRef("provider_path")).order_by()
    return services().exclude(kind=ServiceKind.SHELTER).filter(ADDRESS | Exists(open_office))


def _parent_path():
    return Substr("path", 1, Length("path") - Page.steplen)


def portions(listings, size=PORTION):
    """Lists of at most `size`, in the order of the tree; each is read when it is asked for."""
    after = ""
    while portion := list(listings.filter(path__gt=after)[:size]):
        yield portion
        after = portion[-1].path


def offered_by(providers, *, details=True):
    """`{provider's path: [its services]}`, with `details` their parts loaded too, in a fixed number of queries."""
    by_path = {provider.path: provider for provider in providers}
    if not by_path:
        return {}
    below = Q()
    for path in by_path:
        below |= Q(path__startswith=path)
    found = {path: [] for path in by_path}
    offered = services().filter(below)
    for service in offered.with_details() if details else offered:
        service.provider = by_path[service.provider_path]
        found[service.provider_path].append(service)
    return found


# --- filters; several are joined by AND ---


def as_uuid(text):
    """The id, or one that nobody has: an unknown id finds nothing, and so does one that is none."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return NOBODY


def of_organization(listings, identifier):
    path = providers().filter(identifier=as_uuid(identifier)).values("path").order_by()
    return listings.filter(provider_path__in=path)


def with_term(listings, identifier):
    """Services that bear this term of the directory's own vocabulary."""
    term = vocabulary.TERMS.get(str(as_uuid(identifier)))
    return listings.filter(_has(term.taxonomy, term.value)) if term else listings.none()


def with_taxonomy(listings, identifier):
    """Services that bear any term of this taxonomy."""
    name = vocabulary.TAXONOMIES.get(str(as_uuid(identifier)))
    return listings.filter(_has(name)) if name else listings.none()


def _has(taxonomy, value=None):
    if taxonomy == vocabulary.EASE:
        easements = ServiceEase.objects.filter(page=OuterRef("pk"), **({"code": value} if value else {}))
        return Exists(easements)
    if taxonomy == vocabulary.FACT:
        return _has_fact(value)
    return Q(**{taxonomy: value}) if value else Q(**{f"{taxonomy}__gt": ""})


def _has_fact(name):
    texts = [
        field for field in vocabulary.FACTS if hasattr(ServicePage, field) and field not in {"province", "checked_on"}
    ]
    if name is None:
        return Q(*[(f"{field}__gt", "") for field in texts], _connector=Q.OR)
    return Q(**{f"{name}__gt": ""}) if name in texts else Q(pk__in=[])


def telling(listings, text):
    """Listings in which every word of the text stands somewhere, in whatever case.

    Only in what is told: a word that a secret place's listing keeps to itself must not find it either.
    """
    is_service = listings.model is ServicePage
    secret = _secret() if is_service else Q(hidden_place=True)
    for word in text.split()[:MOST_WORDS]:
        here = _said(word, SEARCHED, secret)
        if is_service:
            provider = ProviderPage.objects.filter(path=OuterRef("provider_path")).order_by()
            here |= Exists(provider.filter(_said(word, ("title", "alternate_name"), Q(hidden_place=True))))
        listings = listings.filter(here)
    return listings


def _said(word, fields, secret):
    """The word stands in one of these fields; where the place is secret, in one that seems to name none."""
    found = Q()
    for field in fields:
        found |= Q(**{f"{field}__icontains": word}) & (~secret | ~Q(**{f"{field}__iregex": NAMES_A_PLACE}))
    return found


def _secret():
    """As ServicePage.place_is_secret."""
    hidden = ProviderPage.objects.filter(hidden_place=True, path=OuterRef("provider_path")).order_by()
    return Q(kind=ServiceKind.SHELTER) | (Q(Exists(hidden)) & ~ADDRESS)


def offering(providers, found):
    """Providers of which at least one of these services is."""
    return providers.filter(Exists(found.filter(provider_path=OuterRef("path")).order_by()))


def modified_since(listings, moment):
    return listings.filter(last_published_at__gte=moment)


def spot(identifier):
    """The service whose place bears this id."""
    return placed().filter(identifier=turned(as_uuid(identifier)))
