"""What everybody reads of a standard, what a provider's team answers, and what waits for a verifier."""

from datetime import timedelta
from html import unescape

import pytest
from allauth.account.adapter import get_adapter
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import translation

from cms.accounts.models import User
from cms.templatetags.sekali import day
from directory import foundation
from directory.models import Assessment, Criterion, Standard
from directory.models.standards import tally_of
from tests.directory import factories, verified
from tests.directory.test_views import page, text
from tests.entering import enter

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def criteria():
    return verified.binding()


@pytest.fixture
def editor():
    return factories.user("penyunting")


@pytest.fixture
def provider(editor):
    made = factories.provider(editors=[editor])
    factories.service(made, "Ruang wawancara", kind="d1")
    return made


def address(name, *args):
    return reverse(f"directory:{name}", args=args)


# --- for everybody --------------------------------------------------------------------------------------------------


def test_the_pages_say_what_is_met_what_ran_out_and_what_is_not_shown_yet(client, provider, criteria):
    today = verified.today()
    verified.met(provider, criteria[0], evidence="RAHASIA-BUKTI", remark="RAHASIA-CATATAN")
    verified.met(provider, criteria[1], today - DAY, verified_on=today - 400 * DAY)
    verified.met(provider, criteria[2], outcome="not_met", expires_on=None, remark="RAHASIA-CATATAN")
    Assessment.objects.create(provider=provider, criterion=criteria[3], met="yes", evidence="RAHASIA-BUKTI",
                              assessed_at=provider.first_published_at, assessed_by=verified.verifier("lain"))  # fmt: skip
    service = provider.get_children().get().specific
    for name, listing in (("provider_detail", provider), ("service_detail", service)):
        seen = page(client, name, listing.identifier, language="en").content.decode()
        assert seen.count("Seen by a verifier on") == seen.count("Was met until") == 1
        assert seen.count("Not shown yet.") == 6
        assert "RAHASIA" not in seen
        assert "met-not_yet" in seen


def test_a_service_that_no_standard_is_for_says_nothing_of_it(client, provider, criteria):
    other = factories.service(factories.provider("Penyedia Lain"), "Konseling", kind="c4")
    assert "verified here" not in text(page(client, "service_detail", other.identifier, language="en"))


def test_everybody_reads_what_is_asked_and_why(client, criteria):
    Criterion.objects.filter(pk=criteria[1].pk).update(ends_on=verified.today())
    seen = text(page(client, "standard_list", language="en"))
    assert criteria[0].words_en in seen
    assert criteria[1].words_en not in seen
    assert "Check the official text" in seen
    assert "Periksa naskah resmi" in text(page(client, "standard_list"))
    Standard.objects.update(ends_on=verified.today())
    assert "No standard is in force now." in text(page(client, "standard_list", language="en"))


def test_the_address_and_the_title_are_neutral_and_no_cookie_is_set(client, criteria):
    answer = page(client, "standard_list")
    assert (address("standard_list"), list(client.cookies)) == ("/info/k/", [])
    assert "<title>Sekali</title>" in answer.content.decode()


@pytest.mark.parametrize("name", ["provider_detail", "service_detail", "standard_list"])
def test_many_criteria_cost_no_more_than_one(client, provider, criteria, django_assert_max_num_queries, name):
    args = {"provider_detail": [provider.identifier], "standard_list": [],
            "service_detail": [provider.get_children().get().specific.identifier]}[name]  # fmt: skip
    Criterion.objects.exclude(pk=criteria[0].pk).delete()
    counts = []
    for more in (0, 3):
        verified.standard(*[True] * more)
        with translation.override("id"):
            page(client, name, *args)
            with django_assert_max_num_queries(30) as spent:
                page(client, name, *args)
        counts.append(len(spent))
    assert counts[0] == counts[1]


# --- for a provider's team ------------------------------------------------------------------------------------------


def test_a_team_sees_its_standing_answers_and_waits(client, provider, editor, criteria):
    enter(client, editor)
    seen = text(client.get(address("standing_detail", provider.identifier)))
    assert "Sekarang wawancara baru belum bisa dipesan di sini." in seen
    assert criteria[0].words in seen
    there = address("assessment_make", provider.identifier, criteria[0].pk)
    assert criteria[0].asks in text(client.get(there))
    answer = client.post(there, {"met": "yes", "evidence": "Ruang di lantai satu."})
    assert answer["Location"] == address("standing_detail", provider.identifier)
    assert Assessment.objects.get().evidence == "Ruang di lantai satu."
    assert "menunggu pemeriksa" in text(client.get(answer["Location"]))
    assert "Ruang di lantai satu." in client.get(there).content.decode()


def test_a_refusal_is_said_in_words_and_keeps_what_was_typed(client, provider, editor, criteria):
    enter(client, editor)
    there = address("assessment_make", provider.identifier, criteria[0].pk)
    assert "Sudah ditulis." in text(client.post(there, {"met": "", "evidence": "Sudah ditulis."}))
    refused = client.post(there, {"met": "yes", "evidence": "x" * 1001})
    assert "Teks ini terlalu panjang." in text(refused)
    assert "x" * 1001 in refused.content.decode()
    assert client.post(there, {"met": "maybe"}).status_code == 200
    assert not Assessment.objects.exists()


def test_a_team_is_warned_before_it_closes(client, provider, editor, criteria):
    for criterion in criteria:
        verified.met(provider, criterion, verified.today() + 30 * DAY)
    enter(client, editor)
    seen = text(client.get(address("standing_detail", provider.identifier)))
    assert "ada kriteria penting yang habis masa berlakunya. Jawablah lagi segera." in seen


def test_two_providers_do_not_see_each_other(client, provider, editor, criteria):
    other = factories.user("mereka")
    theirs = factories.provider("Penyedia Mereka", editors=[other])
    verified.met(theirs, criteria[0], evidence="RAHASIA-BUKTI")
    enter(client, editor)
    for there in (
        address("standing_detail", theirs.identifier),
        address("assessment_make", theirs.identifier, criteria[0].pk),
        address("assessment_list"),
        address("assessment_verify", Assessment.objects.get().pk),
    ):
        assert (client.get(there).status_code, client.post(there, {"met": "no"}).status_code) == (404, 404)
    assert Assessment.objects.get().met == "yes"


@pytest.mark.parametrize("who", ["nobody", "stranger", "reviewer", "boss", "verifier"])
def test_nobody_else_opens_a_teams_pages(client, provider, criteria, who):
    people = {
        "nobody": lambda: None,
        "stranger": lambda: factories.user("orang.luar"),
        "reviewer": lambda: User.objects.get(first_name="peninjau"),
        "boss": lambda: User.objects.create_superuser("bos@contoh.example", "x", first_name="Bos"),
        "verifier": verified.verifier,
    }
    if (person := people[who]()) is not None:
        enter(client, person)
    for there in (
        address("standing_detail", provider.identifier),
        address("assessment_make", provider.identifier, criteria[0].pk),
    ):
        answers = {client.get(there).status_code, client.post(there, {"met": "no"}).status_code}
        assert answers == ({302} if who == "nobody" else {404})
    assert not Assessment.objects.exists()


def test_what_does_not_exist_is_absent(client, provider, editor, criteria):
    enter(client, editor)
    Criterion.objects.filter(pk=criteria[0].pk).update(ends_on=verified.today())
    for pk in (criteria[0].pk, 0):
        assert client.get(address("assessment_make", provider.identifier, pk)).status_code == 404
    enter(client, verified.verifier())
    assert client.get(address("assessment_verify", 0)).status_code == 404


# --- for verifiers --------------------------------------------------------------------------------------------------


@pytest.fixture
def verifier(client):
    person = verified.verifier()
    enter(client, person)
    return person


def waiting(provider, criterion, days=1):
    now = provider.first_published_at - timedelta(days=days)
    return verified.met(provider, criterion, outcome="", verified_on=None, verified_by=None, expires_on=None, waits=True,
                        assessed_at=now)  # fmt: skip


def test_the_oldest_stands_first_and_what_runs_out_is_named(client, provider, criteria, verifier):
    waiting(provider, criteria[0])
    waiting(provider, criteria[1], days=9)
    verified.met(provider, criteria[2], verified.today() + DAY)
    seen = text(client.get(address("assessment_list")))
    order = [seen.index(criteria[number].words) for number in (1, 0, 2)]
    assert order == sorted(order)
    assert "Segera habis masa berlakunya" in seen


def test_an_empty_list_says_so(client, verifier):
    seen = text(client.get(address("assessment_list")))
    assert "Tidak ada yang menunggu" in seen
    assert "Tidak ada yang habis" in seen


def test_a_verifier_confirms(client, provider, criteria, verifier):
    there = address("assessment_verify", waiting(provider, criteria[0]).pk)
    assert "Ada." in text(client.get(there))
    until = verified.today() + 100 * DAY
    answer = client.post(there, {"outcome": "met", "until": until.isoformat(), "remark": ""})
    assert answer["Location"] == address("assessment_list")
    made = Assessment.objects.current().get()
    assert (made.outcome, made.expires_on, made.verified_by) == ("met", until, verifier)
    assert "Sementara itu, ini sudah dijawab lagi" in text(client.get(there))


def test_what_is_not_shown_yet_needs_words_and_no_day(client, provider, criteria, verifier):
    there = address("assessment_verify", waiting(provider, criteria[0]).pk)
    facts = {"outcome": "not_met", "until": verified.today().isoformat()}
    assert "Belum tertulis apa yang masih kurang." in text(client.post(there, facts))
    assert client.post(there, facts | {"remark": "Pintunya belum."}).status_code == 302
    assert Assessment.objects.current().get().remark == "Pintunya belum."


def test_bad_input_is_refused_in_words(client, provider, criteria, verifier):
    there = address("assessment_verify", waiting(provider, criteria[0]).pk)
    assert "Tanggal ini tidak ada." in text(client.post(there, {"outcome": "met", "until": "kapan"}))
    assert "Tulis tanggal sesudah hari ini." in text(client.post(there, {"outcome": "met", "until": ""}))
    assert Assessment.objects.count() == 1


def test_a_verifier_of_the_team_finds_nothing_of_its_own(client, provider, editor, criteria):
    made = waiting(provider, criteria[0])
    editor.groups.add(Group.objects.get(name=foundation.VERIFIERS))
    enter(client, editor)
    assert "Tidak ada yang menunggu" in text(client.get(address("assessment_list")))
    assert client.get(address("assessment_verify", made.pk)).status_code == 404


def test_a_verifier_finds_the_way(client, rf, verifier):
    """Who is nothing else lands there after signing in; who works in the admin finds it in the menu."""
    request = rf.get("/")
    request.user = verifier
    assert get_adapter(request).get_login_redirect_url(request) == address("assessment_list")
    for groups, shown in ((["Editors"], False), (["Editors", foundation.VERIFIERS], True)):
        verifier.groups.set(Group.objects.filter(name__in=groups))
        menu = client.get(reverse("wagtailadmin_home")).content.decode()
        assert (address("assessment_list") in menu) is shown


def test_without_the_second_step_nothing_opens(client, provider, editor):
    client.force_login(editor)
    answer = client.get(address("standing_detail", provider.identifier))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/")


@pytest.mark.parametrize("name", ["assessment_list", "standing_detail", "assessment_make"])
def test_pages_of_one_and_of_three_cost_the_same(
    client, provider, editor, criteria, django_assert_max_num_queries, name
):
    person = verified.verifier() if name == "assessment_list" else editor
    enter(client, person)
    args = {"assessment_list": [], "standing_detail": [provider.identifier],
            "assessment_make": [provider.identifier, criteria[0].pk]}[name]  # fmt: skip
    counts = []
    for some in (criteria[:1], criteria[1:3]):
        for criterion in some:
            waiting(provider, criterion)
        client.get(address(name, *args))
        with django_assert_max_num_queries(40) as spent:
            client.get(address(name, *args))
        counts.append(len(spent))
    assert counts[0] == counts[1]


# --- for editors ----------------------------------------------------------------------------------------------------


@pytest.fixture
def editing(client):
    person = factories.user("redaktur")
    person.groups.add(Group.objects.get(name="Editors"))
    enter(client, person)
    return Standard.objects.get()


def sent(standard, *, delete=(), **changes):
    """What the snippet's form sends."""
    names = ("title", "title_en", "version", "about", "about_en", "source", "source_en", "kind")
    facts = {name: getattr(standard, name) for name in names} | {
        "starts_on": standard.starts_on.isoformat(),
        "ends_on": "",
    }
    rows = list(standard.criteria.all())
    facts |= {"criteria-TOTAL_FORMS": len(rows), "criteria-INITIAL_FORMS": len(rows), "criteria-MIN_NUM_FORMS": 0,
              "criteria-MAX_NUM_FORMS": 1000}  # fmt: skip
    for place, row in enumerate(rows):
        kept = {"id": row.pk, "words": row.words, "words_en": row.words_en, "asks": row.asks, "asks_en": row.asks_en,
                "months": row.months, "starts_on": "", "ends_on": "", "ORDER": place + 1,
                "DELETE": "on" if place in delete else ""}  # fmt: skip
        kept |= {"essential": "on"} if row.essential else {}
        facts |= {f"criteria-{place}-{name}": value for name, value in kept.items()}
    return facts | changes


def edit(client, standard, **changes):
    return client.post(
        reverse("wagtailsnippets_directory_standard:edit", args=[standard.pk]), sent(standard, **changes)
    )


def test_editors_mend_the_words_and_what_was_is_kept(client, editing, criteria):
    standard = Standard.objects.get()
    assert client.get(reverse("wagtailsnippets_directory_standard:edit", args=[standard.pk])).status_code == 200
    answer = edit(client, standard, **{"criteria-0-words": "Ada ruang yang tenang."})
    assert answer.status_code == 302
    assert standard.criteria.first().words == "Ada ruang yang tenang."
    assert standard.revisions.count() == 1


def test_editors_are_told_why_a_demand_cannot_bind_at_once(client, editing, criteria):
    standard = Standard.objects.get()
    answer = edit(client, standard, **{"criteria-7-essential": "on"})
    assert (
        "Tidak ada rumah yang ditutup" in answer.content.decode() or "berlaku terlalu cepat" in answer.content.decode()
    )
    assert not Criterion.objects.get(pk=criteria[7].pk).essential
    later = (verified.today() + 60 * DAY).isoformat()
    assert edit(client, standard, **{"criteria-7-essential": "on", "criteria-7-starts_on": later}).status_code == 302


def test_editors_end_what_was_assessed_and_do_not_remove_it(client, editing, provider, criteria):
    verified.met(provider, criteria[5])
    standard = Standard.objects.get()
    assert "tidak bisa dihapus" in edit(client, standard, delete=[5]).content.decode()
    assert edit(client, standard, delete=[6]).status_code == 302
    assert standard.criteria.count() == 7


def test_providers_reach_no_screen_of_the_standards(client, editor, provider, criteria):
    enter(client, editor)
    for name, args in (
        ("list", []),
        ("add", []),
        ("edit", [criteria[0].standard_id]),
        ("history", [criteria[0].standard_id]),
    ):
        assert client.get(reverse(f"wagtailsnippets_directory_standard:{name}", args=args)).status_code == 404


def test_nobody_deletes_a_standard_not_even_the_boss_and_not_several_at_once(client, criteria):
    enter(client, User.objects.create_superuser("bos@contoh.example", "x", first_name="Bos"))
    standard = Standard.objects.get()
    one = reverse("wagtailsnippets_directory_standard:delete", args=[standard.pk])
    several = reverse("wagtail_bulk_action", args=["directory", "standard", "delete"]) + f"?id={standard.pk}"
    for there in (one, several):
        assert client.get(there)["Location"] == client.post(there)["Location"] == "/admin/"
    assert Standard.objects.get() == standard


# --- one standard ---------------------------------------------------------------------------------------------------


def facts(client, standard, language="en"):
    return unescape(text(page(client, "standard_detail", standard.pk, language=language)))


def test_one_standard_says_what_is_asked_how_it_is_seen_and_since_when(client, criteria):
    standard = criteria[0].standard
    Criterion.objects.filter(pk=criteria[1].pk).update(starts_on=verified.today() + 30 * DAY)
    seen = facts(client, standard)
    for one in criteria:
        assert one.words_en in seen
        assert one.asks_en in seen
    assert "A confirmation counts for 24 months." in seen
    assert f"It binds from {date_format(verified.today() + 30 * DAY)}" in seen
    assert "Without it no new" not in seen
    assert "Essential means: without it no new interview is booked there." in seen
    assert "Check the official text." in seen
    assert "Periksa naskah resmi." in facts(client, standard, "id")


def date_format(moment):
    with translation.override("en"):
        return day(moment)


def test_how_many_meet_it_counts_published_providers_whose_confirmation_has_not_run_out(client, provider, criteria):
    today = verified.today()
    essential = [one for one in criteria if one.essential]
    for one in essential:
        verified.met(provider, one)
    other = factories.provider("Penyedia Lain")
    verified.met(other, essential[0])
    verified.met(other, essential[1], today - DAY, verified_on=today - 400 * DAY)
    gone = factories.provider("Penyedia Tutup")
    for one in essential:
        verified.met(gone, one)
    gone.unpublish()
    tally = tally_of(criteria, today)
    assert tally.essential == 1
    assert [tally.each[one.pk] for one in essential[:3]] == [2, 1, 1]
    assert [tally.each[one.pk] for one in criteria if not one.essential] == [0, 0, 0]
    seen = facts(client, criteria[0].standard)
    assert "Meet all that is essential 1 provider" in seen
    assert "2 providers meet it today." in seen


def test_a_standard_that_binds_nobody_yet_counts_nobody(client, criteria):
    Standard.objects.update(starts_on=verified.today() + 90 * DAY)
    seen = facts(client, criteria[0].standard)
    assert "not yet" in seen
    assert "Meet all that is essential" not in seen


def test_what_was_asked_before_stands_apart(client, criteria):
    Criterion.objects.filter(pk=criteria[1].pk).update(ends_on=verified.today())
    seen = facts(client, criteria[0].standard)
    assert seen.index(criteria[1].words_en) > seen.index("What is no longer asked") > seen.index(criteria[2].words_en)


def test_versions_lead_to_each_other(client, criteria):
    old = criteria[0].standard
    new = verified.standard(True, starts_on=verified.today() + 90 * DAY)
    Standard.objects.filter(pk=new.pk).update(title=old.title, version="2")
    Standard.objects.filter(pk=old.pk).update(ends_on=verified.today())
    seen = page(client, "standard_detail", old.pk, language="en").content.decode()
    assert f'href="{address_in("en", "standard_detail", new.pk)}"' in seen
    assert "no longer" in seen
    assert "Version 1" in facts(client, new)


def address_in(language, name, *args):
    with translation.override(language):
        return address(name, *args)


def test_a_standard_that_is_not_there(client, criteria):
    assert client.get("/info/k/999999/").status_code == 404


def test_the_page_of_a_standard_has_a_neutral_address_and_title_and_sets_no_cookie(client, criteria):
    answer = page(client, "standard_detail", criteria[0].standard_id)
    assert address("standard_detail", 7) == "/info/k/7/"
    assert list(client.cookies) == []
    assert "<title>Sekali</title>" in answer.content.decode()


def test_a_source_without_a_law_asks_nobody_to_check_one(client, criteria):
    other = verified.standard(True, kind="")
    seen = facts(client, other)
    assert "unofficial copies" not in seen
    assert "Everybody in this directory" in seen


def test_the_page_of_a_standard_costs_the_same_with_eight_criteria_and_one(
    client, provider, criteria, django_assert_max_num_queries
):
    counts = []
    for few in (False, True):
        if few:
            Criterion.objects.exclude(pk=criteria[0].pk).delete()
        else:
            for one in criteria:
                verified.met(factories.provider(f"Penyedia {one.pk}"), criteria[0])
        with translation.override("id"):
            page(client, "standard_detail", criteria[0].standard_id)
            with django_assert_max_num_queries(12) as spent:
                page(client, "standard_detail", criteria[0].standard_id)
        counts.append(len(spent))
    assert counts[0] == counts[1]
