"""The walls around who a child is: whose rows and keys they are, who may write them, and what stays as it is."""

from django.db import migrations

from cms.database.policies import expose, former_states, in_any_name, in_own_name, no_former_states, protect

MINE = "case_id = ANY (ARRAY (SELECT sekali_my_cases()))"
# Background jobs make fingerprints and erase: for them a case need not have somebody's context.
FOR_JOBS = ["services_childidentity", "services_casereference", "encryption_datakey", "services_identityindex"]
FORMER = ["services_childidentityformer", "services_casereferenceformer"]
WRITERS = "sekali_my_roles(case_id) && ARRAY['case_manager', 'coordinator']"

ATTENDED = """
CREATE FUNCTION sekali_my_venues() RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT interview.venue_id FROM services_interview interview
      JOIN services_participant attends ON attends.interview_id = interview.id
      JOIN services_resource person ON person.id = attends.resource_id
     WHERE interview.state = 'booked' AND person.user_id = sekali_current_user()
    UNION
    SELECT id FROM sekali_kept_venues() AS kept (id)
  $$;
COMMENT ON FUNCTION sekali_my_venues IS 'Where the current user is expected at a booked interview, or keeps the rooms.';
"""
KEPT = """
CREATE FUNCTION sekali_kept_venues() RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT venue.id FROM services_venue venue
      JOIN accounts_membership membership ON membership.agency_id = venue.agency_id AND membership.role = 'keeper'
      JOIN accounts_user person ON person.id = membership.user_id AND person.is_active
     WHERE membership.user_id = sekali_current_user()
       AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now())
  $$;
COMMENT ON FUNCTION sekali_kept_venues IS 'The venues of the agencies whose rooms the current user keeps.';
"""
GRANTED = """
REVOKE ALL ON FUNCTION sekali_my_venues(), sekali_kept_venues() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_my_venues(), sekali_kept_venues() TO sekali_app, sekali_jobs;
"""
NO_VENUES = "DROP FUNCTION sekali_my_venues(); DROP FUNCTION sekali_kept_venues();"

WRITING = "\n".join(
    f"CREATE POLICY in_a_role_that_may_{verb.lower()} ON {table} AS RESTRICTIVE FOR {verb} TO sekali_app"
    f" {'WITH CHECK' if verb == 'INSERT' else 'USING'} ({WRITERS});"
    for table in ("services_childidentity", "services_casereference")
    for verb in ("INSERT", "UPDATE")
)
NO_WRITING = "\n".join(
    f"DROP POLICY in_a_role_that_may_{verb} ON {table};"
    for table in ("services_childidentity", "services_casereference")
    for verb in ("insert", "update")
)

JOBS = "\n".join(f"CREATE POLICY jobs ON {table} TO sekali_jobs USING (true) WITH CHECK (true);" for table in FOR_JOBS)
NO_JOBS = "\n".join(f"DROP POLICY jobs ON {table};" for table in FOR_JOBS)

COURSE = """
CREATE FUNCTION sekali_identity_keeps_its_course() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND (NEW.uuid, NEW.case_id) IS DISTINCT FROM (OLD.uuid, OLD.case_id) THEN
      RAISE EXCEPTION 'an identity keeps its case' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'childidentity_keeps_its_case';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER identity_keeps_its_course BEFORE UPDATE ON services_childidentity
  FOR EACH ROW EXECUTE FUNCTION sekali_identity_keeps_its_course();

CREATE FUNCTION sekali_reference_keeps_its_course() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND (OLD.withdrawn_at IS NOT NULL OR
         (NEW.id, NEW.uuid, NEW.case_id, NEW.kind, NEW.number, NEW.asking_id, NEW.by_id, NEW.at) IS DISTINCT FROM
         (OLD.id, OLD.uuid, OLD.case_id, OLD.kind, OLD.number, OLD.asking_id, OLD.by_id, OLD.at)) THEN
      RAISE EXCEPTION 'a reference is withdrawn, not changed' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'casereference_is_withdrawn_not_changed';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER reference_keeps_its_course BEFORE UPDATE ON services_casereference
  FOR EACH ROW EXECUTE FUNCTION sekali_reference_keeps_its_course();
"""
NO_COURSE = """
DROP TRIGGER reference_keeps_its_course ON services_casereference;
DROP TRIGGER identity_keeps_its_course ON services_childidentity;
DROP FUNCTION sekali_reference_keeps_its_course();
DROP FUNCTION sekali_identity_keeps_its_course();
"""

SAME_CASE = """
ALTER TABLE services_casereference ADD CONSTRAINT casereference_asking_of_the_same_case
  FOREIGN KEY (asking_id, case_id) REFERENCES services_asking (id, case_id) DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0010_identities"), ("encryption", "0001_keys")]
    operations = [
        migrations.RunSQL(KEPT + ATTENDED + GRANTED, NO_VENUES),
        *(
            migrations.RunSQL(protect(table, using, check=check), expose(table))
            for table, using, check in (
                ("services_childidentity", MINE, None),
                ("services_casereference", MINE, None),
                ("encryption_datakey", MINE, None),
                ("services_identityindex", "false", None),
                (
                    "services_venuedirections",
                    "venue_id = ANY (ARRAY (SELECT sekali_my_venues()))",
                    "venue_id = ANY (ARRAY (SELECT sekali_kept_venues()))",
                ),
            )
        ),
        *(migrations.RunSQL(former_states(table, MINE), no_former_states(table)) for table in FORMER),
        migrations.RunSQL(JOBS, NO_JOBS),
        migrations.RunSQL(WRITING, NO_WRITING),
        migrations.RunSQL(in_own_name("services_casereference"), in_any_name("services_casereference")),
        migrations.RunSQL(in_own_name("services_venuedirections"), in_any_name("services_venuedirections")),
        migrations.RunSQL(SAME_CASE, "ALTER TABLE services_casereference DROP CONSTRAINT casereference_asking_of_the_same_case;"),
        migrations.RunSQL(COURSE, NO_COURSE),
    ]
