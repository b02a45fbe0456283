"""The master keys: kept outside the database and its backups, never printed.

Written as `id:base64[,id:base64…]`, 32 bytes each; the first is the one that seals, the others still open what they
sealed until `rotate_keys` has gone round. From each, HKDF-SHA256 makes one key per purpose, so that no two uses share a
key. No Django here: settings import this.
"""

import base64
import binascii
import os
import re
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LENGTH = 32  # bytes: AES-256
KEY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,15}")


class MalformedKeys(ValueError):
    """The keys cannot be read. The message is one sentence and never holds a key or a part of one."""


class UnknownKey(LookupError):
    """A master key is asked for that this process was not given; `str()` is its id, which is no secret."""


class KeyRing:
    """Some master keys, by id; `current` is the id of the one that seals. Shows its ids only, however it is printed."""

    __slots__ = ("_keys", "current")

    def __init__(self, keys):
        self._keys = dict(keys)
        self.current = next(iter(self._keys))

    @classmethod
    def parse(cls, text):
        """Read `id:base64[,id:base64…]`. Raises MalformedKeys."""
        keys = {}
        for number, entry in enumerate(text.split(","), start=1):
            key_id, colon, encoded = entry.strip().partition(":")
            if not colon or not KEY_ID.fullmatch(key_id):
                raise MalformedKeys(f"master key {number} is not written as id:base64 with an id of a-z, 0-9 and -.")
            if key_id in keys:
                raise MalformedKeys(f"the master key id {key_id} is there twice.")
            keys[key_id] = decoded(encoded, f"master key {key_id}")
        if len(set(keys.values())) < len(keys):
            raise MalformedKeys("the same master key is there under two ids.")
        return cls(keys)

    def ids(self):
        return tuple(self._keys)

    def derive(self, key_id, purpose):
        """32 bytes for one purpose (a fixed word of ours). Raises UnknownKey."""
        if key_id not in self._keys:
            raise UnknownKey(key_id)
        return HKDF(SHA256(), LENGTH, salt=None, info=f"sekali {purpose}".encode()).derive(self._keys[key_id])

    def __repr__(self):
        return f"<KeyRing {', '.join(self._keys)}>"

    def __reduce__(self):
        raise TypeError("master keys are not copied, pickled or sent anywhere")

    __deepcopy__ = __copy__ = __reduce__


def decoded(encoded, name):
    """32 bytes of base64, in either alphabet. Raises MalformedKeys, naming `name`."""
    try:
        key = base64.b64decode(encoded.strip().replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedKeys(f"{name} is not base64.") from None
    if len(key) != LENGTH or len(set(key)) == 1:
        raise MalformedKeys(f"{name} must be {LENGTH} random bytes; make one with: openssl rand -base64 {LENGTH}.")
    return key


def encoded_key():
    """A new random key as base64."""
    return base64.b64encode(secrets.token_bytes(LENGTH)).decode()


def file_of(path, make):
    """The contents of a file only its owner may read; `make()` writes it on the first start. Raises MalformedKeys.

    For development, where a key beside the database is better than a ceremony.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        if not path.exists():
            with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:  # noqa: PTH123 -- a descriptor
                file.write(make())
            try:
                os.link(draft, path)  # whoever is second keeps the first one's
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text().strip()
    except OSError as error:
        raise MalformedKeys(f"{path} cannot be written or read ({error.strerror}).") from None
