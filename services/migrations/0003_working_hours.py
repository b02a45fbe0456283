"""What django-scheduler's tables do not keep by themselves (booking.md, "the tables, not the product")."""

from django.db import migrations

FORWARD = """
ALTER TABLE schedule_event ADD CONSTRAINT event_ends_after_it_starts CHECK ("end" > "start");
ALTER TABLE schedule_occurrence ADD CONSTRAINT occurrence_ends_after_it_starts CHECK ("end" > "start");
ALTER TABLE schedule_occurrence ADD CONSTRAINT occurrence_once_per_original_start UNIQUE (event_id, original_start);
-- Numbers collapse to the weekday of the first occurrence: MO,TU is what is meant.
ALTER TABLE schedule_rule ADD CONSTRAINT rule_writes_weekdays_in_letters CHECK (params !~* 'byweekday:[^;]*[0-9]');

CREATE FUNCTION sekali_event_keeps_its_rule() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    -- django-scheduler empties rule_id when a rule is deleted: weekly hours would become hours of a single day.
    RAISE EXCEPTION 'an event keeps its rule' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'event_keeps_its_rule';
  END $$;
CREATE TRIGGER event_keeps_its_rule BEFORE UPDATE OF rule_id ON schedule_event
  FOR EACH ROW WHEN (OLD.rule_id IS NOT NULL AND NEW.rule_id IS NULL) EXECUTE FUNCTION sekali_event_keeps_its_rule();
"""
BACKWARD = """
DROP TRIGGER event_keeps_its_rule ON schedule_event;
DROP FUNCTION sekali_event_keeps_its_rule();
ALTER TABLE schedule_rule DROP CONSTRAINT rule_writes_weekdays_in_letters;
ALTER TABLE schedule_occurrence DROP CONSTRAINT occurrence_once_per_original_start;
ALTER TABLE schedule_occurrence DROP CONSTRAINT occurrence_ends_after_it_starts;
ALTER TABLE schedule_event DROP CONSTRAINT event_ends_after_it_starts;
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0002_walls"), ("schedule", "0015_rename_indexes")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
