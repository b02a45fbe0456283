"""The pages that every foot leads to: offered in the language that is read, where they are published, for one question."""

import pytest
from django.test import Client
from wagtail.models import Page

from cms.models import GuidePage, HomePage
from cms.templatetags import laid_pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def laid(monkeypatch):
    """The way out in both languages and the glossary in Indonesian, whatever a new site has."""
    slugs = {"id": {"tes-keluar": "keluar", "tes-glosarium": "glosarium"}, "en": {"tes-leave": "keluar"}}
    monkeypatch.setattr(laid_pages, "_slugs", slugs.get)
    for language, titles in {"id": ("Keluar begini", "Arti kata"), "en": ("How to leave",)}.items():
        home = HomePage.objects.get(locale__language_code=language)
        for slug, title in zip(slugs[language], titles, strict=True):
            home.add_child(instance=GuidePage(title=title, slug=slug, locale=home.locale))


def links(path):
    body = Client().get(path).content.decode()
    foot = body[body.index('class="foot"') :]
    about = body[: body.index("</aside>")]
    return [word for word in ("Keluar begini", "Arti kata", "How to leave") if word in foot], about


def test_the_foot_offers_them_in_the_language_that_is_read(laid):
    assert links("/info/")[0] == ["Keluar begini", "Arti kata"]
    assert links("/en/info/")[0] == ["How to leave"]


def test_the_words_beside_the_way_out_lead_to_its_page(laid):
    assert 'class="exit-about" href="/tes-keluar/"' in links("/info/")[1]
    assert 'class="exit-about" href="/en/tes-leave/"' in links("/en/info/")[1]


def test_a_page_that_was_taken_off_is_not_offered_and_the_foot_explains(laid):
    Page.objects.filter(slug="tes-keluar").update(live=False)
    offered, about = links("/info/")
    assert offered == ["Arti kata"]
    assert 'class="exit-about" href="#exit-help"' in about


def test_one_question_however_many(laid, django_assert_num_queries):
    from django.template import Context, Template
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    Client().get("/")  # Wagtail remembers where sites begin
    twice = Template("{% load laid_pages %}{% laid_page 'keluar' %}{% footer_pages as pages %}{{ pages|length }}")
    with django_assert_num_queries(2):  # the pages, and where the sites begin
        assert twice.render(Context({"request": request})) == "/tes-keluar/2"
