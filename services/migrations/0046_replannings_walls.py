"""Walls around planning anew: a proposal is seen by its case's members; which interviews are touched, jobs alone may ask."""

from django.db import migrations

from cms.database.policies import expose, in_any_name, in_own_name

MINE = "case_id = ANY (ARRAY (SELECT sekali_my_cases()))"
OURS = """EXISTS (SELECT FROM services_resource resource WHERE resource.id = resource_id
  AND (resource.agency_id = ANY (ARRAY (SELECT sekali_my_agencies('keeper')))
       OR resource.agency_id = ANY (ARRAY (SELECT sekali_my_agencies('coordinator')))))"""
WALLS = f"""
ALTER TABLE services_proposal ENABLE ROW LEVEL SECURITY;
ALTER TABLE services_proposal FORCE ROW LEVEL SECURITY;
CREATE POLICY people ON services_proposal FOR SELECT TO sekali_app USING ({MINE});
CREATE POLICY in_emergency ON services_proposal FOR SELECT TO sekali_app
  USING (case_id = ANY (ARRAY (SELECT sekali_my_emergencies())));
CREATE POLICY jobs ON services_proposal TO sekali_jobs USING (true) WITH CHECK (true);
CREATE POLICY owner_bypass ON services_proposal TO sekali_owner USING (true) WITH CHECK (true);
ALTER TABLE services_proposal ADD CONSTRAINT proposal_interview_of_the_same_case
  FOREIGN KEY (interview_id, case_id) REFERENCES services_interview (id, case_id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE services_replanning ENABLE ROW LEVEL SECURITY;
ALTER TABLE services_replanning FORCE ROW LEVEL SECURITY;
CREATE POLICY people ON services_replanning TO sekali_app
  USING (by_id = sekali_current_user() OR {OURS}
         OR EXISTS (SELECT FROM services_proposal WHERE replanning_id = services_replanning.id))
  WITH CHECK (state = 'waiting' AND best = 0 AND {OURS});
CREATE POLICY jobs ON services_replanning TO sekali_jobs USING (true) WITH CHECK (true);
CREATE POLICY owner_bypass ON services_replanning TO sekali_owner USING (true) WITH CHECK (true);
"""
NO_WALLS = f"""
ALTER TABLE services_proposal DROP CONSTRAINT proposal_interview_of_the_same_case;
DROP POLICY in_emergency ON services_proposal;
DROP POLICY jobs ON services_proposal;
{expose("services_proposal")}
DROP POLICY jobs ON services_replanning;
{expose("services_replanning")}
"""
AFFECTED = """
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
COMMENT ON FUNCTION sekali_affected IS
  'Which booked interviews a resource that falls out would have served, and whose cases they are; for background jobs alone.';
REVOKE ALL ON FUNCTION sekali_affected(bigint, tstzrange, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_affected(bigint, tstzrange, timestamptz) TO sekali_jobs;
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0045_replannings")]
    operations = [
        migrations.RunSQL(WALLS, NO_WALLS),
        migrations.RunSQL(in_own_name("services_replanning"), in_any_name("services_replanning")),
        migrations.RunSQL(AFFECTED, "DROP FUNCTION sekali_affected(bigint, tstzrange, timestamptz);"),
    ]
