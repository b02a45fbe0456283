"""What may be known of a database error: the name of the constraint, never its text, which can hold another case's data."""

from typing import Any

from django.db import DatabaseError


def violated(error: DatabaseError) -> str:
    """The name of the constraint that refused, or an empty string."""
    diagnosis: Any = getattr(error.__cause__, "diag", None)
    return (diagnosis.constraint_name or "") if diagnosis else ""
