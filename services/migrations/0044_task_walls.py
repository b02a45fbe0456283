"""Walls around ticks and tasks: the team's, signed by who writes them; ticks only grow, tasks remember."""

from django.db import migrations

from cms.database.policies import (
    append_only,
    expose,
    former_states,
    in_any_name,
    in_own_name,
    no_former_states,
    protect,
    writable,
)

MINE = "case_id = ANY (ARRAY (SELECT sekali_my_cases()))"
TABLES = ["services_checklisttick", "services_task"]

COURSE = """
ALTER TABLE services_checklisttick ADD CONSTRAINT checklisttick_interview_of_the_same_case
  FOREIGN KEY (interview_id, case_id) REFERENCES services_interview (id, case_id) DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION sekali_task_keeps_its_words() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND (
         (NEW.id, NEW.case_id, NEW.what, NEW.owner_id, NEW.due_on, NEW.by_id, NEW.at) IS DISTINCT FROM
         (OLD.id, OLD.case_id, OLD.what, OLD.owner_id, OLD.due_on, OLD.by_id, OLD.at)
         OR (NEW.done_by_id IS NOT NULL AND NEW.done_by_id IS DISTINCT FROM sekali_current_user())) THEN
      RAISE EXCEPTION 'a task is done or not, and not rewritten' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'task_keeps_its_words';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER task_keeps_its_words BEFORE UPDATE ON services_task
  FOR EACH ROW EXECUTE FUNCTION sekali_task_keeps_its_words();
"""
NO_COURSE = """
DROP TRIGGER task_keeps_its_words ON services_task;
DROP FUNCTION sekali_task_keeps_its_words();
ALTER TABLE services_checklisttick DROP CONSTRAINT checklisttick_interview_of_the_same_case;
"""


def readable(table):
    return migrations.RunSQL(
        f"CREATE POLICY in_emergency ON {table} FOR SELECT TO sekali_app"
        " USING (case_id = ANY (ARRAY (SELECT sekali_my_emergencies())));",
        f"DROP POLICY in_emergency ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("services", "0043_tasks")]
    operations = [
        *(migrations.RunSQL(protect(table, MINE), expose(table)) for table in TABLES),
        *(readable(table) for table in TABLES),
        *(migrations.RunSQL(in_own_name(table), in_any_name(table)) for table in TABLES),
        migrations.RunSQL(append_only("services_checklisttick"), writable("services_checklisttick")),
        migrations.RunSQL(former_states("services_taskformer", MINE), no_former_states("services_taskformer")),
        migrations.RunSQL(COURSE, NO_COURSE),
    ]
