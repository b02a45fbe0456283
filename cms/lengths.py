"""A page packed so that its length says little (decision 0043): gzip, filled up to a multiple of CLASS.

The filling stands in a field that the format keeps for such things and browsers pass over (RFC 1952, section 2.3.1.1, "extra
field"): no byte of the page itself changes.
"""

import zlib

CLASS = (
    12 * 1024
)  # bytes, of a page as it travels; with its headers it fits the first flight of a connection (ten packets)
HEADER = bytes([0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF])  # gzip; deflate; with an extra field; no time; no system
FIELD = b"Sk"  # whose extra field this is


def packed(page):
    """`page` (bytes) as gzip, as long as the next multiple of CLASS."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(page) + deflate.flush()
    trailer = zlib.crc32(page).to_bytes(4, "little") + (len(page) % 2**32).to_bytes(4, "little")
    bare = len(HEADER) + 6 + len(body) + len(trailer)  # 6: length of all fields, name and length of ours
    filling = -bare % CLASS
    extra = FIELD + filling.to_bytes(2, "little") + bytes(filling)
    return HEADER + len(extra).to_bytes(2, "little") + extra + body + trailer
