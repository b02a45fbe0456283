"""The light form reads what can be read, keeps what cannot on the screen, and asks the rules before something is sent."""

from datetime import date, time

import pytest
from django.http import QueryDict

from cms.objections import Objection
from directory.actions.listings import PROVIDER as MAY_SET_OF_PROVIDER
from directory.actions.listings import SERVICE as MAY_SET_OF_SERVICE
from directory.forms import differences as comparing
from directory.forms import portal
from directory.forms.differences import differences
from directory.forms.portal import LightForm, NewServiceForm
from directory.models import ServicePage
from tests.directory import factories

pytestmark = pytest.mark.django_db
PHONE = {"number": "021 0000 0001"}


@pytest.fixture
def provider():
    return factories.provider()


@pytest.fixture
def service(provider):
    return factories.service(
        provider,
        phones=[{"short_code": "129", "description": "Siang"}],
        schedules=[{"weekday": 1, "opens": time(8), "closes": time(16)}],
        special_days=[{"day": date(2026, 12, 25), "closed": True, "note": "Natal"}],
        areas=[{"province": "ID-JB", "district": "Kota Bandung"}],
        easements=["wc"],
    )


def sent(page, **changes):
    """What the form would send if nothing but `changes` (by the names of its controls) were typed."""
    form = LightForm(page, page)
    data = QueryDict(mutable=True)
    bound_fields = [*form.main, *(field for rows in form.sets.values() for row in rows for field in row)]
    bound_fields += [field for rows in form.sets.values() for field in rows.management_form]
    for bound in bound_fields:
        value = bound.value()
        if isinstance(value, list):
            data.setlist(bound.html_name, value)
        elif value is True:
            data[bound.html_name] = "on"
        elif value not in {None, False, ""}:
            data[bound.html_name] = bound.field.widget.format_value(value) if hasattr(value, "isoformat") else value
    for name, value in changes.items():
        data[name] = value
    return data


def form_of(page, *, strict=False, **changes):
    return LightForm(page, page, sent(page, **changes), strict=strict)


def words(form):
    return [words for _element, _label, words in form.troubles()]


def test_sent_back_as_it_came_it_changes_nothing(provider, service):
    from directory.actions.drafts import _same

    for page in (provider, service):
        form = form_of(page)
        assert form.complete, form.troubles()
        changes = form.changes()
        assert [name for name, value in changes.items() if not _same(page, name, value)] == []


def test_the_form_holds_every_field_that_is_the_providers_to_set(provider, service):
    for page, names in ((provider, MAY_SET_OF_PROVIDER), (service, MAY_SET_OF_SERVICE)):
        form = LightForm(page, page)
        assert {name.removeprefix("*") for name in form.names} == names
        assert set(comparing.SERVICE if page is service else comparing.PROVIDER) == names


def test_a_shelter_is_asked_for_no_address(provider, service):
    ServicePage.objects.filter(pk=service.pk).update(kind="c8")
    service.refresh_from_db()
    assert not set(portal.ADDRESS) & set(LightForm(service, service).main.fields)
    provider.hidden_place = True
    assert not set(portal.ADDRESS) & set(LightForm(provider, provider).main.fields)


def test_what_cannot_be_read_is_left_out_and_the_rest_is_there(service):
    form = form_of(service, email="tidak ada", description="Baru.\r\nDua baris.", **{"phones-0-number": "12x"})
    changes = form.changes()
    assert changes["description"] == "Baru.\nDua baris."
    assert {"email", "phones"}.isdisjoint(changes)
    assert not form.complete
    assert [element for element, _label, _words in form.troubles()] == ["id_phones-0-number", "id_email"]


@pytest.mark.parametrize(("typed", "kept"), [("129", ("", "129")), ("021 0000 0001", ("+622100000001", "")),
                                             ("+62 811-1129-129", ("+628111129129", ""))])  # fmt: skip
def test_one_field_takes_a_number_or_a_short_code(service, typed, kept):
    (phone,) = form_of(service, **{"phones-0-number": typed}).changes()["phones"]
    assert (getattr(phone["number"], "as_e164", ""), phone["short_code"]) == kept


@pytest.mark.parametrize("typed", ["12x", "0", "+62", "999999999999"])
def test_what_is_no_number_says_so_beside_it(service, typed):
    form = form_of(service, strict=True, **{"phones-0-number": typed})
    assert not form.complete
    assert form.troubles()[0][0] == "id_phones-0-number"


def test_a_row_is_gone_when_it_is_emptied_or_marked(service):
    gone = form_of(service, **{"phones-0-number": "", "phones-0-description": "", "areas-0-DELETE": "on"})
    assert gone.complete
    assert (gone.changes()["phones"], gone.changes()["areas"]) == ([], [])


def test_half_a_row_is_kept_while_writing_and_named_before_sending(service):
    changed = {"schedules-0-closes": ""}
    assert form_of(service, **changed).changes()["schedules"][0]["closes"] is None
    strict = form_of(service, strict=True, **changed)
    assert not strict.complete
    assert strict.troubles()[0][0] == "id_schedules-0-opens"


@pytest.mark.parametrize(
    ("changed", "element"),
    [
        ({"phones-0-number": "12"}, "id_phones-0-number"),
        ({"phones-0-number": "129", "phones-0-whatsapp": "on"}, "id_phones-0-whatsapp"),
        ({"special_days-0-all_day": "on"}, "id_special_days-0-closed"),
        ({"areas-0-district": "Kota Entah"}, "id_areas-0-district"),
    ],
)
def test_the_rules_speak_beside_the_row_before_something_is_sent(service, changed, element):
    assert form_of(service, **changed).complete
    assert form_of(service, strict=True, **changed).troubles()[0][0] == element


def test_all_of_indonesia_has_no_district(service):
    form = form_of(service, **{"areas-0-place": "*"})
    assert [element for element, _label, _words in form.troubles()] == ["id_areas-0-district"]
    form = form_of(service, **{"areas-0-place": "*", "areas-0-district": ""})
    assert form.changes()["areas"] == [{"nationwide": True, "province": "", "district": ""}]
    assert LightForm(service, service).districts()[0].startswith("K")


def test_one_more_row_of_what_is_asked_for(service):
    assert LightForm(service, service, more="phones").sets["phones"].total_form_count() == 2
    assert LightForm(service, service, more="special_days").sets["special_days"].total_form_count() == 2
    assert LightForm(service, service, more="nothing").sets["phones"].total_form_count() == 1
    week = LightForm(service, service, more="week").sets["schedules"]
    assert [row["weekday"].value() for row in week] == [1, 2, 3, 4, 5]
    assert {row["closes"].value() for row in week} == {time(16)}
    form = form_of(service, email="tidak ada")
    form.grow("week")
    assert form.sets["schedules"].total_form_count() == 2


def test_without_hours_a_week_is_empty_rows(provider):
    bare = factories.service(provider, "Tanpa jam")
    week = LightForm(bare, bare, more="week").sets["schedules"]
    assert [row["opens"].value() for row in week] == [None] * 5


def test_objections_stand_beside_their_field_or_above_everything(service):
    form = form_of(service)
    form.refuse([Objection("kind_missing", field="kind"), Objection("contact_missing", field="phones"),
                 Objection("listing_waits"), Objection("weekday_not_valid", field="weekday")])  # fmt: skip
    assert [element for element, _label, _words in form.troubles()] == ["", "", "id_kind", "rows-phones"]


def test_something_wrong_in_a_folded_part_opens_it(service):
    def folded(form):
        return [shown.section.key for shown in form.shown() if not shown.open]

    assert folded(LightForm(service, service)) == ["standard", "place", "english"]
    wrong = form_of(service)
    wrong.refuse([Objection("text_too_long", field="cost", values={"limit": 1})])
    assert folded(wrong) == ["place", "english"]


def test_too_many_rows_are_too_many(service):
    form = form_of(service, **{"phones-TOTAL_FORMS": "9999"})
    assert form.sets["phones"].total_form_count() <= 60
    assert form_of(service, **{"phones-TOTAL_FORMS": "x"}).changes().get("phones") is None


def test_a_new_service_wants_a_name_and_a_kind():
    assert set(NewServiceForm({}).errors) == {"title", "kind"}
    form = NewServiceForm({"title": "Baru", "kind": "c6"})
    form.refuse([Objection("kind_missing", field="kind"), Objection("listing_of_somebody_else")])
    assert set(form.errors) == {"kind", "__all__"}


def test_differences_are_the_fields_that_differ_in_words(service):
    from directory.actions.listings import apply

    after = ServicePage.objects.get(pk=service.pk)
    assert differences(service, after) == []
    apply(
        after,
        {
            "price": "f",
            "minimum_age": 0,
            "phones": [{"number": "+622100000001", "extension": "7", "whatsapp": True, "description": "Malam"}],
            "schedules": [{"weekday": 2, "all_day": True}, {"weekday": 3, "opens": None, "closes": None}],
            "special_days": [{"day": date(2026, 12, 26)}, {"day": date(2026, 12, 27), "all_day": True}],
            "areas": [{"nationwide": True}, {"province": "ID-BA"}],
            "languages": [{"code": "su"}],
            "easements": [],
        },
    )
    found = {one.name: (one.before, one.after) for one in differences(service, after)}
    assert found["phones"] == (("129, Siang",), ("(021) 00000001, ekstensi 7, WhatsApp, Malam",))
    assert (found["price"][0], len(found["price"][1])) == ((), 1)
    assert found["minimum_age"] == ((), ("0",))
    assert found["schedules"][1] == ("Selasa siang dan malam", "Rabu –")
    assert found["areas"] == (("Kota Bandung, Jawa Barat",), ("Seluruh Indonesia", "Bali"))
    assert found["special_days"][0] == ("Jum, 25 Des 2026 tutup seharian, Natal",)
    assert [line.split(" ", 4)[-1] for line in found["special_days"][1]] == ["–", "siang dan malam"]
    assert (found["languages"][1], found["easements"][1]) == (("Sunda",), ())
    assert set(found) == {
        "price",
        "minimum_age",
        "phones",
        "schedules",
        "special_days",
        "areas",
        "languages",
        "easements",
    }


def test_against_nothing_everything_that_is_written_differs(provider):
    names = [one.name for one in differences(None, provider)]
    assert names == ["title", "phones", "province", "hidden_place"]
    assert differences(None, provider)[-1].after == ("tidak",)
