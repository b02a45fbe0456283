from django.db import migrations

from cms.database.policies import append_only, writable


class Migration(migrations.Migration):
    dependencies = [("cms", "0002_protocols_topics_wording"), ("database", "0001_functions")]
    operations = [migrations.RunSQL(append_only("cms_protocolversion"), writable("cms_protocolversion"))]
