"""The tests: tests/conftest.py starts a throwaway embedded PostgreSQL and names a clone of the template database."""

import os
from pathlib import Path

from cms.database import embedded
from cms.settings.base import *
from cms.settings.environment import database, master_keys

DEBUG = False
SECRET_KEY = "only-for-the-tests"  # noqa: S105 -- not a secret
MASTER_KEYS = master_keys("test:" + "TGFtcHUta2VjaWwtZGktamVuZGVsYS1ydW1haC1pbmk=")  # invented; seals invented data
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]

TEST_POSTGRES = VAR_DIR / "test-postgres"
DATABASES = {"default": database(embedded.url("sekali_app", "sekali_test", TEST_POSTGRES))}
DATABASE_OWNER = database(embedded.url("sekali_owner", "sekali_test", TEST_POSTGRES))
DATABASE_JOBS = database(embedded.url("sekali_jobs", "sekali_test", TEST_POSTGRES))
EMBEDDED = False

KEEP_PAGES = False  # each test has a database of its own, and one memory; tests of the kept pages switch it on
MEDIA_ROOT = Path(os.environ.get("TMPDIR", "/tmp")) / "sekali-test-media"  # noqa: S108 -- emptied by the tests
SERVE_MEDIA = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the tests sign in hundreds of times
ACCOUNT_RATE_LIMITS = False
STORAGES = {
    "default": {"BACKEND": "cms.uploads.Nameless"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
