"""What somebody who watches the network sees of a reader: lengths. They are the same for almost every page."""

import gzip
import zlib
from collections import Counter

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from cms.evenness import CLASS, even_lengths, packed
from directory import demo
from tests.cast import PASSWORD
from tests.reading import crawl

ASK = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br"}


@pytest.mark.parametrize("length", [0, 1, 500, 16_000, 200_000])
def test_a_page_is_what_it_was_and_its_length_a_multiple(length):
    page = bytes(i * i * 31 % 251 for i in range(length))
    assert gzip.decompress(packed(page)) == page
    assert zlib.decompress(packed(page), 47) == page
    assert len(packed(page)) % CLASS == 0


def test_two_pages_of_different_length_look_the_same():
    assert len(packed(b"<p>Cerita pendek")) == len(packed(b"<p>" + b"Cerita yang lebih panjang. " * 400)) == CLASS


def through(response, **request):
    return even_lengths(lambda _request: response)(RequestFactory().get("/", **request))


def test_what_is_no_readers_page_is_left_alone():
    page = HttpResponse("<p>x")
    assert through(page).content == b"<p>x"  # a program that takes no gzip
    for kept in (
        HttpResponse("{}", content_type="application/json"),
        HttpResponse("<p>x", headers={"Content-Encoding": "br"}),
    ):
        assert "gzip" not in through(kept, **ASK).get("Content-Encoding", "")
    assert through(StreamingHttpResponse([b"<p>x"]), **ASK).streaming
    signed_in = RequestFactory().get("/", **ASK)
    signed_in.COOKIES["sessionid"] = "x"
    assert even_lengths(lambda _request: HttpResponse("<p>x"))(signed_in).content == b"<p>x"


def test_a_readers_page_says_how_it_is_packed():
    answer = through(HttpResponse("<p>Halo"), **ASK)
    assert (answer["Content-Encoding"], answer["Vary"], answer["Content-Length"]) == (
        "gzip",
        "Accept-Encoding",
        "16384",
    )
    assert gzip.decompress(answer.content) == b"<p>Halo"


@pytest.mark.slow
@pytest.mark.django_db
def test_almost_every_page_is_as_long_as_every_other():
    """Over every page of the demonstration: one length for nearly all, and no length that a single page has."""
    demo.load(password=PASSWORD)
    client, lengths, headers = Client(**ASK), {}, {}
    for address in crawl():
        sent = client.get(address)
        lengths[address] = len(sent.content)
        headers[address] = sum(len(name) + len(value) for name, value in sent.items())
    classes = Counter(lengths.values())
    assert set(classes) <= {CLASS, 2 * CLASS, 3 * CLASS}
    assert classes[CLASS] >= 0.9 * len(lengths), {address for address, length in lengths.items() if length > CLASS}
    by_rarity = Counter(headers.values())
    assert len(by_rarity) == 1, {address: length for address, length in headers.items() if by_rarity[length] < 9}


def test_the_first_length_fits_the_first_flight_of_a_connection():
    """Ten packets of 1460 bytes (RFC 6928), with headers: filling up costs no turn more."""
    assert CLASS + 1024 < 10 * 1460
