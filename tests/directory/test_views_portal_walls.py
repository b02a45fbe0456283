"""Two providers on the providers' own pages: at every address there is, another's looks as if it were not there."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import get_resolver, reverse
from django.utils import timezone
from wagtail.models import Page, Revision, TaskState, WorkflowState

from cms.accounts.models import User
from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from directory import staff_urls, urls
from directory.actions import team as team_actions
from directory.actions import update_listing
from directory.actions.sheets import receive_sheet
from directory.actions.standards import assess_itself
from directory.models import Assessment, Fault, TeamInvitation
from directory.models.teams import team
from tests.directory import factories, verified
from tests.directory.sheets import as_csv, office
from tests.entering import enter
from tests.house.doors import routes

pytestmark = pytest.mark.django_db

SECRET = "RAHASIA-DRAF"
ABSENT = 999_999
NOW = timezone.now
# Addresses that name nothing of anybody's: each shows one's own alone.
OWN = {
    "directory:portal", "directory:fault_list", "directory:sheet_upload", "directory:sheet_template",
    "directory:sheet_export",
}  # fmt: skip
REVIEWERS_ONLY = {"directory:provider_new"}
VERIFIERS_ONLY = {"directory:assessment_list"}


@pytest.fixture
def two(client):
    """Mine (I am signed in) and theirs, with a draft in review, a draft of their own, a colleague, somebody invited, a report."""

    class Two:
        me, other, colleague = (factories.user(name) for name in ("saya", "lestari", "wulandari"))

    Two.mine = factories.provider("Penyedia Saya", editors=[Two.me])
    Two.my_service = factories.service(Two.mine, "Layanan saya")
    Two.theirs = factories.provider(f"{SECRET} penyedia", live=False, editors=[Two.other, Two.colleague])
    Two.their_service = factories.service(Two.theirs, f"{SECRET} layanan", live=False, email="a@contoh.example")
    update_listing(page=Two.their_service, changes={"description": SECRET}, by=Two.other, now=NOW())
    Two.invitation = team_actions.invite(
        provider=Two.theirs, email="rahasia@contoh.example", name=SECRET, site="https://x", by=Two.other, now=NOW()
    )
    today = NOW().date()
    Two.fault = Fault.objects.create(
        service=Two.their_service, reason="n", opened_on=today, last_on=today, due_on=today + timedelta(days=7)
    )
    criterion = verified.binding()[0]
    Two.assessment = assess_itself(
        provider=Two.theirs, criterion=criterion, met="yes", evidence=SECRET, by=Two.other, now=NOW()
    )
    with acting_as(Two.other):
        Two.sheet = receive_sheet(data=as_csv([office(f"{SECRET} penyedia")]), by=Two.other, now=NOW())
    enter(client, Two.me)
    return Two


def portal_routes():
    """Every route of the directory that the readers' process does not have."""
    public = {pattern.name for pattern in urls.urlpatterns}
    return sorted(
        (name, path, parameters)
        for name, path, parameters in routes(get_resolver())
        if name.startswith("directory:") and name.split(":")[1] not in public
    )


def addresses(two, page):
    """[(name, address of `page`'s, address of nothing)] of every route that names something."""
    chosen = {
        "identifier": (page.identifier, uuid.uuid4()),
        "revision_id": (page.latest_revision_id, ABSENT),
        "person_id": (two.other.pk, ABSENT),
        "invitation_id": (two.invitation.pk, ABSENT),
        "pk": (two.fault.pk, ABSENT),
    }
    for name, path, parameters in portal_routes():
        if parameters:
            own = chosen | others_of(two, name)
            yield name, *(path % {one: own[one][which] for one in parameters} for which in (0, 1))


def others_of(two, name):
    """What a parameter means at the addresses of spreadsheets and of standards."""
    if name.startswith("directory:sheet_"):
        return {"identifier": (two.sheet.identifier, uuid.uuid4())}
    if name.startswith("directory:assessment_"):
        made = two.assessment
        return {"pk": (made.criterion_id if name.endswith("_make") else made.pk, ABSENT)}
    return {}


def snapshot():
    return [
        list(Page.objects.order_by("pk").values()),
        list(Revision.objects.order_by("pk").values("pk", "content", "user")),
        list(WorkflowState.objects.order_by("pk").values()),
        list(TaskState.objects.order_by("pk").values()),
        list(TeamInvitation.objects.order_by("pk").values()),
        list(Fault.objects.order_by("pk").values()),
        list(Assessment.objects.order_by("pk").values()),
        [(group.name, list(group.user_set.values_list("pk"))) for group in Group.objects.order_by("pk")],
        User.objects.count(),
    ]


GRAB = {
    "title": "Direbut", "kind": "c4", "description": "Direbut", "save": "1", "next": "1", "base": "",
    "name": "Saya", "email": "saya2@contoh.example", "answer": "yes", "outcome": "mended", "how": "call",
}  # fmt: skip


def test_the_walk_finds_every_page_of_the_portal(two):
    names = {name.split(":")[1] for name, _path, _parameters in portal_routes()}
    assert names == {pattern.name for pattern in staff_urls.urlpatterns} - {
        pattern.name for pattern in urls.urlpatterns
    }
    assert len(names) > 15
    walked = {name for name, _theirs, _nothing in addresses(two, two.theirs)}
    assert {f"directory:{name}" for name in names} == walked | OWN | REVIEWERS_ONLY | VERIFIERS_ONLY


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("whose", ["theirs", "their_service"])
def test_anothers_listing_answers_as_an_absent_one(two, client, method, whose):
    before = snapshot()
    for name, theirs, nothing in addresses(two, getattr(two, whose)):
        answers = [getattr(client, method)(address, GRAB) for address in (theirs, nothing)]
        statuses = {answer.status_code for answer in answers}
        assert statuses <= {404, 405}, (name, statuses)
        assert len(statuses) == 1, name
        bodies = {
            answer.content.replace(address.encode(), b"")
            for answer, address in zip(answers, (theirs, nothing), strict=True)
        }
        assert len(bodies) == 1, name
        assert SECRET.encode() not in answers[0].content
    assert snapshot() == before


def test_mine_with_a_part_of_theirs_answers_as_an_absent_one(two, client):
    """My provider, and their person, invitation or revision."""
    before = snapshot()
    for name, part in (
        ("team_remove", two.other.pk), ("team_remove", two.colleague.pk), ("invitation_end", two.invitation.pk),
        ("listing_version", two.their_service.latest_revision_id), ("listing_version", two.theirs.latest_revision_id),
    ):  # fmt: skip
        for page in (two.mine, two.my_service):
            address = reverse(f"directory:{name}", args=[page.identifier, part])
            assert {client.get(address).status_code, client.post(address, GRAB).status_code} <= {404, 405}, name
    assert snapshot() == before


@pytest.mark.parametrize("name", sorted(OWN | REVIEWERS_ONLY | VERIFIERS_ONLY))
def test_what_names_nothing_shows_nothing_of_theirs(two, client, name):
    for query in ("", "?page=2", "?q=RAHASIA"):
        assert SECRET.encode() not in b"".join(client.get(reverse(name) + query))


def test_nobody_reads_the_names_of_another_team(two, client):
    shown = client.get(reverse("directory:provider_team", args=[two.mine.identifier])).content.decode()
    assert "saya" in shown
    assert not [name for name in ("lestari", "wulandari", "rahasia@") if name in shown]
    assert set(team(two.theirs)) == {two.other, two.colleague}


def test_the_same_pages_open_for_their_own_people(two, client):
    enter(client, two.other)
    for name in ("listing_edit", "listing_changes", "listing_history", "listing_withdraw"):
        answer = client.get(reverse(f"directory:{name}", args=[two.their_service.identifier]))
        assert answer.status_code == 200
        assert SECRET in answer.content.decode(), name
    assert SECRET in client.get(reverse("directory:portal")).content.decode()
    assert client.get(reverse("directory:provider_team", args=[two.theirs.identifier])).status_code == 200


def test_a_refusal_is_recorded(two, client):
    client.get(reverse("directory:listing_edit", args=[two.theirs.identifier]))
    with acting_as(two.me):
        event = AuditEvent.objects.get(verb="listing.refused")
        assert (event.actor, event.detail) == (two.me, {"route": "directory:listing_edit"})


def test_whoever_keeps_no_pages_finds_none(two, client):
    enter(client, factories.user("siapa"))
    for name, path, parameters in portal_routes():
        if not parameters and name != "directory:fault_list":
            assert client.get(path).status_code in {403, 404}, name
    for _name, theirs, _nothing in addresses(two, two.mine):
        assert client.get(theirs).status_code in {404, 405}


def test_who_left_the_team_is_outside_at_once(two, client):
    enter(client, two.colleague)
    address = reverse("directory:listing_edit", args=[two.their_service.identifier])
    assert client.get(address).status_code == 200
    team_actions.remove(provider=two.theirs, person=two.colleague, by=two.other, now=NOW())
    assert client.get(address).status_code == 404


def test_the_readers_process_has_none_of_it():
    from cms import public_urls

    resolver = get_resolver("cms.public_urls")
    names = {name for name, _path, _parameters in routes(resolver)}
    assert public_urls.urlpatterns
    assert names.isdisjoint(name for name, _path, _parameters in portal_routes())
