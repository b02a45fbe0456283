"""Where "Leave now" leads: a setting, strictly read, that nothing on a page can bend."""

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from cms.settings.environment import WEATHER, exit_url

SAID = "sekali: SEKALI_EXIT_URL must be an https address such as https://www.bmkg.go.id/."


def asked(value, **also):
    return exit_url({"SEKALI_EXIT_URL": value}, **also)


@pytest.mark.parametrize("unsaid", [{}, {"SEKALI_EXIT_URL": ""}, {"SEKALI_EXIT_URL": "  "}])
def test_it_is_the_weather_unless_said(unsaid):
    assert exit_url(unsaid) == WEATHER == "https://www.bmkg.go.id/"


@pytest.mark.parametrize(
    "address",
    [
        "https://cuaca.example.id",
        "https://www.example.org/cari?q=resep+soto&hal=1",
        "https://id.wikipedia.org/wiki/Halaman_Utama",
    ],
)
def test_another_page_may_be_named(address):
    assert asked(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "http://www.bmkg.go.id/", "//www.bmkg.go.id/",
        "https:www.bmkg.go.id", "https://", "https://localhost/", "https://192.0.2.1/", "https://me:secret@example.org/",
        "https://example.org:8443/", "https://example.org/#part", "https://example.org/\njavascript:alert(1)",
        "https://example.org/ javascript:alert(1)", "https://example.org/<script>", "https://EXAMPLE.org/",
        "https://example.org\\@evil.example/", "https://-example.org/", "weather", "https://example.org/'x",
    ],
)  # fmt: skip
def test_anything_else_ends_the_start(address):
    with pytest.raises(SystemExit) as end:
        asked(address)
    assert str(end.value) == SAID


def test_it_never_leads_back_to_this_site():
    with pytest.raises(SystemExit) as end:
        asked("https://sekali.example.org/info/", own=["sekali.example.org"])
    assert str(end.value) == "sekali: SEKALI_EXIT_URL must lead away from this site."


@pytest.mark.parametrize("name", ["components/exit.html", "404.html", "500.html"])
def test_no_page_can_bend_it(db, settings, name):
    settings.EXIT_URL = "https://resep.example.id/"
    bent = {"exit_url": "javascript:alert(1)", "request": RequestFactory().get("/")}
    page = render_to_string(name, bent)
    assert 'href="https://resep.example.id/" rel="noreferrer nofollow" data-exit' in page
    assert "javascript" not in page
