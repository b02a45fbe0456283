"""Who reads and switches a calendar feed, and the one thing a stranger with a token is told: when, never what.

`sekali_feed` is asked by nobody in particular: whoever holds a token. It knows a token by its hash alone, so that there is
nothing to compare byte by byte, and answers an unknown, an ended and a forbidden one in the same way.
"""

from django.db import migrations

from cms.database.policies import expose, protect

# A calendar's busy times are its own resource's.
SAME_RESOURCE = """
ALTER TABLE services_outsidebusy ADD CONSTRAINT outside_busy_is_its_calendars_resources
  FOREIGN KEY (calendar_id, resource_id) REFERENCES services_outsidecalendar (id, resource_id)
  DEFERRABLE INITIALLY DEFERRED;
"""
NOT_SAME_RESOURCE = "ALTER TABLE services_outsidebusy DROP CONSTRAINT outside_busy_is_its_calendars_resources;"

SWITCH = """
CREATE FUNCTION sekali_my_houses() RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT membership.agency_id FROM accounts_membership membership
      JOIN accounts_user person ON person.id = membership.user_id AND person.is_active
     WHERE membership.user_id = sekali_current_user() AND membership.role IN ('keeper', 'coordinator')
       AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now())
  $$;
COMMENT ON FUNCTION sekali_my_houses IS 'Agencies for which the current user decides, as keeper or coordinator.';
REVOKE ALL ON FUNCTION sekali_my_houses() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_my_houses() TO sekali_app, sekali_jobs;

ALTER TABLE services_feedswitch ENABLE ROW LEVEL SECURITY;
ALTER TABLE services_feedswitch FORCE ROW LEVEL SECURITY;
CREATE POLICY people ON services_feedswitch FOR SELECT TO sekali_app, sekali_jobs USING (true);
CREATE POLICY who_decides ON services_feedswitch TO sekali_app
  USING (agency_id = ANY (ARRAY (SELECT sekali_my_houses())))
  WITH CHECK (agency_id = ANY (ARRAY (SELECT sekali_my_houses())) AND by_id = sekali_current_user());
CREATE POLICY owner_bypass ON services_feedswitch TO sekali_owner USING (true) WITH CHECK (true);
"""
NO_SWITCH = """
DROP POLICY who_decides ON services_feedswitch;
DROP POLICY owner_bypass ON services_feedswitch;
DROP POLICY people ON services_feedswitch;
ALTER TABLE services_feedswitch NO FORCE ROW LEVEL SECURITY;
ALTER TABLE services_feedswitch DISABLE ROW LEVEL SECURITY;
DROP FUNCTION sekali_my_houses();
"""

# What was switched off stays off: a feed made before the leave was given (again), or before the membership began (again),
# does not come back by itself.
FEED = """
CREATE FUNCTION sekali_open_feeds() RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT feed.id FROM services_feed feed
      JOIN accounts_user person ON person.id = feed.user_id AND person.is_active
      JOIN services_resource own ON own.user_id = person.id AND own.active
      JOIN services_feedswitch leave_given ON leave_given.agency_id = own.agency_id
       AND leave_given.allowed AND leave_given.at <= feed.made_at
     WHERE EXISTS (SELECT FROM accounts_membership membership
                    WHERE membership.user_id = person.id AND membership.agency_id = own.agency_id
                      AND membership.starts <= feed.made_at AND (membership.ends IS NULL OR membership.ends > now()))
  $$;
COMMENT ON FUNCTION sekali_open_feeds IS
  'The feeds that answer now: of people who are here, of agencies that let them.';

CREATE FUNCTION sekali_feed(asked text) RETURNS TABLE (uid text, span tstzrange)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT left(encode(sha256(convert_to(feed.seed || '/' || taken.id, 'UTF8')), 'hex'), 32), taken.span
      FROM services_feed feed
      JOIN services_resource own ON own.user_id = feed.user_id
      LEFT JOIN services_occupancy taken
        ON int8range(taken.resource_id, taken.resource_id, '[]') && int8range(own.id, own.id, '[]')
       AND taken.live AND (taken.hold_until IS NULL OR taken.hold_until > now())
       AND taken.span && tstzrange(now(), now() + interval '60 days')
     WHERE feed.token_hash = asked AND feed.id IN (SELECT sekali_open_feeds())
     ORDER BY taken.span
  $$;
COMMENT ON FUNCTION sekali_feed IS
  'When the person behind a token is taken in the next 60 days, one row of nulls when never; no row for any other token.';

REVOKE ALL ON FUNCTION sekali_open_feeds(), sekali_feed(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_open_feeds(), sekali_feed(text) TO sekali_app;
"""
NO_FEED = "DROP FUNCTION sekali_feed(text); DROP FUNCTION sekali_open_feeds();"


class Migration(migrations.Migration):
    dependencies = [("services", "0037_outside_and_feeds")]
    operations = [
        migrations.RunSQL(SAME_RESOURCE, NOT_SAME_RESOURCE),
        migrations.RunSQL(SWITCH, NO_SWITCH),
        migrations.RunSQL(protect("services_feed", "user_id = sekali_current_user()"), expose("services_feed")),
        migrations.RunSQL(FEED, NO_FEED),
    ]
