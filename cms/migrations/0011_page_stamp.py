from django.db import migrations, models


def lay(apps, _schema_editor):
    apps.get_model("cms", "PageStamp").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("cms", "0010_protocol_sources")]

    operations = [
        migrations.CreateModel(
            name="PageStamp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AddConstraint(
            model_name="pagestamp",
            constraint=models.CheckConstraint(condition=models.Q(("pk", 1)), name="page_stamp_is_one_row"),
        ),
        migrations.RunPython(lay, migrations.RunPython.noop),
    ]
