"""Master keys: read strictly, made for the owner's eyes only, and never printed."""

import copy
import pickle
import stat

import pytest

from cms.encryption import keys
from cms.encryption.keys import KeyRing, MalformedKeys, UnknownKey, encoded_key, file_of

ONE, TWO = encoded_key(), encoded_key()


def test_the_first_key_seals_and_all_are_known():
    ring = KeyRing.parse(f"2026b:{ONE}, 2026a:{TWO}")
    assert ring.current == "2026b"
    assert ring.ids() == ("2026b", "2026a")
    assert ring.derive("2026a", "sealing") != ring.derive("2026b", "sealing")
    assert ring.derive("2026a", "sealing") != ring.derive("2026a", "wrapping")
    assert ring.derive("2026a", "sealing") == KeyRing.parse(f"other-id:{TWO}").derive("other-id", "sealing")


def test_a_key_in_the_other_alphabet_is_the_same_key():
    assert (
        KeyRing.parse(f"a:{ONE.replace('+', '-').replace('/', '_')}").derive("a", "x")
        == KeyRing.parse(f"a:{ONE}").derive("a", "x")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "master key 1 is not written as id:base64 with an id of a-z, 0-9 and -."),
        (ONE, "master key 1 is not written as id:base64 with an id of a-z, 0-9 and -."),
        (f"a:{ONE},", "master key 2 is not written as id:base64 with an id of a-z, 0-9 and -."),
        (f"A:{ONE}", "master key 1 is not written as id:base64 with an id of a-z, 0-9 and -."),
        (f"a.b:{ONE}", "master key 1 is not written as id:base64 with an id of a-z, 0-9 and -."),
        (f"a:{ONE},a:{TWO}", "the master key id a is there twice."),
        (f"a:{ONE},b:{ONE}", "the same master key is there under two ids."),
        ("a:!!!", "master key a is not base64."),
        ("a:c2hvcnQ=", "master key a must be 32 random bytes; make one with: openssl rand -base64 32."),
        (f"a:{'A' * 43}=", "master key a must be 32 random bytes; make one with: openssl rand -base64 32."),
    ],
    ids=range(10),  # the workers of a parallel run must agree on the names, and keys are random
)
def test_what_is_no_key_is_refused_without_repeating_it(text, said):
    with pytest.raises(MalformedKeys) as refused:
        KeyRing.parse(text)
    assert str(refused.value) == said
    assert ONE not in str(refused.value)


def test_an_unknown_id_is_named_and_nothing_else():
    with pytest.raises(UnknownKey, match=r"\Agone\Z"):
        KeyRing.parse(f"a:{ONE}").derive("gone", "sealing")


def test_a_ring_shows_no_key():
    ring = KeyRing.parse(f"a:{ONE}")
    raw = keys.decoded(ONE, "a")
    for shown in (repr(ring), str(ring), f"{ring!r}", repr([ring]), repr({"ring": ring})):
        assert ONE not in shown
        assert repr(raw)[2:-1] not in shown
        assert raw.hex() not in shown
    for carry in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            carry(ring)


def test_django_hides_the_ring_on_its_error_page(settings):
    from django.views.debug import SafeExceptionReporterFilter

    shown = SafeExceptionReporterFilter().get_safe_settings()
    assert shown["MASTER_KEYS"] == SafeExceptionReporterFilter.cleansed_substitute


def test_development_makes_its_key_once_for_its_owner_only(tmp_path):
    path = tmp_path / "var" / "master.key"
    first = file_of(path, lambda: f"dev:{encoded_key()}")
    assert file_of(path, lambda: f"dev:{encoded_key()}") == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]


def test_a_folder_that_is_none_is_said_in_words(tmp_path):
    (tmp_path / "var").write_text("a file")
    with pytest.raises(MalformedKeys, match="cannot be written or read"):
        file_of(tmp_path / "var" / "master.key", encoded_key)
