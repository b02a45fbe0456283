"""`seal` and `unseal` short texts with AES-256-GCM, so that they open in their own place only.

A sealed text reads `m1.<master key id>.<base64>` when a master key opens it, and `d1.<data key uuid>.<base64>` when a
data key does (keys of one case, see models.py). Bound to it, beside its own prefix, are

- `label`: a fixed word for the field, such as `venue.directions`; it never changes, even when the field is renamed;
- `row`: what names the row for ever, known before it is saved; a UUID made in Python.

Moved to another row, column or table, changed by one bit, or opened with another key, it raises `Unreadable`: there is
never garbage, and never the sealed text in place of the open one. What was sealed under a destroyed key raises
`Destroyed`. Plain texts are padded to 32 bytes, so that the length of a name is not told.

    token = seal(secret, label="authenticator.secret", row=user.uuid)
    secret = unseal(token, label="authenticator.secret", row=user.uuid)
"""

import base64
import binascii
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from cms.encryption.keys import UnknownKey

MASTER, DATA = "m1", "d1"  # version and kind of key in one word
SEALED = re.compile(r"(?P<kind>m1|d1)\.(?P<key>[a-z0-9-]{1,32})\.(?P<body>[A-Za-z0-9_-]+={0,2})")
NONCE = 12  # bytes, random: far below 2**32 texts per key
BLOCK = 32  # bytes of padding


class SealError(Exception):
    """A sealed text does not open. Its words name the field's label, never a value, a row or a key."""


class Unreadable(SealError):
    """Moved, changed, or sealed with a key that is not here."""


class Destroyed(SealError):
    """The key was destroyed on purpose: what it sealed is erased."""


def seal(text, *, label, row):
    """Seal `text` under the current master key."""
    ring = settings.MASTER_KEYS
    return seal_with(ring.derive(ring.current, "sealing"), MASTER, ring.current, text, label=label, row=row)


def unseal(token, *, label, row):
    """Open what `seal` made. Raises Unreadable."""
    try:
        kind, key_id = parts_of(token)
        key = settings.MASTER_KEYS.derive(key_id, "sealing")
    except UnknownKey as missing:
        raise Unreadable(f"{label}: sealed with the master key {missing}, which is not here") from None
    except ValueError:
        raise Unreadable(f"{label}: this is not a sealed text") from None
    if kind != MASTER:
        raise Unreadable(f"{label}: sealed with another kind of key")
    return open_with(key, token, label=label, row=row)


def under_current_key(token):
    """Is this sealed with the master key that seals today? For `rotate_keys`."""
    return parts_of(token) == (MASTER, settings.MASTER_KEYS.current)


def parts_of(token):
    """`(kind, key id)` of a sealed text. Raises ValueError, without the text, for anything else."""
    found = SEALED.fullmatch(token) if isinstance(token, str) else None
    if found is None:
        raise ValueError("not a sealed text")
    return found["kind"], found["key"]


def seal_with(key, kind, key_id, text, *, label, row):
    """Seal under a given 32-byte key; `kind` and `key_id` say later which one it was."""
    if not isinstance(text, str):
        raise TypeError(f"{label}: only text is sealed")
    plain = text.encode() + b"\x80"
    plain += bytes(-len(plain) % BLOCK)
    nonce = secrets.token_bytes(NONCE)
    body = nonce + AESGCM(key).encrypt(nonce, plain, _bound(f"{kind}.{key_id}", label, row))
    return f"{kind}.{key_id}.{base64.urlsafe_b64encode(body).decode()}"


def open_with(key, token, *, label, row):
    """Open under a given key. Raises Unreadable; the reason is not told apart, not even to us."""
    prefix, _dot, encoded = token.rpartition(".")
    try:
        body = base64.urlsafe_b64decode(encoded)
        plain = AESGCM(key).decrypt(body[:NONCE], body[NONCE:], _bound(prefix, label, row))
    except (InvalidTag, ValueError, binascii.Error):
        raise Unreadable(f"{label}: does not open in this place") from None
    return plain.rstrip(b"\x00")[:-1].decode()


def _bound(prefix, label, row):
    """What is authenticated with the text; lengths keep two different places from reading alike."""
    if not label or not row:
        raise ValueError("a sealed text needs a label and a row")
    parts = (prefix, label, str(row))
    return b"".join(len(part.encode()).to_bytes(2, "big") + part.encode() for part in parts)
