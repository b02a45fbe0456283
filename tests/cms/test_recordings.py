"""A voice is kept, what was written about it is not; and what only calls itself a recording is refused."""

import struct

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from cms import uploads
from cms.recordings import _check, _ogg_pages, written_anew
from tests.cms import voices
from tests.cms.voices import FRAME, SECRET


@pytest.mark.parametrize(
    ("sent", "kind"),
    [(voices.mp3(), "mp3"), (voices.m4a(), "m4a"), (voices.opus(), "ogg"), (voices.vorbis()[0], "ogg")],
)
def test_nothing_that_was_written_about_it_stays(sent, kind):
    assert SECRET in sent
    found, kept = written_anew(sent)
    assert found == kind
    assert SECRET not in kept
    assert written_anew(kept) == (kind, kept)


def test_what_is_heard_stays_as_it_was():
    assert written_anew(voices.mp3(frames=9))[1] == FRAME * 9
    sent, kept = voices.m4a(), written_anew(voices.m4a())[1]
    assert (len(kept), kept.index(b"mdat")) == (len(sent), sent.index(b"mdat"))
    vorbis, setup = voices.vorbis()
    assert setup in written_anew(vorbis)[1]
    assert [body for _head, body, _laces in _ogg_pages(written_anew(voices.opus())[1])][2:] == [b"\xf8\xff\xfe"] * 2


def test_every_page_of_an_ogg_carries_its_number_and_its_sum():
    kept = written_anew(voices.opus())[1]
    for number, (head, body, laces) in enumerate(_ogg_pages(kept)):
        assert struct.unpack("<II", head[18:26]) == (
            number,
            _check(head[:18] + struct.pack("<I", number) + bytes(4) + bytes([len(laces)]) + laces + body),
        )
    assert _check(b"123456789") == 0x89A1897F  # the known sum of this text


LIARS = {
    "empty": b"",
    "text": b"a voice" * 100,
    "one frame": FRAME,
    "frames that end early": FRAME * 7 + FRAME[:100],
    "a tag and nothing": b"ID3\x04\0\0\0\0\0\x10" + bytes(16),
    "a film": voices.m4a(handler=b"vide"),
    "boxes without a track": voices.box(b"ftyp", b"M4A " + bytes(8)) + voices.box(b"mdat", bytes(64)),
    "a box larger than its file": voices.m4a() + struct.pack(">I", 99) + b"free",
    "a box of no size": voices.m4a() + struct.pack(">I", 3) + b"free",
    "half an ogg": voices.opus()[:-3],
    "two speakers": voices.opus() + voices.opus(serial=b"\4\3\2\1"),
    "an ogg of something else": voices.page(0, b"fishead\0") + voices.page(1, b"x"),
    "an ogg without a comment": voices.page(0, b"OpusHead" + bytes(11)),
}


@pytest.mark.parametrize("name", LIARS)
def test_what_only_calls_itself_a_recording_is_refused(name):
    with pytest.raises((ValueError, IndexError)):
        written_anew(LIARS[name])


def test_a_recording_cut_anywhere_is_refused_or_a_recording():
    """No crafted file makes anything else of it than a refusal."""
    for whole in (voices.mp3(12), voices.m4a(), voices.opus(), voices.vorbis()[0]):
        for end in range(0, len(whole), 7):
            try:
                kind, kept = written_anew(whole[:end])
            except (ValueError, IndexError):
                continue
            assert SECRET not in kept, (kind, end)


def test_the_storage_keeps_recordings_and_refuses_the_rest(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    name = default_storage.save("documents/Rumah Ani.wav", ContentFile(voices.mp3()))
    assert name.endswith(".mp3")
    assert "Ani" not in name
    assert (tmp_path / name).read_bytes() == FRAME * 40
    wave = b"RIFF\x24\0\0\0WAVEfmt " + bytes(40)
    for sent in (LIARS["a film"], wave, voices.mp3(frames=5200)):
        with pytest.raises(SuspiciousFileOperation):
            default_storage.save("documents/a.mp3", ContentFile(sent))
    with pytest.raises(uploads.Unfit, match="recording_bytes"):
        uploads.recording(voices.mp3(frames=5200))
