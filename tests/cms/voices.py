"""Recordings for tests, made here: a second of silence, with something written about it that must not stay."""

import struct

from cms import recordings

SECRET = b"Anak Rahasia 4471, Jalan Sunyi 3"
FRAME = b"\xff\xfb\x90\x00" + bytes(413)  # MPEG 1, layer III, 128 kbit/s, 44.1 kHz: 26 ms of nothing


def mp3(frames=40):
    tag = b"TIT2" + struct.pack(">I", len(SECRET) + 1) + b"\0\0\0" + SECRET
    size = bytes(len(tag) >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3\x04\0\0" + size + tag + FRAME * frames + b"TAG" + SECRET.ljust(125, b"\0")


def box(name, *inner):
    held = b"".join(inner)
    return struct.pack(">I", len(held) + 8) + name + held


def m4a(handler=b"soun", brand=b"M4A "):
    handled = box(b"hdlr", bytes(8) + handler + bytes(13))
    where = box(b"udta", box(b"\xa9xyz", SECRET))
    track = box(b"trak", box(b"mdia", handled, box(b"minf")), box(b"meta", bytes(4) + SECRET))
    sound = box(b"mdat", bytes(64))
    return box(b"ftyp", brand + bytes(4) + brand) + box(b"moov", track, where) + box(b"free", SECRET) + sound


def page(number, *packets, serial=b"\1\2\3\4", flags=0):
    head = b"OggS\0" + bytes([flags]) + bytes(8) + serial + bytes(9)
    return recordings._ogg_page(recordings._paged(head[:27], list(packets)), number)


def opus(**how):
    head = b"OpusHead\x01\x01" + struct.pack("<HIhB", 312, 48000, 0, 0)
    said = b"OpusTags" + struct.pack("<I", 4) + b"test" + struct.pack("<II", 1, len(SECRET)) + SECRET
    return (
        page(0, head, **how) + page(1, said, **how) + page(2, b"\xf8\xff\xfe", **how) + page(3, b"\xf8\xff\xfe", **how)
    )


def vorbis():
    said = b"\x03vorbis" + struct.pack("<I", 4) + b"test" + struct.pack("<II", 1, len(SECRET)) + SECRET + b"\x01"
    setup = b"\x05vorbis" + bytes(range(256)) * 3
    return page(0, b"\x01vorbis" + bytes(23)) + page(1, said, setup) + page(2, bytes(40)), setup
