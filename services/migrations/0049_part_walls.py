"""Walls around sessions: the team's, planned with their interview, ended one after the other and never put off.

The next letter is worked out anew: a reminder is wanted for each session that is still to come, not only for the first.
"""

from django.db import migrations

from cms.database.policies import expose, former_states, no_former_states, protect

MINE = "case_id = ANY (ARRAY (SELECT sekali_my_cases()))"
READABLE = """
CREATE POLICY expected ON services_interviewpart FOR SELECT TO sekali_app
  USING (interview_id = ANY (ARRAY (SELECT sekali_my_attendances())));
CREATE POLICY in_emergency ON services_interviewpart FOR SELECT TO sekali_app
  USING (case_id = ANY (ARRAY (SELECT sekali_my_emergencies())));
"""
UNREADABLE = """
DROP POLICY in_emergency ON services_interviewpart;
DROP POLICY expected ON services_interviewpart;
"""
SAME_CASE = """
ALTER TABLE services_interviewpart ADD CONSTRAINT interviewpart_interview_of_the_same_case
  FOREIGN KEY (interview_id, case_id) REFERENCES services_interview (id, case_id) DEFERRABLE INITIALLY DEFERRED;
"""
COURSE = """
CREATE FUNCTION sekali_part_begins_planned() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND (NEW.state <> 'planned' OR NOT EXISTS (
         SELECT FROM services_interview one WHERE one.id = NEW.interview_id AND one.state IN ('proposed', 'booked')
            AND lower(one.span) > now()
            AND CASE WHEN NEW.number = 1 THEN one.span = NEW.span ELSE lower(NEW.span) >= upper(one.span) END)) THEN
      RAISE EXCEPTION 'sessions are planned with their interview' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'interviewpart_begins_planned';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER part_begins_planned BEFORE INSERT ON services_interviewpart
  FOR EACH ROW EXECUTE FUNCTION sekali_part_begins_planned();

CREATE FUNCTION sekali_part_keeps_its_course() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND (
         (NEW.id, NEW.case_id, NEW.interview_id, NEW.number, NEW.span) IS DISTINCT FROM
         (OLD.id, OLD.case_id, OLD.interview_id, OLD.number, OLD.span)
         OR OLD.state <> 'planned' OR NEW.state = 'planned'
         OR (NEW.state = 'dropped' AND NEW.number = 1)
         OR EXISTS (SELECT FROM services_interviewpart earlier
                     WHERE earlier.interview_id = NEW.interview_id AND earlier.number < NEW.number
                       AND (earlier.state = 'planned' OR (NEW.state = 'held' AND earlier.state <> 'held')))) THEN
      RAISE EXCEPTION 'sessions end once, one after the other' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'interviewpart_keeps_its_course';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER part_keeps_its_course BEFORE UPDATE ON services_interviewpart
  FOR EACH ROW EXECUTE FUNCTION sekali_part_keeps_its_course();

CREATE FUNCTION sekali_interview_is_held_after_its_sessions() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF EXISTS (SELECT FROM services_interviewpart WHERE interview_id = NEW.id AND state = 'planned') THEN
      RAISE EXCEPTION 'a session is still to come' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'interview_is_held_after_its_sessions';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER interview_is_held_after_its_sessions BEFORE UPDATE OF state ON services_interview
  FOR EACH ROW WHEN (NEW.state = 'held') EXECUTE FUNCTION sekali_interview_is_held_after_its_sessions();
"""
NO_COURSE = """
DROP TRIGGER interview_is_held_after_its_sessions ON services_interview;
DROP FUNCTION sekali_interview_is_held_after_its_sessions();
DROP TRIGGER part_keeps_its_course ON services_interviewpart;
DROP FUNCTION sekali_part_keeps_its_course();
DROP TRIGGER part_begins_planned ON services_interviewpart;
DROP FUNCTION sekali_part_begins_planned();
"""

# What is booked lies around the interview's hour, or around that of one of its sessions, of which the first is at its hour.
WITHIN = """
CREATE OR REPLACE FUNCTION sekali_interview_within_what_is_booked() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF current_user = 'sekali_app' AND EXISTS (
         SELECT FROM services_interview interview
          WHERE interview.id = NEW.id AND interview.state = 'booked'
            AND (EXISTS (SELECT FROM services_booking booking
                   JOIN services_occupancy taken ON taken.id = booking.occupancy_id AND taken.live
                  WHERE booking.interview_id = interview.id AND NOT taken.span @> interview.span
                    AND NOT EXISTS (SELECT FROM services_interviewpart part
                                     WHERE part.interview_id = interview.id AND taken.span @> part.span))
                 OR EXISTS (SELECT FROM services_interviewpart part
                             WHERE part.interview_id = interview.id AND part.number = 1 AND part.span <> interview.span))
       ) THEN
      RAISE EXCEPTION 'an interview is not moved out of what is booked for it' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'interview_within_what_is_booked';
    END IF;
    RETURN NULL;
  END $$;
"""
WITHOUT_PARTS = """
CREATE OR REPLACE FUNCTION sekali_interview_within_what_is_booked() RETURNS trigger
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
"""

# The child is at the venue on the day of each session, and the suspect's side on none of them.
PRESENCE = """
CREATE FUNCTION sekali_session_days(asked bigint) RETURNS SETOF daterange
  LANGUAGE sql STABLE SET search_path = public, pg_temp
  AS $$
    SELECT daterange((lower(part.span) AT TIME ZONE one.zone)::date, (upper(part.span) AT TIME ZONE one.zone)::date, '[]')
      FROM services_interviewpart part JOIN services_interview one ON one.id = part.interview_id
     WHERE part.interview_id = asked AND part.state <> 'dropped'
  $$;
COMMENT ON FUNCTION sekali_session_days IS 'The local days of the sessions of an interview that were not dropped.';

CREATE OR REPLACE FUNCTION sekali_interview_is_at_its_venue() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  DECLARE
    local daterange := daterange((lower(NEW.span) AT TIME ZONE NEW.zone)::date,
                                 (upper(NEW.span) AT TIME ZONE NEW.zone)::date, '[]');
    who bigint := coalesce(sekali_current_user(), NEW.booked_by_id);
  BEGIN
    UPDATE services_venuepresence SET ended_at = clock_timestamp(), ended_by_id = who
     WHERE interview_id = NEW.id AND ended_at IS NULL
       AND (NEW.state IN ('cancelled', 'expired') OR venue_id <> NEW.venue_id
            OR (days <> local AND days <> ALL (ARRAY (SELECT sekali_session_days(NEW.id)))));
    IF NEW.state NOT IN ('cancelled', 'expired') AND NOT EXISTS (
         SELECT FROM services_venuepresence WHERE interview_id = NEW.id AND ended_at IS NULL AND days = local) THEN
      INSERT INTO services_venuepresence (case_id, venue_id, side, days, interview_id, by_id, at)
        VALUES (NEW.case_id, NEW.venue_id, 0, local, NEW.id, who, clock_timestamp());
    END IF;
    RETURN NULL;
  END $$;

CREATE FUNCTION sekali_session_is_at_its_venue() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  DECLARE
    whole services_interview%ROWTYPE;
    who bigint;
  BEGIN
    SELECT * INTO whole FROM services_interview WHERE id = NEW.interview_id;
    who := coalesce(sekali_current_user(), whole.booked_by_id);
    UPDATE services_venuepresence SET ended_at = clock_timestamp(), ended_by_id = who
     WHERE interview_id = NEW.interview_id AND ended_at IS NULL
       AND days <> ALL (ARRAY (SELECT sekali_session_days(NEW.interview_id)));
    INSERT INTO services_venuepresence (case_id, venue_id, side, days, interview_id, by_id, at)
      SELECT NEW.case_id, whole.venue_id, 0, days, NEW.interview_id, who, clock_timestamp()
        FROM (SELECT DISTINCT sekali_session_days(NEW.interview_id) AS days) AS met
       WHERE whole.state NOT IN ('cancelled', 'expired') AND NOT EXISTS (
         SELECT FROM services_venuepresence known
          WHERE known.interview_id = NEW.interview_id AND known.ended_at IS NULL AND known.days = met.days);
    RETURN NULL;
  END $$;
CREATE TRIGGER session_is_at_its_venue AFTER INSERT OR UPDATE OF state ON services_interviewpart
  FOR EACH ROW EXECUTE FUNCTION sekali_session_is_at_its_venue();
"""
FIRST_DAY = """
DROP TRIGGER session_is_at_its_venue ON services_interviewpart;
DROP FUNCTION sekali_session_is_at_its_venue();
CREATE OR REPLACE FUNCTION sekali_interview_is_at_its_venue() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  DECLARE
    local daterange := daterange((lower(NEW.span) AT TIME ZONE NEW.zone)::date,
                                 (upper(NEW.span) AT TIME ZONE NEW.zone)::date, '[]');
    who bigint := coalesce(sekali_current_user(), NEW.booked_by_id);
  BEGIN
    UPDATE services_venuepresence SET ended_at = clock_timestamp(), ended_by_id = who
     WHERE interview_id = NEW.id AND ended_at IS NULL
       AND (NEW.state IN ('cancelled', 'expired') OR venue_id <> NEW.venue_id OR days <> local);
    IF NEW.state NOT IN ('cancelled', 'expired') AND NOT EXISTS (
         SELECT FROM services_venuepresence WHERE interview_id = NEW.id AND ended_at IS NULL) THEN
      INSERT INTO services_venuepresence (case_id, venue_id, side, days, interview_id, by_id, at)
        VALUES (NEW.case_id, NEW.venue_id, 0, local, NEW.id, who, clock_timestamp());
    END IF;
    RETURN NULL;
  END $$;
DROP FUNCTION sekali_session_days(bigint);
"""

LETTERS = """
CREATE FUNCTION sekali_meets_at(asked bigint, hour timestamptz) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = public, pg_temp
  AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM services_interviewpart WHERE interview_id = asked)
      THEN EXISTS (SELECT FROM services_interviewpart
                    WHERE interview_id = asked AND state = 'planned' AND lower(span) = hour)
      ELSE EXISTS (SELECT FROM services_interview WHERE id = asked AND lower(span) = hour) END
  $$;
COMMENT ON FUNCTION sekali_meets_at IS 'Does the interview, or a session of it that is still to come, begin at this hour?';
REVOKE ALL ON FUNCTION sekali_meets_at(bigint, timestamptz) FROM PUBLIC;
"""
NEXT = """
CREATE OR REPLACE FUNCTION sekali_next_letter(moment timestamptz, OUT letter bigint, OUT address text)
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
              EXISTS (SELECT FROM services_participant place JOIN services_resource row ON row.id = place.resource_id
                           WHERE place.interview_id = ahead.id AND row.user_id = person.id
                             AND (place.response = 'invited' OR (one.kind <> 'invited' AND place.response = 'accepted')))
              AND CASE one.kind
                    WHEN 'invited' THEN lower(ahead.span) > moment AND (
                      ahead.state = 'booked' OR (ahead.state = 'proposed' AND ahead.proposed_until > moment))
                    WHEN 'day_before' THEN {day}
                    WHEN 'hours_before' THEN {hours}
                    ELSE false END));
      IF FOUND THEN
        letter := one.id;
        RETURN;
      END IF;
      UPDATE services_reminder SET dropped_at = moment WHERE id = one.id;
    END LOOP;
  END $$;
"""


def letters(condition):
    """The function, with the condition for a reminder so long before the hour."""
    day, hours = (condition.format(before=f"interval '{before}'") for before in ("24 hours", "2 hours"))
    return NEXT.format(day=day, hours=hours)


EACH_SESSION = (
    "ahead.state = 'booked' AND one.due_at + {before} > moment AND sekali_meets_at(ahead.id, one.due_at + {before})"
)
FIRST_ONLY = "ahead.state = 'booked' AND lower(ahead.span) > moment AND one.due_at = lower(ahead.span) - {before}"


class Migration(migrations.Migration):
    dependencies = [("services", "0048_parts")]
    operations = [
        migrations.RunSQL(protect("services_interviewpart", MINE), expose("services_interviewpart")),
        migrations.RunSQL(READABLE, UNREADABLE),
        migrations.RunSQL(
            SAME_CASE, "ALTER TABLE services_interviewpart DROP CONSTRAINT interviewpart_interview_of_the_same_case;"
        ),
        migrations.RunSQL(
            former_states("services_interviewpartformer", MINE), no_former_states("services_interviewpartformer")
        ),
        migrations.RunSQL(COURSE, NO_COURSE),
        migrations.RunSQL(WITHIN, WITHOUT_PARTS),
        migrations.RunSQL(PRESENCE, FIRST_DAY),
        migrations.RunSQL(LETTERS, "DROP FUNCTION sekali_meets_at(bigint, timestamptz);"),
        migrations.RunSQL(letters(EACH_SESSION), letters(FIRST_ONLY)),
    ]
