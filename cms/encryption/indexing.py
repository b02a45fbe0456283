"""Keyed fingerprints (HMAC-SHA256) that find the same child twice, under a key that only background jobs hold.

Without the key nobody can make the fingerprint of a name to look it up, not even with the whole database.
"""

import hmac
import os

from django.conf import settings

from cms.encryption.keys import MalformedKeys, decoded, encoded_key, file_of


def index_key(environ=os.environ):
    """The key, 32 bytes. Raises MalformedKeys; development makes its own in var/ when none is set."""
    text = environ.get("SEKALI_INDEX_KEY", "").strip()
    if not text and settings.EMBEDDED:
        text = file_of(settings.VAR_DIR / "index.key", encoded_key)
    if not text:
        raise MalformedKeys("SEKALI_INDEX_KEY is not set, and without it no fingerprint can be made.")
    return decoded(text, "SEKALI_INDEX_KEY")


def fingerprint(key, kind, text):
    """64 hexadecimal digits for `text` of one `kind` (a fixed word); two kinds never meet."""
    return hmac.digest(key, f"{kind}\x00{text}".encode(), "sha256").hex()
