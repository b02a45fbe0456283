"""Walls around moving: only what is booked and still to come changes its hour and place, and nothing else of it changes."""

from django.db import migrations

from cms.database.policies import append_only, expose, in_any_name, in_own_name, protect, writable

MINE = "case_id = ANY (ARRAY (SELECT sekali_my_cases()))"
READABLE = """
CREATE POLICY in_emergency ON services_move FOR SELECT TO sekali_app
  USING (case_id = ANY (ARRAY (SELECT sekali_my_emergencies())));
"""
SAME_CASE = """
ALTER TABLE services_move ADD CONSTRAINT move_interview_of_the_same_case
  FOREIGN KEY (interview_id, case_id) REFERENCES services_interview (id, case_id) DEFERRABLE INITIALLY DEFERRED;
"""
COURSE = """
CREATE FUNCTION sekali_interview_moves_while_booked() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user <> 'sekali_app' THEN
      RETURN NEW;
    END IF;
    IF (NEW.protocol_id, NEW.key, NEW.payload_hash, NEW.booked_by_id, NEW.booked_at) IS DISTINCT FROM
       (OLD.protocol_id, OLD.key, OLD.payload_hash, OLD.booked_by_id, OLD.booked_at) THEN
      RAISE EXCEPTION 'how an interview was booked stays' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'interview_keeps_its_booking';
    END IF;
    IF (NEW.span, NEW.venue_id, NEW.zone) IS DISTINCT FROM (OLD.span, OLD.venue_id, OLD.zone)
       AND (OLD.state <> 'booked' OR NEW.state <> 'booked' OR lower(OLD.span) <= now() OR lower(NEW.span) <= now()) THEN
      RAISE EXCEPTION 'only what is booked and still to come is moved' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'interview_moves_while_booked';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER interview_while_booked_moves BEFORE UPDATE ON services_interview
  FOR EACH ROW EXECUTE FUNCTION sekali_interview_moves_while_booked();
"""
NO_COURSE = """
DROP TRIGGER interview_while_booked_moves ON services_interview;
DROP FUNCTION sekali_interview_moves_while_booked();
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0039_moves"), ("audit", "0002_append_only")]
    operations = [
        migrations.RunSQL(protect("services_move", MINE), expose("services_move")),
        migrations.RunSQL(READABLE, "DROP POLICY in_emergency ON services_move;"),
        migrations.RunSQL(in_own_name("services_move"), in_any_name("services_move")),
        migrations.RunSQL(append_only("services_move"), writable("services_move")),
        migrations.RunSQL(SAME_CASE, "ALTER TABLE services_move DROP CONSTRAINT move_interview_of_the_same_case;"),
        migrations.RunSQL(COURSE, NO_COURSE),
    ]
