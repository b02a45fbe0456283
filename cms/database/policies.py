"""Row security as SQL for migrations: written by hand, in one hand.

Every protected table gets two policies: what the people's roles may see, and the owner's declared bypass, without which
data migrations and `pg_dump --enable-row-security` would work on no rows and say nothing.
"""

PEOPLE = "sekali_app, sekali_jobs"


def protect(table, using, *, check=None, force=True):
    """SQL that puts `table` behind row security: rows pass for reading by `using` and for writing by `check`."""
    return "\n".join(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;" if force else "",
            f"CREATE POLICY people ON {table} TO {PEOPLE} USING ({using}) WITH CHECK ({check or using});",
            f"CREATE POLICY owner_bypass ON {table} TO sekali_owner USING (true) WITH CHECK (true);",
        ]
    )


def expose(table):
    """SQL that undoes `protect`."""
    return "\n".join(
        [
            f"DROP POLICY IF EXISTS people ON {table};",
            f"DROP POLICY IF EXISTS owner_bypass ON {table};",
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
        ]
    )


def append_only(table):
    """SQL for the second lock of an append-only table; the first is that grants.py gives no right to change it."""
    return "\n".join(
        [
            f"CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION sekali_append_only();",
            f"CREATE TRIGGER append_only_table BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION sekali_append_only();",
        ]
    )


def writable(table):
    """SQL that undoes `append_only`."""
    return f"DROP TRIGGER IF EXISTS append_only_rows ON {table}; DROP TRIGGER IF EXISTS append_only_table ON {table};"


def in_own_name(table, column="by_id"):
    """SQL for one more lock: whoever adds a row signs it as themselves. `column` holds the writer."""
    return (
        f"CREATE POLICY in_own_name ON {table} AS RESTRICTIVE FOR INSERT TO sekali_app"
        f" WITH CHECK ({column} = sekali_current_user());"
    )


def in_any_name(table):
    """SQL that undoes `in_own_name`."""
    return f"DROP POLICY in_own_name ON {table};"


def former_states(table, using):
    """SQL for a history table: members read it, triggers of the owner's write it, background jobs erase it."""
    return "\n".join(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;",
            f"CREATE POLICY people ON {table} FOR SELECT TO {PEOPLE} USING ({using});",
            f"CREATE POLICY erasing ON {table} FOR DELETE TO sekali_jobs USING (true);",
            f"CREATE POLICY owner_bypass ON {table} TO sekali_owner USING (true) WITH CHECK (true);",
        ]
    )


def no_former_states(table):
    """SQL that undoes `former_states`."""
    return f"DROP POLICY IF EXISTS erasing ON {table};\n{expose(table)}"
