"""Walls around what must stand before an interview; and where a child is, the database writes down by itself.

`sekali_interview_is_at_its_venue` keeps the child's side of VenuePresence in step with the interview, whatever books,
moves or cancels it: no way of writing an interview can forget it, and the exclusion constraint sees both sides.
"""

from django.db import migrations

from cms.database.policies import append_only, expose, in_any_name, in_own_name, protect, writable

MINE = "case_id = ANY (ARRAY (SELECT sekali_my_cases()))"
PLANNERS = "sekali_my_roles(case_id) && ARRAY['case_manager', 'coordinator', 'investigator']"
# Where the suspect's side will be is for those who plan; where the child will be, the team knows.
APART = f"{MINE} AND (side = 0 OR {PLANNERS})"
WALLS = {
    "services_courtpermit": MINE,
    "services_plannedbreak": MINE,
    "services_override": MINE,
    "services_venuepresence": APART,
}
ONLY_GROWS = ["services_courtpermit", "services_plannedbreak", "services_override"]
SIGNED = ["services_courtpermit", "services_override", "services_venuepresence"]
SAME_CASE = [("plannedbreak", "interview"), ("override", "interview"), ("venuepresence", "interview")]

PRESENCE = """
CREATE FUNCTION sekali_interview_is_at_its_venue() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  DECLARE
    local daterange := daterange((lower(NEW.span) AT TIME ZONE NEW.zone)::date,
                                 (upper(NEW.span) AT TIME ZONE NEW.zone)::date, '[]');
    who bigint := coalesce(sekali_current_user(), NEW.booked_by_id);
  BEGIN
    UPDATE services_venuepresence SET ended_at = clock_timestamp(), ended_by_id = who
     WHERE interview_id = NEW.id AND ended_at IS NULL
       AND (NEW.state IN ('cancelled', 'expired') OR venue_id <> NEW.venue_id OR days <> local);
    IF NEW.state NOT IN ('cancelled', 'expired') AND NOT EXISTS (
         SELECT FROM services_venuepresence WHERE interview_id = NEW.id AND ended_at IS NULL) THEN
      INSERT INTO services_venuepresence (case_id, venue_id, side, days, interview_id, by_id, at)
        VALUES (NEW.case_id, NEW.venue_id, 0, local, NEW.id, who, clock_timestamp());
    END IF;
    RETURN NULL;
  END $$;
CREATE TRIGGER interview_is_at_its_venue AFTER INSERT OR UPDATE OF span, venue_id, zone, state ON services_interview
  FOR EACH ROW EXECUTE FUNCTION sekali_interview_is_at_its_venue();

CREATE FUNCTION sekali_presence_is_ended_once() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user <> 'sekali_app' THEN
      RETURN NEW;
    END IF;
    IF NEW.side = 0 AND pg_trigger_depth() < 2 THEN
      RAISE EXCEPTION 'where a child is follows from its interview' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'venuepresence_of_a_child_follows_its_interview';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
         OR (NEW.id, NEW.case_id, NEW.venue_id, NEW.side, NEW.days, NEW.interview_id, NEW.by_id, NEW.at)
            IS DISTINCT FROM
            (OLD.id, OLD.case_id, OLD.venue_id, OLD.side, OLD.days, OLD.interview_id, OLD.by_id, OLD.at)
         OR NEW.ended_by_id IS DISTINCT FROM sekali_current_user()) THEN
      RAISE EXCEPTION 'business at a venue is ended, once, and not changed' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'venuepresence_is_ended_once';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER presence_is_ended_once BEFORE INSERT OR UPDATE ON services_venuepresence
  FOR EACH ROW EXECUTE FUNCTION sekali_presence_is_ended_once();

CREATE FUNCTION sekali_others_at_venue(asked bigint, asked_days daterange, asked_side integer, own bigint) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT EXISTS (SELECT FROM services_venuepresence
                    WHERE venue_id = asked AND days && asked_days AND side = asked_side AND case_id <> own
                      AND ended_at IS NULL)
  $$;
COMMENT ON FUNCTION sekali_others_at_venue IS
  'Whether somebody of another case has business at a venue on these days: yes or no, of no case and nobody.';
REVOKE ALL ON FUNCTION sekali_others_at_venue(bigint, daterange, integer, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_others_at_venue(bigint, daterange, integer, bigint) TO sekali_app, sekali_jobs;

-- Interviews booked before this table was.
INSERT INTO services_venuepresence (case_id, venue_id, side, days, interview_id, by_id, at)
SELECT case_id, venue_id, 0, daterange((lower(span) AT TIME ZONE zone)::date, (upper(span) AT TIME ZONE zone)::date, '[]'),
       id, booked_by_id, booked_at
  FROM services_interview WHERE state NOT IN ('cancelled', 'expired');
"""
NO_PRESENCE = """
DROP TRIGGER presence_is_ended_once ON services_venuepresence;
DROP TRIGGER interview_is_at_its_venue ON services_interview;
DROP FUNCTION sekali_others_at_venue(bigint, daterange, integer, bigint);
DROP FUNCTION sekali_presence_is_ended_once();
DROP FUNCTION sekali_interview_is_at_its_venue();
"""


def same_case(name, target):
    constraint = f"{name}_{target}_of_the_same_case"
    return migrations.RunSQL(
        f"ALTER TABLE services_{name} ADD CONSTRAINT {constraint} FOREIGN KEY ({target}_id, case_id)"
        f" REFERENCES services_{target} (id, case_id) DEFERRABLE INITIALLY DEFERRED;",
        f"ALTER TABLE services_{name} DROP CONSTRAINT {constraint};",
    )


def readable(table):
    return migrations.RunSQL(
        f"CREATE POLICY in_emergency ON {table} FOR SELECT TO sekali_app"
        " USING (case_id = ANY (ARRAY (SELECT sekali_my_emergencies())));",
        f"DROP POLICY in_emergency ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("services", "0035_preconditions")]
    operations = [
        *(migrations.RunSQL(protect(table, using), expose(table)) for table, using in WALLS.items()),
        *(readable(table) for table in WALLS),
        *(same_case(*reference) for reference in SAME_CASE),
        *(migrations.RunSQL(append_only(table), writable(table)) for table in ONLY_GROWS),
        *(migrations.RunSQL(in_own_name(table), in_any_name(table)) for table in SIGNED),
        migrations.RunSQL(PRESENCE, NO_PRESENCE),
    ]
