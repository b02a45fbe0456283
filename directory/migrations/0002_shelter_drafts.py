"""Drafts and old versions are rows too: no revision of a shelter may hold an address, whatever way it was written."""

from django.db import migrations

ADD = """
ALTER TABLE wagtailcore_revision ADD CONSTRAINT shelter_draft_has_no_address CHECK (
  NOT (
    content ? 'import_digest'
    AND (content ->> 'kind' = 'c8' OR content ->> 'hidden_place' = 'true')
    AND (coalesce(content ->> 'street', '') || coalesce(content ->> 'city', '') || coalesce(content ->> 'postal_code', '')) <> ''
  )
)
"""


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial")]

    operations = [
        migrations.RunSQL(
            ADD, "ALTER TABLE wagtailcore_revision DROP CONSTRAINT IF EXISTS shelter_draft_has_no_address"
        ),
    ]
