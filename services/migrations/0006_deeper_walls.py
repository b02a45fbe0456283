"""What even a forgotten filter or a wrong statement of the application's cannot do to a case.

Nobody signs for another, frees another case's room, moves what has begun, hands a case to whom it may not go, or
rewrites what was recorded. The owner is not bound by the triggers here: migrations and restores are its declared bypass.
"""

from django.db import migrations, models

from cms.database.policies import append_only, former_states, in_any_name, in_own_name, no_former_states, writable

MINE = "case_id = ANY (ARRAY (SELECT sekali_my_cases()))"
FORMER = {
    "services_caseformer": "id = ANY (ARRAY (SELECT sekali_my_cases()))",
    **dict.fromkeys(
        [
            "services_casememberformer",
            "services_questionneedformer",
            "services_interviewformer",
            "services_participantformer",
            "services_bookingformer",
        ],
        MINE,
    ),
}
ONLY_GROWS = ["legalbasis", "consent", "childview", "readiness", "priortelling", "asking", "askingtopic"]
SIGNED = ["legalbasis", "consent", "childview", "readiness", "priortelling", "questionneed", "asking", "approval",
          "testimony", "recordaccess"]  # fmt: skip

ROLES = """
CREATE FUNCTION sekali_my_roles(asked bigint) RETURNS text[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT coalesce(array_agg(role), '{}') FROM (
      SELECT member.role::text FROM services_casemember member
       WHERE member.case_id = asked AND member.user_id = sekali_current_user()
         AND member.starts <= now() AND (member.ends IS NULL OR member.ends > now())
      UNION
      SELECT 'case_manager' FROM services_case managed
       WHERE managed.id = asked AND managed.manager_id = sekali_current_user()) AS held (role)
  $$;
COMMENT ON FUNCTION sekali_my_roles IS 'The roles in which the current user works on a case.';
REVOKE ALL ON FUNCTION sekali_my_roles(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_my_roles(bigint) TO sekali_app, sekali_jobs;

CREATE POLICY in_a_role_of_ones_own ON services_approval AS RESTRICTIVE FOR INSERT TO sekali_app
  WITH CHECK (role = ANY (sekali_my_roles(case_id)));
CREATE POLICY in_own_name ON services_interview AS RESTRICTIVE FOR INSERT TO sekali_app
  WITH CHECK (booked_by_id = sekali_current_user());
-- Where nobody is signed in yet (sign-in itself, commands) an event may name whom it is about.
CREATE POLICY in_own_name ON audit_auditevent AS RESTRICTIVE FOR INSERT TO sekali_app
  WITH CHECK (actor_id IS NULL OR sekali_current_user() IS NULL OR actor_id = sekali_current_user());
"""
NO_ROLES = """
DROP POLICY in_own_name ON audit_auditevent;
DROP POLICY in_own_name ON services_interview;
DROP POLICY in_a_role_of_ones_own ON services_approval;
DROP FUNCTION sekali_my_roles(bigint);
"""

COURSE = """
CREATE FUNCTION sekali_case_keeps_its_identity() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user <> 'sekali_app' THEN
      RETURN NEW;
    END IF;
    IF (NEW.id, NEW.code, NEW.opened_at, NEW.child_resource_id) IS DISTINCT FROM
       (OLD.id, OLD.code, OLD.opened_at, OLD.child_resource_id) THEN
      RAISE EXCEPTION 'a case keeps its code' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'case_keeps_its_identity';
    END IF;
    IF (NEW.manager_id, NEW.agency_id) IS DISTINCT FROM (OLD.manager_id, OLD.agency_id) AND NOT EXISTS (
         SELECT FROM accounts_membership membership JOIN accounts_user person ON person.id = membership.user_id
          WHERE membership.user_id = NEW.manager_id AND membership.agency_id = NEW.agency_id AND person.is_active
            AND membership.role = 'case_manager' AND NEW.agency_id = OLD.agency_id
            AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now())) THEN
      RAISE EXCEPTION 'a case goes to a case manager of its agency' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'case_is_managed_within_its_agency';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER case_keeps_its_identity BEFORE UPDATE ON services_case
  FOR EACH ROW EXECUTE FUNCTION sekali_case_keeps_its_identity();

CREATE FUNCTION sekali_member_keeps_its_place() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND (
         (NEW.id, NEW.case_id, NEW.user_id, NEW.agency_id, NEW.role) IS DISTINCT FROM
         (OLD.id, OLD.case_id, OLD.user_id, OLD.agency_id, OLD.role)
         OR (OLD.ends IS NOT NULL AND (NEW.ends IS NULL OR NEW.ends > OLD.ends))) THEN
      RAISE EXCEPTION 'a place on the team is ended, not changed' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'casemember_keeps_its_place';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER member_keeps_its_place BEFORE UPDATE ON services_casemember
  FOR EACH ROW EXECUTE FUNCTION sekali_member_keeps_its_place();

CREATE FUNCTION sekali_interview_that_began_stays() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND lower(OLD.span) <= now()
       AND (NEW.span <> OLD.span OR (NEW.state = 'cancelled' AND OLD.state <> 'cancelled')) THEN
      RAISE EXCEPTION 'an interview that began is neither moved nor cancelled' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'interview_that_began_stays';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER interview_that_began_stays BEFORE UPDATE ON services_interview
  FOR EACH ROW EXECUTE FUNCTION sekali_interview_that_began_stays();

CREATE FUNCTION sekali_interview_within_what_is_booked() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND EXISTS (
         SELECT FROM services_interview interview
           JOIN services_booking booking ON booking.interview_id = interview.id
           JOIN services_occupancy taken ON taken.id = booking.occupancy_id AND taken.live
          WHERE interview.id = NEW.id AND interview.state = 'booked' AND NOT taken.span @> interview.span) THEN
      RAISE EXCEPTION 'an interview is not moved out of what is booked for it' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'interview_within_what_is_booked';
    END IF;
    RETURN NULL;
  END $$;
CREATE CONSTRAINT TRIGGER interview_within_what_is_booked AFTER INSERT OR UPDATE OF span ON services_interview
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sekali_interview_within_what_is_booked();
"""
NO_COURSE = """
DROP TRIGGER interview_within_what_is_booked ON services_interview;
DROP TRIGGER interview_that_began_stays ON services_interview;
DROP TRIGGER member_keeps_its_place ON services_casemember;
DROP TRIGGER case_keeps_its_identity ON services_case;
DROP FUNCTION sekali_interview_within_what_is_booked();
DROP FUNCTION sekali_interview_that_began_stays();
DROP FUNCTION sekali_member_keeps_its_place();
DROP FUNCTION sekali_case_keeps_its_identity();
"""

# The application may no longer write Occupancy itself; what it may do is what these functions do.
OCCUPANCY = """
CREATE FUNCTION sekali_mine_to_free(asked bigint[]) RETURNS bigint[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT coalesce(array_agg(wanted.id), '{}') FROM unnest(asked) AS wanted (id)
      LEFT JOIN services_booking booking ON booking.occupancy_id = wanted.id
     WHERE booking.id IS NULL OR booking.case_id = ANY (ARRAY (SELECT sekali_my_cases()))
        OR session_user IN ('sekali_owner', 'sekali_jobs')
  $$;
COMMENT ON FUNCTION sekali_mine_to_free IS
  'Of these occupancies, those that serve a case of the current user''s, or no case at all.';

CREATE FUNCTION sekali_free(asked bigint[]) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    WITH freed AS (
      UPDATE services_occupancy SET live = false
       WHERE live AND id = ANY (sekali_mine_to_free(asked)) RETURNING id)
    SELECT count(*) FROM freed
  $$;
COMMENT ON FUNCTION sekali_free IS 'Frees what serves one''s own cases; returns how many were live.';

REVOKE ALL ON FUNCTION sekali_mine_to_free(bigint[]), sekali_free(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_mine_to_free(bigint[]), sekali_free(bigint[]) TO sekali_app, sekali_jobs;

ALTER FUNCTION sekali_take(bigint[], tstzrange[], timestamptz, timestamptz, bigint[]) RENAME TO sekali_take_whatever;
ALTER FUNCTION sekali_confirm(bigint[], timestamptz) RENAME TO sekali_confirm_whatever;
REVOKE ALL ON FUNCTION sekali_take_whatever, sekali_confirm_whatever FROM sekali_app, sekali_jobs;

CREATE FUNCTION sekali_take(
    wanted bigint[], spans tstzrange[], moment timestamptz, hold timestamptz, own bigint[],
    OUT gone bigint[], OUT made bigint[], OUT again boolean)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT * FROM sekali_take_whatever(wanted, spans, moment, hold, sekali_mine_to_free(own)) $$;
COMMENT ON FUNCTION sekali_take IS
  'Occupies all the wanted resources or none, in place of own, of which only what is the current user''s counts. Either '
  'made holds the new ids in the order wanted, or gone the resources that are not to be had, or again says that a lock '
  'was not to be had in time.';

CREATE FUNCTION sekali_confirm(held bigint[], moment timestamptz, OUT gone bigint[], OUT again boolean)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
  BEGIN
    SELECT coalesce(array_agg(DISTINCT resource_id ORDER BY resource_id), '{}'), false INTO gone, again
      FROM services_occupancy WHERE id = ANY (held) AND id <> ALL (sekali_mine_to_free(held));
    IF cardinality(gone) = 0 THEN
      SELECT * INTO gone, again FROM sekali_confirm_whatever(held, moment);
    END IF;
  END $$;
COMMENT ON FUNCTION sekali_confirm IS
  'Makes holds of one''s own firm, all or none; gone names the resources whose hold ran out or is somebody else''s.';

REVOKE ALL ON FUNCTION sekali_take, sekali_confirm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_take, sekali_confirm TO sekali_app, sekali_jobs;
"""
NO_OCCUPANCY = """
DROP FUNCTION sekali_confirm(bigint[], timestamptz);
DROP FUNCTION sekali_take(bigint[], tstzrange[], timestamptz, timestamptz, bigint[]);
ALTER FUNCTION sekali_confirm_whatever(bigint[], timestamptz) RENAME TO sekali_confirm;
ALTER FUNCTION sekali_take_whatever(bigint[], tstzrange[], timestamptz, timestamptz, bigint[]) RENAME TO sekali_take;
GRANT EXECUTE ON FUNCTION sekali_take, sekali_confirm TO sekali_app, sekali_jobs;
DROP FUNCTION sekali_free(bigint[]);
DROP FUNCTION sekali_mine_to_free(bigint[]);
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0005_history"), ("audit", "0002_append_only")]
    operations = [
        *(migrations.RunSQL(former_states(table, using), no_former_states(table)) for table, using in FORMER.items()),
        *(
            migrations.RunSQL(append_only(f"services_{name}"), writable(f"services_{name}"))
            for name in ONLY_GROWS
        ),
        *(
            migrations.RunSQL(in_own_name(f"services_{name}"), in_any_name(f"services_{name}"))
            for name in SIGNED
        ),
        migrations.RunSQL(ROLES, NO_ROLES),
        migrations.RunSQL(COURSE, NO_COURSE),
        migrations.RunSQL(OCCUPANCY, NO_OCCUPANCY),
        migrations.RemoveConstraint(model_name="casemember", name="casemember_companion_is_not_the_suspect"),
        migrations.AddConstraint(
            model_name="casemember",
            constraint=models.CheckConstraint(
                condition=models.Q(is_suspect_parent=False), name="casemember_is_never_the_suspect"
            ),
        ),
    ]
