"""Every page a reader can come to: followed from the front doors, and whatever of Wagtail's is live. Used by several proofs."""

import re
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from django.test import Client
from wagtail.models import Page

FRONT_DOORS = ("/", "/en/")
# Where a reader's site ends: signing in, files to save, and what is for programs.
BEYOND = re.compile(r"/(en/)?(account|admin|static|media|documents|api)/|.*/(pdf|files)/$")
MOST = 600  # pages; more would be a circle


def is_ours(address):
    parts = urlsplit(address)
    return not parts.scheme and not parts.netloc and parts.path.startswith("/") and not BEYOND.match(parts.path)


def live():
    """Addresses of every page that is published, listed in a menu or not."""
    return [url for page in Page.objects.live().filter(depth__gt=1).order_by("path") if (url := page.get_url())]


def crawl():
    """{address: answer of Django's test client} of every page that a reader can come to. A search is a page without its choices."""
    client, answers, waiting = Client(), {}, [*FRONT_DOORS, *live()]
    while waiting:
        address = waiting.pop(0)
        if address in answers or not is_ours(address):
            continue
        assert len(answers) < MOST, f"no end of pages: {list(answers)[-5:]}"
        answer = client.get(address)
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            assert answer.status_code in {200, 302}, (address, answer.status_code)
            continue
        answers[address] = answer
        answer.soup = BeautifulSoup(answer.content, "html.parser")
        links = [link["href"] for link in answer.soup.find_all("a", href=True)]
        waiting += [urlsplit(urljoin(address, link)).path for link in links if is_ours(urljoin(address, link))]
    return answers


def template(answer):
    """The name of the template that made the page, such as `cms/home_page.html`."""
    return answer.templates[0].name


def one_of_each(answers, language="id"):
    """{template: address} of one page for each template, in one language; the longest, since it has most to go wrong."""
    found = {}
    for address, answer in sorted(answers.items(), key=lambda item: (-len(item[1].content), item[0])):
        if address.startswith("/en/") == (language == "en"):
            found.setdefault(template(answer), address)
    return dict(sorted(found.items()))
