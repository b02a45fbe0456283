"""A reader reports in two taps; what becomes public; who sees the reports and who closes them."""

import logging
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cms.public_forms import Counter
from directory.actions.faults import report_fault
from directory.models import Fault
from directory.views import faults as views
from tests.directory import factories
from tests.directory.test_faults import DAY
from tests.directory.test_views import page, text
from tests.entering import enter

pytestmark = pytest.mark.django_db
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def _nobody_reported_yet(monkeypatch):
    monkeypatch.setattr(views, "REPORTS", Counter(20))


def where(service):
    return reverse("directory:fault_report", args=[service.identifier])


def tap(service, reason="n", headers=OURS, client=None):
    return (client or Client(enforce_csrf_checks=True)).post(where(service), {"r": reason}, headers=headers)


def test_two_taps_without_a_cookie_or_a_word(client, service):
    html = page(client, "service_detail", service.identifier).content.decode()
    assert f'href="{where(service)}"' in html
    form = client.get(where(service))
    assert form.headers["Referrer-Policy"] == "same-origin"
    assert form.cookies == {}
    fields = re.findall(
        r"<(?:input|textarea|select|button)[^>]*>", form.content.decode().split("<main")[1].split("</main")[0]
    )
    assert [re.search(r'name="r" value="(.)"', field)[1] for field in fields] == ["n", "c", "h", "o"]
    answer = tap(service)
    assert (answer.status_code, answer.url, answer.cookies) == (302, where(service) + "k/", {})
    assert "Terima kasih" in text(client.get(answer.url))
    assert Fault.objects.get().reason == "n"


def test_a_page_without_a_form_still_says_nothing_of_itself(client, service):
    assert page(client, "service_detail", service.identifier).headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://lain.example"}, {"Origin": "null"}]
)
def test_other_sites_report_nothing(service, headers):
    answer = tap(service, headers=headers)
    assert answer.status_code == 403
    assert "129" in answer.content.decode()
    assert not Fault.objects.exists()


@pytest.mark.parametrize("reason", ["", "x", "nn", "\0", "n" * 5000])
def test_what_is_no_reason_shows_the_form_again(service, reason):
    assert tap(service, reason).status_code == 200
    assert not Fault.objects.exists()


def test_not_more_than_so_many_a_day_from_one_network(monkeypatch, provider):
    monkeypatch.setattr(views, "REPORTS", Counter(2))
    services = [factories.service(provider, f"Layanan {number}") for number in range(3)]
    assert [tap(service).status_code for service in services] == [302, 302, 429]
    assert Fault.objects.count() == 2


def test_drafts_and_absent_services_look_the_same(client, provider):
    draft = factories.service(provider, live=False)
    for service in (draft, provider):
        for name in ("fault_report", "fault_reported"):
            assert page(client, name, service.identifier).status_code == 404
        assert tap(service).status_code == 404


def test_what_is_reported_is_not_logged(client, service, caplog):
    with caplog.at_level(logging.DEBUG):
        tap(service)
        tap(service, headers={})
    said = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    assert str(service.identifier) not in said


def test_one_report_marks_nobody_and_two_days_say_it_calmly(client, service):
    calm = "We were told more than once that a number here may not work."
    report_fault(service=service, reason="n", now=timezone.now() - DAY)
    assert calm not in text(page(client, "service_detail", service.identifier, language="en"))
    tap(service)
    assert calm in text(page(client, "service_detail", service.identifier, language="en"))
    assert "lebih dari sekali" in text(page(client, "service_detail", service.identifier))
    assert calm not in text(page(client, "service_list", language="en"))


def test_reports_move_nobody_down_the_list(client, provider):
    for title in ("A", "B"):
        factories.service(provider, title)
    for day in range(5):
        report_fault(service=provider.get_children().first().specific, reason="n", now=timezone.now() - (5 - day) * DAY)
    assert [service.title for service in page(client, "service_list").context["found"].services] == ["A", "B"]


# --- who sees and closes them ---


@pytest.fixture
def fault(service):
    report_fault(service=service, reason="n", now=timezone.now() - 9 * DAY)
    return Fault.objects.get()


def test_an_editor_sees_their_own_and_a_reviewer_all(client, editor, service, fault):
    theirs = factories.service(factories.provider("Penyedia lain"), "Milik orang lain")
    report_fault(service=theirs, reason="h", now=timezone.now())
    enter(client, editor)
    seen = text(page(client, "fault_list"))
    assert "Konseling" in seen
    assert "terlambat sejak" in seen
    assert "Milik orang lain" not in seen
    one = client.get(reverse("directory:fault_close", args=[fault.pk]))
    assert 'name="outcome"' not in one.content.decode()
    other = Fault.objects.exclude(pk=fault.pk).get()
    assert client.get(reverse("directory:fault_close", args=[other.pk])).status_code == 404
    assert client.post(reverse("directory:fault_close", args=[other.pk]), {"outcome": "fine"}).status_code == 404
    reviewer = Client()
    enter(reviewer, factories.reviewer("peninjau2"))
    assert "Milik orang lain" in text(page(reviewer, "fault_list"))


def test_a_reviewer_closes_it(client, fault):
    enter(client, factories.reviewer("peninjau2"))
    address = reverse("directory:fault_close", args=[fault.pk])
    html = client.get(address).content.decode()
    assert 'name="outcome"' in html
    assert 'href="tel:+622100000001"' in html  # to try it
    for outcome in ("", "x", "withdrawn"):
        refused = client.post(address, {"outcome": outcome})
        assert refused.status_code == 409
    assert "Tarik dahulu halamannya" in refused.content.decode()
    assert client.post(address, {"outcome": "mended"}).url == reverse("directory:fault_list")
    assert "Sudah diperbaiki" in text(client.get(address))
    assert "Tidak ada laporan" in text(page(client, "fault_list"))
    assert client.post(address, {"outcome": "fine"}).status_code == 409


def test_reviewers_find_the_reports_in_the_admin(client, editor):
    link = f"{reverse('directory:fault_list')}"
    for person, shown in ((factories.reviewer("peninjau2"), True), (editor, False)):
        client = Client()
        enter(client, person)
        assert (link in client.get("/admin/").content.decode()) is shown


def test_an_editor_does_not(client, editor, fault):
    enter(client, editor)
    assert client.post(reverse("directory:fault_close", args=[fault.pk]), {"outcome": "fine"}).status_code == 409
    fault.refresh_from_db()
    assert fault.closed_on is None


def test_nobody_and_strangers(client, fault):
    for address in (reverse("directory:fault_list"), reverse("directory:fault_close", args=[fault.pk])):
        assert client.get(address).url.startswith("/account/login/")
    enter(client, factories.user("asing"))
    assert "Tidak ada laporan" in text(page(client, "fault_list"))
    assert client.get(reverse("directory:fault_close", args=[fault.pk])).status_code == 404


def test_the_lists_cost_the_same_however_long(client, provider):
    enter(client, factories.reviewer("peninjau2"))
    costs = []
    for number in range(3):
        report_fault(service=factories.service(provider, f"Layanan {number}"), reason="n", now=timezone.now())
        page(client, "fault_list")
        with CaptureQueriesContext(connection) as captured:
            page(client, "fault_list")
        costs.append(len(captured))
    assert costs[0] == costs[2]
