"""Walls around what a plan is asked for: absences are its agency's and whom they hit; marks are their case's members'.

Whoever asks may add both only while the plan waits: no absence of another agency, no mark on a case they are not on.
"""

from django.db import migrations

from cms.database.policies import expose

MINE = "case_id = ANY (ARRAY (SELECT sekali_my_cases()))"
OURS = """(agency_id = ANY (ARRAY (SELECT sekali_my_agencies('keeper')))
       OR agency_id = ANY (ARRAY (SELECT sekali_my_agencies('coordinator'))))"""
BEING_ASKED = """EXISTS (SELECT FROM services_replanning planning
       WHERE planning.id = replanning_id AND planning.by_id = sekali_current_user() AND planning.state = 'waiting'{more})"""
OF_ITS_AGENCY = BEING_ASKED.format(
    more="""
         AND planning.agency_id = (SELECT resource.agency_id FROM services_resource resource WHERE resource.id = resource_id)"""
)
WALLS = f"""
CREATE POLICY people ON services_replanning TO sekali_app
  USING (by_id = sekali_current_user() OR {OURS}
         OR EXISTS (SELECT FROM services_proposal WHERE replanning_id = services_replanning.id))
  WITH CHECK (state = 'waiting' AND best = 0 AND {OURS});

ALTER TABLE services_absence ENABLE ROW LEVEL SECURITY;
ALTER TABLE services_absence FORCE ROW LEVEL SECURITY;
CREATE POLICY people ON services_absence TO sekali_app
  USING (EXISTS (SELECT FROM services_replanning planning WHERE planning.id = replanning_id
                 AND (planning.by_id = sekali_current_user() OR {OURS.replace("agency_id", "planning.agency_id")}))
         OR EXISTS (SELECT FROM services_proposal proposal WHERE proposal.replanning_id = services_absence.replanning_id
                    AND services_absence.id = ANY (proposal.hit_by)))
  WITH CHECK ({OF_ITS_AGENCY});
CREATE POLICY jobs ON services_absence TO sekali_jobs USING (true) WITH CHECK (true);
CREATE POLICY owner_bypass ON services_absence TO sekali_owner USING (true) WITH CHECK (true);

ALTER TABLE services_mark ENABLE ROW LEVEL SECURITY;
ALTER TABLE services_mark FORCE ROW LEVEL SECURITY;
CREATE POLICY people ON services_mark TO sekali_app
  USING ({MINE}) WITH CHECK ({MINE} AND {BEING_ASKED.format(more="")});
CREATE POLICY in_emergency ON services_mark FOR SELECT TO sekali_app
  USING (case_id = ANY (ARRAY (SELECT sekali_my_emergencies())));
CREATE POLICY jobs ON services_mark TO sekali_jobs USING (true) WITH CHECK (true);
CREATE POLICY owner_bypass ON services_mark TO sekali_owner USING (true) WITH CHECK (true);
ALTER TABLE services_mark ADD CONSTRAINT mark_interview_of_the_same_case
  FOREIGN KEY (interview_id, case_id) REFERENCES services_interview (id, case_id) DEFERRABLE INITIALLY DEFERRED;
"""
NO_WALLS = f"""
ALTER TABLE services_mark DROP CONSTRAINT mark_interview_of_the_same_case;
DROP POLICY in_emergency ON services_mark;
DROP POLICY jobs ON services_mark;
{expose("services_mark")}
DROP POLICY jobs ON services_absence;
{expose("services_absence")}
DROP POLICY people ON services_replanning;
"""
AFFECTED_BY_ONE = """
CREATE FUNCTION sekali_affected(gone bigint, period tstzrange, moment timestamptz)
  RETURNS TABLE (interview_id bigint, manager_id bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT DISTINCT interview.id, affected.manager_id
      FROM services_occupancy taken
      JOIN services_booking booking ON booking.occupancy_id = taken.id
      JOIN services_interview interview ON interview.id = booking.interview_id AND interview.state = 'booked'
      JOIN services_case affected ON affected.id = interview.case_id
     WHERE taken.live AND taken.resource_id = gone AND taken.span && period AND lower(interview.span) > moment
     ORDER BY 1
  $$;
REVOKE ALL ON FUNCTION sekali_affected(bigint, tstzrange, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_affected(bigint, tstzrange, timestamptz) TO sekali_jobs;
"""
AFFECTED = """
DROP FUNCTION sekali_affected(bigint, tstzrange, timestamptz);
CREATE FUNCTION sekali_affected(planning bigint, moment timestamptz)
  RETURNS TABLE (interview_id bigint, manager_id bigint, hit_by bigint[], kind text, off tstzrange)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    WITH hits AS (
      SELECT booking.interview_id, array_agg(DISTINCT absence.id ORDER BY absence.id) AS absences
        FROM services_absence absence
        JOIN services_occupancy taken ON taken.live AND taken.resource_id = absence.resource_id AND taken.span && absence.span
        JOIN services_booking booking ON booking.occupancy_id = taken.id
       WHERE absence.replanning_id = planning
       GROUP BY booking.interview_id
    )
    SELECT interview.id, affected.manager_id, coalesce(hits.absences, '{}'), coalesce(mark.kind, ''), mark.off
      FROM services_interview interview
      JOIN services_case affected ON affected.id = interview.case_id
      LEFT JOIN hits ON hits.interview_id = interview.id
      LEFT JOIN services_mark mark ON mark.interview_id = interview.id AND mark.replanning_id = planning
     WHERE interview.state = 'booked' AND lower(interview.span) > moment
       AND (hits.absences IS NOT NULL OR mark.kind = 'move')
     ORDER BY 1
  $$;
COMMENT ON FUNCTION sekali_affected IS
  'Which booked interviews a plan is about, by which absences or whose mark, and who manages their cases; for background jobs alone.';
REVOKE ALL ON FUNCTION sekali_affected(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_affected(bigint, timestamptz) TO sekali_jobs;
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0050_replanning_several")]
    operations = [
        migrations.RunSQL(WALLS, NO_WALLS),
        migrations.RunSQL(AFFECTED, f"DROP FUNCTION sekali_affected(bigint, timestamptz);{AFFECTED_BY_ONE}"),
    ]
