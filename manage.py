#!/usr/bin/env python
"""Run one of Sekali's commands, with the embedded PostgreSQL running unless DATABASE_URL names a server."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.dev")
    from cms.database import embedded  # after the settings module is named, before Django reads it

    try:
        with embedded.for_command(sys.argv[1:]):
            from django.core.management import execute_from_command_line

            execute_from_command_line(sys.argv)
    except embedded.Refused as refusal:
        sys.exit(f"sekali: {refusal}")


if __name__ == "__main__":
    main()
