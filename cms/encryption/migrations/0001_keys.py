"""Keys wrapped by a master key, and the word that says whether it is the right one."""

import uuid
from django.db import migrations, models

# Who could set a destroyed key back, or put another in its place, could undo an erasure or let a case be unreadable.
TRIGGER = """
CREATE FUNCTION sekali_key_keeps_its_course() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF NEW.id <> OLD.id OR NEW.case_id <> OLD.case_id THEN
      RAISE EXCEPTION 'a key keeps its case' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.destroyed_at IS NOT NULL THEN
      RAISE EXCEPTION 'a destroyed key stays destroyed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.wrapped IS NOT NULL AND NEW.wrapped <> OLD.wrapped AND current_user <> 'sekali_owner' THEN
      RAISE EXCEPTION 'a key is wrapped anew by the owner only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER key_keeps_its_course BEFORE UPDATE ON encryption_datakey
  FOR EACH ROW EXECUTE FUNCTION sekali_key_keeps_its_course();
"""
NO_TRIGGER = """
DROP TRIGGER key_keeps_its_course ON encryption_datakey;
DROP FUNCTION sekali_key_keeps_its_course();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='MasterKeyCheck',
            fields=[
                ('key_id', models.CharField(max_length=16, primary_key=True, serialize=False)),
                ('word', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='DataKey',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('case_id', models.BigIntegerField(unique=True)),
                ('wrapped', models.TextField(null=True)),
                ('master_id', models.CharField(max_length=16)),
                ('destroyed_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('destroyed_at__isnull', False), ('wrapped__isnull', True)), models.Q(('destroyed_at__isnull', True), ('wrapped__isnull', False), ('wrapped__startswith', 'm1.')), _connector='OR'), name='datakey_is_wrapped_or_destroyed')],
            },
        ),
        migrations.RunSQL(TRIGGER, NO_TRIGGER),
    ]
