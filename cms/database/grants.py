"""What each database role may do, declared by app and given again after every migration.

No table is granted by default: an app that is not declared here stops the migration, so that a new package cannot
become readable by accident. An AppConfig narrows what its app is given, by model name:

- `append_only`: never updated or deleted by anybody;
- `never_deleted`: the application adds and changes rows, but none goes;
- `written_by_functions`: the application reads; the owner's functions and triggers write;
- `erasable_history`: as above, and background jobs may delete;
- `written_by_jobs`: the application reads; background jobs write;
- `finished_by_jobs`: the application asks by adding a row; background jobs write the answer;
- `grown_by_jobs`: background jobs add rows; the application does not even read.
"""

from django.apps import apps
from django.db import connection

WRITE, APPEND, READ = "SELECT, INSERT, UPDATE, DELETE", "SELECT, INSERT", "SELECT"
KEEP, ERASE = "SELECT, INSERT, UPDATE", "SELECT, DELETE"
NOTHING = ""

# app label: (application, background jobs, public face)
ACCESS = {
    "database": (NOTHING, NOTHING, NOTHING),
    "encryption": (NOTHING, NOTHING, NOTHING),  # table by table, below
    "audit": (APPEND, APPEND, NOTHING),
    "accounts": (WRITE, READ, NOTHING),
    "account": (WRITE, READ, NOTHING),
    "mfa": (WRITE, READ, NOTHING),
    "usersessions": (WRITE, WRITE, NOTHING),
    "services": (WRITE, WRITE, NOTHING),
    "schedule": (WRITE, WRITE, NOTHING),
    "pghistory": (NOTHING, NOTHING, NOTHING),
    "cms": (WRITE, READ, READ),
    "directory": (WRITE, WRITE, READ),
    "auth": (WRITE, READ, NOTHING),
    "sessions": (WRITE, WRITE, NOTHING),
    "contenttypes": (WRITE, READ, READ),
    "wagtailcore": (WRITE, WRITE, READ),
    "wagtailadmin": (WRITE, READ, NOTHING),
    "wagtaildocs": (WRITE, READ, READ),
    "wagtailimages": (WRITE, READ, READ),
    "wagtailusers": (WRITE, READ, NOTHING),
    "wagtailredirects": (WRITE, READ, READ),
    "wagtailsearch": (WRITE, WRITE, READ),
    "simple_translation": (WRITE, NOTHING, NOTHING),
    "taggit": (WRITE, READ, READ),
}
# (app label, model) where one table differs from its app
ACCESS_TO_TABLE = {
    # The site makes a key; destroying one is erasing's, and none is deleted: that it was there tells "erased" from "broken".
    ("encryption", "datakey"): (APPEND, KEEP, NOTHING),
    # Who could read or make fingerprints could ask whether a child is known.
    ("services", "identityindex"): (NOTHING, WRITE, NOTHING),
    # The site says what is to be sent; only background work says that it was.
    ("services", "reminder"): (APPEND, KEEP, NOTHING),
    # What somebody sent and nobody has seen yet: its sender's, for a day; background work throws away what is expired.
    ("directory", "sheet"): (WRITE, ERASE, NOTHING),
    ("directory", "sheetrow"): (WRITE, ERASE, NOTHING),
    ("encryption", "masterkeycheck"): (READ, READ, NOTHING),
    # Addresses of people who were asked to keep a provider's pages.
    ("directory", "teaminvitation"): (WRITE, NOTHING, NOTHING),
    # Readers report and ask through two functions; which single report there is stays inside.
    ("directory", "fault"): (WRITE, WRITE, NOTHING),
    # Only background work says that somebody was reminded; a page that is deleted takes its reminders along.
    ("directory", "listingreminder"): (ERASE, WRITE, NOTHING),
    ("directory", "assessment"): (WRITE, WRITE, NOTHING),  # but for the columns below
}
# What the public face reads of a table that it does not read whole.
PUBLIC_COLUMNS = {
    # What was verified and until when; neither who did it, nor a provider's own words.
    "directory_assessment": "id, provider_id, criterion_id, outcome, verified_on, expires_on, current",
}
ROLES = ("sekali_app", "sekali_jobs", "sekali_public")
# What an AppConfig narrows: the rights of (application, background jobs).
NARROWER = {
    "append_only": (APPEND, APPEND),
    "never_deleted": (KEEP, WRITE),
    "written_by_functions": (READ, WRITE),
    "written_by_jobs": (READ, WRITE),
    "finished_by_jobs": (APPEND, WRITE),
    "erasable_history": (READ, ERASE),
    "grown_by_jobs": (NOTHING, APPEND),
}
# Packages' tables that hold drafts, past values and people: the public face shows what is published, and no more.
NOT_PUBLIC = {
    "cms": {"independentreader"},
    "wagtailcore": {
        "revision", "referenceindex", "pagelogentry", "modellogentry", "comment", "commentreply", "pagesubscription",
        "uploadedfile", "groupapprovaltask_groups", "workflowstate", "taskstate", "workflow", "task", "workflowtask",
        "workflowpage", "workflowcontenttype", "groupapprovaltask", "grouppagepermission", "groupcollectionpermission",
    },
}  # fmt: skip


class Undeclared(Exception):
    """An installed app has tables but no line in ACCESS."""


def tables():
    """`{table: app config}` of every managed table, many-to-many tables included."""
    found = {}
    for config in apps.get_app_configs():
        for model in config.get_models(include_auto_created=True):
            if model._meta.managed and not model._meta.proxy:  # noqa: SLF001 -- Django's documented Meta API
                found[model._meta.db_table] = (config, model._meta.model_name)  # noqa: SLF001
    return found


def rights(config, model_name, role):
    """The rights of `role` (index into ROLES) on one model of an app. Raises Undeclared."""
    if (config.label, model_name) in ACCESS_TO_TABLE:
        return ACCESS_TO_TABLE[config.label, model_name][role]
    try:
        granted = ACCESS[config.label][role]
    except KeyError:
        raise Undeclared(f"{config.label} has tables but no line in cms/database/grants.py") from None
    if role == ROLES.index("sekali_public"):
        return NOTHING if model_name in NOT_PUBLIC.get(config.label, ()) else granted
    narrower = next((given for kind, given in NARROWER.items() if model_name in getattr(config, kind, ())), None)
    return narrower[role] if narrower is not None and granted in {WRITE, APPEND} else granted


def given():
    """Have the grants been given since the tables were made? The application's view of the migrations is the last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT has_table_privilege('sekali_app', 'django_migrations', 'SELECT')")
        return cursor.fetchone()[0]


def give():
    """Grant anew, as the owner: first nothing, then what is declared."""
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for role in ROLES:
            cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}")
            cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
            cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}")
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        for table, (config, model_name) in tables().items():
            for index, role in enumerate(ROLES):
                granted = rights(config, model_name, index)
                if granted and table in existing:
                    cursor.execute(f'GRANT {granted} ON "{table}" TO {role}')
        for table, columns in PUBLIC_COLUMNS.items():
            if table in existing:
                cursor.execute(f'GRANT SELECT ({columns}) ON "{table}" TO sekali_public')
        fasten_history(cursor)
        cursor.execute("GRANT SELECT ON django_migrations TO sekali_app")  # last: `given` asks for it


HISTORY_TRIGGERS = """
SELECT oid::regprocedure::text FROM pg_proc
 WHERE proname LIKE 'pgtrigger\\_%' AND prorettype = 'trigger'::regtype
"""
# pgtrigger lets one SET of a session's switch its triggers off; nobody is heard who asks ours to be silent.
NEVER_SILENT = """
CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name name) RETURNS boolean
  LANGUAGE sql IMMUTABLE AS $$ SELECT false $$
"""


def fasten_history(cursor):
    """Let the triggers that keep former states run as the owner, always.

    pgtrigger makes them anew whenever a column changes, as functions of whoever writes, who then would need the right
    to write history.
    """
    cursor.execute(HISTORY_TRIGGERS)
    functions = [row[0] for row in cursor.fetchall()]
    for function in functions:
        cursor.execute(f"ALTER FUNCTION {function} SECURITY DEFINER SET search_path = public, pg_temp")
    if functions:
        cursor.execute(NEVER_SILENT)
