"""Lay the bare page into the database of DATABASE_URL, as the owner of its tables: `python -m services.bench.bare`."""

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 -- models load once the apps are ready
from wagtail.models import Locale, Page, Site  # noqa: E402

from services.bench.bare.models import BarePage  # noqa: E402

BODY = "<h2>A heading</h2><p>Some words, <b>some bold</b>, and <a href='https://example.org/'>a link</a>.</p>" * 3
MAY_READ = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO sekali_app"

with transaction.atomic():
    with connection.schema_editor() as editor:
        editor.create_model(BarePage)
    page = BarePage(title="A page", slug="bare", body=BODY, locale=Locale.objects.order_by("pk").first())
    Page.get_first_root_node().add_child(instance=page)
    Site.objects.create(hostname="bare.localhost", port=80, root_page=page)
    with connection.cursor() as cursor:
        cursor.execute(MAY_READ)
