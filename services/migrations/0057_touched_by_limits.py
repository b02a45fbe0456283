"""What other limits would do, counted over all cases for whoever edits a protocol and may see none of them."""

from django.db import migrations

SMALL = 5  # a smaller group is not told, and a larger one only in steps of so many, so that trying limits tells nobody apart

TOUCHED = f"""
CREATE FUNCTION sekali_touched_by(limits jsonb, moment timestamptz) RETURNS TABLE (figure text, several bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    WITH band AS (
      SELECT * FROM jsonb_to_recordset(limits -> 'bands') AS one (from_years int, to_years int, shortest_minutes int,
                                                                 longest_minutes int, earliest time, latest time)),
    required AS (SELECT * FROM jsonb_to_recordset(limits -> 'roles') AS one (role text, presences jsonb)),
    unclosed AS (SELECT * FROM services_case WHERE closed_at IS NULL),
    ahead AS (
      SELECT held.id, held.kind, lower(held.span) AT TIME ZONE held.zone AS starts,
             upper(held.span) AT TIME ZONE held.zone AS ends,
             extract(epoch FROM upper(held.span) - lower(held.span)) / 60 AS minutes, whose.reported_on,
             (whose.age_months + greatest(0, trunc(((lower(held.span) AT TIME ZONE held.zone)::date
               - (whose.opened_at AT TIME ZONE held.zone)::date) / 30.44)))::int / 12 AS years
        FROM services_interview held JOIN unclosed whose ON whose.id = held.case_id
       WHERE lower(held.span) > moment
         AND (held.state = 'booked' OR held.state = 'proposed' AND held.proposed_until > moment)),
    outside AS (
      SELECT ahead.id FROM ahead LEFT JOIN band ON ahead.years BETWEEN band.from_years AND band.to_years
       WHERE ahead.minutes NOT BETWEEN band.shortest_minutes AND band.longest_minutes
          OR ahead.starts::time < band.earliest OR ahead.ends::time > band.latest OR ahead.ends::time < ahead.starts::time
          OR ahead.kind = 'joint' AND ahead.starts::date - ahead.reported_on > (limits ->> 'clock_days')::int
          OR EXISTS (SELECT FROM required WHERE NOT required.role = ANY ('{{companion,prosecutor,interviewer}}'::text[]) AND NOT EXISTS (
                       SELECT FROM services_participant one WHERE one.interview_id = ahead.id AND one.role = required.role))
          OR EXISTS (SELECT FROM services_participant one JOIN required ON required.role = one.role
                      WHERE one.interview_id = ahead.id AND NOT jsonb_exists(required.presences, one.presence))),
    late AS (
      SELECT one.id FROM unclosed one
       WHERE (moment AT TIME ZONE 'Asia/Jakarta')::date - one.reported_on > (limits ->> 'clock_days')::int
         AND NOT EXISTS (SELECT FROM services_interview held WHERE held.case_id = one.id AND held.state IN ('booked', 'held'))),
    counted AS (
      SELECT 1 AS place, 'cases' AS figure, count(*) AS n FROM unclosed
      UNION ALL SELECT 2, 'late', count(*) FROM late
      UNION ALL SELECT 3, 'ahead', count(*) FROM ahead
      UNION ALL SELECT 4, 'outside', count(*) FROM outside)
    SELECT counted.figure, CASE WHEN counted.n >= {SMALL} THEN counted.n - mod(counted.n, {SMALL}) END
      FROM counted WHERE sekali_current_user() IS NOT NULL ORDER BY counted.place
  $$;
COMMENT ON FUNCTION sekali_touched_by IS
  'For editors of a protocol: of all open cases and interviews to come, how many would lie outside these limits, in steps '
  'of {SMALL}. NULL where the group is so small that it could point to somebody.';
REVOKE ALL ON FUNCTION sekali_touched_by(jsonb, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_touched_by(jsonb, timestamptz) TO sekali_app;
"""
NOT_TOUCHED = "DROP FUNCTION sekali_touched_by(jsonb, timestamptz);"


class Migration(migrations.Migration):
    dependencies = [("services", "0056_people_of_the_directory")]
    operations = [migrations.RunSQL(TOUCHED, NOT_TOUCHED)]
