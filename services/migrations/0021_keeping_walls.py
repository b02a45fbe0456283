"""Walls around keeping: closing and holds cannot be faked, the registers only grow, and there is one way to erase.

A case is erased by `sekali_erase_case` alone, which only background jobs may call. It writes the ledger first; the
triggers that keep rows from being deleted stand aside for the owner's function, and only for a case in the ledger.
"""

from django.db import migrations

from cms.database.policies import append_only, expose, in_any_name, in_own_name, protect, writable

MINE = "case_id = ANY (ARRAY (SELECT sekali_my_cases()))"

COORDINATED = """
CREATE FUNCTION sekali_my_agencies(wanted text) RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT membership.agency_id FROM accounts_membership membership
      JOIN accounts_user person ON person.id = membership.user_id AND person.is_active
     WHERE membership.user_id = sekali_current_user() AND (wanted IS NULL OR membership.role = wanted)
       AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now())
  $$;
COMMENT ON FUNCTION sekali_my_agencies IS 'The agencies in which the current user holds a role; with NULL, any role.';
REVOKE ALL ON FUNCTION sekali_my_agencies(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_my_agencies(text) TO sekali_app, sekali_jobs;
"""
OURS = "agency_id = ANY (ARRAY (SELECT sekali_my_agencies('coordinator')))"
WALLS = {
    "services_closing": (MINE, None),
    "services_legalhold": (MINE, None),
    "services_subjectrequest": (MINE, None),
    # Whoever works for an agency may report; its coordinators read the register, a reporter what they reported.
    "services_breach": (
        f"{OURS} OR by_id = sekali_current_user()",
        "by_id = sekali_current_user() AND agency_id = ANY (ARRAY (SELECT sekali_my_agencies(NULL)))",
    ),
    "services_breachentry": (
        "breach_id IN (SELECT id FROM services_breach)",
        f"by_id = sekali_current_user() AND breach_id IN (SELECT id FROM services_breach WHERE {OURS})",
    ),
}
# The ledger names nobody, so that everybody who works here may read it; jobs write what belongs to no case.
LEDGER = """
ALTER TABLE services_erasure ENABLE ROW LEVEL SECURITY;
ALTER TABLE services_erasure FORCE ROW LEVEL SECURITY;
CREATE POLICY people ON services_erasure FOR SELECT TO sekali_app, sekali_jobs USING (true);
CREATE POLICY jobs_write ON services_erasure FOR INSERT TO sekali_jobs WITH CHECK (case_id IS NULL);
CREATE POLICY owner_bypass ON services_erasure TO sekali_owner USING (true) WITH CHECK (true);
"""
NO_LEDGER = f"DROP POLICY jobs_write ON services_erasure; {expose('services_erasure')}"
ONLY_GROWS = ["services_closing", "services_erasure", "services_breach", "services_breachentry"]
SIGNED = ["services_closing", "services_legalhold", "services_subjectrequest"]

COURSE = """
CREATE FUNCTION sekali_case_is_closed_by_a_closing() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND NEW.closed_at IS DISTINCT FROM OLD.closed_at AND NOT EXISTS (
         SELECT FROM services_closing
          WHERE case_id = NEW.id AND id = (SELECT max(id) FROM services_closing WHERE case_id = NEW.id)
            AND ((NEW.closed_at IS NULL AND step = 'reopened') OR (step = 'closed' AND at = NEW.closed_at))) THEN
      RAISE EXCEPTION 'a case is closed and opened with a reason' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'case_is_closed_by_a_closing';
    END IF;
    RETURN NULL;
  END $$;
CREATE CONSTRAINT TRIGGER case_is_closed_by_a_closing AFTER UPDATE OF closed_at ON services_case
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sekali_case_is_closed_by_a_closing();

-- Backdated, a closing would bring the erasure forward.
CREATE FUNCTION sekali_closing_is_of_today() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND abs(extract(epoch FROM clock_timestamp() - NEW.at)) > 24 * 3600 THEN
      RAISE EXCEPTION 'a closing is recorded when it happens' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'closing_is_of_today';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER closing_is_of_today BEFORE INSERT ON services_closing
  FOR EACH ROW EXECUTE FUNCTION sekali_closing_is_of_today();

CREATE FUNCTION sekali_hold_is_lifted_once() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND (OLD.lifted_at IS NOT NULL
         OR (NEW.id, NEW.case_id, NEW.reason, NEW.by_id, NEW.at) IS DISTINCT FROM
            (OLD.id, OLD.case_id, OLD.reason, OLD.by_id, OLD.at)
         OR NEW.lifted_by_id IS DISTINCT FROM sekali_current_user()) THEN
      RAISE EXCEPTION 'a hold is lifted, once, and not changed' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'legalhold_is_lifted_once';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER hold_is_lifted_once BEFORE UPDATE ON services_legalhold
  FOR EACH ROW EXECUTE FUNCTION sekali_hold_is_lifted_once();

CREATE FUNCTION sekali_request_ends_once() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND (OLD.ended_at IS NOT NULL
         OR (NEW.id, NEW.case_id, NEW.asker, NEW.received_at, NEW.by_id, NEW.at) IS DISTINCT FROM
            (OLD.id, OLD.case_id, OLD.asker, OLD.received_at, OLD.by_id, OLD.at)
         OR NEW.ended_by_id IS DISTINCT FROM sekali_current_user()) THEN
      RAISE EXCEPTION 'a request is ended, once, and not changed' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'subjectrequest_ends_once';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER request_ends_once BEFORE UPDATE ON services_subjectrequest
  FOR EACH ROW EXECUTE FUNCTION sekali_request_ends_once();
"""
NO_COURSE = """
DROP TRIGGER request_ends_once ON services_subjectrequest;
DROP TRIGGER hold_is_lifted_once ON services_legalhold;
DROP TRIGGER closing_is_of_today ON services_closing;
DROP TRIGGER case_is_closed_by_a_closing ON services_case;
DROP FUNCTION sekali_request_ends_once();
DROP FUNCTION sekali_hold_is_lifted_once();
DROP FUNCTION sekali_closing_is_of_today();
DROP FUNCTION sekali_case_is_closed_by_a_closing();
"""

STAND_ASIDE = """
CREATE OR REPLACE FUNCTION sekali_append_only() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
  AS $$
  BEGIN
    IF TG_OP = 'DELETE' AND current_user = 'sekali_owner' AND TG_TABLE_NAME <> 'audit_auditevent'
       AND TG_TABLE_NAME <> 'services_erasure' THEN
      IF EXISTS (SELECT FROM public.services_erasure gone WHERE gone.case_id = (to_jsonb(OLD) ->> 'case_id')::bigint) THEN
        RETURN OLD;
      END IF;
    END IF;
    RAISE EXCEPTION 'this table only grows' USING ERRCODE = 'restrict_violation';
  END
  $$;

CREATE OR REPLACE FUNCTION sekali_interview_keeps_its_course() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF TG_OP = 'DELETE' THEN
      IF current_user = 'sekali_owner'
         AND EXISTS (SELECT FROM services_erasure gone WHERE gone.case_id = OLD.case_id) THEN
        RETURN OLD;
      END IF;
      RAISE EXCEPTION 'an interview is not deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.case_id <> OLD.case_id OR NEW.kind <> OLD.kind OR NEW.asking_id IS DISTINCT FROM OLD.asking_id THEN
      RAISE EXCEPTION 'an interview keeps its case and kind' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND OLD.state <> 'booked' THEN
      RAISE EXCEPTION 'what was held or cancelled stays so' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END $$;
"""
STAND_FIRM = """
CREATE OR REPLACE FUNCTION sekali_append_only() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
  AS $$
  BEGIN
    RAISE EXCEPTION 'this table only grows' USING ERRCODE = 'restrict_violation';
  END
  $$;

CREATE OR REPLACE FUNCTION sekali_interview_keeps_its_course() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF TG_OP = 'DELETE' THEN
      RAISE EXCEPTION 'an interview is not deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.case_id <> OLD.case_id OR NEW.kind <> OLD.kind OR NEW.asking_id IS DISTINCT FROM OLD.asking_id THEN
      RAISE EXCEPTION 'an interview keeps its case and kind' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND OLD.state <> 'booked' THEN
      RAISE EXCEPTION 'what was held or cancelled stays so' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END $$;
"""

ERASE = """
CREATE FUNCTION sekali_closed_cases()
  RETURNS TABLE (id bigint, fingerprint text, opened_at timestamptz, closed_at timestamptz, age_months integer,
                 province text, held boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT one.id, encode(sha256(convert_to(one.code, 'UTF8')), 'hex'), one.opened_at, one.closed_at,
           one.age_months::integer, one.province::text,
           EXISTS (SELECT FROM services_legalhold WHERE case_id = one.id AND lifted_at IS NULL)
           OR EXISTS (SELECT FROM services_subjectrequest WHERE case_id = one.id AND ended_at IS NULL)
      FROM services_case one WHERE one.closed_at IS NOT NULL ORDER BY one.id
  $$;
COMMENT ON FUNCTION sekali_closed_cases IS
  'What background jobs must know to see which cases are due: no code, and whether a hold or an open request stands.';

-- Every table that carries a case, found in the catalogue, so that none can be forgotten; former states come last,
-- because deleting a row writes one.
CREATE FUNCTION sekali_tables_of_a_case() RETURNS TABLE (place text, named text, former boolean)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
  AS $$
    SELECT c.relname::text, a.attname::text,
           EXISTS (SELECT FROM pg_attribute p WHERE p.attrelid = c.oid AND p.attname = 'pgh_id' AND NOT p.attisdropped)
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped AND a.attnum > 0
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
       AND ((a.attname = 'case_id' AND c.relname !~ '^(audit|encryption)_' AND c.relname <> 'services_erasure')
            OR (a.attname = 'id' AND c.relname IN ('services_case', 'services_caseformer')))
     ORDER BY 3, c.relname = 'services_case', 1
  $$;

CREATE FUNCTION sekali_erase_case(asked bigint, its_fingerprint text, rule text, due date, moment timestamptz,
                                  first timestamptz DEFAULT NULL) RETURNS jsonb
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
  DECLARE
    kept services_case%ROWTYPE;
    part record;
    rows bigint;
    counts jsonb := '{}';
    taken bigint[];
  BEGIN
    SELECT * INTO kept FROM services_case WHERE id = asked FOR UPDATE;
    IF kept.id IS NULL OR encode(sha256(convert_to(kept.code, 'UTF8')), 'hex') <> its_fingerprint THEN
      RETURN NULL;
    END IF;
    -- Done once already, it is done again whatever the older backup says.
    IF first IS NULL AND (kept.closed_at IS NULL OR kept.closed_at > moment
         OR EXISTS (SELECT FROM services_legalhold WHERE case_id = asked AND lifted_at IS NULL)
         OR EXISTS (SELECT FROM services_subjectrequest WHERE case_id = asked AND ended_at IS NULL)) THEN
      RAISE EXCEPTION 'this case is open or held' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'erasure_is_due';
    END IF;
    SELECT coalesce(array_agg(occupancy_id), '{}') INTO taken FROM services_booking WHERE case_id = asked;
    taken := taken || ARRAY(SELECT id FROM services_occupancy WHERE resource_id = kept.child_resource_id);
    FOR part IN SELECT * FROM sekali_tables_of_a_case() LOOP
      EXECUTE format('SELECT count(*) FROM %I WHERE %I = $1', part.place, part.named) INTO rows USING asked;
      IF rows > 0 THEN
        counts := counts || jsonb_build_object(part.place, rows);
      END IF;
    END LOOP;
    counts := counts || jsonb_build_object('services_occupancy', cardinality(taken));
    INSERT INTO services_erasure (what, case_id, fingerprint, due_on, erased_at, reapplied_at, counts)
      VALUES (rule, asked, its_fingerprint, due, coalesce(first, moment),
              CASE WHEN first IS NOT NULL THEN moment END, counts);
    -- The key first: what it sealed is unreadable from here on, wherever a copy lies. Its tombstone stays.
    UPDATE encryption_datakey SET wrapped = NULL, destroyed_at = moment WHERE case_id = asked AND destroyed_at IS NULL;
    DELETE FROM services_identityindex
     WHERE identity_id IN (SELECT uuid FROM services_childidentity WHERE case_id = asked);
    FOR part IN SELECT * FROM sekali_tables_of_a_case() LOOP
      EXECUTE format('DELETE FROM %I WHERE %I = $1', part.place, part.named) USING asked;
    END LOOP;
    DELETE FROM services_occupancy WHERE id = ANY (taken);
    DELETE FROM services_availability WHERE resource_id = kept.child_resource_id;
    DELETE FROM services_leave WHERE resource_id = kept.child_resource_id;
    DELETE FROM services_qualification WHERE resource_id = kept.child_resource_id;
    DELETE FROM services_resource WHERE id = kept.child_resource_id AND kind = 'child';
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    RETURN counts;
  END $$;
COMMENT ON FUNCTION sekali_erase_case IS
  'Erases a closed case that no hold and no open request keeps, and writes the ledger. NULL: no such case is here.';

CREATE FUNCTION sekali_erase_loose_occupancy(before timestamptz) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    WITH gone AS (
      DELETE FROM services_occupancy taken
       WHERE upper(taken.span) < before
         AND NOT EXISTS (SELECT FROM services_booking booking WHERE booking.occupancy_id = taken.id) RETURNING 1)
    SELECT count(*) FROM gone
  $$;
COMMENT ON FUNCTION sekali_erase_loose_occupancy IS 'Erases times that have passed and served no case: holds that ran out.';

REVOKE ALL ON FUNCTION sekali_closed_cases, sekali_tables_of_a_case, sekali_erase_case, sekali_erase_loose_occupancy
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_closed_cases, sekali_erase_case, sekali_erase_loose_occupancy TO sekali_jobs;
"""
NO_ERASE = """
DROP FUNCTION sekali_erase_loose_occupancy(timestamptz);
DROP FUNCTION sekali_erase_case(bigint, text, text, date, timestamptz, timestamptz);
DROP FUNCTION sekali_tables_of_a_case();
DROP FUNCTION sekali_closed_cases();
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0020_keeping"), ("audit", "0002_append_only"), ("database", "0001_functions")]
    operations = [
        migrations.RunSQL(COORDINATED, "DROP FUNCTION sekali_my_agencies(text);"),
        *(
            migrations.RunSQL(protect(table, using, check=check), expose(table))
            for table, (using, check) in WALLS.items()
        ),
        migrations.RunSQL(LEDGER, NO_LEDGER),
        *(migrations.RunSQL(append_only(table), writable(table)) for table in ONLY_GROWS),
        *(migrations.RunSQL(in_own_name(table), in_any_name(table)) for table in SIGNED),
        migrations.RunSQL(COURSE, NO_COURSE),
        migrations.RunSQL(STAND_ASIDE, STAND_FIRM),
        migrations.RunSQL(ERASE, NO_ERASE),
    ]
