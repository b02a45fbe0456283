"""What holds a group together, and who sees which row of it.

A group, its sessions and its places name no case: whoever plans recovery sees them. Whose a place is stands on the
recovery's side of the wall. Places are written by functions alone, and whatever ends lets go at once what it held: a session
its leader, room and children, a membership its place and the child's hours, a group all of them. So nobody who may end one
of these need see the rows that go with it.
"""

from django.db import migrations

from cms.database.policies import expose, former_states, in_any_name, in_own_name, no_former_states, protect

CIRCLES = """
CREATE FUNCTION sekali_my_planning_agencies() RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT sekali_my_agencies('keeper') UNION SELECT sekali_my_agencies('coordinator')
    UNION SELECT sekali_my_agencies('psychologist')
  $$;
COMMENT ON FUNCTION sekali_my_planning_agencies IS 'Agencies for which the current user plans groups.';

CREATE FUNCTION sekali_my_groups() RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT planned.id FROM services_group planned
     WHERE planned.agency_id = ANY (ARRAY (SELECT sekali_my_planning_agencies()))
        OR (EXISTS (SELECT FROM sekali_my_agencies(NULL))
            AND planned.leader_id IN (SELECT id FROM services_resource WHERE user_id = sekali_current_user()))
  $$;
COMMENT ON FUNCTION sekali_my_groups IS 'Groups that the current user plans or leads. Which children come, it does not say.';

CREATE FUNCTION sekali_sees_groups() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT EXISTS (SELECT FROM sekali_my_planning_agencies()) OR EXISTS (SELECT FROM sekali_my_agencies('case_manager'))
        OR EXISTS (SELECT FROM sekali_my_recovery_cases()) OR EXISTS (SELECT FROM sekali_my_groups())
  $$;
COMMENT ON FUNCTION sekali_sees_groups IS 'Does the current user plan recovery, so that they see that groups are, and how full?';

REVOKE ALL ON FUNCTION sekali_my_planning_agencies(), sekali_my_groups(), sekali_sees_groups() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_my_planning_agencies(), sekali_my_groups(), sekali_sees_groups()
  TO sekali_app, sekali_jobs;
"""
NO_CIRCLES = """
DROP FUNCTION sekali_sees_groups();
DROP FUNCTION sekali_my_groups();
DROP FUNCTION sekali_my_planning_agencies();
"""

SEEN = "(SELECT sekali_sees_groups())"
LED = "case_id = ANY (ARRAY (SELECT sekali_my_led_cases()))"
RECOVERY = "case_id = ANY (ARRAY (SELECT sekali_my_recovery_cases()))"
WALLS = {
    "services_group": (
        SEEN,
        "agency_id = ANY (ARRAY (SELECT sekali_my_planning_agencies())) OR id = ANY (ARRAY (SELECT sekali_my_groups()))",
    ),
    "services_groupsession": (SEEN, "group_id = ANY (ARRAY (SELECT sekali_my_groups()))"),
    "services_groupplace": (SEEN, "false"),
    "services_groupmembership": (RECOVERY, LED),
    "services_groupvisit": (RECOVERY, None),
}
FORMER = ["services_groupmembershipformer", "services_groupvisitformer"]
SIGNED = ["services_group", "services_groupmembership"]

# (table, name, columns, target, its columns)
KEYS = [
    ("services_groupplace", "groupplace_of_the_groups_capacity", "group_id, capacity", "services_group", "id, capacity"),
    ("services_groupmembership", "groupmembership_place_of_the_same_group", "place_id, group_id", "services_groupplace", "id, group_id"),
    ("services_groupmembership", "groupmembership_plan_of_the_same_case", "plan_id, case_id", "services_recoveryplan", "id, case_id"),
    ("services_groupvisit", "groupvisit_of_its_membership", "membership_id, case_id, group_id", "services_groupmembership", "id, case_id, group_id"),
    ("services_groupvisit", "groupvisit_session_of_the_same_group", "session_id, group_id", "services_groupsession", "id, group_id"),
]  # fmt: skip

# Beginning: what is added is whole. As the owner where the writer does not see everything that must be asked.
BEGINNING = """
CREATE FUNCTION sekali_groupsession_is_whole() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DECLARE
    one services_group%ROWTYPE;
  BEGIN
    SELECT * INTO one FROM services_group WHERE id = NEW.group_id FOR NO KEY UPDATE;
    IF one.id IS NULL OR one.ended_at IS NOT NULL OR NEW.cancelled_at IS NOT NULL THEN
      RAISE EXCEPTION 'a session is added to a group that goes on' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'groupsession_of_a_group_that_goes_on';
    END IF;
    IF NOT EXISTS (SELECT FROM services_occupancy taken WHERE taken.id = NEW.leader_time_id AND taken.live
                      AND taken.resource_id = one.leader_id AND taken.span @> NEW.span)
       OR NOT EXISTS (SELECT FROM services_occupancy taken WHERE taken.id = NEW.room_time_id AND taken.live
                      AND taken.resource_id = one.room_id AND taken.span @> NEW.span) THEN
      RAISE EXCEPTION 'a session takes its leader and its room' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'groupsession_takes_leader_and_room';
    END IF;
    IF (SELECT count(*) FROM services_resource own WHERE own.agency_id = one.agency_id
           AND ((own.id = one.leader_id AND own.kind = 'person') OR (own.id = one.room_id AND own.kind = 'room'))) <> 2 THEN
      RAISE EXCEPTION 'an agency lends its own people and rooms' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'groupsession_of_the_agencys_own';
    END IF;
    IF NOT EXISTS (SELECT FROM services_qualification held
                    WHERE held.resource_id = one.leader_id AND held.kind = 'therapy'
                      AND held.expires_on >= (lower(NEW.span) AT TIME ZONE one.zone)::date) THEN
      RAISE EXCEPTION 'the leader is not trained on that day' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'groupsession_by_a_trained_leader';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER groupsession_is_whole BEFORE INSERT ON services_groupsession
  FOR EACH ROW EXECUTE FUNCTION sekali_groupsession_is_whole();

-- The lock makes those who want the last place wait for each other; the unique constraint is the last judge.
CREATE FUNCTION sekali_take_place(asked bigint, moment timestamptz) RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DECLARE
    one services_group%ROWTYPE;
    made bigint;
  BEGIN
    SELECT * INTO one FROM services_group WHERE id = asked FOR NO KEY UPDATE;
    IF one.id IS NULL OR one.ended_at IS NOT NULL THEN
      RETURN NULL;
    END IF;
    INSERT INTO services_groupplace (group_id, number, capacity, at)
      SELECT one.id, free, one.capacity, moment FROM generate_series(1, one.capacity) AS free
       WHERE NOT EXISTS (SELECT FROM services_groupplace taken
                          WHERE taken.group_id = one.id AND taken.number = free AND taken.freed_at IS NULL)
       ORDER BY free LIMIT 1
      RETURNING id INTO made;
    RETURN made;
  END $$;
COMMENT ON FUNCTION sekali_take_place IS
  'Takes the first free place of a group and returns its id; NULL when there is none. A membership must follow at once.';
REVOKE ALL ON FUNCTION sekali_take_place(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_take_place(bigint, timestamptz) TO sekali_app;

CREATE FUNCTION sekali_groupplace_is_somebodys() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  BEGIN
    IF EXISTS (SELECT FROM services_groupplace WHERE id = NEW.id AND freed_at IS NULL)
       AND NOT EXISTS (SELECT FROM services_groupmembership WHERE place_id = NEW.id AND left_at IS NULL) THEN
      RAISE EXCEPTION 'a place is taken by a child' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'groupplace_is_somebodys';
    END IF;
    RETURN NULL;
  END $$;
CREATE CONSTRAINT TRIGGER groupplace_is_somebodys AFTER INSERT ON services_groupplace
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sekali_groupplace_is_somebodys();

CREATE FUNCTION sekali_groupmembership_is_whole() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DECLARE
    plan services_recoveryplan%ROWTYPE;
  BEGIN
    -- The lock makes a colleague who pauses the plan wait, or us.
    SELECT * INTO plan FROM services_recoveryplan WHERE id = NEW.plan_id FOR NO KEY UPDATE;
    IF plan.id IS NULL OR plan.state <> 'active' OR NEW.left_at IS NOT NULL THEN
      RAISE EXCEPTION 'a child joins as part of a plan in progress' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'groupmembership_of_a_plan_in_progress';
    END IF;
    IF NOT EXISTS (SELECT FROM services_groupplace WHERE id = NEW.place_id AND freed_at IS NULL) THEN
      RAISE EXCEPTION 'a place that was freed is not taken again' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'groupmembership_has_its_place';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('wall', NEW.case_id));
    IF EXISTS (SELECT FROM services_group led JOIN services_resource leader ON leader.id = led.leader_id
                WHERE led.id = NEW.group_id AND (
                  EXISTS (SELECT FROM services_casemember other WHERE other.case_id = NEW.case_id
                             AND other.user_id = leader.user_id AND (other.ends IS NULL OR other.ends > now()))
                  OR EXISTS (SELECT FROM services_case managed
                              WHERE managed.id = NEW.case_id AND managed.manager_id = leader.user_id))) THEN
      RAISE EXCEPTION 'one person, one side' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'groupmembership_on_one_side_of_the_wall';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER groupmembership_is_whole BEFORE INSERT ON services_groupmembership
  FOR EACH ROW EXECUTE FUNCTION sekali_groupmembership_is_whole();

-- The other way round: who leads a group in which the child is does not come to work on the evidence.
CREATE FUNCTION sekali_groups_on_one_side_of_the_wall() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('wall', NEW.case_id));
    IF EXISTS (SELECT FROM services_groupmembership joined JOIN services_group led ON led.id = joined.group_id
                 JOIN services_resource leader ON leader.id = led.leader_id
                WHERE joined.case_id = NEW.case_id AND joined.left_at IS NULL AND leader.user_id = NEW.user_id) THEN
      RAISE EXCEPTION 'one person, one side' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'recoverymember_on_one_side_of_the_wall';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER groups_on_one_side_of_the_wall BEFORE INSERT ON services_casemember
  FOR EACH ROW EXECUTE FUNCTION sekali_groups_on_one_side_of_the_wall();

CREATE FUNCTION sekali_groupvisit_is_whole() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DECLARE
    met services_groupsession%ROWTYPE;
  BEGIN
    -- The lock makes a colleague who calls the session off wait, or us.
    SELECT * INTO met FROM services_groupsession WHERE id = NEW.session_id FOR SHARE;
    IF met.id IS NULL OR met.cancelled_at IS NOT NULL OR lower(met.span) <= now() OR NEW.state <> 'booked'
       OR NOT EXISTS (SELECT FROM services_groupmembership WHERE id = NEW.membership_id AND left_at IS NULL) THEN
      RAISE EXCEPTION 'a visit is to a session ahead' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'groupvisit_of_a_session_ahead';
    END IF;
    IF NOT EXISTS (SELECT FROM services_occupancy taken JOIN services_case one ON one.child_resource_id = taken.resource_id
                    WHERE taken.id = NEW.occupancy_id AND one.id = NEW.case_id AND taken.live AND taken.span @> met.span) THEN
      RAISE EXCEPTION 'a visit takes the child''s own time' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'groupvisit_takes_the_childs_time';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER groupvisit_is_whole BEFORE INSERT ON services_groupvisit
  FOR EACH ROW EXECUTE FUNCTION sekali_groupvisit_is_whole();

CREATE FUNCTION sekali_recoveryplan_at_rest_is_in_no_group() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF EXISTS (SELECT FROM services_recoveryplan plan JOIN services_groupmembership joined ON joined.plan_id = plan.id
                WHERE plan.id = NEW.id AND plan.state <> 'active' AND joined.left_at IS NULL) THEN
      RAISE EXCEPTION 'this plan has a place in a group' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'recoveryplan_at_rest_is_in_no_group';
    END IF;
    RETURN NULL;
  END $$;
CREATE CONSTRAINT TRIGGER recoveryplan_at_rest_is_in_no_group AFTER UPDATE OF state ON services_recoveryplan
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sekali_recoveryplan_at_rest_is_in_no_group();
"""
NO_BEGINNING = """
DROP TRIGGER recoveryplan_at_rest_is_in_no_group ON services_recoveryplan;
DROP TRIGGER groupvisit_is_whole ON services_groupvisit;
DROP TRIGGER groups_on_one_side_of_the_wall ON services_casemember;
DROP TRIGGER groupmembership_is_whole ON services_groupmembership;
DROP TRIGGER groupplace_is_somebodys ON services_groupplace;
DROP TRIGGER groupsession_is_whole ON services_groupsession;
DROP FUNCTION sekali_recoveryplan_at_rest_is_in_no_group();
DROP FUNCTION sekali_groupvisit_is_whole();
DROP FUNCTION sekali_groups_on_one_side_of_the_wall();
DROP FUNCTION sekali_groupmembership_is_whole();
DROP FUNCTION sekali_groupplace_is_somebodys();
DROP FUNCTION sekali_take_place(bigint, timestamptz);
DROP FUNCTION sekali_groupsession_is_whole();
"""

# Going on: what may change is its end, or what came of it, once.
COURSE = """
CREATE FUNCTION sekali_group_ends_once() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND (OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
         OR to_jsonb(NEW) - 'ended_at' <> to_jsonb(OLD) - 'ended_at') THEN
      RAISE EXCEPTION 'a group is ended, once, and not changed' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'group_ends_once';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER group_ends_once BEFORE UPDATE ON services_group
  FOR EACH ROW EXECUTE FUNCTION sekali_group_ends_once();

CREATE FUNCTION sekali_groupsession_is_called_off_once() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND (OLD.cancelled_at IS NOT NULL OR NEW.cancelled_at IS NULL
         OR lower(OLD.span) <= now() OR to_jsonb(NEW) - 'cancelled_at' <> to_jsonb(OLD) - 'cancelled_at') THEN
      RAISE EXCEPTION 'a session to come is called off, once, and not changed' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'groupsession_is_called_off_once';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER groupsession_is_called_off_once BEFORE UPDATE ON services_groupsession
  FOR EACH ROW EXECUTE FUNCTION sekali_groupsession_is_called_off_once();

CREATE FUNCTION sekali_groupmembership_ends_once() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND (OLD.left_at IS NOT NULL OR NEW.left_at IS NULL
         OR to_jsonb(NEW) - 'left_at' <> to_jsonb(OLD) - 'left_at') THEN
      RAISE EXCEPTION 'a membership is ended, once, and not changed' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'groupmembership_ends_once';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER groupmembership_ends_once BEFORE UPDATE ON services_groupmembership
  FOR EACH ROW EXECUTE FUNCTION sekali_groupmembership_ends_once();

CREATE FUNCTION sekali_groupvisit_keeps_its_course() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  DECLARE
    begins timestamptz;
  BEGIN
    IF current_user <> 'sekali_app' THEN
      RETURN NEW;
    END IF;
    SELECT lower(span) INTO begins FROM services_groupsession WHERE id = OLD.session_id;
    IF to_jsonb(NEW) - 'state' <> to_jsonb(OLD) - 'state'
       OR (NEW.state <> OLD.state AND (OLD.state <> 'booked'
           OR (NEW.state IN ('came', 'missed') AND begins > clock_timestamp())
           OR (NEW.state = 'cancelled' AND begins <= now()))) THEN
      RAISE EXCEPTION 'there is no such step' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'groupvisit_keeps_its_course';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER groupvisit_keeps_its_course BEFORE UPDATE ON services_groupvisit
  FOR EACH ROW EXECUTE FUNCTION sekali_groupvisit_keeps_its_course();
"""
NO_COURSE = """
DROP TRIGGER groupvisit_keeps_its_course ON services_groupvisit;
DROP TRIGGER groupmembership_ends_once ON services_groupmembership;
DROP TRIGGER groupsession_is_called_off_once ON services_groupsession;
DROP TRIGGER group_ends_once ON services_group;
DROP FUNCTION sekali_groupvisit_keeps_its_course();
DROP FUNCTION sekali_groupmembership_ends_once();
DROP FUNCTION sekali_groupsession_is_called_off_once();
DROP FUNCTION sekali_group_ends_once();
"""

# Ending: as the owner, since who ends a group sees none of the children's rows.
ENDING = """
CREATE FUNCTION sekali_group_lets_go() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  BEGIN
    UPDATE services_groupmembership SET left_at = NEW.ended_at WHERE group_id = NEW.id AND left_at IS NULL;
    UPDATE services_groupsession SET cancelled_at = NEW.ended_at
     WHERE group_id = NEW.id AND cancelled_at IS NULL AND lower(span) > now();
    RETURN NULL;
  END $$;
CREATE TRIGGER group_lets_go AFTER UPDATE OF ended_at ON services_group
  FOR EACH ROW EXECUTE FUNCTION sekali_group_lets_go();

CREATE FUNCTION sekali_groupsession_lets_go() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  BEGIN
    UPDATE services_groupvisit SET state = 'cancelled' WHERE session_id = NEW.id AND state = 'booked';
    UPDATE services_occupancy SET live = false WHERE id IN (NEW.leader_time_id, NEW.room_time_id);
    RETURN NULL;
  END $$;
CREATE TRIGGER groupsession_lets_go AFTER UPDATE OF cancelled_at ON services_groupsession
  FOR EACH ROW EXECUTE FUNCTION sekali_groupsession_lets_go();

CREATE FUNCTION sekali_groupmembership_lets_go() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  BEGIN
    IF TG_OP = 'UPDATE' THEN
      UPDATE services_groupvisit visit SET state = 'cancelled' FROM services_groupsession met
       WHERE visit.membership_id = NEW.id AND visit.state = 'booked' AND met.id = visit.session_id
         AND lower(met.span) > now();
    END IF;
    UPDATE services_groupplace SET freed_at = now() WHERE id = OLD.place_id AND freed_at IS NULL;
    RETURN NULL;
  END $$;
CREATE TRIGGER groupmembership_lets_go AFTER UPDATE OF left_at OR DELETE ON services_groupmembership
  FOR EACH ROW EXECUTE FUNCTION sekali_groupmembership_lets_go();

CREATE FUNCTION sekali_groupvisit_lets_go() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  BEGIN
    IF NEW.state = 'cancelled' THEN
      UPDATE services_occupancy SET live = false WHERE id = NEW.occupancy_id;
    END IF;
    RETURN NULL;
  END $$;
CREATE TRIGGER groupvisit_lets_go AFTER UPDATE OF state ON services_groupvisit
  FOR EACH ROW EXECUTE FUNCTION sekali_groupvisit_lets_go();

CREATE FUNCTION sekali_group_concerns(asked bigint[]) RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    WITH met AS (
      SELECT id, group_id FROM services_groupsession
       WHERE id = ANY (asked) AND group_id = ANY (ARRAY (SELECT sekali_my_groups()))),
    children AS (
      SELECT DISTINCT visit.case_id FROM services_groupvisit visit
       WHERE visit.session_id IN (SELECT id FROM met) AND visit.state = 'booked')
    SELECT one.manager_id FROM services_case one WHERE one.id IN (SELECT case_id FROM children)
    UNION
    SELECT treats.user_id FROM services_recoverymember treats
     WHERE treats.case_id IN (SELECT case_id FROM children) AND treats.starts <= clock_timestamp()
       AND (treats.ends IS NULL OR treats.ends > clock_timestamp())
    UNION
    SELECT leader.user_id FROM services_group led JOIN services_resource leader ON leader.id = led.leader_id
     WHERE led.id IN (SELECT group_id FROM met) AND leader.user_id IS NOT NULL
  $$;
COMMENT ON FUNCTION sekali_group_concerns IS
  'Who is to be told that sessions are called off: their leader, and who manages or treats the cases of the children who '
  'come. Whose child, it does not say; for groups of the current user alone.';
REVOKE ALL ON FUNCTION sekali_group_concerns(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_group_concerns(bigint[]) TO sekali_app;
"""
NO_ENDING = """
DROP FUNCTION sekali_group_concerns(bigint[]);
DROP TRIGGER groupvisit_lets_go ON services_groupvisit;
DROP TRIGGER groupmembership_lets_go ON services_groupmembership;
DROP TRIGGER groupsession_lets_go ON services_groupsession;
DROP TRIGGER group_lets_go ON services_group;
DROP FUNCTION sekali_groupvisit_lets_go();
DROP FUNCTION sekali_groupmembership_lets_go();
DROP FUNCTION sekali_groupsession_lets_go();
DROP FUNCTION sekali_group_lets_go();
"""

# A group's times, its children's too, go by what ends alone: nobody frees them by hand, and nothing sweeps them away.
FREEING = """
CREATE OR REPLACE FUNCTION sekali_mine_to_free(asked bigint[]) RETURNS bigint[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT coalesce(array_agg(wanted.id), '{}') FROM unnest(asked) AS wanted (id)
      LEFT JOIN services_booking booking ON booking.occupancy_id = wanted.id
      LEFT JOIN services_recoverybooking treated ON treated.occupancy_id = wanted.id
     WHERE ((booking.id IS NULL OR booking.case_id = ANY (ARRAY (SELECT sekali_my_cases())))
            AND (treated.id IS NULL OR treated.case_id = ANY (ARRAY (SELECT sekali_my_recovery_cases())))
            AND NOT sekali_is_a_groups(wanted.id))
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
         AND NOT sekali_is_a_groups(taken.id)
      RETURNING 1)
    SELECT count(*) FROM gone
  $$;
"""
A_GROUPS = """
CREATE FUNCTION sekali_is_a_groups(asked bigint) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = public, pg_temp
  AS $$
    SELECT EXISTS (SELECT FROM services_groupsession WHERE leader_time_id = asked)
        OR EXISTS (SELECT FROM services_groupsession WHERE room_time_id = asked)
        OR EXISTS (SELECT FROM services_groupvisit WHERE occupancy_id = asked)
  $$;
REVOKE ALL ON FUNCTION sekali_is_a_groups(bigint) FROM PUBLIC;
"""
NO_FREEING = """
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
DROP FUNCTION sekali_is_a_groups(bigint);
"""


def key(table, name, columns, target, its_columns):
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {target} ({its_columns}) "
        "DEFERRABLE INITIALLY DEFERRED;",
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


class Migration(migrations.Migration):
    dependencies = [("services", "0052_groups")]
    operations = [
        migrations.RunSQL(CIRCLES, NO_CIRCLES),
        *(
            migrations.RunSQL(protect(table, using, check=check), expose(table))
            for table, (using, check) in WALLS.items()
        ),
        *(migrations.RunSQL(former_states(table, RECOVERY), no_former_states(table)) for table in FORMER),
        *(key(*one) for one in KEYS),
        *(migrations.RunSQL(in_own_name(table), in_any_name(table)) for table in SIGNED),
        migrations.RunSQL(BEGINNING, NO_BEGINNING),
        migrations.RunSQL(COURSE, NO_COURSE),
        migrations.RunSQL(ENDING, NO_ENDING),
        migrations.RunSQL(A_GROUPS + FREEING, NO_FREEING),
    ]
