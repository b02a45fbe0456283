-- The four database roles, for `psql -f` by an administrator and for the embedded server alike. Safe to run twice.
-- owner: owns the tables and migrates.  app: the site.  jobs: background work.  public: the public face (read only).
-- None may skip row security; the owner's own bypass is a policy, written out in the migrations.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['sekali_owner', 'sekali_app', 'sekali_jobs', 'sekali_public'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT', role_name);
    END IF;
  END LOOP;
END
$$;

-- A request that hangs must not hold a resource's lock for ever.
ALTER ROLE sekali_app SET statement_timeout = '30s';
ALTER ROLE sekali_app SET lock_timeout = '5s';
ALTER ROLE sekali_app SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE sekali_public SET statement_timeout = '10s';
ALTER ROLE sekali_public SET idle_in_transaction_session_timeout = '30s';
