"""Hardening only; everything that differs between servers comes from the environment, strictly parsed."""

import os
from urllib.parse import unquote, urlsplit

from cms.settings.base import *
from cms.settings.environment import database, digit, exit_url, master_keys, refuse, required

DEBUG = False
EMBEDDED = False
SECRET_KEY = required("SEKALI_SECRET_KEY")
if len(SECRET_KEY) < 50:
    refuse("SEKALI_SECRET_KEY must have at least 50 characters.")
# The readers' process opens nothing that is sealed, so it holds no key.
MASTER_KEYS = None if FACE == "public" else master_keys(required("SEKALI_MASTER_KEYS"))
ALLOWED_HOSTS = [host.strip() for host in required("SEKALI_HOSTS").split(",")]
EXIT_URL = exit_url(own=ALLOWED_HOSTS)
WAGTAILADMIN_BASE_URL = f"https://{ALLOWED_HOSTS[0]}"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]

# A connection is kept from request to request: opening one takes longer than making a page.
DATABASES = {"default": database(required("DATABASE_URL")) | {"CONN_MAX_AGE": 60}}
DATABASE_OWNER = database(required("DATABASE_OWNER_URL"))
# Only where background work runs; the web process does not know it.
DATABASE_JOBS = database(os.environ["DATABASE_JOBS_URL"]) if os.environ.get("DATABASE_JOBS_URL") else None

_mail = urlsplit(required("SEKALI_EMAIL_URL"))
EMAIL_HOST, EMAIL_PORT = _mail.hostname, _mail.port or 587
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = not EMAIL_USE_SSL
DEFAULT_FROM_EMAIL = SERVER_EMAIL = required("SEKALI_EMAIL_FROM")

SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
# Of X-Forwarded-For only what our own proxies wrote is believed; the rest anybody may write.
ALLAUTH_TRUSTED_PROXY_COUNT = digit("SEKALI_PROXIES", 1)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SILENCED_SYSTEM_CHECKS = ["security.W022"]  # cms.middleware sets Referrer-Policy, page by page
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
STORAGES = {
    "default": {"BACKEND": "cms.uploads.Nameless"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
