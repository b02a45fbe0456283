"""The pages that every foot leads to: offered in the language that is read, where they are published, for one question."""

import pytest
from django.test import Client
from wagtail.models import Locale, Page

from cms.models import GuidePage, HomePage, LaidPage
from cms.models.pages import Audience

pytestmark = pytest.mark.django_db


@pytest.fixture
def laid():
    """The page about the way out in both languages and one more in Indonesian, whatever a new site has."""
    LaidPage.objects.all().delete()
    Page.objects.type(GuidePage).delete()
    home = HomePage.objects.get(locale__language_code="id")
    everybody = {"locale": home.locale, "audience": Audience.EVERYBODY}
    leave = home.add_child(instance=GuidePage(title="Keluar begini", slug="x", **everybody))
    home.add_child(instance=GuidePage(title="Arti kata", slug="y", **everybody))
    home.add_child(instance=GuidePage(title="Untuk guru saja", slug="z", locale=home.locale))
    english = leave.copy_for_translation(Locale.objects.get(language_code="en"))
    english.title, english.slug = "How to leave", "w"
    english.save_revision().publish()
    LaidPage.objects.create(key="keluar", page=leave)


def shown(path):
    """What stands at the foot, and the way out with what explains it."""
    body = Client().get(path).content.decode()
    foot, out = body[body.index('class="foot"') :], body[: body.index("</aside>")]
    words = ("Keluar begini", "Arti kata", "How to leave", "Untuk guru saja")
    return [word for word in words if f">{word}</a>" in foot], out


def test_the_foot_offers_them_in_the_language_that_is_read(laid):
    assert shown("/info/")[0] == ["Keluar begini", "Arti kata"]
    assert shown("/en/info/")[0] == ["How to leave"]


def test_the_words_beside_the_way_out_lead_to_its_page(laid):
    assert 'class="exit-about" href="/x/"' in shown("/info/")[1]
    assert 'class="exit-about" href="/en/w/"' in shown("/en/info/")[1]


def test_a_page_that_was_taken_off_is_not_offered_and_the_foot_explains(laid):
    Page.objects.filter(title="Keluar begini").update(live=False)
    offered, out = shown("/info/")
    assert offered == ["Arti kata"]
    assert 'class="exit-about" href="#exit-help"' in out


def test_one_question_however_many(laid, django_assert_num_queries):
    from django.template import Context, Template
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    twice = Template("{% load everywhere %}{% way_out_page %}{% footer_pages as pages %}{{ pages|length }}")
    with django_assert_num_queries(2):  # the pages, and where the sites begin
        assert twice.render(Context({"request": request})) == "/x/2"
