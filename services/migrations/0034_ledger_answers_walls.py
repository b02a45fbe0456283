"""Walls around the ledger's answers: who corrects, who asks, who decides, and what may follow what.

Besides, three functions that tell more than one's own cases hold, and no more than they must: figures in which small groups
are hidden, the head of the sealed audit, and the moment a document was exported, for whoever holds that document.
"""

from django.db import migrations

from cms.database.policies import former_states, no_former_states

MINE = "case_id = ANY (ARRAY (SELECT sekali_my_cases()))"
SMALL = 5  # groups with fewer cases are not told apart

CORRECTIONS = """
ALTER TABLE services_testimony ADD CONSTRAINT testimony_corrects_the_same_topic
  FOREIGN KEY (corrects_id, case_id, interview_id, topic_id)
  REFERENCES services_testimony (id, case_id, interview_id, topic_id) DEFERRABLE INITIALLY DEFERRED;
CREATE POLICY corrected_by_who_may ON services_testimony AS RESTRICTIVE FOR INSERT TO sekali_app
  WITH CHECK (corrects_id IS NULL
              OR sekali_my_roles(case_id) && ARRAY['case_manager', 'interviewer', 'investigator']);
"""
NO_CORRECTIONS = """
DROP POLICY corrected_by_who_may ON services_testimony;
ALTER TABLE services_testimony DROP CONSTRAINT testimony_corrects_the_same_topic;
"""

CUSTODY = """
CREATE FUNCTION sekali_members_of(its_case bigint, its_agency bigint) RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT member.user_id FROM services_casemember member
      JOIN accounts_user person ON person.id = member.user_id AND person.is_active
      JOIN accounts_membership works ON works.user_id = member.user_id AND works.agency_id = member.agency_id
     WHERE member.case_id = its_case AND member.agency_id = its_agency
       AND member.starts <= now() AND (member.ends IS NULL OR member.ends > now())
       AND works.starts <= now() AND (works.ends IS NULL OR works.ends > now())
    UNION
    SELECT managed.manager_id FROM services_case managed
      JOIN accounts_user person ON person.id = managed.manager_id AND person.is_active
      JOIN accounts_membership works ON works.user_id = managed.manager_id AND works.agency_id = managed.agency_id
     WHERE managed.id = its_case AND managed.agency_id = its_agency
       AND works.starts <= now() AND (works.ends IS NULL OR works.ends > now())
  $$;
COMMENT ON FUNCTION sekali_members_of IS 'Who of an agency works on a case now.';

CREATE FUNCTION sekali_my_custody() RETURNS TABLE (access_id bigint, testimony_id bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT access.id, entry.id FROM services_recordaccess access
      JOIN services_testimony entry ON entry.id = access.testimony_id
     WHERE entry.custodian_id = ANY (ARRAY (SELECT sekali_my_coordination()))
       AND NOT EXISTS (SELECT FROM sekali_members_of(entry.case_id, entry.custodian_id))
  $$;
COMMENT ON FUNCTION sekali_my_custody IS
  'Requests that the current user answers as coordinator, since nobody of the keeping agency is on the case.';

CREATE FUNCTION sekali_keeps_record(asked bigint, entry bigint) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT EXISTS (SELECT FROM services_testimony kept
                    WHERE kept.id = entry
                      AND sekali_current_user() IN (SELECT sekali_members_of(kept.case_id, kept.custodian_id)))
        OR EXISTS (SELECT FROM sekali_my_custody() mine WHERE mine.access_id = asked)
  $$;
COMMENT ON FUNCTION sekali_keeps_record IS 'Does the current user answer for the agency that keeps this record?';

CREATE FUNCTION sekali_record_stands(entry bigint, asker bigint) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT EXISTS (SELECT FROM services_testimony kept
                    WHERE kept.id = entry AND kept.outcome = 'told_recorded' AND kept.custodian_id <> asker
                      AND NOT EXISTS (SELECT FROM services_testimony newer WHERE newer.corrects_id = kept.id))
  $$;
COMMENT ON FUNCTION sekali_record_stands IS 'Is there a record that another agency keeps, in an entry nobody corrected?';

REVOKE ALL ON FUNCTION sekali_members_of(bigint, bigint), sekali_my_custody(), sekali_keeps_record(bigint, bigint),
  sekali_record_stands(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_members_of(bigint, bigint), sekali_my_custody(), sekali_keeps_record(bigint, bigint),
  sekali_record_stands(bigint, bigint) TO sekali_app, sekali_jobs;

-- A coordinator who is not on the case sees the request and the entry it asks for, and nothing else of the case.
CREATE POLICY in_custody ON services_recordaccess FOR SELECT TO sekali_app
  USING (id = ANY (ARRAY (SELECT access_id FROM sekali_my_custody())));
CREATE POLICY answered_in_custody ON services_recordaccess FOR UPDATE TO sekali_app
  USING (id = ANY (ARRAY (SELECT access_id FROM sekali_my_custody())));
CREATE POLICY in_custody ON services_testimony FOR SELECT TO sekali_app
  USING (id = ANY (ARRAY (SELECT testimony_id FROM sekali_my_custody())));
"""
NO_CUSTODY = """
DROP POLICY in_custody ON services_testimony;
DROP POLICY answered_in_custody ON services_recordaccess;
DROP POLICY in_custody ON services_recordaccess;
DROP FUNCTION sekali_record_stands(bigint, bigint);
DROP FUNCTION sekali_keeps_record(bigint, bigint);
DROP FUNCTION sekali_my_custody();
DROP FUNCTION sekali_members_of(bigint, bigint);
"""

COURSE = """
CREATE FUNCTION sekali_access_begins() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user <> 'sekali_app' THEN
      RETURN NEW;
    END IF;
    IF NEW.state <> 'requested' THEN
      RAISE EXCEPTION 'a request begins as one' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'recordaccess_goes_its_course';
    END IF;
    IF NOT sekali_record_stands(NEW.testimony_id, NEW.agency_id) THEN
      RAISE EXCEPTION 'there is no record to ask for' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'recordaccess_is_of_what_is_recorded';
    END IF;
    IF sekali_current_user() NOT IN (SELECT sekali_members_of(NEW.case_id, NEW.agency_id)) THEN
      RAISE EXCEPTION 'one asks for an agency one works for' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'recordaccess_for_ones_own_agency';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER access_begins BEFORE INSERT ON services_recordaccess
  FOR EACH ROW EXECUTE FUNCTION sekali_access_begins();

CREATE FUNCTION sekali_access_goes_its_course() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user <> 'sekali_app' THEN
      RETURN NEW;
    END IF;
    IF (OLD.state, NEW.state) NOT IN (('requested', 'granted'), ('requested', 'refused'), ('requested', 'withdrawn'),
                                      ('granted', 'ended'))
       OR (NEW.id, NEW.case_id, NEW.agency_id, NEW.testimony_id, NEW.purpose, NEW.by_id, NEW.at) IS DISTINCT FROM
          (OLD.id, OLD.case_id, OLD.agency_id, OLD.testimony_id, OLD.purpose, OLD.by_id, OLD.at)
       OR (OLD.state = 'granted' AND (NEW.decided_by_id, NEW.decided_at, NEW.until, NEW.instructions) IS DISTINCT FROM
           (OLD.decided_by_id, OLD.decided_at, OLD.until, OLD.instructions)) THEN
      RAISE EXCEPTION 'a request is answered, withdrawn or ended, and not changed' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'recordaccess_goes_its_course';
    END IF;
    IF NEW.state = 'withdrawn' THEN
      IF NEW.ended_by_id IS DISTINCT FROM sekali_current_user()
         OR sekali_current_user() NOT IN (SELECT sekali_members_of(NEW.case_id, NEW.agency_id)) THEN
        RAISE EXCEPTION 'who asked withdraws' USING ERRCODE = 'restrict_violation',
          CONSTRAINT = 'recordaccess_withdrawn_by_who_asked';
      END IF;
    ELSIF coalesce(NEW.ended_by_id, NEW.decided_by_id) IS DISTINCT FROM sekali_current_user()
          OR NOT sekali_keeps_record(NEW.id, NEW.testimony_id) THEN
      RAISE EXCEPTION 'who keeps the record answers' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'recordaccess_answered_by_who_keeps_it';
    END IF;
    IF NEW.state = 'granted' AND NOT sekali_record_stands(NEW.testimony_id, NEW.agency_id) THEN
      RAISE EXCEPTION 'this entry was corrected' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'recordaccess_is_of_what_is_recorded';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER access_goes_its_course BEFORE UPDATE ON services_recordaccess
  FOR EACH ROW EXECUTE FUNCTION sekali_access_goes_its_course();

ALTER TABLE services_recordaccess ADD CONSTRAINT recordaccess_at_most_ninety_days
  CHECK (until IS NULL OR until <= (decided_at AT TIME ZONE 'Asia/Jayapura')::date + 90);
"""
NO_COURSE = """
ALTER TABLE services_recordaccess DROP CONSTRAINT recordaccess_at_most_ninety_days;
DROP TRIGGER access_goes_its_course ON services_recordaccess;
DROP TRIGGER access_begins ON services_recordaccess;
DROP FUNCTION sekali_access_goes_its_course();
DROP FUNCTION sekali_access_begins();
"""

# Whoever writes down a court's order writes down its number, whatever their role; no other reference.
COURT = """
DROP POLICY in_a_role_that_may_insert ON services_casereference;
CREATE POLICY in_a_role_that_may_insert ON services_casereference AS RESTRICTIVE FOR INSERT TO sekali_app
  WITH CHECK (sekali_my_roles(case_id) && ARRAY['case_manager', 'coordinator']
              OR (kind = 'court_decision' AND asking_id IN (
                    SELECT id FROM services_asking
                     WHERE kind = 'court_ordered' AND by_id = sekali_current_user())));

CREATE FUNCTION sekali_asking_of_a_court_has_its_number() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND NEW.kind = 'court_ordered' AND NOT EXISTS (
         SELECT FROM services_casereference
          WHERE asking_id = NEW.id AND case_id = NEW.case_id AND kind = 'court_decision') THEN
      RAISE EXCEPTION 'an order has its number' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'asking_of_a_court_has_its_number';
    END IF;
    RETURN NULL;
  END $$;
CREATE CONSTRAINT TRIGGER asking_of_a_court_has_its_number AFTER INSERT ON services_asking
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sekali_asking_of_a_court_has_its_number();
"""
NO_COURT = """
DROP TRIGGER asking_of_a_court_has_its_number ON services_asking;
DROP FUNCTION sekali_asking_of_a_court_has_its_number();
DROP POLICY in_a_role_that_may_insert ON services_casereference;
CREATE POLICY in_a_role_that_may_insert ON services_casereference AS RESTRICTIVE FOR INSERT TO sekali_app
  WITH CHECK (sekali_my_roles(case_id) && ARRAY['case_manager', 'coordinator']);
"""

FIGURES = f"""
CREATE FUNCTION sekali_told_figures() RETURNS TABLE (figure text, times integer, cases bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    WITH counted AS (
      SELECT one.id, coalesce(elsewhere.n, 0) + coalesce(here.n, 0) AS told, coalesce(answered.n, 0) AS avoided
        FROM services_case one
        LEFT JOIN (SELECT case_id, count(*) AS n FROM services_priortelling GROUP BY case_id) elsewhere
          ON elsewhere.case_id = one.id
        LEFT JOIN (SELECT case_id, count(*) AS n FROM services_interview WHERE state = 'held' GROUP BY case_id) here
          ON here.case_id = one.id
        LEFT JOIN (SELECT case_id, count(*) AS n FROM services_recordaccess WHERE state IN ('granted', 'ended')
                    GROUP BY case_id) answered ON answered.case_id = one.id),
    parts AS (SELECT 'told' AS figure, least(told, 3) AS times FROM counted
              UNION ALL SELECT 'avoided', least(avoided, 3) FROM counted)
    SELECT kind.figure, step.times, CASE WHEN count(parts.figure) >= {SMALL} THEN count(parts.figure) END
      FROM (VALUES ('told'), ('avoided')) AS kind (figure)
     CROSS JOIN generate_series(0, 3) AS step (times)
      LEFT JOIN parts ON parts.figure = kind.figure AND parts.times = step.times
     WHERE EXISTS (SELECT FROM sekali_my_coordination())
     GROUP BY kind.figure, step.times ORDER BY kind.figure DESC, step.times
  $$;
COMMENT ON FUNCTION sekali_told_figures IS
  'For a coordinator: in how many cases a child told it, and an asking was avoided, 0, 1, 2 or 3 and more times. NULL '
  'where the group is so small that it could point to somebody.';

CREATE FUNCTION sekali_audit_head() RETURNS TABLE (place bigint, digest text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT position, digest::text FROM audit_seal ORDER BY position DESC LIMIT 1 $$;
COMMENT ON FUNCTION sekali_audit_head IS 'The newest link of the chain over what happened: a number and a hash.';

CREATE INDEX audit_exported_documents ON audit_auditevent ((detail ->> 'sha256')) WHERE verb = 'ledger.exported';
CREATE FUNCTION sekali_exported_at(document text) RETURNS timestamptz
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT min(at) FROM audit_auditevent WHERE verb = 'ledger.exported' AND detail ->> 'sha256' = document
  $$;
COMMENT ON FUNCTION sekali_exported_at IS 'When the document with this SHA-256 was exported; whoever asks holds it already.';

REVOKE ALL ON FUNCTION sekali_told_figures(), sekali_audit_head(), sekali_exported_at(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_told_figures(), sekali_audit_head(), sekali_exported_at(text) TO sekali_app;
"""
NO_FIGURES = """
DROP FUNCTION sekali_exported_at(text);
DROP INDEX audit_exported_documents;
DROP FUNCTION sekali_audit_head();
DROP FUNCTION sekali_told_figures();
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0033_ledger_answers"), ("audit", "0003_seal")]
    operations = [
        migrations.RunSQL(former_states("services_recordaccessformer", MINE),
                          no_former_states("services_recordaccessformer")),
        migrations.RunSQL(CORRECTIONS, NO_CORRECTIONS),
        migrations.RunSQL(CUSTODY, NO_CUSTODY),
        migrations.RunSQL(COURSE, NO_COURSE),
        migrations.RunSQL(COURT, NO_COURT),
        migrations.RunSQL(FIGURES, NO_FIGURES),
    ]
