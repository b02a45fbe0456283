"""Two providers in one admin: neither sees a draft of the other's, nor changes anything, at any address there is."""

import re
from itertools import product

import pytest
from django.urls import get_resolver, resolve, reverse
from django.urls.resolvers import URLResolver
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction, Revision, TaskState, WorkflowState

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from directory.actions import update_listing
from directory.middleware import PAGE_ARGUMENTS, SCREENS
from tests.directory import factories
from tests.entering import enter

pytestmark = pytest.mark.django_db

SECRET = "RAHASIA-DRAF"
REFUSED = {302, 403, 404, 405}


@pytest.fixture
def two(client):
    """Mine (I am signed in) and theirs: theirs has a published page with a secret draft in review, and a secret service."""

    class Two:
        me = factories.user("saya")
        other = factories.user("mereka")

    Two.mine = factories.provider("Penyedia Saya", editors=[Two.me])
    Two.my_service = factories.service(Two.mine, "Layanan saya")
    Two.theirs = factories.provider("Penyedia Mereka", editors=[Two.other])
    Two.their_service = factories.service(Two.theirs, f"{SECRET} layanan", live=False, description=SECRET)
    update_listing(page=Two.theirs, changes={"title": f"{SECRET} judul"}, by=Two.other, now=timezone.now())
    Two.theirs.refresh_from_db()
    Two.state = Two.theirs.current_workflow_state
    enter(client, Two.me)
    return Two


def routes(resolver, prefix="", namespaces=()):
    """Every route below a resolver as (name, path with %(parameter)s, parameters)."""
    for name in resolver.reverse_dict:
        if not isinstance(name, str):
            continue
        for possibilities, *_rest in resolver.reverse_dict.getlist(name):
            for path, parameters in possibilities:
                # A namespace's prefix is still a regular expression (`editing\-sessions`).
                yield ":".join([*namespaces, name]), re.sub(r"\\(.)", r"\1", prefix) + path, parameters
    for namespace, (path, inner) in resolver.namespace_dict.items():
        yield from routes(inner, prefix + path, (*namespaces, namespace))


def admin_routes():
    site = get_resolver()
    within = next(
        part
        for outer in site.url_patterns
        if isinstance(outer, URLResolver)
        for part in outer.url_patterns
        if isinstance(part, URLResolver) and str(part.pattern) == "admin/"
    )
    return sorted(routes(within, "/admin/"))


def values(name, page, two):
    """What to put where a route asks for `name`, if the page it names is `page`."""
    if name in {*PAGE_ARGUMENTS, "pk", "object_id", "_0"}:
        return [page.pk]
    return {
        "revision_id": [two.theirs.latest_revision_id],
        "workflow_state_id": [two.state.pk],
        "task_state_id": [two.state.current_task_state_id],
        "task_id": [two.state.current_task_state.task_id],
        "workflow_pk": [two.state.workflow_id],
        "_1": ["live"],
        "_2": ["latest"],
        "content_type_app_name": ["directory"],
        "content_type_model_name": ["providerpage"],
        "app_label": ["wagtailcore", "directory"],
        "model_name": ["page", "providerpage"],
        "action": ["delete", "move", "publish", "unpublish"],
        "action_name": ["approve", "reject", "copy", "publish", "move"],
    }.get(name, ["1"])


def addresses(two):
    """Every address of the admin once, naming the other's pages, or mine beside the other's revisions and tasks."""
    seen = set()
    for name, path, parameters in admin_routes():
        for page in (two.theirs, two.their_service, two.mine):
            for chosen in product(*(values(parameter, page, two) for parameter in parameters)):
                address = path % dict(zip(parameters, chosen, strict=True))
                if address not in seen:
                    seen.add(address)
                    yield name, address, page, set(parameters)


def test_every_address_of_the_walk_is_the_one_it_is_taken_for(two):
    # Shadowed in cms.urls, as is resetting a password.
    ours = {"wagtailadmin_login", "wagtailadmin_logout", "wagtailadmin_error_test",
            "wagtailredirects:start_import", "wagtailredirects:process_import"}  # fmt: skip
    strays = {
        (name, path)
        for name, path, _page, _parameters in addresses(two)
        if resolve(path).view_name != name and name not in ours and "password_reset" not in path
    }
    assert strays == set()


def snapshot(two):
    pages = [two.theirs.pk, two.their_service.pk]
    return (
        list(Page.objects.filter(pk__in=pages).order_by("pk").values()),
        list(Revision.objects.filter(object_id__in=map(str, pages)).order_by("pk").values("pk", "content", "user")),
        list(WorkflowState.objects.order_by("pk").values()),
        list(TaskState.objects.order_by("pk").values()),
        PageViewRestriction.objects.count(),
        Page.objects.count(),
    )


def grabbing(two):
    """A form that asks for everything at once."""
    return {
        "title": "Direbut",
        "slug": "direbut",
        "id": str(two.theirs.pk),
        "type": "app",
        "new_title": "Direbut",
        "new_slug": "direbut",
        "new_parent_page": str(two.theirs.pk),
        "destination": str(two.mine.pk),
        "destination_page_id": str(two.mine.pk),
        "chooser": str(two.mine.pk),
        "revision_id": str(two.theirs.latest_revision_id),
        "action-publish": "1",
        "next": "/admin/",
    }


def test_the_walk_finds_the_addresses_that_matter():
    names = {name for name, _path, _parameters in admin_routes()}
    assert {
        "wagtailadmin_pages:edit",
        "wagtailadmin_pages:revisions_compare",
        "wagtailadmin_choose_page_child",
        "wagtail_bulk_action",
        "wagtailadmin_api:pages:listing",
        "wagtailadmin_reports:site_history",
        "wagtailadmin_editing_sessions:ping",
        "wagtailusers_users:index",
        "wagtailimages_chooser:choose",
    } <= names
    assert names >= SCREENS - {"wagtailadmin_logout"}, "a screen that is named but does not exist"


def test_no_address_shows_or_changes_the_others_draft(two, client):
    before = snapshot(two)
    tried = 0
    for name, path, page, parameters in addresses(two):
        query = {"id": two.theirs.pk, "q": "RAHASIA", "target_pages[]": two.theirs.pk, "multiple": "1"}
        for response in (client.get(path, query), client.post(path, grabbing(two))):
            tried += 1
            shown = response.getvalue() if response.streaming else response.content
            assert SECRET.encode() not in shown, (name, path)
            named = parameters & {*PAGE_ARGUMENTS, "_0"} and page != two.mine
            assert not named or response.status_code in REFUSED, (name, path, response.status_code)
        if name.endswith("account") or name == "wagtailadmin_logout":
            enter(client, two.me)
    assert snapshot(two) == before
    assert tried > 600


def test_the_same_draft_is_there_for_its_own_people(two, client):
    enter(client, two.other)
    assert SECRET in client.get(reverse("wagtailadmin_pages:edit", args=[two.theirs.pk])).content.decode()
    assert SECRET in client.get(reverse("wagtailadmin_explore", args=[two.theirs.pk])).content.decode()


def test_a_refusal_at_the_wall_is_recorded(two, client):
    assert client.get(reverse("wagtailadmin_pages:edit", args=[two.theirs.pk])).status_code == 404
    with acting_as(two.me):
        event = AuditEvent.objects.get(verb="listing.refused")
        assert (event.actor, event.detail) == (two.me, {"route": "wagtailadmin_pages:edit"})


@pytest.mark.parametrize("query", ["", "?id=1", "?q=RAHASIA", "?child_of=root", "?fields=*"])
def test_the_admin_api_lists_only_my_own(two, client, query):
    listing = client.get(reverse("wagtailadmin_api:pages:listing") + query)
    assert SECRET not in listing.content.decode()


def test_search_finds_only_my_own(two, client):
    found = client.get(reverse("wagtailadmin_pages:search"), {"q": "Penyedia"}).content.decode()
    assert "Penyedia Saya" in found
    assert "Penyedia Mereka" not in found


def test_the_chooser_of_another_walled_editor_shows_no_draft(two, client):
    """Somebody whose rights lie elsewhere in the site (guides) may choose pages, but not among providers' drafts."""
    from django.contrib.auth.models import Group, Permission
    from wagtail.models import GroupPagePermission

    from cms.models import GuidePage, HomePage

    home = HomePage.objects.get(locale__language_code="id")
    guide = home.add_child(instance=GuidePage(title="Panduan", slug="panduan"))
    editors = Group.objects.create(name="Penyunting panduan")
    editors.permissions.add(Permission.objects.get(codename="access_admin"))
    change = Permission.objects.get(codename="change_page", content_type__app_label="wagtailcore")
    GroupPagePermission.objects.create(group=editors, page=Page.objects.get(pk=guide.pk), permission=change)
    editor = factories.user("penyunting")
    editor.groups.add(editors)
    enter(client, editor)
    for query in ("", "?q=RAHASIA", "?page_type=directory.ProviderPage", "?page_type=directory.ServicePage"):
        for name, args in [
            ("wagtailadmin_choose_page", []),
            ("wagtailadmin_choose_page_search", []),
            ("wagtailadmin_choose_page_child", [factories.index().pk]),
            ("wagtailadmin_choose_page_child", [two.theirs.pk]),
        ]:
            response = client.get(reverse(name, args=args) + query)
            assert SECRET not in response.content.decode(), (name, query)


def test_the_page_types_report_is_shut_even_for_reviewers(two, client):
    enter(client, factories.reviewer("peninjau2"))
    assert client.get(reverse("wagtailadmin_reports:page_types_usage")).status_code == 404
    assert client.get(reverse("wagtailadmin_reports:site_history")).status_code == 200


def test_a_provider_adds_and_submits_its_own_service_but_cannot_publish(two, client):
    add = reverse("wagtailadmin_pages:add", args=["directory", "servicepage", two.mine.pk])
    assert client.get(add).status_code == 200
    form = editor_form(title="Pendampingan baru", slug="pendampingan-baru", kind="c6", status="active")
    response = client.post(add, form | {"action-publish": "1"})
    assert response.status_code == 302, response.context["form"].errors if response.context else response
    page = Page.objects.get(slug="pendampingan-baru")
    assert not page.live
    client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form | {"action-submit": "1"})
    page.refresh_from_db()
    assert not page.live
    assert page.current_workflow_state is not None
    with acting_as(two.me):
        assert AuditEvent.objects.filter(verb="listing.submitted", key=str(page.pk)).count() == 1


def editor_form(**fields):
    """What the browser sends from the editor of a service, with no part filled in."""
    form = {
        f"{part}-{field}": value
        for part in ("phones", "areas", "schedules", "special_days", "languages", "easements", "comments")
        for field, value in {
            "TOTAL_FORMS": "0",
            "INITIAL_FORMS": "0",
            "MIN_NUM_FORMS": "0",
            "MAX_NUM_FORMS": "1000",
        }.items()
    }
    return form | fields


@pytest.mark.parametrize("name", ["mine", "my_service"])
def test_the_editor_previews_the_page_as_readers_will_see_it(two, client, name):
    page = getattr(two, name)
    preview = reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])
    form = editor_form(title="Judul baru", slug=page.slug, kind="c4", status="active")
    form |= {f"phones-{field}": "1" for field in ("TOTAL_FORMS",)} | {
        "phones-0-short_code": "129",
        "phones-0-ORDER": "1",
    }
    form |= {"schedules-TOTAL_FORMS": "1", "schedules-0-weekday": "1", "schedules-0-all_day": "on"}
    form |= {"schedules-0-ORDER": "1"}
    assert client.post(preview, form).json() == {"is_valid": True, "is_available": True}
    shown = client.get(preview).content.decode()
    assert "Judul baru" in shown
    assert 'href="tel:129"' in shown.split("<main")[1]


def test_a_draft_can_be_viewed_by_its_own_people(two, client):
    enter(client, two.other)
    assert SECRET in client.get(reverse("wagtailadmin_pages:view_draft", args=[two.their_service.pk])).content.decode()


def test_a_provider_cannot_say_that_it_was_checked_by_a_reviewer(two, client):
    edit = reverse("wagtailadmin_pages:edit", args=[two.my_service.pk])
    assert b"checked_on" not in client.get(edit).content
    fields = {"title": "Layanan saya", "slug": two.my_service.slug, "kind": "c4", "status": "active"}
    client.post(edit, editor_form(**fields, checked_on="2026-01-01", checked_by="reviewer"))
    draft = two.my_service.get_latest_revision_as_object()
    assert (draft.checked_on, draft.checked_by) == (None, "")


def test_a_reviewer_publishes_what_was_submitted(two, client):
    enter(client, factories.reviewer("peninjau2"))
    task_state = two.state.current_task_state
    act = reverse("wagtailadmin_pages:workflow_action", args=[two.theirs.pk, "approve", task_state.pk])
    client.post(act, {"comment": ""})
    two.theirs.refresh_from_db()
    assert (two.theirs.live, two.theirs.title) == (True, f"{SECRET} judul")


def test_a_disabled_account_reaches_nothing(two, client):
    two.me.is_active = False
    two.me.save()
    assert client.get(reverse("wagtailadmin_explore", args=[two.mine.pk])).status_code == 302
