"""The WSGI entry point of the site."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.production")
application = get_wsgi_application()

from cms.database.standing import refuse_the_mighty  # noqa: E402 -- settings are read now
from cms.encryption import canary  # noqa: E402 -- models load after the application is set up
from cms.page_cache import KeptFirst  # noqa: E402 -- as above

refuse_the_mighty()
if settings.FACE != "public":  # readers' pages hold nothing sealed, and their process no key
    canary.require_web()

application = KeptFirst(application)
