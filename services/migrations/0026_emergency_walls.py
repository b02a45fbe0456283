"""The one way past a case's walls: for somebody of the same province, for an hour, to read, in the open.

`sekali_open_in_emergency` is the only thing that makes such a row. It answers a code that is unknown, closed to the
caller's province or mistyped in the same way, so that it can never tell whether a case exists.
"""

from django.db import migrations

from cms.database.policies import PEOPLE

READABLE = ["casemember", "legalbasis", "consent", "childview", "readiness", "priortelling", "questionneed", "interview",
            "participant", "asking", "askingtopic", "approval", "booking", "testimony", "recordaccess"]  # fmt: skip

FUNCTIONS = """
CREATE FUNCTION sekali_my_emergencies() RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT access.case_id FROM services_emergencyaccess access
      JOIN accounts_user person ON person.id = access.by_id AND person.is_active
     WHERE access.by_id = sekali_current_user() AND access.at <= clock_timestamp() AND access.until > now()
       AND EXISTS (SELECT FROM accounts_membership membership
                    WHERE membership.user_id = access.by_id
                      AND membership.role IN ('case_manager', 'coordinator', 'protection_officer')
                      AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now()))
  $$;

CREATE FUNCTION sekali_open_in_emergency(
    typed text, why text, moment timestamptz, lasting interval, most_a_day integer,
    OUT opened bigint, OUT too_often boolean)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
  DECLARE
    asked services_case%ROWTYPE;
    me bigint := sekali_current_user();
  BEGIN
    moment := least(moment, clock_timestamp());  -- nobody opens a case in advance
    PERFORM pg_advisory_xact_lock(hashtextextended('emergency', me));
    -- Attempts count, found or not: else the limit itself would tell.
    too_often := least(most_a_day, 3) <=
      (SELECT count(*) FROM audit_auditevent
        WHERE actor_id = me AND verb = 'emergency.hidden' AND at > moment - interval '1 day')
      + (SELECT count(*) FROM services_emergencyaccess WHERE by_id = me AND at > moment - interval '1 day');
    IF too_often THEN
      RETURN;
    END IF;
    SELECT chosen.* INTO asked FROM services_case chosen
     WHERE chosen.code = typed AND chosen.closed_at IS NULL
       AND EXISTS (SELECT FROM accounts_membership membership
                     JOIN accounts_agency agency ON agency.id = membership.agency_id
                     JOIN accounts_user person ON person.id = membership.user_id AND person.is_active
                    WHERE membership.user_id = me
                      AND membership.role IN ('case_manager', 'coordinator', 'protection_officer')
                      AND (agency.province = chosen.province OR agency.id = chosen.agency_id)
                      AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now()));
    IF asked.id IS NULL THEN
      RETURN;
    END IF;
    INSERT INTO services_emergencyaccess (case_id, agency_id, code, by_id, reason, at, until)
      VALUES (asked.id, asked.agency_id, asked.code, me, why, moment, moment + least(lasting, interval '1 hour'));
    opened := asked.id;
  END $$;

CREATE FUNCTION sekali_my_coordination() RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT membership.agency_id FROM accounts_membership membership
      JOIN accounts_user person ON person.id = membership.user_id AND person.is_active
     WHERE membership.user_id = sekali_current_user() AND membership.role = 'coordinator'
       AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now())
  $$;

CREATE FUNCTION sekali_emergency_seen(asked bigint, moment timestamptz) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    WITH known AS (
      UPDATE services_emergencyaccess SET seen_by_id = sekali_current_user(), seen_at = moment
       WHERE id = asked AND seen_at IS NULL AND by_id <> sekali_current_user()
         AND agency_id = ANY (ARRAY (SELECT sekali_my_coordination())) RETURNING id)
    SELECT count(*) FROM known
  $$;

REVOKE ALL ON FUNCTION sekali_my_emergencies(), sekali_my_coordination(),
  sekali_open_in_emergency(text, text, timestamptz, interval, integer), sekali_emergency_seen(bigint, timestamptz)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_my_emergencies(), sekali_my_coordination(),
  sekali_open_in_emergency(text, text, timestamptz, interval, integer), sekali_emergency_seen(bigint, timestamptz)
  TO sekali_app;
GRANT EXECUTE ON FUNCTION sekali_my_emergencies(), sekali_my_coordination() TO sekali_jobs;
"""
NO_FUNCTIONS = """
DROP FUNCTION sekali_emergency_seen(bigint, timestamptz);
DROP FUNCTION sekali_my_coordination();
DROP FUNCTION sekali_open_in_emergency(text, text, timestamptz, interval, integer);
DROP FUNCTION sekali_my_emergencies();
"""

OWN = f"""
ALTER TABLE services_emergencyaccess ENABLE ROW LEVEL SECURITY;
ALTER TABLE services_emergencyaccess FORCE ROW LEVEL SECURITY;
CREATE POLICY people ON services_emergencyaccess FOR SELECT TO {PEOPLE}
  USING (by_id = sekali_current_user() OR case_id = ANY (ARRAY (SELECT sekali_my_cases()))
         OR agency_id = ANY (ARRAY (SELECT sekali_my_coordination())));
CREATE POLICY owner_bypass ON services_emergencyaccess TO sekali_owner USING (true) WITH CHECK (true);
"""
NOT_OWN = """
DROP POLICY owner_bypass ON services_emergencyaccess;
DROP POLICY people ON services_emergencyaccess;
ALTER TABLE services_emergencyaccess NO FORCE ROW LEVEL SECURITY;
ALTER TABLE services_emergencyaccess DISABLE ROW LEVEL SECURITY;
"""
EMERGENCIES = "ANY (ARRAY (SELECT sekali_my_emergencies()))"


def readable(table, column="case_id"):
    return migrations.RunSQL(
        f"CREATE POLICY in_emergency ON {table} FOR SELECT TO sekali_app USING ({column} = {EMERGENCIES});",
        f"DROP POLICY in_emergency ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("services", "0025_emergencies"), ("audit", "0003_seal")]
    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.RunSQL(OWN, NOT_OWN),
        readable("services_case", "id"),
        *(readable(f"services_{name}") for name in READABLE),
    ]
