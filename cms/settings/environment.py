"""The environment, read strictly: every setting is known, typed and refused in one sentence when it is wrong."""

import os
import sys
from urllib.parse import parse_qsl, unquote, urlsplit

KNOWN = {
    "DATABASE_URL": "PostgreSQL address of the application's role",
    "DATABASE_OWNER_URL": "PostgreSQL address of the role that owns the tables and migrates",
    "SEKALI_SECRET_KEY": "Django's signing key (production)",
    "SEKALI_HOSTS": "comma-separated host names that are served (production)",
    "SEKALI_DEBUG": "1 shows Django's own error pages (development only)",
    "SEKALI_EMAIL_URL": "smtp://user:password@host:port or smtps://… (production)",
    "SEKALI_EMAIL_FROM": "sender of notices (production)",
}
PREFIXES = ("SEKALI_", "DATABASE_")


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
