"""The heart of booking, where the locks are: ordered row locks, the check, the insert, in one round trip.

Here rather than in Python for three reasons: whoever waits for these locks waits for every round trip made while they
are held; a refusal lets them go at once; and what the database says when it refuses never leaves it.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION sekali_gone(wanted bigint[], spans tstzrange[], moment timestamptz, own bigint[]) RETURNS bigint[]
  LANGUAGE sql STABLE SET search_path = public, pg_temp
  AS $$
    SELECT coalesce(array_agg(DISTINCT asked.resource_id ORDER BY asked.resource_id), '{}')
      FROM unnest(wanted, spans) AS asked (resource_id, span)
      LEFT JOIN services_resource resource ON resource.id = asked.resource_id AND resource.active
      LEFT JOIN services_occupancy taken
        ON int8range(taken.resource_id, taken.resource_id, '[]') && int8range(asked.resource_id, asked.resource_id, '[]')
       AND taken.span && asked.span AND taken.live AND taken.id <> ALL (own)
       AND (taken.hold_until IS NULL OR taken.hold_until > moment)
     WHERE taken.id IS NOT NULL OR resource.id IS NULL
  $$;
COMMENT ON FUNCTION sekali_gone IS
  'Which of the wanted resources are not to be had: taken (own and expired holds do not count), out of use, unknown.';

CREATE FUNCTION sekali_take(
    wanted bigint[], spans tstzrange[], moment timestamptz, hold timestamptz, own bigint[],
    OUT gone bigint[], OUT made bigint[], OUT again boolean)
  LANGUAGE plpgsql SET search_path = public, pg_temp SET lock_timeout = '2s'
  AS $$
  BEGIN
    again := false;
    -- Who can see already that it is too late need not queue for the locks, nor make others queue behind.
    gone := sekali_gone(wanted, spans, moment, own);
    IF cardinality(gone) > 0 THEN
      RETURN;
    END IF;
    BEGIN
      PERFORM FROM services_resource WHERE id = ANY (wanted) AND active ORDER BY id FOR UPDATE;
      gone := sekali_gone(wanted, spans, moment, own);
      IF cardinality(gone) > 0 THEN
        RAISE SQLSTATE 'SK001';
      END IF;
      UPDATE services_occupancy SET live = false
       WHERE live AND (id = ANY (own) OR (resource_id = ANY (wanted) AND hold_until <= moment));
      WITH put AS (
        INSERT INTO services_occupancy (resource_id, span, live, hold_until)
        SELECT asked.resource_id, asked.span, true, hold
          FROM unnest(wanted, spans) WITH ORDINALITY AS asked (resource_id, span, place) ORDER BY place
        RETURNING id
      )
      SELECT array_agg(id ORDER BY id) INTO made FROM put;
    -- Each of these undoes the inner block and lets its locks go.
    EXCEPTION
      WHEN SQLSTATE 'SK001' THEN
        NULL;
      WHEN exclusion_violation OR unique_violation THEN
        gone := sekali_gone(wanted, spans, moment, own);
        IF cardinality(gone) = 0 THEN
          gone := wanted;
        END IF;
      WHEN deadlock_detected OR lock_not_available THEN
        again := true;
    END;
  END $$;
COMMENT ON FUNCTION sekali_take IS
  'Occupies all the wanted resources or none. Either made holds the new ids in the order wanted, or gone the resources '
  'that are not to be had, or again says that a lock was not to be had in time.';

CREATE FUNCTION sekali_confirm(held bigint[], moment timestamptz, OUT gone bigint[], OUT again boolean)
  LANGUAGE plpgsql SET search_path = public, pg_temp SET lock_timeout = '2s'
  AS $$
  BEGIN
    again := false;
    PERFORM FROM services_resource WHERE id IN (SELECT resource_id FROM services_occupancy WHERE id = ANY (held))
      ORDER BY id FOR UPDATE;
    SELECT coalesce(array_agg(DISTINCT resource_id ORDER BY resource_id), '{}') INTO gone FROM services_occupancy
     WHERE id = ANY (held) AND NOT (live AND (hold_until IS NULL OR hold_until > moment));
    IF cardinality(gone) = 0 THEN
      UPDATE services_occupancy SET hold_until = NULL WHERE id = ANY (held);
    END IF;
  EXCEPTION
    WHEN deadlock_detected OR lock_not_available THEN
      again := true;
  END $$;
COMMENT ON FUNCTION sekali_confirm IS 'Makes holds firm, all or none; gone names the resources whose hold ran out.';

REVOKE ALL ON FUNCTION sekali_gone, sekali_take, sekali_confirm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_gone, sekali_take, sekali_confirm TO sekali_app, sekali_jobs;
"""
BACKWARD = "DROP FUNCTION sekali_confirm; DROP FUNCTION sekali_take; DROP FUNCTION sekali_gone;"


class Migration(migrations.Migration):
    dependencies = [("services", "0003_working_hours")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
