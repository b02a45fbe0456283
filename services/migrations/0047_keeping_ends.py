"""The audit, the breach register and people's accounts come to an end too, by functions that only background jobs may call.

Each has a floor of its own that no file can shorten: whoever could erase yesterday's audit could hide what they did.
"""

from django.db import migrations

STAND_ASIDE = """
CREATE OR REPLACE FUNCTION sekali_append_only() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
  AS $$
  DECLARE
    old_row jsonb;
    may_go boolean := false;
  BEGIN
    IF TG_LEVEL = 'ROW' AND current_user = 'sekali_owner' THEN
      old_row := to_jsonb(OLD);
      IF TG_OP = 'UPDATE' THEN
        -- The link stays and forgets which event it sealed.
        may_go := TG_TABLE_NAME = 'audit_seal' AND old_row ->> 'event' IS NOT NULL
          AND (old_row ->> 'sealed_at')::timestamptz < clock_timestamp() - interval '5 years'
          AND to_jsonb(NEW) ->> 'event' IS NULL
          AND to_jsonb(NEW) - '{event,erased_at}'::text[] = old_row - '{event,erased_at}'::text[];
      ELSIF TG_TABLE_NAME = 'audit_auditevent' THEN
        may_go := EXISTS (SELECT FROM public.audit_seal seal
          WHERE seal.event = (old_row ->> 'id')::uuid AND seal.sealed_at < clock_timestamp() - interval '5 years');
      ELSIF TG_TABLE_NAME = 'services_breachentry' THEN
        may_go := EXISTS (SELECT FROM public.services_breachentry entry
          WHERE entry.breach_id = (old_row ->> 'breach_id')::bigint AND entry.step = 'closed'
            AND entry.at < clock_timestamp() - interval '3 years');
      ELSIF TG_TABLE_NAME = 'services_breach' THEN
        may_go := (old_row ->> 'at')::timestamptz < clock_timestamp() - interval '3 years' AND NOT EXISTS (
          SELECT FROM public.services_breachentry entry WHERE entry.breach_id = (old_row ->> 'id')::bigint);
      ELSIF TG_TABLE_NAME <> 'services_erasure' THEN
        may_go := EXISTS (SELECT FROM public.services_erasure gone
          WHERE gone.case_id = (old_row ->> 'case_id')::bigint);
      END IF;
    END IF;
    IF may_go THEN
      RETURN CASE TG_OP WHEN 'UPDATE' THEN NEW ELSE OLD END;
    END IF;
    RAISE EXCEPTION 'this table only grows' USING ERRCODE = 'restrict_violation';
  END
  $$;
"""
STAND_FIRM = """
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
"""

ERASE = """
CREATE FUNCTION sekali_erase_audit(before timestamptz, moment timestamptz) RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
  DECLARE
    due uuid[];
  BEGIN
    -- What tells of a case stays as long as the case: its page shows who opened it.
    SELECT coalesce(array_agg(event.id), '{}') INTO due
      FROM audit_auditevent event JOIN audit_seal seal ON seal.event = event.id
     WHERE event.at < before AND seal.sealed_at < before
       AND NOT EXISTS (SELECT FROM services_case one WHERE one.id = event.case_id);
    DELETE FROM audit_auditevent WHERE id = ANY (due);
    UPDATE audit_seal SET event = NULL, erased_at = moment WHERE event = ANY (due);
    RETURN cardinality(due);
  END $$;
COMMENT ON FUNCTION sekali_erase_audit IS
  'Erases sealed events of before that day whose case is gone. Their links stay, so that the chain can still be checked.';

CREATE FUNCTION sekali_erase_breaches(before timestamptz) RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
  DECLARE
    due bigint[];
  BEGIN
    SELECT coalesce(array_agg(breach_id), '{}') INTO due
      FROM services_breachentry WHERE step = 'closed' AND at < before;
    -- The closing goes last: it is what lets the others go.
    DELETE FROM services_breachentry WHERE breach_id = ANY (due) AND step <> 'closed';
    DELETE FROM services_breachentry WHERE breach_id = ANY (due);
    DELETE FROM services_breach WHERE id = ANY (due);
    RETURN cardinality(due);
  END $$;
COMMENT ON FUNCTION sekali_erase_breaches IS 'Erases what was closed before that day, with all its entries.';

CREATE FUNCTION sekali_erase_people(before timestamptz) RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
  DECLARE
    person bigint;
    place text;
    part text[];
    row_of_theirs services_resource%ROWTYPE;
    gone bigint := 0;
  BEGIN
    FOR person IN
      SELECT id FROM accounts_user one
       WHERE coalesce(one.last_login, one.date_joined) < before
         AND NOT EXISTS (SELECT FROM accounts_membership m WHERE m.user_id = one.id AND (m.ends IS NULL OR m.ends >= before))
         AND (NOT one.is_active OR EXISTS (SELECT FROM accounts_membership m WHERE m.user_id = one.id))
       ORDER BY id
    LOOP
      BEGIN
        SELECT * INTO row_of_theirs FROM services_resource WHERE user_id = person;
        FOREACH place IN ARRAY ARRAY['qualification', 'leave', 'availability', 'outsidebusy', 'outsidecalendar'] LOOP
          EXECUTE format('DELETE FROM %I WHERE resource_id = $1', 'services_' || place) USING row_of_theirs.id;
        END LOOP;
        DELETE FROM services_resource WHERE id = row_of_theirs.id;
        DELETE FROM schedule_event WHERE calendar_id = row_of_theirs.calendar_id;
        DELETE FROM schedule_calendar WHERE id = row_of_theirs.calendar_id;
        FOREACH place IN ARRAY ARRAY[
          'accounts_user_groups', 'accounts_user_user_permissions', 'accounts_membership', 'account_emailaddress',
          'mfa_authenticator', 'usersessions_usersession', 'services_feed', 'wagtailusers_userprofile',
          'wagtailadmin_editingsession', 'wagtailadmin_formstate', 'wagtailcore_pagesubscription']
        LOOP
          EXECUTE format('DELETE FROM %I WHERE user_id = $1', place) USING person;
        END LOOP;
        -- What they did to public pages stays, and no longer says who.
        FOREACH part SLICE 1 IN ARRAY ARRAY[
          ['wagtailcore_page', 'owner_id'], ['wagtailcore_page', 'locked_by_id'], ['wagtailcore_revision', 'user_id'],
          ['wagtailcore_workflowstate', 'requested_by_id'], ['wagtailcore_taskstate', 'finished_by_id'],
          ['wagtailcore_comment', 'resolved_by_id'], ['wagtailcore_uploadedfile', 'uploaded_by_user_id'],
          ['wagtailcore_pagelogentry', 'user_id'], ['wagtailcore_modellogentry', 'user_id'],
          ['wagtaildocs_document', 'uploaded_by_user_id'], ['wagtailimages_image', 'uploaded_by_user_id'],
          ['schedule_event', 'creator_id']]
        LOOP
          EXECUTE format('UPDATE %I SET %I = NULL WHERE %I = $1', part[1], part[2], part[2]) USING person;
        END LOOP;
        DELETE FROM accounts_user WHERE id = person;
        SET CONSTRAINTS ALL IMMEDIATE;
        SET CONSTRAINTS ALL DEFERRED;
        gone := gone + 1;
      EXCEPTION WHEN foreign_key_violation THEN
        NULL; -- something that is kept still names them: they stay whole, until it goes
      END;
    END LOOP;
    RETURN gone;
  END $$;
COMMENT ON FUNCTION sekali_erase_people IS
  'Erases accounts of people who left before that day and whom no record that is kept names any more.';

REVOKE ALL ON FUNCTION sekali_erase_audit, sekali_erase_breaches, sekali_erase_people FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sekali_erase_audit, sekali_erase_breaches, sekali_erase_people TO sekali_jobs;
"""
NO_ERASE = """
DROP FUNCTION sekali_erase_people(timestamptz);
DROP FUNCTION sekali_erase_breaches(timestamptz);
DROP FUNCTION sekali_erase_audit(timestamptz, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0046_replannings_walls"), ("audit", "0004_links_outlive_events")]
    operations = [migrations.RunSQL(STAND_ASIDE, STAND_FIRM), migrations.RunSQL(ERASE, NO_ERASE)]
