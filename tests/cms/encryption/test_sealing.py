"""Sealed texts open in their own place only, and fail loudly everywhere else."""

import base64
import uuid

import pytest

from cms.encryption.keys import KeyRing, encoded_key
from cms.encryption.sealing import Unreadable, parts_of, seal, under_current_key, unseal

ROW, OTHER = uuid.uuid4(), uuid.uuid4()
PLACE = {"label": "venue.directions", "row": ROW}
CANARY = "Di belakang pasar, pintu biru KENARI-7Q"


@pytest.mark.parametrize(
    "text", ["", "a", CANARY, "x" * 31, "x" * 32, "x" * 33, "ends in nul\x00\x00", "🏠\x80\u0080", "m1.a.b"]
)
def test_what_was_sealed_opens_as_it_was(text):
    assert unseal(seal(text, **PLACE), **PLACE) == text


def test_nothing_of_the_text_shows_not_even_its_length():
    short, long = seal("Ani", **PLACE), seal("Ani Lestari Wulandari", **PLACE)
    assert len(short) == len(long)
    assert "Ani" not in short
    assert b"Ani" not in base64.urlsafe_b64decode(short.rpartition(".")[2])
    assert seal("Ani", **PLACE) != short


@pytest.mark.parametrize(
    "place",
    [
        {"label": "venue.directions", "row": OTHER},
        {"label": "identity.called_name", "row": ROW},
        {"label": "venue.direction", "row": f"s{ROW}"},
    ],
)
def test_another_row_or_column_does_not_open_it(place):
    token = seal(CANARY, **PLACE)
    with pytest.raises(Unreadable) as refused:
        unseal(token, **place)
    assert CANARY not in str(refused.value)
    assert token not in str(refused.value)
    assert refused.value.__suppress_context__


def test_every_changed_bit_is_noticed():
    token = seal("Ani", **PLACE)
    prefix, _dot, encoded = token.rpartition(".")
    body = base64.urlsafe_b64decode(encoded)
    for place in range(len(body) * 8):
        changed = bytearray(body)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(Unreadable):
            unseal(f"{prefix}.{base64.urlsafe_b64encode(bytes(changed)).decode()}", **PLACE)
    for length in range(len(body)):
        with pytest.raises(Unreadable):
            unseal(f"{prefix}.{base64.urlsafe_b64encode(body[:length]).decode()}", **PLACE)


@pytest.mark.parametrize(
    "token", ["", CANARY, "m1", "m1..", "m1.test.", "m1.test.!", "m2.test.AAAA", None, 7, b"m1.test.AAAA"]
)
def test_what_is_not_sealed_is_an_error_and_never_handed_back(token):
    with pytest.raises(Unreadable):
        unseal(token, **PLACE)


def test_the_prefix_is_bound_too(settings):
    key = encoded_key()
    settings.MASTER_KEYS = KeyRing.parse(f"a:{key}")
    token = seal(CANARY, **PLACE)
    settings.MASTER_KEYS = KeyRing.parse(f"b:{key}")  # the same key by another name
    with pytest.raises(Unreadable):
        unseal(token.replace("m1.a.", "m1.b."), **PLACE)


def test_another_key_under_the_same_id_does_not_open_it(settings):
    token = seal(CANARY, **PLACE)
    settings.MASTER_KEYS = KeyRing.parse(f"test:{encoded_key()}")
    with pytest.raises(Unreadable):
        unseal(token, **PLACE)


def test_a_key_that_is_not_here_is_named(settings):
    token = seal(CANARY, **PLACE)
    settings.MASTER_KEYS = KeyRing.parse(f"new:{encoded_key()}")
    with pytest.raises(Unreadable, match="sealed with the master key test, which is not here"):
        unseal(token, **PLACE)


def test_an_older_key_still_opens_and_the_first_seals(settings):
    old, new = encoded_key(), encoded_key()
    settings.MASTER_KEYS = KeyRing.parse(f"old:{old}")
    token = seal(CANARY, **PLACE)
    assert under_current_key(token)
    settings.MASTER_KEYS = KeyRing.parse(f"new:{new},old:{old}")
    assert unseal(token, **PLACE) == CANARY
    assert not under_current_key(token)
    assert parts_of(seal(CANARY, **PLACE)) == ("m1", "new")


@pytest.mark.parametrize("place", [{"label": "", "row": ROW}, {"label": "venue.directions", "row": None}])
def test_a_place_without_a_name_is_refused(place):
    with pytest.raises(ValueError, match="a label and a row"):
        seal(CANARY, **place)


def test_only_text_is_sealed():
    with pytest.raises(TypeError, match="only text is sealed"):
        seal(b"bytes", **PLACE)
