"""Wagtail's editor: faults are said beside the form, drafts may have gaps, the English page has no limits."""

import pytest
from django.urls import reverse
from wagtail.rich_text import RichText
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from cms.models import ProtocolPage, ProtocolVersion
from tests.entering import enter

CODE = "wawancara-bersama"
STREAMS = (
    "body",
    "steps",
    "manner",
    "checklist",
    "legal_basis",
    "evidence",
    "bands",
    "roles",
    "weights",
    "reasons_for",
    "preparation",
)
PLAIN = (
    "title",
    "slug",
    "code",
    "intro",
    "what_changed",
    "clock_days",
    "clock_source",
    "sessions_a_day",
    "sessions_source",
    "hold_hours",
    "hold_source",
    "pause_minutes",
    "pause_source",
    "parts_most",
    "parts_days_apart",
    "parts_source",
)


@pytest.fixture
def desk(db, client, django_user_model):
    enter(client, django_user_model.objects.create_superuser("e@example.org", "x" * 12, first_name="E"))
    return client


def page(language="id"):
    return ProtocolPage.objects.get(code=CODE, locale__language_code=language)


def posted(value):
    if isinstance(value, RichText):
        return rich_text(value.source)
    if hasattr(value, "items"):
        return {name: posted(part) for name, part in value.items()}
    if isinstance(value, list):
        return tuple(value)  # several values of one field
    return "" if value is None else value


def form_of(draft, **changes):
    fields = {name: posted(getattr(draft, name)) for name in PLAIN}
    fields |= {name: streamfield([(block.block_type, posted(block.value)) for block in getattr(draft, name)])
               for name in STREAMS}  # fmt: skip
    fields |= {"comments-TOTAL_FORMS": 0, "comments-INITIAL_FORMS": 0, "effective_from": "", **changes}
    return nested_form_data(fields)


def send(desk, draft, action="action-publish", **changes):
    data = {**form_of(draft, **changes), action: "1"}
    return desk.post(reverse("wagtailadmin_pages:edit", args=[draft.pk]), data)


def test_publishing_in_the_editor_writes_a_version(desk):
    assert send(desk, page(), clock_days=18).status_code == 302
    assert page().clock_days == 18
    version = ProtocolVersion.objects.of("wawancara-bersama").first()
    assert (version.number, version.published_by.email) == (2, "e@example.org")


def test_publishing_unchanged_in_the_editor_writes_none(desk):
    assert send(desk, page()).status_code == 302
    assert ProtocolVersion.objects.of(CODE).count() == 1


def test_faults_are_said_beside_the_field_and_nothing_is_published(desk):
    response = send(desk, page(), clock_source="")
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["clock_source"]
    assert ProtocolVersion.objects.of(CODE).count() == 1


@pytest.mark.parametrize(
    "numbers",
    [
        {"parts_most": "9", "parts_days_apart": "1", "parts_source": "NICHD-EXTENDED"},
        {"parts_most": "4", "parts_days_apart": "1", "parts_source": ""},
        {"parts_most": "4", "parts_days_apart": "", "parts_source": "NICHD-EXTENDED"},
    ],
)
def test_what_is_wrong_with_the_sessions_is_said_beside_their_number(desk, numbers):
    response = send(desk, page(), **numbers)
    assert list(response.context["form"].errors) == ["parts_most"]
    assert ProtocolVersion.objects.of(CODE).count() == 1


def test_a_minimum_above_its_maximum_is_said_in_its_block(desk):
    draft = page()
    draft.bands[0].value["shortest_minutes"] = 31
    response = send(desk, draft)
    assert "bands" in response.context["form"].errors
    assert ProtocolVersion.objects.of(CODE).count() == 1


def test_a_gap_between_bands_is_said_at_the_bands(desk):
    draft = page()
    bands = [("band", posted(block.value)) for block in draft.bands][1:]
    response = send(desk, draft, bands=streamfield(bands))
    assert "Umur 0 tahun" in response.context["form"].errors["bands"][0] or "Age 0" in str(
        response.context["form"].errors
    )


def test_a_step_with_a_number_needs_its_unit(desk):
    draft = page()
    draft.steps[0].value["unit"] = ""
    assert "steps" in send(desk, draft).context["form"].errors


def test_a_draft_may_have_gaps(desk):
    response = send(desk, page(), action="action-save", clock_days="", clock_source="", roles=streamfield([]))
    assert response.status_code == 302
    assert page().clock_days == 14
    assert page().get_latest_revision_as_object().clock_days is None


def test_a_code_taken_by_another_protocol_is_refused(desk):
    copied = page().copy(update_attrs={"slug": "salinan"}, keep_live=False)
    response = send(desk, copied)
    assert list(response.context["form"].errors) == ["code"]


def test_the_english_editor_shows_no_limits(desk):
    form = desk.get(reverse("wagtailadmin_pages:edit", args=[page("en").pk])).context["form"]
    assert "clock_days" not in form.fields
    assert "bands" not in form.fields
    assert send(desk, page("en"), title="Renamed").status_code == 302
    assert page("en").title == "Renamed"
    assert ProtocolVersion.objects.of(CODE).count() == 1


def test_copying_in_the_editor_makes_no_version(desk):
    original = page()
    response = desk.post(
        reverse("wagtailadmin_pages:copy", args=[original.pk]),
        {
            "new_title": "Salinan",
            "new_slug": "salinan",
            "new_parent_page": str(original.get_parent().pk),
            "publish_copies": "on",
        },
    )
    assert response.status_code == 302
    assert ProtocolVersion.objects.of(CODE).count() == 1
