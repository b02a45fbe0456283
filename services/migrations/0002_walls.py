"""The walls around a case, in the database itself: who sees which row, whose rows belong together, what only grows."""

from django.db import migrations

from cms.database.policies import append_only, expose, protect, writable

# Read by every policy below; SECURITY DEFINER, so that the policy of casemember does not read casemember through itself.
MY_CASES = """
CREATE FUNCTION sekali_my_cases() RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = public, pg_temp
  AS $$
    SELECT member.case_id
      FROM services_casemember member
      JOIN accounts_user person ON person.id = member.user_id AND person.is_active
     WHERE member.user_id = sekali_current_user()
       AND member.starts <= now() AND (member.ends IS NULL OR member.ends > now())
       AND EXISTS (SELECT FROM accounts_membership membership
                    WHERE membership.user_id = member.user_id AND membership.agency_id = member.agency_id
                      AND membership.role = member.role
                      AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now()))
    UNION
    SELECT managed.id
      FROM services_case managed
      JOIN accounts_user person ON person.id = managed.manager_id AND person.is_active
     WHERE managed.manager_id = sekali_current_user()
       AND EXISTS (SELECT FROM accounts_membership membership
                    WHERE membership.user_id = managed.manager_id AND membership.agency_id = managed.agency_id
                      AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now()))
  $$;
REVOKE ALL ON FUNCTION sekali_my_cases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_my_cases() TO sekali_app, sekali_jobs;
"""

MINE = "case_id = ANY (ARRAY (SELECT sekali_my_cases()))"
CASE_TABLES = [
    "services_casemember",
    "services_legalbasis",
    "services_consent",
    "services_childview",
    "services_readiness",
    "services_priortelling",
    "services_questionneed",
    "services_interview",
    "services_participant",
    "services_asking",
    "services_askingtopic",
    "services_approval",
    "services_booking",
    "services_testimony",
    "services_recordaccess",
]
OWN_NEW = """manager_id = sekali_current_user() AND EXISTS (
  SELECT FROM accounts_membership membership
   WHERE membership.user_id = manager_id AND membership.agency_id = services_case.agency_id
     AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now()))"""
WALLS = {
    # The manager's own clause lets INSERT … RETURNING see the row that the function cannot know of yet.
    "services_case": (f"id = ANY (ARRAY (SELECT sekali_my_cases())) OR ({OWN_NEW})", None),
    **dict.fromkeys(CASE_TABLES, (MINE, None)),
    # Anybody's refusal is written; only one's own and one's cases' events are read.
    "audit_auditevent": (f"actor_id = sekali_current_user() OR {MINE}", "true"),
}

# (table, column) of every reference that carries its case along: a row cannot hang on another case's row.
SAME_CASE = [
    ("services_participant", "interview_id", "services_interview"),
    ("services_booking", "interview_id", "services_interview"),
    ("services_testimony", "interview_id", "services_interview"),
    ("services_questionneed", "interview_id", "services_interview"),
    ("services_asking", "follows_id", "services_interview"),
    ("services_interview", "asking_id", "services_asking"),
    ("services_askingtopic", "asking_id", "services_asking"),
    ("services_approval", "asking_id", "services_asking"),
    ("services_recordaccess", "testimony_id", "services_testimony"),
]

ONLY_GROWS = ["services_testimony", "services_approval", "services_recordaccess"]

TRIGGERS = """
CREATE FUNCTION sekali_interview_keeps_its_course() RETURNS trigger
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
CREATE TRIGGER interview_keeps_its_course BEFORE UPDATE OR DELETE ON services_interview
  FOR EACH ROW EXECUTE FUNCTION sekali_interview_keeps_its_course();

CREATE FUNCTION sekali_interview_has_its_approvals() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  DECLARE
    wish services_asking%ROWTYPE;
    people integer;
    roles text[];
  BEGIN
    IF NEW.kind = 'joint' THEN
      RETURN NEW;
    END IF;
    SELECT * INTO wish FROM services_asking WHERE id = NEW.asking_id AND case_id = NEW.case_id;
    IF wish.id IS NULL OR wish.kind <> NEW.kind THEN
      RAISE EXCEPTION 'nobody asked for this interview' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'interview_is_of_the_kind_asked_for';
    END IF;
    SELECT count(DISTINCT by_id), array_agg(DISTINCT role::text) INTO people, roles
      FROM services_approval WHERE asking_id = wish.id;
    IF (NEW.kind = 'continuation' AND NOT coalesce('case_manager' = ANY (roles), false))
       OR (NEW.kind = 'supplementary' AND NOT coalesce(people >= 2 AND 'case_manager' = ANY (roles)
           AND ('psychologist' = ANY (roles) OR 'coordinator' = ANY (roles)), false)) THEN
      RAISE EXCEPTION 'approvals are missing' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'interview_has_its_approvals';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER interview_has_its_approvals BEFORE INSERT ON services_interview
  FOR EACH ROW EXECUTE FUNCTION sekali_interview_has_its_approvals();

CREATE FUNCTION sekali_testimony_of_a_held_interview() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF NOT EXISTS (SELECT FROM services_interview WHERE id = NEW.interview_id AND state = 'held') THEN
      RAISE EXCEPTION 'this interview was not held' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'testimony_comes_from_a_held_interview';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER testimony_of_a_held_interview BEFORE INSERT ON services_testimony
  FOR EACH ROW EXECUTE FUNCTION sekali_testimony_of_a_held_interview();
"""
NO_TRIGGERS = """
DROP TRIGGER testimony_of_a_held_interview ON services_testimony;
DROP TRIGGER interview_has_its_approvals ON services_interview;
DROP TRIGGER interview_keeps_its_course ON services_interview;
DROP FUNCTION sekali_testimony_of_a_held_interview();
DROP FUNCTION sekali_interview_has_its_approvals();
DROP FUNCTION sekali_interview_keeps_its_course();
"""


def same_case(table, column, target):
    name = f"{table.removeprefix('services_')}_{column.removesuffix('_id')}_of_the_same_case"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, case_id) REFERENCES {target} (id, case_id) "
        "DEFERRABLE INITIALLY DEFERRED;",
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("services", "0001_initial"),
        ("database", "0001_functions"),
        ("audit", "0002_append_only"),
        ("accounts", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(MY_CASES, "DROP FUNCTION sekali_my_cases();"),
        *(migrations.RunSQL(protect(table, using, check=check), expose(table)) for table, (using, check) in WALLS.items()),
        *(same_case(*reference) for reference in SAME_CASE),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        *(migrations.RunSQL(append_only(table), writable(table)) for table in ONLY_GROWS),
    ]
