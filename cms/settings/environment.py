"""The environment, read strictly: every setting is known, typed and refused in one sentence when it is wrong."""

import os
import re
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from cms.encryption.keys import KeyRing, MalformedKeys, encoded_key, file_of

KNOWN = {
    "DATABASE_URL": "PostgreSQL address of the application's role",
    "DATABASE_OWNER_URL": "PostgreSQL address of the role that owns the tables and migrates",
    "DATABASE_JOBS_URL": "PostgreSQL address of the role of background work (where it runs)",
    "SEKALI_SECRET_KEY": "Django's signing key (production)",
    "SEKALI_FACE": "public serves readers alone and signs in as sekali_public; staff, or nothing, serves everything",
    "SEKALI_HOSTS": "comma-separated host names that are served (production)",
    "SEKALI_EXIT_URL": 'https address of somebody else\'s page that "Leave now" leads to; the weather unless said',
    "SEKALI_DEBUG": "1 shows Django's own error pages (development only)",
    "SEKALI_MASTER_KEYS": "id:base64[,id:base64…], 32 bytes each, the first one seals (production)",
    "SEKALI_INDEX_KEY": "base64 of 32 bytes for finding the same child twice; background jobs only, never the site",
    "SEKALI_PROXIES": "how many proxies of ours stand before the site, 0 to 9; 1 unless said (production)",
    "SEKALI_EMAIL_URL": "smtp://user:password@host:port or smtps://… (production)",
    "SEKALI_EMAIL_FROM": "sender of notices (production)",
}
PREFIXES = ("SEKALI_", "DATABASE_")
WEATHER = "https://www.bmkg.go.id/"  # a page anybody may be reading, at any hour
# Nothing but a name, a path and a question: no other scheme, no password, no port, no characters that need escaping.
ELSEWHERE = re.compile(r"https://(?P<host>(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,})(?:/[A-Za-z0-9._~/?=&%+-]*)?")


def refuse(sentence):
    """End the start with one plain sentence and a non-zero exit code."""
    sys.exit(f"sekali: {sentence}")


def check_names(environ=os.environ):
    """Refuse a setting nobody reads: a typing error in a variable's name must not silently mean the default."""
    for name in sorted(environ):
        if name.startswith(PREFIXES) and name not in KNOWN:
            refuse(f"unknown setting {name}. Known are: {', '.join(sorted(KNOWN))}.")


def required(name, environ=os.environ):
    value = environ.get(name, "").strip()
    if not value:
        refuse(f"{name} is not set ({KNOWN[name]}).")
    return value


def master_keys(text):
    """The KeyRing of SEKALI_MASTER_KEYS."""
    try:
        return KeyRing.parse(text)
    except MalformedKeys as malformed:
        refuse(f"SEKALI_MASTER_KEYS: {malformed}")


def own_master_keys(folder: Path, environ=os.environ):
    """Development's: from the environment, or from a file that the first start makes."""
    try:
        text = environ.get("SEKALI_MASTER_KEYS") or file_of(folder / "master.key", lambda: f"dev:{encoded_key()}")
    except MalformedKeys as malformed:
        refuse(str(malformed))
    return master_keys(text)


def face(environ=os.environ):
    """Which face this process shows (privacy.md, Three faces): "public", "staff" or "" for both."""
    value = environ.get("SEKALI_FACE", "").strip()
    if value not in {"", "public", "staff"}:
        refuse("SEKALI_FACE must be public or staff.")
    return value


def exit_url(environ=os.environ, own=()):
    """Where "Leave now" leads: an https address outside the hosts of this site (`own`), read once at the start.

    An editor cannot change it: a page that could be made to lead to `javascript:` or back to us would be no way out.
    """
    value = environ.get("SEKALI_EXIT_URL", "").strip() or WEATHER
    found = ELSEWHERE.fullmatch(value)
    if not found:
        refuse("SEKALI_EXIT_URL must be an https address such as https://www.bmkg.go.id/.")
    if found["host"] in own:
        refuse("SEKALI_EXIT_URL must lead away from this site.")
    return value


def digit(name, default, environ=os.environ):
    """A number from 0 to 9."""
    value = environ.get(name, "").strip() or str(default)
    if len(value) != 1 or value not in "0123456789":
        refuse(f"{name} must be a number from 0 to 9.")
    return int(value)


def database(url):
    """Turn `postgresql://user:password@host:port/name?host=/socket` into Django's DATABASES entry."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if parts.scheme not in {"postgres", "postgresql"}:
        refuse("the database address must start with postgresql://.")
    try:
        port = parts.port
    except ValueError:
        refuse("the database address has a port that is not a number.")
    name = unquote(parts.path.lstrip("/"))
    if not name or not parts.username:
        refuse("the database address must name a role and a database: postgresql://role@host/database.")
    host = query.pop("host", None) or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or query.pop("port", "") or ""),
        "OPTIONS": {"application_name": "sekali", **query},
    }
