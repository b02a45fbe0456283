"""Recordings of a voice, written anew: what is heard stays, what was written about it goes (name, place, device, pictures).

MP3 keeps its frames alone; OGG (Opus or Vorbis) gets an empty comment; in M4A the boxes that describe are emptied in place.
Nothing is decoded: the bytes that sound are the ones that were sent. Pure functions over bytes; ValueError when a file is not
what it says.
"""

import struct
from collections.abc import Iterator

KINDS = {"mp3": "audio/mpeg", "ogg": "audio/ogg", "m4a": "audio/mp4"}
LEAST_FRAMES = 8  # of an MP3: a fifth of a second; fewer in a row are chance

# Layer III, in kbit/s by index, and the sampling rates by version (ISO/IEC 11172-3 and 13818-3).
RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
SAMPLING = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}

# M4A (ISO/IEC 14496-12): boxes that hold boxes, and boxes that only describe.
HOLDERS = {b"moov", b"trak", b"mdia"}
DESCRIPTIONS = {b"udta", b"meta", b"uuid", b"free", b"skip"}

OPUS, VORBIS = b"OpusHead", b"\x01vorbis"
NO_COMMENT = {OPUS: b"OpusTags" + bytes(8), VORBIS: b"\x03vorbis" + bytes(8) + b"\x01"}


def written_anew(data: bytes) -> tuple[str, bytes]:
    """`(kind, bytes)` of a recording, kind one of KINDS. Raises ValueError for anything else."""
    if data.startswith(b"OggS"):
        return "ogg", _ogg(data)
    if data[4:8] == b"ftyp":
        return "m4a", _m4a(data)
    return "mp3", _mp3(data)


def _mp3(data: bytes) -> bytes:
    start = 0
    while data[start : start + 3] == b"ID3" and len(data) >= start + 10:
        size = 0
        for part in data[start + 6 : start + 10]:  # seven bits of each count
            size = size << 7 | part & 127
        start += 10 + size + (10 if data[start + 5] & 0x10 else 0)
    at, frames = start, 0
    while length := _frame_length(data[at : at + 4]):
        if at + length > len(data):
            break
        at, frames = at + length, frames + 1
    if frames < LEAST_FRAMES:
        raise ValueError("no MP3")
    return data[start:at]


def _frame_length(header: bytes) -> int:
    """Bytes of the Layer III frame that begins so, or 0."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    rate, sampling = header[2] >> 4, header[2] >> 2 & 3
    if layer != 1 or version == 1 or sampling == 3 or not 0 < rate < 15:
        return 0
    kilobits = (RATES_1 if version == 3 else RATES_2)[rate]
    return (144_000 if version == 3 else 72_000) * kilobits // SAMPLING[version][sampling] + (header[2] >> 1 & 1)


def _m4a(data: bytes) -> bytes:
    written, tracks = bytearray(data), set()
    for name, inner, end in _held(data, 0, len(data)):
        if name in DESCRIPTIONS:
            _empty(written, inner, end, name)
        elif name == b"hdlr":
            tracks.add(data[inner + 8 : inner + 12])
    if b"soun" not in tracks or b"vide" in tracks:
        raise ValueError("no recording of a voice alone")
    return bytes(written)


def _empty(written: bytearray, inner: int, end: int, name: bytes) -> None:
    """Room that says nothing, as long as before: what sounds is found by its place in the file."""
    written[inner:end] = bytes(end - inner)
    at = written.rindex(name, 0, inner)
    written[at : at + 4] = b"free"


def _held(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    for name, inner, stop in _boxes(data, start, end):
        yield name, inner, stop
        if name in HOLDERS:
            yield from _held(data, inner, stop)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """`(name, where its contents begin, where it ends)` of the boxes between two places."""
    while start < end:
        if end - start < 8:
            raise ValueError("a box without an end")
        size, head = int.from_bytes(data[start : start + 4]), 8
        if size == 1:
            size, head = int.from_bytes(data[start + 8 : start + 16]), 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            raise ValueError("a box larger than what holds it")
        yield data[start + 4 : start + 8], start + head, start + size
        start += size


def _ogg(data: bytes) -> bytes:
    pages = list(_ogg_pages(data))
    codec = next((known for known in NO_COMMENT if pages[0][1].startswith(known)), None)
    if codec is None or len({head[14:18] for head, _body, _laces in pages}) != 1:
        raise ValueError("no voice of one speaker alone")
    headers, taken = _header_packets(pages[1:], 1 if codec == OPUS else 2)
    packets = [NO_COMMENT[codec], *headers[1:]]
    written = [pages[0], _paged(pages[1][0], packets), *pages[1 + taken :]]
    return b"".join(_ogg_page(page, number) for number, page in enumerate(written))


def _ogg_pages(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """`(head of 27 bytes, contents, lengths of their segments)` of each page."""
    at = 0
    while at < len(data):
        head = data[at : at + 27]
        laces = data[at + 27 : at + 27 + head[26]] if len(head) == 27 else b""
        end = at + 27 + len(laces) + sum(laces)
        if not head.startswith(b"OggS\0") or not laces or end > len(data):
            raise ValueError("no OGG")
        yield head, data[at + 27 + len(laces) : end], laces
        at = end


def _header_packets(pages: list[tuple[bytes, bytes, bytes]], wanted: int) -> tuple[list[bytes], int]:
    """The first `wanted` packets, and how many pages they fill; sound begins on a page of its own."""
    packets, current = [], b""
    for number, (_head, body, laces) in enumerate(pages, start=1):
        at = 0
        for lace in laces:
            current += body[at : at + lace]
            at += lace
            if lace < 255:
                packets.append(current)
                current = b""
        if len(packets) == wanted and not current:
            return packets, number
        if len(packets) >= wanted:
            break
    raise ValueError("no OGG header")


def _paged(head: bytes, packets: list[bytes]) -> tuple[bytes, bytes, bytes]:
    laces = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    if len(laces) > 255:
        raise ValueError("an OGG header larger than any")
    return head[:5] + b"\0" + bytes(8) + head[14:], b"".join(packets), laces


def _ogg_page(page: tuple[bytes, bytes, bytes], number: int) -> bytes:
    head, body, laces = page
    begins = head[:18] + struct.pack("<I", number)
    ends = bytes([len(laces)]) + laces + body
    return begins + struct.pack("<I", _check(begins + bytes(4) + ends)) + ends


def _table() -> tuple[int, ...]:
    made = []
    for value in range(256):
        rest = value << 24
        for _ in range(8):
            rest = (rest << 1 ^ (0x04C11DB7 if rest & 0x80000000 else 0)) & 0xFFFFFFFF
        made.append(rest)
    return tuple(made)


CHECKS = _table()


def _check(page: bytes) -> int:
    """OGG's own sum over a page (RFC 3533)."""
    rest = 0
    for byte in page:
        rest = (rest << 8 & 0xFFFFFFFF) ^ CHECKS[rest >> 24 ^ byte]
    return rest
