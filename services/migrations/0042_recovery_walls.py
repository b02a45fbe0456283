"""The wall between therapy and evidence, and what holds a plan together: who sees which row, and which steps there are.

Three circles. Who leads a case (its case manager, its coordinators) sees both sides; a therapist sees the recovery side
only; everybody else on the case sees the evidence only, and not even that a plan exists. `sekali_my_cases` stays the
evidence's circle, so that every table that hangs on it, older or newer, is closed to therapists by itself.
"""

from django.db import migrations

from cms.database.policies import (
    append_only,
    expose,
    former_states,
    in_any_name,
    in_own_name,
    no_former_states,
    protect,
    writable,
)

CIRCLES = """
CREATE FUNCTION sekali_my_led_cases() RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT member.case_id FROM services_casemember member
      JOIN accounts_user person ON person.id = member.user_id AND person.is_active
     WHERE member.user_id = sekali_current_user() AND member.role IN ('case_manager', 'coordinator')
       AND member.starts <= now() AND (member.ends IS NULL OR member.ends > now())
       AND EXISTS (SELECT FROM accounts_membership membership
                    WHERE membership.user_id = member.user_id AND membership.agency_id = member.agency_id
                      AND membership.role = member.role
                      AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now()))
    UNION
    SELECT managed.id FROM services_case managed
      JOIN accounts_user person ON person.id = managed.manager_id AND person.is_active
     WHERE managed.manager_id = sekali_current_user()
       AND EXISTS (SELECT FROM accounts_membership membership
                    WHERE membership.user_id = managed.manager_id AND membership.agency_id = managed.agency_id
                      AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now()))
  $$;
COMMENT ON FUNCTION sekali_my_led_cases IS 'Cases that the current user leads: they see both sides of the wall.';

CREATE FUNCTION sekali_my_treated_cases() RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT member.case_id FROM services_recoverymember member
      JOIN accounts_user person ON person.id = member.user_id AND person.is_active
     WHERE member.user_id = sekali_current_user()
       AND member.starts <= now() AND (member.ends IS NULL OR member.ends > now())
       AND EXISTS (SELECT FROM accounts_membership membership
                    WHERE membership.user_id = member.user_id AND membership.agency_id = member.agency_id
                      AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now()))
  $$;
COMMENT ON FUNCTION sekali_my_treated_cases IS 'Cases whose child the current user treats.';

CREATE FUNCTION sekali_my_recovery_cases() RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT sekali_my_led_cases() UNION SELECT sekali_my_treated_cases() $$;
COMMENT ON FUNCTION sekali_my_recovery_cases IS 'Cases whose recovery the current user sees.';

REVOKE ALL ON FUNCTION sekali_my_led_cases(), sekali_my_treated_cases(), sekali_my_recovery_cases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_my_led_cases(), sekali_my_treated_cases(), sekali_my_recovery_cases()
  TO sekali_app, sekali_jobs;

CREATE POLICY recovery_side ON services_case FOR SELECT TO sekali_app
  USING (id = ANY (ARRAY (SELECT sekali_my_treated_cases())));
-- What was done on the recovery side is read there only, and by whoever did it.
CREATE POLICY recovery_side ON audit_auditevent AS RESTRICTIVE FOR SELECT TO sekali_app
  USING (NOT (verb LIKE 'recovery%' OR verb LIKE 'family%') OR actor_id = sekali_current_user()
         OR case_id = ANY (ARRAY (SELECT sekali_my_led_cases())));
"""
NO_CIRCLES = """
DROP POLICY recovery_side ON audit_auditevent;
DROP POLICY recovery_side ON services_case;
DROP FUNCTION sekali_my_recovery_cases();
DROP FUNCTION sekali_my_treated_cases();
DROP FUNCTION sekali_my_led_cases();
"""

LED = "case_id = ANY (ARRAY (SELECT sekali_my_led_cases()))"
RECOVERY = "case_id = ANY (ARRAY (SELECT sekali_my_recovery_cases()))"
WALLS = {
    "services_recoverymember": (RECOVERY, LED),
    "services_recoveryplan": (RECOVERY, None),
    "services_handover": (RECOVERY, LED),
    "services_recoverysession": (RECOVERY, None),
    "services_recoverybooking": (RECOVERY, None),
    "services_waitingentry": (LED, None),
    "services_familymember": (LED, None),
}
FORMER = {
    f"{table}former": using for table, (using, _check) in WALLS.items() if table != "services_handover"
}
SIGNED = ["services_recoveryplan", "services_handover", "services_waitingentry", "services_familymember"]

# (table, name, columns, target, its columns)
KEYS = [
    ("services_recoverysession", "recoverysession_plan_of_the_same_case", "plan_id, case_id", "services_recoveryplan", "id, case_id"),
    ("services_recoverybooking", "recoverybooking_session_of_the_same_case", "session_id, case_id", "services_recoverysession", "id, case_id"),
    ("services_handover", "handover_plan_of_the_same_case", "plan_id, case_id", "services_recoveryplan", "id, case_id"),
    # Continuity: a session's therapist is the one of its turn, and the plan's is the one of its present turn.
    ("services_recoverysession", "recoverysession_same_therapist_through_a_turn", "plan_id, turn, therapist_id", "services_handover", "plan_id, turn, therapist_id"),
    ("services_recoveryplan", "recoveryplan_therapist_of_its_turn", "id, turn, therapist_id", "services_handover", "plan_id, turn, therapist_id"),
]  # fmt: skip

COURSE = """
CREATE FUNCTION sekali_recoveryplan_keeps_its_course() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF (NEW.case_id, NEW.key, NEW.payload_hash, NEW.by_id, NEW.at) IS DISTINCT FROM
       (OLD.case_id, OLD.key, OLD.payload_hash, OLD.by_id, OLD.at) THEN
      RAISE EXCEPTION 'a plan keeps its case' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'recoveryplan_keeps_its_case';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
         ('active', 'paused'), ('active', 'ended'), ('active', 'cancelled'),
         ('paused', 'active'), ('paused', 'ended'), ('paused', 'cancelled')) THEN
      RAISE EXCEPTION 'there is no such step' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'recoveryplan_keeps_its_course';
    END IF;
    IF NEW.therapist_id <> OLD.therapist_id AND NEW.turn <> OLD.turn + 1 THEN
      RAISE EXCEPTION 'the therapist changes by a handover' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'recoveryplan_therapist_changes_by_a_handover';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER recoveryplan_keeps_its_course BEFORE UPDATE ON services_recoveryplan
  FOR EACH ROW EXECUTE FUNCTION sekali_recoveryplan_keeps_its_course();

CREATE FUNCTION sekali_recoveryplan_at_rest_has_no_sessions() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF EXISTS (SELECT FROM services_recoveryplan plan JOIN services_recoverysession session ON session.plan_id = plan.id
                WHERE plan.id = NEW.id AND plan.state <> 'active' AND session.state = 'booked'
                  AND lower(session.span) > now()) THEN
      RAISE EXCEPTION 'this plan has sessions ahead' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'recoveryplan_at_rest_has_no_sessions';
    END IF;
    RETURN NULL;
  END $$;
CREATE CONSTRAINT TRIGGER recoveryplan_at_rest_has_no_sessions AFTER INSERT OR UPDATE OF state ON services_recoveryplan
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sekali_recoveryplan_at_rest_has_no_sessions();

-- As the owner: whose plan it is the row's own wall has asked, and asking once more for each of 78 sessions is slow.
CREATE FUNCTION sekali_recoverysession_of_a_plan_in_progress() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DECLARE
    plan services_recoveryplan%ROWTYPE;
  BEGIN
    -- The lock makes a colleague who pauses the plan wait, or us.
    SELECT * INTO plan FROM services_recoveryplan WHERE id = NEW.plan_id FOR NO KEY UPDATE;
    IF plan.id IS NULL OR plan.state <> 'active' OR plan.turn <> NEW.turn THEN
      RAISE EXCEPTION 'a session is added to a plan in progress' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'recoverysession_of_a_plan_in_progress';
    END IF;
    IF NOT EXISTS (SELECT FROM services_qualification held
                    WHERE held.resource_id = NEW.therapist_id AND held.kind = 'therapy'
                      AND held.expires_on >= (lower(NEW.span) AT TIME ZONE plan.zone)::date) THEN
      RAISE EXCEPTION 'the therapist is not trained on that day' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'recoverysession_by_a_trained_therapist';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER recoverysession_of_a_plan_in_progress BEFORE INSERT ON services_recoverysession
  FOR EACH ROW EXECUTE FUNCTION sekali_recoverysession_of_a_plan_in_progress();

CREATE FUNCTION sekali_recoverysession_keeps_its_course() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user <> 'sekali_app' THEN
      RETURN NEW;
    END IF;
    IF (NEW.case_id, NEW.plan_id, NEW.number, NEW.turn, NEW.therapist_id, NEW.room_id, NEW.span) IS DISTINCT FROM
       (OLD.case_id, OLD.plan_id, OLD.number, OLD.turn, OLD.therapist_id, OLD.room_id, OLD.span) THEN
      RAISE EXCEPTION 'a session that is moved is another session' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'recoverysession_is_moved_by_another';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state <> 'booked'
         OR (NEW.state IN ('came', 'missed') AND lower(OLD.span) > clock_timestamp())
         OR (NEW.state IN ('moved', 'cancelled') AND lower(OLD.span) <= now())) THEN
      RAISE EXCEPTION 'there is no such step' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'recoverysession_keeps_its_course';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER recoverysession_keeps_its_course BEFORE UPDATE ON services_recoverysession
  FOR EACH ROW EXECUTE FUNCTION sekali_recoverysession_keeps_its_course();

-- The same person never works on both sides of one case. The lock makes two colleagues who try it at once wait.
CREATE FUNCTION sekali_one_side_of_the_wall() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DECLARE
    mine tstzrange := tstzrange(NEW.starts, NEW.ends);
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('wall', NEW.case_id));
    IF (TG_TABLE_NAME = 'services_recoverymember'
        AND (EXISTS (SELECT FROM services_casemember other WHERE other.case_id = NEW.case_id
                        AND other.user_id = NEW.user_id AND tstzrange(other.starts, other.ends) && mine)
             OR EXISTS (SELECT FROM services_case managed
                         WHERE managed.id = NEW.case_id AND managed.manager_id = NEW.user_id)))
       OR (TG_TABLE_NAME = 'services_casemember'
           AND EXISTS (SELECT FROM services_recoverymember other WHERE other.case_id = NEW.case_id
                          AND other.user_id = NEW.user_id AND tstzrange(other.starts, other.ends) && mine)) THEN
      RAISE EXCEPTION 'one person, one side' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'recoverymember_on_one_side_of_the_wall';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER one_side_of_the_wall BEFORE INSERT OR UPDATE ON services_recoverymember
  FOR EACH ROW EXECUTE FUNCTION sekali_one_side_of_the_wall();
CREATE TRIGGER one_side_of_the_wall BEFORE INSERT ON services_casemember
  FOR EACH ROW EXECUTE FUNCTION sekali_one_side_of_the_wall();

CREATE FUNCTION sekali_recoverymember_keeps_its_place() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND (
         (NEW.id, NEW.case_id, NEW.user_id, NEW.agency_id, NEW.starts) IS DISTINCT FROM
         (OLD.id, OLD.case_id, OLD.user_id, OLD.agency_id, OLD.starts)
         OR (OLD.ends IS NOT NULL AND (NEW.ends IS NULL OR NEW.ends > OLD.ends))) THEN
      RAISE EXCEPTION 'a therapist''s place is ended, not changed' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'recoverymember_keeps_its_place';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER recoverymember_keeps_its_place BEFORE UPDATE ON services_recoverymember
  FOR EACH ROW EXECUTE FUNCTION sekali_recoverymember_keeps_its_place();

-- Erasing a case lets its sessions go; the times they took go with them.
CREATE FUNCTION sekali_session_times_go_with_it() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_owner' THEN
      DELETE FROM services_occupancy WHERE id = OLD.occupancy_id;
    END IF;
    RETURN NULL;
  END $$;
CREATE TRIGGER session_times_go_with_it AFTER DELETE ON services_recoverybooking
  FOR EACH ROW EXECUTE FUNCTION sekali_session_times_go_with_it();
"""
NO_COURSE = """
DROP TRIGGER session_times_go_with_it ON services_recoverybooking;
DROP TRIGGER recoverymember_keeps_its_place ON services_recoverymember;
DROP TRIGGER one_side_of_the_wall ON services_casemember;
DROP TRIGGER one_side_of_the_wall ON services_recoverymember;
DROP TRIGGER recoverysession_keeps_its_course ON services_recoverysession;
DROP TRIGGER recoverysession_of_a_plan_in_progress ON services_recoverysession;
DROP TRIGGER recoveryplan_at_rest_has_no_sessions ON services_recoveryplan;
DROP TRIGGER recoveryplan_keeps_its_course ON services_recoveryplan;
DROP FUNCTION sekali_session_times_go_with_it();
DROP FUNCTION sekali_recoverymember_keeps_its_place();
DROP FUNCTION sekali_one_side_of_the_wall();
DROP FUNCTION sekali_recoverysession_keeps_its_course();
DROP FUNCTION sekali_recoverysession_of_a_plan_in_progress();
DROP FUNCTION sekali_recoveryplan_at_rest_has_no_sessions();
DROP FUNCTION sekali_recoveryplan_keeps_its_course();
"""

# Both of these knew of interviews' bookings only: a session's time would have been anybody's to free, and swept away.
FREEING = """
CREATE OR REPLACE FUNCTION sekali_mine_to_free(asked bigint[]) RETURNS bigint[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT coalesce(array_agg(wanted.id), '{}') FROM unnest(asked) AS wanted (id)
      LEFT JOIN services_booking booking ON booking.occupancy_id = wanted.id
      LEFT JOIN services_recoverybooking treated ON treated.occupancy_id = wanted.id
     WHERE ((booking.id IS NULL OR booking.case_id = ANY (ARRAY (SELECT sekali_my_cases())))
            AND (treated.id IS NULL OR treated.case_id = ANY (ARRAY (SELECT sekali_my_recovery_cases()))))
        OR session_user IN ('sekali_owner', 'sekali_jobs')
  $$;

CREATE OR REPLACE FUNCTION sekali_erase_loose_occupancy(before timestamptz) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    WITH gone AS (
      DELETE FROM services_occupancy taken
       WHERE upper(taken.span) < before
         AND NOT EXISTS (SELECT FROM services_booking booking WHERE booking.occupancy_id = taken.id)
         AND NOT EXISTS (SELECT FROM services_recoverybooking booking WHERE booking.occupancy_id = taken.id)
      RETURNING 1)
    SELECT count(*) FROM gone
  $$;
"""
NO_FREEING = """
CREATE OR REPLACE FUNCTION sekali_mine_to_free(asked bigint[]) RETURNS bigint[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT coalesce(array_agg(wanted.id), '{}') FROM unnest(asked) AS wanted (id)
      LEFT JOIN services_booking booking ON booking.occupancy_id = wanted.id
     WHERE booking.id IS NULL OR booking.case_id = ANY (ARRAY (SELECT sekali_my_cases()))
        OR session_user IN ('sekali_owner', 'sekali_jobs')
  $$;

CREATE OR REPLACE FUNCTION sekali_erase_loose_occupancy(before timestamptz) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    WITH gone AS (
      DELETE FROM services_occupancy taken
       WHERE upper(taken.span) < before
         AND NOT EXISTS (SELECT FROM services_booking booking WHERE booking.occupancy_id = taken.id) RETURNING 1)
    SELECT count(*) FROM gone
  $$;
"""

# The waiting list as a coordinator of the agency may see it: whose it is only where they lead the case anyway.
WAITING = """
CREATE FUNCTION sekali_recovery_waiting(moment timestamptz)
  RETURNS TABLE (entry bigint, code text, years integer, urgency integer, need text,
                 since timestamptz, offered_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT waits.id, CASE WHEN led.id IS NOT NULL THEN one.code END,
           ((one.age_months + (extract(epoch FROM moment - one.opened_at) / 2629746)::integer) / 12)::integer,
           waits.urgency::integer, waits.need::text, waits.at, waits.offered_at
      FROM services_waitingentry waits JOIN services_case one ON one.id = waits.case_id
      LEFT JOIN sekali_my_led_cases() AS led (id) ON led.id = one.id
     WHERE waits.state = 'waiting' AND one.closed_at IS NULL
       AND (led.id IS NOT NULL OR one.agency_id = ANY (ARRAY (SELECT sekali_my_coordination())))
     ORDER BY waits.urgency, waits.at, waits.id
  $$;
COMMENT ON FUNCTION sekali_recovery_waiting IS
  'Who waits for a therapist in the agencies that the current user coordinates, and in the cases they lead; a code only '
  'for the latter.';

CREATE FUNCTION sekali_offer_place(asked bigint, moment timestamptz) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    WITH told AS (
      UPDATE services_waitingentry waits SET offered_at = moment FROM services_case one
       WHERE waits.id = asked AND waits.state = 'waiting' AND waits.offered_at IS NULL AND one.id = waits.case_id
         AND one.agency_id = ANY (ARRAY (SELECT sekali_my_coordination())) RETURNING waits.id)
    SELECT count(*) FROM told
  $$;
COMMENT ON FUNCTION sekali_offer_place IS 'A coordinator of the agency tells who leads the case that a place is free.';

REVOKE ALL ON FUNCTION sekali_recovery_waiting(timestamptz), sekali_offer_place(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_recovery_waiting(timestamptz), sekali_offer_place(bigint, timestamptz) TO sekali_app;
"""
NO_WAITING = """
DROP FUNCTION sekali_offer_place(bigint, timestamptz);
DROP FUNCTION sekali_recovery_waiting(timestamptz);
"""


def key(table, name, columns, target, its_columns):
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {target} ({its_columns}) "
        "DEFERRABLE INITIALLY DEFERRED;",
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


class Migration(migrations.Migration):
    dependencies = [("services", "0041_recovery"), ("audit", "0003_seal"), ("database", "0001_functions")]
    operations = [
        migrations.RunSQL(CIRCLES, NO_CIRCLES),
        *(
            migrations.RunSQL(protect(table, using, check=check), expose(table))
            for table, (using, check) in WALLS.items()
        ),
        *(migrations.RunSQL(former_states(table, using), no_former_states(table)) for table, using in FORMER.items()),
        *(key(*one) for one in KEYS),
        migrations.RunSQL(append_only("services_handover"), writable("services_handover")),
        *(migrations.RunSQL(in_own_name(table), in_any_name(table)) for table in SIGNED),
        migrations.RunSQL(COURSE, NO_COURSE),
        migrations.RunSQL(FREEING, NO_FREEING),
        migrations.RunSQL(WAITING, NO_WAITING),
    ]
