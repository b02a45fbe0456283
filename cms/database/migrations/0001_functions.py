"""The two functions every wall stands on: who asks, and a refusal to rewrite what is append-only."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION sekali_current_user() RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$ SELECT nullif(current_setting('sekali.user_id', true), '')::bigint $$;

CREATE FUNCTION sekali_append_only() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
  AS $$
  BEGIN
    RAISE EXCEPTION 'this table only grows' USING ERRCODE = 'restrict_violation';
  END
  $$;
"""
BACKWARD = "DROP FUNCTION sekali_append_only(); DROP FUNCTION sekali_current_user();"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
