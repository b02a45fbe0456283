from django.db import migrations

from cms.database.policies import append_only, writable


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("database", "0001_functions")]
    operations = [migrations.RunSQL(append_only("audit_auditevent"), writable("audit_auditevent"))]
