"""What may be asked: the parameters of the lists, in an address or in a form, each name once and no other."""

from datetime import UTC, datetime
from typing import Literal

from ninja import Field, Schema
from ninja.errors import HttpError
from pydantic import field_validator, model_validator

MOST = 500  # records of a page
MOST_MINIMAL = 20_000  # of a page of ids and dates
LONGEST_SEARCH = 200  # characters
FORM = "application/x-www-form-urlencoded"
TERM = "Only what bears this term, by its id. Kinds of help, gender, easements and costs are terms."
TAXONOMY = "Only what bears any term of this taxonomy, by its id."


def in_utc(moment):
    """Offsets that no country has (-19:29) are sums all the same, but the database refuses them."""
    if moment is None or moment.tzinfo is None:
        return moment and moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # at either end of the calendar, where some hours make no difference
        return moment.replace(tzinfo=UTC)


class Paged(Schema):
    search: str = Field(
        None,
        max_length=LONGEST_SEARCH,
        description="Only what has all these words (the first eight) in its name or description. Better sent by POST.",
    )
    page: int = Field(1, ge=1, le=1_000_000, description="Which page, from 1.")
    per_page: int = Field(50, ge=1, le=MOST, description="Records on a page.")
    format: Literal["json", "ndjson"] = Field(
        "json", description="`ndjson` streams everything that was found, a record a line, without pages."
    )

    @field_validator("search")
    @classmethod
    def is_text(cls, text):
        if text and "\0" in text:
            raise ValueError("a text has no character 0")
        return text


class Services(Paged):
    per_page: int = Field(
        50, ge=1, le=MOST_MINIMAL, description=f"Records on a page: at most {MOST}, with `minimal` {MOST_MINIMAL}."
    )
    taxonomy_term_id: str = Field(None, description=TERM)
    taxonomy_id: str = Field(None, description=TAXONOMY)
    organization_id: str = Field(None, description="Only services of this organization.")
    modified_after: datetime = Field(
        None, description="Only what was modified at this moment or later; without a zone it is read as UTC."
    )
    minimal: bool = Field(False, description="Only `id` and `last_modified`: what is new, and what is gone.")
    full: bool = Field(False, description="Each service whole, with everything that belongs to it.")

    in_utc = field_validator("modified_after")(in_utc)

    @model_validator(mode="after")
    def fits_on_a_page(self):
        if self.minimal and "per_page" not in self.model_fields_set:
            self.per_page = MOST_MINIMAL
        if self.per_page > MOST and not self.minimal:
            raise ValueError(f"per_page is at most {MOST}")
        return self


class Organizations(Paged):
    taxonomy_term_id: str = Field(None, description=TERM)
    taxonomy_id: str = Field(None, description=TAXONOMY)
    full: bool = Field(False, description="Each organization whole, with the names of its services.")
    full_service: bool = Field(False, description="Each organization whole, with its services whole.")


class ServiceAtLocations(Paged):
    taxonomy_term_id: str = Field(None, description=TERM)
    taxonomy_id: str = Field(None, description=TAXONOMY)
    organization_id: str = Field(None, description="Only services of this organization.")
    modified_after: datetime = Field(
        None, description="Only what was modified at this moment or later; without a zone it is read as UTC."
    )
    full: bool = Field(False, description="Each place whole, with its address.")

    in_utc = field_validator("modified_after")(in_utc)


class Taxonomies(Paged):
    pass


class TaxonomyTerms(Paged):
    taxonomy_id: str = Field(None, description="Only terms of this taxonomy.")
    parent_id: str = Field(None, description="Only terms below this one. No term here has any below it.")
    top_only: bool = Field(False, description="Only terms that stand below no other: here all of them.")


class Whole(Schema):
    """Of one organization."""

    full_service: bool = Field(False, description="With its services whole.")


def told_twice(asked, also):
    """What a POST asks in its form, joined with what stands in its address; the form wins."""
    return type(asked)(**(also.model_dump(exclude_unset=True) | asked.model_dump(exclude_unset=True)))


def refuse_unknown(request, model):
    """A filter that is misspelt must not silently find everything; nor may one be given twice."""
    for told in (request.GET, request.POST):
        for name, values in told.lists():
            if name not in model.model_fields:
                raise HttpError(422, "There is a parameter that this list does not know.")
            if len(values) > 1:
                raise HttpError(422, f"{name} is given more than once.")


def refuse_other_bodies(request):
    if request.content_type not in {FORM, ""} and request.headers.get("Content-Length", "0") != "0":
        raise HttpError(415, f"Send a form ({FORM}).")
