"""Settings of a process of the tests that really sends mail: to the port in MAIL_PORT, on loopback, in plain."""

import os

from cms.settings.dev import *  # noqa: F403 -- Django's way of layering settings

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["MAIL_PORT"])
EMAIL_USE_TLS = EMAIL_USE_SSL = False
DEFAULT_FROM_EMAIL = "sekali@contoh.example"
