"""Whoever left long ago is let go by the directory too: reminders, invitations, and reports of readers that they closed.

Uploaded spreadsheets live for a day and assessments name who verified, knowingly: a person whom one of those names stays.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("services.migrations.0047_keeping_ends").ERASE
FUNCTION = BEFORE[BEFORE.index("CREATE FUNCTION sekali_erase_people") : BEFORE.index("COMMENT ON FUNCTION sekali_erase_people")]
AT = "        -- What they did to public pages stays, and no longer says who.\n"
OF_THE_DIRECTORY = """\
        FOREACH part SLICE 1 IN ARRAY ARRAY[
          ['directory_listingreminder', 'recipient_id'], ['directory_teaminvitation', 'invited_by_id'],
          ['directory_fault', 'closed_by_id']]
        LOOP
          EXECUTE format('DELETE FROM %I WHERE %I = $1', part[1], part[2]) USING person;
        END LOOP;
"""
assert AT in FUNCTION
REPLACED = FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("services", "0055_venue_provider"), ("directory", "0008_standards")]
    operations = [migrations.RunSQL(REPLACED.replace(AT, OF_THE_DIRECTORY + AT), REPLACED)]
