"""A first run and everyday work: the embedded database unless DATABASE_URL names a server."""

import os

from cms.database import embedded
from cms.settings.base import *
from cms.settings.environment import database, own_master_keys

# Off unless asked for: whoever tries the product should meet its own pages, not a list of its addresses.
DEBUG = os.environ.get("SEKALI_DEBUG") == "1"
SECRET_KEY = "only-for-development-nothing-signed-with-it-is-worth-anything"  # noqa: S105 -- not a secret
MASTER_KEYS = own_master_keys(VAR_DIR)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
INTERNAL_IPS = []

EMBEDDED = not os.environ.get("DATABASE_URL")
DATABASES = {
    "default": database(
        os.environ.get("DATABASE_URL") or embedded.url("sekali_public" if FACE == "public" else "sekali_app")
    )
}
DATABASE_OWNER = database(
    os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL") or embedded.url("sekali_owner")
)
DATABASE_JOBS = database(
    os.environ.get("DATABASE_JOBS_URL") or os.environ.get("DATABASE_URL") or embedded.url("sekali_jobs")
)
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
SAY_DIGITS = "cms.accounts.demonstration.say"
SERVE_MEDIA = True
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
STORAGES = {
    "default": {"BACKEND": "cms.uploads.Nameless"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
