"""Reports by readers and reminders to providers.

The readers' role has no right on the table of reports. It reports with `sekali_report_fault`, which adds at most one open
row for each service and reason and counts days, and asks with `sekali_faults` on how many days something was said.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


READERS = """
CREATE FUNCTION sekali_report_fault(asked uuid, why text, said_on date, look_by date) RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    INSERT INTO directory_fault AS fault (service_id, reason, opened_on, last_on, days, due_on, outcome)
    SELECT service.page_ptr_id, why, said_on, said_on, 1, look_by, ''
      FROM directory_servicepage service
      JOIN wagtailcore_page page ON page.id = service.page_ptr_id AND page.live
     WHERE service.identifier = asked AND service.status <> 'defunct'
    ON CONFLICT (service_id, reason) WHERE closed_on IS NULL
    DO UPDATE SET days = fault.days + 1, last_on = excluded.last_on WHERE fault.last_on < excluded.last_on
  $$;
COMMENT ON FUNCTION sekali_report_fault IS
  'A reader says that something is wrong with a public service. Said again on the same day, nothing changes.';
REVOKE ALL ON FUNCTION sekali_report_fault(uuid, text, date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_report_fault(uuid, text, date, date) TO sekali_app, sekali_public;

CREATE FUNCTION sekali_faults(asked bigint) RETURNS TABLE (reason text, days integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT fault.reason, fault.days FROM directory_fault fault WHERE fault.service_id = asked AND fault.closed_on IS NULL
  $$;
COMMENT ON FUNCTION sekali_faults IS 'What is open about a service, and on how many days it was said.';
REVOKE ALL ON FUNCTION sekali_faults(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_faults(bigint) TO sekali_app, sekali_public;
"""
NO_READERS = """
DROP FUNCTION IF EXISTS sekali_faults(bigint);
DROP FUNCTION IF EXISTS sekali_report_fault(uuid, text, date, date);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0003_listing_standard"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Fault",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("n", "The number does not work"),
                            ("c", "It has closed or moved"),
                            ("h", "The opening hours are wrong"),
                            ("o", "Something else is wrong"),
                        ],
                        max_length=1,
                    ),
                ),
                ("opened_on", models.DateField()),
                ("last_on", models.DateField()),
                ("days", models.PositiveSmallIntegerField(default=1)),
                ("due_on", models.DateField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("mended", "mended"),
                            ("fine", "nothing was wrong"),
                            ("withdrawn", "the listing was withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("closed_on", models.DateField(blank=True, null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="faults", to="directory.servicepage"
                    ),
                ),
            ],
            options={
                "verbose_name": "report by readers",
                "verbose_name_plural": "reports by readers",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_on", None)),
                        fields=("service", "reason"),
                        name="fault_one_open_for_each_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_by", None), ("closed_on", None), ("outcome", "")),
                            models.Q(
                                ("closed_by__isnull", False),
                                ("closed_on__isnull", False),
                                models.Q(("outcome", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="fault_is_closed_by_somebody_with_an_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("days__gte", 1),
                            ("due_on__gt", models.F("opened_on")),
                            ("last_on__gte", models.F("opened_on")),
                        ),
                        name="fault_days_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason__in", ["n", "c", "h", "o"])), name="fault_has_a_known_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ListingReminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_on", models.DateField()),
                ("stage", models.PositiveSmallIntegerField()),
                ("sent_on", models.DateField()),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="wagtailcore.page"
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "reminder of a listing",
                "verbose_name_plural": "reminders of listings",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("page", "recipient", "due_on", "stage"), name="listing_reminder_once_for_each_stage"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stage__in", (30, 7, 0))), name="listing_reminder_of_a_known_stage"
                    ),
                ],
            },
        ),
        migrations.RunSQL(READERS, NO_READERS),
    ]
