"""Walls around answers, proposals, letters and conflicts: the edges of services/rules/states.py, kept by the database.

Somebody answers in their own name only; a proposal stands by its quorum only; only time lets it lapse; and nobody of the
suspect's side is put beside the child. An interviewer of the pool, who is on no team, sees their own place and its hour.
"""

from django.db import migrations

from cms.database.policies import append_only, expose, in_any_name, in_own_name, protect, writable

MINE = "case_id = ANY (ARRAY (SELECT sekali_my_cases()))"

# The edges as they were, for going back.
COURSE_BEFORE = """
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
COURSE = """
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
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN
         (('proposed', 'booked'), ('proposed', 'cancelled'), ('proposed', 'expired'),
          ('booked', 'held'), ('booked', 'cancelled')) THEN
      RAISE EXCEPTION 'what was held, cancelled or lapsed stays so' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'interview_keeps_its_course';
    END IF;
    RETURN NEW;
  END $$;
"""

PROPOSALS = """
CREATE FUNCTION sekali_interview_starts_at_the_start() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND NEW.state NOT IN ('proposed', 'booked') THEN
      RAISE EXCEPTION 'an interview begins proposed or booked' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'interview_starts_at_the_start';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER interview_starts_at_the_start BEFORE INSERT ON services_interview
  FOR EACH ROW EXECUTE FUNCTION sekali_interview_starts_at_the_start();

CREATE FUNCTION sekali_proposal_stands_by_its_quorum() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user <> 'sekali_app' OR OLD.state <> 'proposed' THEN
      RETURN NEW;
    END IF;
    IF NEW.state = 'expired' OR NEW.span <> OLD.span OR NEW.protocol_id <> OLD.protocol_id
       OR NEW.proposed_until > OLD.proposed_until THEN
      RAISE EXCEPTION 'only time lets a proposal lapse, and nothing lengthens it' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'proposal_keeps_its_time';
    END IF;
    IF NEW.state <> 'booked' THEN
      RETURN NEW;
    END IF;
    IF EXISTS (
         SELECT FROM services_participant one
           JOIN cms_protocolversion version ON version.id = NEW.protocol_id
           JOIN LATERAL jsonb_array_elements(version.limits -> 'roles') AS asked ON asked ->> 'role' = one.role
          WHERE one.interview_id = NEW.id AND one.response <> 'accepted'
            AND coalesce((asked ->> 'must_accept')::boolean, true)) THEN
      RAISE EXCEPTION 'not everybody has accepted whom the protocol asks' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'proposal_stands_by_its_quorum';
    END IF;
    IF EXISTS (
         SELECT FROM (SELECT resource_id AS id FROM services_participant WHERE interview_id = NEW.id
                      UNION SELECT child_resource_id FROM services_case WHERE id = NEW.case_id) AS needed
          WHERE NOT EXISTS (
            SELECT FROM services_booking booking JOIN services_occupancy taken ON taken.id = booking.occupancy_id
             WHERE booking.interview_id = NEW.id AND taken.resource_id = needed.id AND taken.live
               AND taken.hold_until IS NULL AND taken.span @> NEW.span))
       OR NOT EXISTS (
            SELECT FROM services_booking booking JOIN services_occupancy taken ON taken.id = booking.occupancy_id
              JOIN services_resource room ON room.id = taken.resource_id AND room.kind = 'room'
             WHERE booking.interview_id = NEW.id AND taken.live AND taken.hold_until IS NULL) THEN
      RAISE EXCEPTION 'what is booked for it is not firm' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'proposal_stands_on_firm_bookings';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER proposal_stands_by_its_quorum BEFORE UPDATE ON services_interview
  FOR EACH ROW EXECUTE FUNCTION sekali_proposal_stands_by_its_quorum();

CREATE FUNCTION sekali_expire_proposals(moment timestamptz, asked bigint DEFAULT NULL)
  RETURNS TABLE (lapsed bigint, of_case bigint)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
  DECLARE
    one services_interview%ROWTYPE;
  BEGIN
    IF session_user NOT IN ('sekali_owner', 'sekali_jobs')
       AND (asked IS NULL OR asked <> ALL (ARRAY (SELECT sekali_my_cases()))) THEN
      RETURN;
    END IF;
    moment := least(moment, clock_timestamp());  -- nothing lapses in advance
    FOR one IN SELECT * FROM services_interview
                WHERE state = 'proposed' AND proposed_until <= moment AND (asked IS NULL OR case_id = asked)
                ORDER BY id FOR UPDATE LOOP
      UPDATE services_interview SET state = 'expired', expired_at = moment WHERE id = one.id;
      UPDATE services_occupancy SET live = false
       WHERE live AND id IN (SELECT occupancy_id FROM services_booking WHERE interview_id = one.id);
      UPDATE services_questionneed SET state = 'open', interview_id = NULL
       WHERE interview_id = one.id AND state = 'attached';
      INSERT INTO services_reminder (case_id, interview_id, recipient_id, kind, due_at, attempts)
        SELECT DISTINCT one.case_id, one.id, person.user_id, 'expired', moment, 0
          FROM services_participant attending JOIN services_resource person ON person.id = attending.resource_id
         WHERE attending.interview_id = one.id AND person.user_id IS NOT NULL
        ON CONFLICT DO NOTHING;
      lapsed := one.id;
      of_case := one.case_id;
      RETURN NEXT;
    END LOOP;
  END $$;
COMMENT ON FUNCTION sekali_expire_proposals IS
  'Lets proposals lapse whose time ran out: frees everything, opens their needs again, and has everybody told.';
REVOKE ALL ON FUNCTION sekali_expire_proposals(timestamptz, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_expire_proposals(timestamptz, bigint) TO sekali_app, sekali_jobs;
"""
NO_PROPOSALS = """
DROP FUNCTION sekali_expire_proposals(timestamptz, bigint);
DROP TRIGGER proposal_stands_by_its_quorum ON services_interview;
DROP FUNCTION sekali_proposal_stands_by_its_quorum();
DROP TRIGGER interview_starts_at_the_start ON services_interview;
DROP FUNCTION sekali_interview_starts_at_the_start();
"""

ANSWERS = """
CREATE FUNCTION sekali_my_resource() RETURNS bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT me.id FROM services_resource me JOIN accounts_user person ON person.id = me.user_id AND person.is_active
     WHERE me.user_id = sekali_current_user()
  $$;
COMMENT ON FUNCTION sekali_my_resource IS 'The row under which the current user can be booked, or NULL.';

CREATE FUNCTION sekali_my_attendances() RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT one.interview_id FROM services_participant one
      JOIN services_interview interview ON interview.id = one.interview_id
      JOIN services_resource me ON me.id = one.resource_id
     WHERE one.resource_id = sekali_my_resource() AND one.role = 'interviewer'
       AND (interview.state = 'booked' OR (interview.state = 'proposed' AND interview.proposed_until > now()))
       AND upper(interview.span) > now()
       AND EXISTS (SELECT FROM accounts_membership membership
                    WHERE membership.user_id = me.user_id AND membership.agency_id = me.agency_id
                      AND membership.role = 'interviewer'
                      AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now()))
  $$;
COMMENT ON FUNCTION sekali_my_attendances IS
  'Interviews still to come at which the current user is the interviewer: somebody of the pool is on no team.';
REVOKE ALL ON FUNCTION sekali_my_resource(), sekali_my_attendances() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_my_resource(), sekali_my_attendances() TO sekali_app, sekali_jobs;

CREATE POLICY expected ON services_interview FOR SELECT TO sekali_app
  USING (id = ANY (ARRAY (SELECT sekali_my_attendances())));
CREATE POLICY expected ON services_participant FOR SELECT TO sekali_app
  USING (resource_id = sekali_my_resource() AND interview_id = ANY (ARRAY (SELECT sekali_my_attendances())));
CREATE POLICY expected_answers ON services_participant FOR UPDATE TO sekali_app
  USING (resource_id = sekali_my_resource() AND interview_id = ANY (ARRAY (SELECT sekali_my_attendances())))
  WITH CHECK (resource_id = sekali_my_resource());

-- Whoever changes somebody else's place leaves it unanswered: nobody answers for another.
CREATE POLICY in_own_name ON services_participant AS RESTRICTIVE FOR INSERT TO sekali_app
  WITH CHECK (response = 'invited' OR resource_id = sekali_my_resource());
CREATE POLICY answered_in_own_name ON services_participant AS RESTRICTIVE FOR UPDATE TO sekali_app
  USING (true) WITH CHECK (response = 'invited' OR resource_id = sekali_my_resource());

CREATE FUNCTION sekali_participant_keeps_their_place() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user <> 'sekali_app' THEN
      RETURN NEW;
    END IF;
    IF (NEW.id, NEW.case_id, NEW.interview_id, NEW.role) IS DISTINCT FROM
       (OLD.id, OLD.case_id, OLD.interview_id, OLD.role)
       OR (OLD.resource_id <> NEW.resource_id AND NEW.response <> 'invited'
           AND NEW.resource_id IS DISTINCT FROM sekali_my_resource()) THEN
      RAISE EXCEPTION 'a place at an interview stays what it is' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'participant_keeps_their_place';
    END IF;
    IF NOT EXISTS (SELECT FROM services_interview interview
                    WHERE interview.id = NEW.interview_id AND interview.state IN ('proposed', 'booked')
                      AND lower(interview.span) > now()) THEN
      RAISE EXCEPTION 'who attended what is over stays so' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'participant_of_what_is_still_ahead';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER participant_keeps_their_place BEFORE UPDATE ON services_participant
  FOR EACH ROW EXECUTE FUNCTION sekali_participant_keeps_their_place();
"""
NO_ANSWERS = """
DROP TRIGGER participant_keeps_their_place ON services_participant;
DROP FUNCTION sekali_participant_keeps_their_place();
DROP POLICY answered_in_own_name ON services_participant;
DROP POLICY in_own_name ON services_participant;
DROP POLICY expected_answers ON services_participant;
DROP POLICY expected ON services_participant;
DROP POLICY expected ON services_interview;
DROP FUNCTION sekali_my_attendances();
DROP FUNCTION sekali_my_resource();
"""

CONFLICTS = """
CREATE FUNCTION sekali_nobody_of_the_suspects_side() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  DECLARE
    who bigint;
  BEGIN
    IF TG_TABLE_NAME = 'services_casemember' THEN
      who := NEW.user_id;
    ELSE
      SELECT user_id INTO who FROM services_resource WHERE id = NEW.resource_id;
    END IF;
    IF EXISTS (SELECT FROM services_conflict WHERE case_id = NEW.case_id AND person_id = who) THEN
      RAISE EXCEPTION 'somebody of the suspect''s side' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'nobody_of_the_suspects_side';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER nobody_of_the_suspects_side BEFORE INSERT ON services_casemember
  FOR EACH ROW EXECUTE FUNCTION sekali_nobody_of_the_suspects_side();
CREATE TRIGGER nobody_of_the_suspects_side BEFORE INSERT OR UPDATE OF resource_id ON services_participant
  FOR EACH ROW EXECUTE FUNCTION sekali_nobody_of_the_suspects_side();
CREATE POLICY in_emergency ON services_conflict FOR SELECT TO sekali_app
  USING (case_id = ANY (ARRAY (SELECT sekali_my_emergencies())));
"""
NO_CONFLICTS = """
DROP POLICY in_emergency ON services_conflict;
DROP TRIGGER nobody_of_the_suspects_side ON services_participant;
DROP TRIGGER nobody_of_the_suspects_side ON services_casemember;
DROP FUNCTION sekali_nobody_of_the_suspects_side();
"""

LETTERS = """
CREATE POLICY people ON services_reminder TO sekali_app
  USING (case_id = ANY (ARRAY (SELECT sekali_my_cases()))) WITH CHECK (case_id = ANY (ARRAY (SELECT sekali_my_cases())));
CREATE POLICY sending ON services_reminder TO sekali_jobs USING (true) WITH CHECK (true);
CREATE POLICY owner_bypass ON services_reminder TO sekali_owner USING (true) WITH CHECK (true);
CREATE POLICY not_sent_yet ON services_reminder AS RESTRICTIVE FOR INSERT TO sekali_app
  WITH CHECK (sent_at IS NULL AND dropped_at IS NULL AND attempts = 0);
ALTER TABLE services_reminder ENABLE ROW LEVEL SECURITY;
ALTER TABLE services_reminder FORCE ROW LEVEL SECURITY;

CREATE FUNCTION sekali_letter_is_sent_once() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF OLD.sent_at IS NOT NULL OR OLD.dropped_at IS NOT NULL
       OR (NEW.id, NEW.case_id, NEW.interview_id, NEW.recipient_id, NEW.kind, NEW.due_at) IS DISTINCT FROM
          (OLD.id, OLD.case_id, OLD.interview_id, OLD.recipient_id, OLD.kind, OLD.due_at) THEN
      RAISE EXCEPTION 'a letter is sent or dropped, once, and not changed' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'reminder_is_sent_once';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER letter_is_sent_once BEFORE UPDATE ON services_reminder
  FOR EACH ROW EXECUTE FUNCTION sekali_letter_is_sent_once();

CREATE FUNCTION sekali_next_letter(moment timestamptz, OUT letter bigint, OUT address text)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
  DECLARE
    one services_reminder%ROWTYPE;
  BEGIN
    LOOP
      SELECT * INTO one FROM services_reminder waiting
       WHERE waiting.sent_at IS NULL AND waiting.dropped_at IS NULL AND waiting.due_at <= moment
         AND (waiting.retry_at IS NULL OR waiting.retry_at <= moment)
       ORDER BY waiting.due_at, waiting.id LIMIT 1 FOR UPDATE SKIP LOCKED;
      IF NOT FOUND THEN
        address := NULL;
        RETURN;
      END IF;
      SELECT person.email INTO address FROM accounts_user person JOIN services_interview ahead ON ahead.id = one.interview_id
       WHERE person.id = one.recipient_id AND person.is_active AND person.email <> ''
         AND EXISTS (SELECT FROM accounts_membership membership WHERE membership.user_id = person.id
                      AND membership.starts <= now() AND (membership.ends IS NULL OR membership.ends > now()))
         AND (one.kind IN ('changed', 'cancelled', 'expired') OR (
              lower(ahead.span) > moment
              AND EXISTS (SELECT FROM services_participant place JOIN services_resource row ON row.id = place.resource_id
                           WHERE place.interview_id = ahead.id AND row.user_id = person.id
                             AND (place.response = 'invited' OR (one.kind <> 'invited' AND place.response = 'accepted')))
              AND CASE one.kind
                    WHEN 'invited' THEN ahead.state = 'booked'
                                        OR (ahead.state = 'proposed' AND ahead.proposed_until > moment)
                    WHEN 'day_before' THEN ahead.state = 'booked' AND one.due_at = lower(ahead.span) - interval '24 hours'
                    WHEN 'hours_before' THEN ahead.state = 'booked' AND one.due_at = lower(ahead.span) - interval '2 hours'
                    ELSE false END));
      IF FOUND THEN
        letter := one.id;
        RETURN;
      END IF;
      UPDATE services_reminder SET dropped_at = moment WHERE id = one.id;
    END LOOP;
  END $$;
COMMENT ON FUNCTION sekali_next_letter IS
  'The next letter that is due and still wanted, locked until the transaction ends, and where it goes. Drops on its way '
  'what is wanted no longer; skips what another sweeper is sending. NULL when there is none.';
REVOKE ALL ON FUNCTION sekali_next_letter(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_next_letter(timestamptz) TO sekali_jobs;
"""
NO_LETTERS = f"""
DROP FUNCTION sekali_next_letter(timestamptz);
DROP TRIGGER letter_is_sent_once ON services_reminder;
DROP FUNCTION sekali_letter_is_sent_once();
DROP POLICY not_sent_yet ON services_reminder;
DROP POLICY sending ON services_reminder;
{expose("services_reminder")}
"""

SAME_CASE = """
ALTER TABLE services_reminder ADD CONSTRAINT reminder_interview_of_the_same_case
  FOREIGN KEY (interview_id, case_id) REFERENCES services_interview (id, case_id) DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0030_invitations")]
    operations = [
        migrations.RunSQL(COURSE, COURSE_BEFORE),
        migrations.RunSQL(PROPOSALS, NO_PROPOSALS),
        migrations.RunSQL(ANSWERS, NO_ANSWERS),
        migrations.RunSQL(protect("services_conflict", MINE), expose("services_conflict")),
        migrations.RunSQL(append_only("services_conflict"), writable("services_conflict")),
        migrations.RunSQL(in_own_name("services_conflict"), in_any_name("services_conflict")),
        migrations.RunSQL(CONFLICTS, NO_CONFLICTS),
        migrations.RunSQL(SAME_CASE, "ALTER TABLE services_reminder DROP CONSTRAINT reminder_interview_of_the_same_case;"),
        migrations.RunSQL(LETTERS, NO_LETTERS),
    ]
