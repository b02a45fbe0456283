"""The providers' own pages: written on a phone, kept by themselves, looked over, sent, taken back; and the team."""

import gzip
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision

from cms.accounts.models import User
from directory.actions import update_listing
from directory.actions.drafts import save_draft
from directory.models import ProviderPage, ServicePage, TeamInvitation
from directory.models.standing import mark_of
from directory.models.teams import team
from tests.directory import factories
from tests.entering import enter
from tests.services.pages import Page

pytestmark = pytest.mark.django_db
MOST = 100 * 1024  # bytes over the wire of the form with everything it loads
NOW = timezone.now


@pytest.fixture
def me(client):
    person = factories.user("saya")
    person.provider = factories.provider("Penyedia Saya", editors=[person])
    person.service = factories.service(person.provider, "Layanan saya")
    enter(client, person)
    return person


def at(name, *args):
    return reverse(f"directory:{name}", args=[getattr(arg, "identifier", arg) for arg in args])


def typed(client, page, **changes):
    return Page(client.get(at("listing_edit", page))).typed(holding="base") | changes


def post(client, page, **changes):
    return client.post(at("listing_edit", page), typed(client, page, **changes))


def latest(page):
    return type(page).objects.get(pk=page.pk).get_latest_revision_as_object()


def fresh(page):
    return type(page).objects.get(pk=page.pk)


def test_own_pages_say_where_everything_stands(client, me):
    shown = Page(client.get(at("portal")))
    assert "Penyedia Saya" in shown.main
    assert "tampil sekarang" in shown.main
    assert shown.soup.find("a", href=at("listing_edit", me.service))
    update_listing(page=me.service, changes={"description": "Baru."}, by=me, now=NOW())
    assert "menunggu peninjau sejak" in Page(client.get(at("portal"))).main
    state = fresh(me.service).current_workflow_state.current_task_state
    state.specific.reject(user=factories.reviewer("peninjau2"), comment="Nomornya tidak aktif?")
    shown = Page(client.get(at("portal"))).main
    assert "dikembalikan peninjau" in shown
    assert "Nomornya tidak aktif?" in shown
    assert "peninjau2" not in shown


def test_the_reviewers_no_comes_as_a_letter_that_says_nothing(client, me):
    update_listing(page=me.service, changes={"description": "Baru."}, by=me, now=NOW())
    mail.outbox.clear()
    state = fresh(me.service).current_workflow_state.current_task_state
    state.specific.reject(user=factories.reviewer("peninjau2"), comment="Nomornya tidak aktif?")
    (letter,) = mail.outbox
    assert letter.to == [me.email]
    for planted in ("Layanan saya", "Nomornya", "peninjau2", "Peninjauan"):
        assert planted not in letter.subject + letter.body
    assert "/account/login/" in letter.body


def test_reviewers_are_told_as_little_by_mail(client, me):
    mail.outbox.clear()
    update_listing(page=me.service, changes={"description": "Baru."}, by=me, now=NOW())
    assert mail.outbox
    assert not [letter for letter in mail.outbox if "Layanan" in letter.subject + letter.body]


def test_one_tap_says_that_it_is_still_correct(client, me):
    form = Page(client.get(at("portal"))).soup.find("form", action=at("listing_confirm", me.service))
    assert form is not None
    client.post(form["action"])
    assert fresh(me.service).checked_by == "provider"
    assert not Page(client.get(at("portal"))).soup.find("form", action=at("listing_confirm", me.service))


def test_save_the_draft(client, me):
    answer = post(client, me.service, description="Baru.", save="1")
    assert answer["Location"] == at("listing_edit", me.service)
    assert latest(me.service).description == "Baru."
    assert fresh(me.service).description != "Baru."
    shown = Page(client.get(answer["Location"]))
    assert "Tersimpan pukul" in shown.main
    assert "Belum tampil:" in shown.main


def test_what_cannot_be_read_stays_on_the_screen_and_the_rest_is_kept(client, me):
    answer = Page(post(client, me.service, description="Baru.", email="tidak ada", save="1"))
    assert answer.typed(holding="base")["email"] == "tidak ada"
    assert len(answer.errors()) == 2  # in the list above, and beside the field
    assert latest(me.service).description == "Baru."


@pytest.mark.parametrize(("page", "more"), [("service", "phones"), ("service", "schedules"), ("service", "week"),
                                            ("service", "special_days"), ("service", "areas"), ("provider", "phones")])  # fmt: skip
def test_one_more_row_without_script(client, me, page, more):
    listing = getattr(me, page)
    answer = post(client, listing, more=more)
    name = "schedules" if more == "week" else more
    assert answer["Location"] == f"{at('listing_edit', listing)}?more={more}#rows-{name}"
    before = int(typed(client, listing)[f"{name}-TOTAL_FORMS"])
    grown = Page(client.get(answer["Location"].split("#")[0])).typed(holding="base")
    assert int(grown[f"{name}-TOTAL_FORMS"]) > before
    wrong = Page(post(client, listing, more=more, email="tidak ada")).typed(holding="base")
    assert (int(wrong[f"{name}-TOTAL_FORMS"]) > before, wrong["email"]) == (True, "tidak ada")


def test_look_over_and_send(client, me):
    answer = post(client, me.service, description="Baru.", next="1")
    assert answer["Location"] == at("listing_changes", me.service)
    shown = Page(client.get(answer["Location"]))
    assert "Ada yang mendengarkan." in shown.main
    assert "Baru." in shown.main
    assert not shown.soup.find(id="field-kind")  # only what differs
    client.post(answer["Location"], shown.typed(holding="base"))
    page = fresh(me.service)
    assert page.workflow_in_progress
    assert page.current_workflow_state.current_task_state.revision.as_object().description == "Baru."
    shown = Page(client.get(at("listing_changes", me.service)))
    assert "Yang sedang ditinjau" in shown.main
    assert "Baru." in shown.main
    assert not shown.soup.find("main").find("form")


def test_what_is_not_whole_is_named_before_it_is_sent_and_kept_as_a_draft(client, me):
    answer = Page(post(client, me.service, description="", kind="", next="1"))
    assert len(answer.soup.select("#form-errors li")) == 2
    assert latest(me.service).description == ""
    read = Page(client.get(at("listing_changes", me.service))).typed(holding="base")
    sent = Page(client.post(at("listing_changes", me.service), read))
    assert len(sent.errors()) == 2
    assert not fresh(me.service).workflow_in_progress


def test_nothing_is_sent_that_was_not_read(client, me):
    post(client, me.service, description="Satu.", save="1")
    read = Page(client.get(at("listing_changes", me.service))).typed(holding="base")
    post(client, me.service, description="Dua.", save="1")
    for sent in (read, {}):
        answer = Page(client.post(at("listing_changes", me.service), sent))
        assert len(answer.errors()) == 1
        assert "Dua." in answer.main
    assert not fresh(me.service).workflow_in_progress
    client.post(at("listing_changes", me.service), answer.typed(holding="base"))
    assert fresh(me.service).workflow_in_progress


def test_a_shelters_address_is_refused_in_every_way_it_could_be_kept(client, me):
    before = Revision.objects.count()
    changes = {"kind": "c8", "street": "Jalan Rahasia 7"}
    for way in ({"save": "1"}, {"next": "1"}, {"more": "phones"}):
        answer = Page(post(client, me.service, **changes, **way))
        assert answer.typed(holding="base")["street"] == "Jalan Rahasia 7"
        assert any("rumah aman" in words for words in answer.errors())
    told = client.post(at("listing_autosave", me.service), typed(client, me.service, **changes)).json()
    assert told["kept"] is False
    assert "rumah aman" in told["words"]
    assert ["id_street", *told["wrong"][0][1:]] in told["wrong"]
    assert Revision.objects.count() == before
    assert "Rahasia" not in str(list(Revision.objects.values_list("content", flat=True)))


def autosave(client, page, form, **changes):
    return client.post(at("listing_autosave", page), form | changes).json()


def test_it_keeps_itself_again_and_again(client, me):
    form = typed(client, me.service)
    told = autosave(client, me.service, form, description="Satu.")
    assert (told["kept"], told["words"].startswith("Tersimpan pukul")) == (True, True)
    told = autosave(client, me.service, form, description="Dua.", base=told["base"])
    assert (told["kept"], told["wrong"]) == (True, [])
    told = autosave(client, me.service, form, description="Tiga.", email="x", base=told["base"])
    assert (told["kept"], [wrong[0] for wrong in told["wrong"]]) == (True, ["id_email"])
    assert latest(me.service).description == "Tiga."
    assert not fresh(me.service).workflow_in_progress
    assert client.get(at("listing_autosave", me.service)).status_code == 405


def test_a_second_writer_is_told_and_overwrites_only_knowingly(client, me):
    form = typed(client, me.service, description="Dari saya.")
    colleague = factories.user("rekan")
    me.groups.first().user_set.add(colleague)
    save_draft(
        page=me.service,
        changes={"description": "Dari rekan."},
        base=mark_of(fresh(me.service)),
        by=colleague,
        now=NOW(),
    )
    told = autosave(client, me.service, form)
    assert (told["kept"], told["stop"], told["base"]) == (False, True, form["base"])
    answer = Page(client.post(at("listing_edit", me.service), form | {"save": "1"}))
    assert latest(me.service).description == "Dari rekan."
    assert "Dari rekan." in answer.main
    assert answer.typed(holding="base")["description"] == "Dari saya."
    client.post(at("listing_edit", me.service), answer.typed(holding="base") | {"save": "1"})
    assert latest(me.service).description == "Dari saya."


def test_what_waits_is_taken_back_first(client, me):
    form = typed(client, me.service)
    update_listing(page=me.service, changes={"description": "Dikirim."}, by=me, now=NOW())
    shown = Page(client.get(at("listing_edit", me.service)))
    assert not shown.soup.find(attrs={"name": "base"})
    told = autosave(client, me.service, form, description="Diam-diam.")
    assert (told["kept"], told["stop"]) == (False, True)
    assert (
        "Diam-diam."
        in client.post(at("listing_edit", me.service), form | {"description": "Diam-diam."}).content.decode()
    )
    assert client.get(at("listing_withdraw", me.service)).status_code == 200
    answer = client.post(at("listing_withdraw", me.service))
    assert answer["Location"] == at("listing_edit", me.service)
    assert typed(client, me.service)["description"] == "Dikirim."
    assert Page(client.post(at("listing_withdraw", me.service))).errors()


def test_history_in_words_and_any_version_beside_what_is_public(client, me):
    update_listing(page=me.service, changes={"description": "Baru."}, by=me, now=NOW())
    page = fresh(me.service)
    shown = Page(client.get(at("listing_history", page)))
    assert "saya" in shown.main
    assert "tampil sekarang" in shown.main
    version = Page(client.get(at("listing_version", page, page.latest_revision_id)))
    assert "Baru." in version.main
    live = Page(client.get(at("listing_version", page, page.live_revision_id)))
    assert "sama dengan yang dilihat umum" in live.main
    elsewhere = fresh(me.provider).latest_revision_id
    assert client.get(at("listing_version", page, elsewhere)).status_code == 404


def test_a_new_service_begins_with_a_name_and_a_kind(client, me):
    assert client.get(at("service_new", me.provider)).status_code == 200
    wrong = Page(client.post(at("service_new", me.provider), {"title": "", "kind": "c6"}))
    assert wrong.errors()
    assert client.post(at("service_new", me.provider), {"title": "x" * 400, "kind": "c6"}).status_code == 200
    answer = client.post(at("service_new", me.provider), {"title": "Bantuan hukum", "kind": "c6"})
    page = ServicePage.objects.get(title="Bantuan hukum")
    assert answer["Location"] == at("listing_edit", page)
    assert client.get(at("service_new", me.service)).status_code == 404
    assert client.get(at("listing_discard", me.service)).status_code == 404
    assert client.get(at("listing_discard", page)).status_code == 200
    client.post(at("listing_discard", page))
    assert not ServicePage.objects.filter(pk=page.pk).exists()


def test_the_team_invites_and_takes_out(client, me, django_capture_on_commit_callbacks):
    address = at("provider_team", me.provider)
    assert "saya" in Page(client.get(address)).main
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(address, {"name": "Rekan", "email": "rekan@contoh.example"})["Location"] == address
    assert len(mail.outbox) == 1
    shown = Page(client.get(address)).main
    assert "rekan@contoh.example" in shown
    again = Page(client.post(address, {"name": "Saya", "email": me.email}))
    assert again.errors()
    assert Page(client.post(address, {"name": "", "email": "x"})).errors()
    invitation = TeamInvitation.objects.get()
    colleague = User.objects.get(email="rekan@contoh.example")
    enter(client, colleague)
    assert "Penyedia Saya" in Page(client.get(at("portal"))).main
    assert client.get(address).status_code == 404
    assert client.post(at("invitation_answer", invitation.pk), {"answer": "yes"})["Location"] == at("portal")
    assert set(team(me.provider)) == {me, colleague}
    assert client.get(at("team_remove", me.provider, me.pk)).status_code == 200
    client.post(at("team_remove", me.provider, me.pk))
    assert list(team(me.provider)) == [colleague]
    assert Page(client.post(at("team_remove", me.provider, colleague.pk))).errors()
    enter(client, me)
    assert client.get(at("portal")).status_code == 404


def test_who_takes_oneself_out_is_led_outside(client, me):
    me.groups.first().user_set.add(factories.user("rekan"))
    assert client.post(at("team_remove", me.provider, me.pk))["Location"] == "/"


def test_an_invitation_is_refused_or_taken_back(client, me):
    client.post(at("provider_team", me.provider), {"name": "Rekan", "email": "rekan@contoh.example"})
    first = TeamInvitation.objects.get()
    assert client.post(at("invitation_end", me.provider, first.pk)).status_code == 302
    assert client.post(at("invitation_end", me.provider, first.pk)).status_code == 404
    client.post(at("provider_team", me.provider), {"name": "Rekan", "email": "rekan@contoh.example"})
    second = TeamInvitation.objects.open(NOW()).get()
    enter(client, User.objects.get(email="rekan@contoh.example"))
    assert client.post(at("invitation_answer", second.pk), {"answer": "no"})["Location"] == "/"
    assert client.get(at("portal")).status_code == 404


def test_a_reviewer_registers_a_provider_and_invites_its_first_person(client, me):
    assert client.get(at("provider_new")).status_code == 404
    enter(client, factories.reviewer("peninjau2"))
    assert client.get(at("provider_new")).status_code == 200
    assert "Daftarkan penyedia" in Page(client.get(at("portal"))).main
    told = {"title": "Penyedia Baru", "name": "Ani", "email": "ani@contoh.example", "hidden_place": "on"}
    assert Page(client.post(at("provider_new"), told | {"email": "x"})).errors()
    answer = client.post(at("provider_new"), told)
    page = ProviderPage.objects.get(title="Penyedia Baru")
    assert (page.live, page.hidden_place) == (False, True)
    assert answer["Location"] == at("provider_team", page)
    assert TeamInvitation.objects.get().email == "ani@contoh.example"
    assert Page(client.post(at("provider_new"), told | {"title": "   "})).errors()


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_questions_does_not_grow(client, me, count, django_assert_max_num_queries):
    for number in range(count):
        page = factories.service(
            me.provider, f"Lagi {number}", live=False, phones=[{"short_code": "129"}] * (number + 1)
        )
        update_listing(page=page, changes={"description": f"{number}"}, by=me, now=NOW())
    client.get(at("portal"))
    with django_assert_max_num_queries(30):
        client.get(at("portal"))
    with django_assert_max_num_queries(40):
        client.get(at("listing_history", page))
    with django_assert_max_num_queries(40):
        client.get(at("provider_team", me.provider))


def test_the_form_weighs_little(client, me):
    """The heaviest listing of the demonstration, with every style and script it loads.

    Counted as production sends them: pages as they are, for they carry a token, and static files compressed.
    """
    from directory import demo

    told = next(told for told in demo.LISTINGS if told["title"] == demo.MINE)["services"][0]
    changes = {name: value for name, value in told.items() if name != "title"}
    update_listing(
        page=me.service, changes=changes | {"phones": [{"short_code": "129"}, {"short_code": "110"}]}, by=me, now=NOW()
    )
    fresh(me.service).current_workflow_state.cancel(user=me)
    page = Page(client.get(at("listing_edit", me.service)))
    loaded = [link["href"] for link in page.soup.select("link[rel=stylesheet]")]
    loaded += [script["src"] for script in page.soup.select("script[src]")]
    files = [finders.find(url.removeprefix(settings.STATIC_URL)) for url in loaded]
    assert len(files) == 4
    weights = [len(page.html.encode()), *(len(gzip.compress(Path(file).read_bytes())) for file in files)]
    assert sum(weights) <= MOST, weights


@pytest.mark.parametrize("name", ["portal", "listing_edit", "listing_changes", "listing_history", "provider_team"])
def test_nothing_of_it_is_kept_by_a_browser_or_named_in_its_title(client, me, name):
    answer = client.get(at(name) if name == "portal" else at(name, me.provider))
    assert answer["Cache-Control"] == "no-store, private"
    assert "Penyedia Saya" not in Page(answer).soup.title.string
