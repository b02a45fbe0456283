"""One transaction per request: all of it happened or none of it, and the answer says which. Here everything commits."""

import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, connections, transaction
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from cms.accounts.models import Agency
from cms.audit.models import AuditEvent
from cms.audit.recording import Refusal, action, record
from cms.database.context import acting_as
from cms.urls import urlpatterns as real
from services.models import Case
from tests import factories
from tests.cast import gather
from tests.entering import enter

PLANTED = "Anak Rahasia 4471"
NEW = "verb <> 'protocol.published'"  # every new site's first event


class Broken:
    """Something a template cannot print."""

    def __str__(self):
        raise ValueError(PLANTED)


class NotThis(Refusal):
    keys = ("planted_rule",)


def written():
    Agency.objects.create(name=PLANTED, kind="other", province="ID-JB", district="Kota Contoh")
    record("planted.written", by=None, now=timezone.now())


def done(_request):
    written()
    return HttpResponse("done")


def raises(_request):
    written()
    raise ValueError(PLANTED)


def raises_while_rendering(request):
    written()
    response = TemplateResponse(request, "404.html")
    response.add_post_render_callback(lambda _response: str(Broken()))
    return response


def says_failed(_request):
    written()
    return HttpResponse("sorry", status=500)


def not_found(_request):
    written()
    raise Http404


def denied(_request):
    written()
    raise PermissionDenied


def swallows(_request):
    written()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
    except DatabaseError:
        pass
    return HttpResponse("done")


@action("planted.refused")
def act(*, by, now):
    written()
    raise NotThis


def refuses(request):
    try:
        act(by=None, now=timezone.now())
    except NotThis:
        return HttpResponse("no", status=409)


def breaks_late(_request):
    """A deferred constraint, noticed at the very end: a membership of nobody."""
    written()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_membership (user_id, agency_id, role, starts) VALUES (0, 0, 'keeper', now())"
        )
    return HttpResponse("done")


def loses_the_database(_request):
    written()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return HttpResponse("done")


urlpatterns = [
    *(
        path(f"planted/{view.__name__}/", view, name="planted")
        for view in (
            done,
            raises,
            raises_while_rendering,
            says_failed,
            not_found,
            denied,
            swallows,
            refuses,
            breaks_late,
            loses_the_database,
        )
    ),
    *real,
]


@pytest.fixture
def ask(own_database, settings, planted_is_public):
    """`ask(name)` sends one request and answers with the response; errors become answers, as in earnest."""
    settings.ROOT_URLCONF = __name__
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    client = Client(raise_request_exception=False)
    yield lambda name: client.get(f"/planted/{name}/")
    logging.getLogger("django.request").setLevel(logging.ERROR)


def kept(owner):
    """What is in the database now: (was the agency kept, the verbs that were recorded)."""
    agencies = owner.execute("SELECT count(*) FROM accounts_agency WHERE name = %s", [PLANTED]).fetchone()[0]
    verbs = owner.execute(f"SELECT verb FROM audit_auditevent WHERE {NEW} ORDER BY verb").fetchall()
    return bool(agencies), [verb for (verb,) in verbs]


def test_what_succeeds_is_kept(ask, owner):
    assert ask("done").status_code == 200
    assert kept(owner) == (True, ["planted.written"])


@pytest.mark.parametrize("name", ["raises", "raises_while_rendering", "says_failed", "swallows", "breaks_late"])
def test_what_fails_leaves_nothing_but_that_it_failed(ask, owner, name):
    response = ask(name)
    assert response.status_code == 500
    assert b"done" not in response.content
    assert PLANTED.encode() not in response.content
    assert kept(owner) == (False, ["request.failed"])
    detail = str(owner.execute(f"SELECT detail, key, kind FROM audit_auditevent WHERE {NEW}").fetchall())
    assert PLANTED not in detail


@pytest.mark.parametrize(("name", "status"), [("not_found", 404), ("denied", 403)])
def test_a_no_is_an_answer_and_what_was_recorded_of_it_stays(ask, owner, name, status):
    """Hidden cases are recorded and then answered with 404: the record must outlive the answer."""
    assert ask(name).status_code == status
    assert kept(owner) == (True, ["planted.written"])


def test_a_refused_action_leaves_only_its_refusal(ask, owner):
    assert ask("refuses").status_code == 409
    assert kept(owner) == (False, ["planted.refused"])


def test_a_database_that_is_lost_on_the_way(ask, owner):
    response = ask("loses_the_database")
    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert kept(owner) == (False, [])
    assert ask("done").status_code == 200  # the next request has a fresh connection
    assert kept(owner) == (True, ["planted.written"])


def test_a_database_that_is_away(ask):
    default = connections["default"]
    default.close()
    host, default.settings_dict["HOST"] = default.settings_dict["HOST"], "/nonexistent"
    try:
        response = ask("done")
        page = Client().get("/cases/")
    finally:
        default.settings_dict["HOST"] = host
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert page.status_code == 503
    for word in ("nonexistent", "socket", "psycopg", default.settings_dict["NAME"]):
        assert word not in response.content.decode()


def test_what_cannot_be_recorded_is_not_shown(own_database, owner):
    """If the opening of a case cannot be written down, nobody sees the case."""
    with transaction.atomic():
        cast = gather()
        with acting_as(cast.social_worker):
            case = factories.open_case(cast)
    client = Client(raise_request_exception=False)
    enter(client, cast.social_worker)
    address = f"/cases/{case.code}/"
    assert client.get(address).status_code == 200
    owner.execute("REVOKE INSERT ON audit_auditevent FROM sekali_app")
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    response = client.get(address)
    logging.getLogger("django.request").setLevel(logging.ERROR)
    assert response.status_code == 500
    assert case.code not in response.content.decode()


def test_one_persons_sight_does_not_reach_the_next_request(own_database):
    """The connection is the same; who asks is set anew, and only inside the transaction."""
    with transaction.atomic():
        cast = gather()
        with acting_as(cast.social_worker):
            factories.open_case(cast)
    client = Client()
    enter(client, cast.social_worker)
    assert client.get("/cases/").status_code == 200
    assert Case.objects.count() == 0
    assert AuditEvent.objects.count() == 0
