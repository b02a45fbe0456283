"""Planning anew for several resources at once, with interviews named or frozen: what was one resource becomes absences."""

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

FILL = """
UPDATE services_replanning planning
   SET agency_id = resource.agency_id, fingerprint = encode(sha256(convert_to('before ' || planning.id, 'UTF8')), 'hex')
  FROM services_resource resource WHERE resource.id = planning.resource_id;
INSERT INTO services_absence (replanning_id, resource_id, span) SELECT id, resource_id, span FROM services_replanning;
UPDATE services_proposal proposal SET hit_by = ARRAY[absence.id]
  FROM services_absence absence WHERE absence.replanning_id = proposal.replanning_id;
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;
DROP POLICY people ON services_replanning;
"""
FIRST_AGAIN = """
UPDATE services_replanning planning SET resource_id = absence.resource_id, span = absence.span
  FROM (SELECT DISTINCT ON (replanning_id) * FROM services_absence ORDER BY replanning_id, id) absence
 WHERE absence.replanning_id = planning.id;
DELETE FROM services_mark;
DELETE FROM services_proposal WHERE replanning_id IN (SELECT id FROM services_replanning WHERE resource_id IS NULL);
DELETE FROM services_replanning WHERE resource_id IS NULL;
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;
CREATE POLICY people ON services_replanning TO sekali_app
  USING (by_id = sekali_current_user()
         OR EXISTS (SELECT FROM services_resource resource WHERE resource.id = resource_id
                    AND (resource.agency_id = ANY (ARRAY (SELECT sekali_my_agencies('keeper')))
                         OR resource.agency_id = ANY (ARRAY (SELECT sekali_my_agencies('coordinator')))))
         OR EXISTS (SELECT FROM services_proposal WHERE replanning_id = services_replanning.id))
  WITH CHECK (state = 'waiting' AND best = 0
    AND EXISTS (SELECT FROM services_resource resource WHERE resource.id = resource_id
                AND (resource.agency_id = ANY (ARRAY (SELECT sekali_my_agencies('keeper')))
                     OR resource.agency_id = ANY (ARRAY (SELECT sekali_my_agencies('coordinator'))))));
"""
KINDS = [("move", "to be moved too"), ("freeze", "not to be touched")]
SPAN = django.contrib.postgres.fields.ranges.DateTimeRangeField
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def to(model, verbose_name=None, *, related_name="+", cascade=False, null=False):
    on_delete = django.db.models.deletion.CASCADE if cascade else django.db.models.deletion.PROTECT
    return models.ForeignKey(
        null=null, on_delete=on_delete, related_name=related_name, to=model, verbose_name=verbose_name
    )


class Migration(migrations.Migration):
    dependencies = [
        ("services", "0049_part_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Absence",
            fields=[
                ID,
                ("span", SPAN(verbose_name="from and until")),
                ("replanning", to("services.replanning", related_name="absences", cascade=True)),
                ("resource", to("services.resource", "resource", cascade=True)),
            ],
            options={"verbose_name": "absence", "verbose_name_plural": "absences", "ordering": ["pk"]},
        ),
        migrations.CreateModel(
            name="Mark",
            fields=[
                ID,
                ("kind", models.CharField(choices=KINDS, max_length=6)),
                ("off", SPAN(null=True)),
                ("case", to("services.case")),
                ("interview", to("services.interview")),
                ("replanning", to("services.replanning", related_name="marks", cascade=True)),
            ],
            options={"verbose_name": "mark", "verbose_name_plural": "marks", "ordering": ["pk"]},
        ),
        migrations.AddField("replanning", "agency", to("accounts.agency", "agency", null=True)),
        migrations.AddField(
            "replanning", "fingerprint", models.CharField(default="", editable=False, max_length=64), preserve_default=False
        ),
        migrations.AddField("replanning", "frozen", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField(
            "proposal",
            "hit_by",
            django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None),
        ),
        migrations.AddField("proposal", "mark", models.CharField(blank=True, choices=KINDS, default="", max_length=6), preserve_default=False),
        migrations.RemoveConstraint("replanning", "replanning_ends_after_it_starts"),
        migrations.AlterField("replanning", "resource", to("services.resource", "resource", cascade=True, null=True)),
        migrations.AlterField("replanning", "span", SPAN(null=True, verbose_name="from and until")),
        migrations.RunSQL(FILL, FIRST_AGAIN),
        migrations.AlterField("replanning", "agency", to("accounts.agency", "agency")),
        migrations.RemoveField("replanning", "resource"),
        migrations.RemoveField("replanning", "span"),
        migrations.AddConstraint(
            "replanning",
            models.UniqueConstraint(
                condition=~Q(state="done"), fields=("fingerprint",), name="replanning_thought_about_once_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            "proposal",
            models.CheckConstraint(condition=Q(mark="move") | Q(hit_by__len__gt=0), name="proposal_has_a_reason"),
        ),
        migrations.AddConstraint(
            "proposal",
            models.CheckConstraint(condition=~Q(mark="freeze") | Q(span=None), name="proposal_leaves_frozen_alone"),
        ),
        migrations.AddConstraint(
            "absence",
            models.CheckConstraint(condition=Q(span__isempty=False), name="absence_ends_after_it_starts"),
        ),
        migrations.AddConstraint(
            "absence",
            models.UniqueConstraint(fields=("replanning", "resource"), name="absence_once_per_resource"),
        ),
        migrations.AddConstraint(
            "mark",
            models.UniqueConstraint(fields=("replanning", "interview"), name="mark_once_per_interview"),
        ),
        migrations.AddConstraint(
            "mark",
            models.CheckConstraint(
                condition=Q(kind="move", off__isnull=False, off__isempty=False) | Q(kind="freeze", off=None),
                name="mark_moves_out_of_a_time_or_freezes",
            ),
        ),
    ]
