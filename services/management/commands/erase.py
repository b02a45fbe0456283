"""Erase what is due, every night, as the role of background work. Safe to break off and to run again.

    manage.py erase                      one case per transaction; what is done stays done
    manage.py erase --dry-run            only say what would go
    manage.py erase --export FILE        write the erasure ledger; keep it apart from the database and its backups
    manage.py erase --reapply FILE       after an older backup was restored: erase again what the ledger says

Words on standard output name cases by their number in the database, never by code.
"""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cms.database.connection import NoJobs, as_jobs
from cms.database.errors import violated
from services.actions import erasure


class Command(BaseCommand):
    help = "Erase what is due: closed cases whose period has ended, old leave, hours, sessions and drafts."

    def add_arguments(self, parser):
        one = parser.add_mutually_exclusive_group()
        one.add_argument("--dry-run", action="store_true", help="erase nothing, say what is due")
        one.add_argument("--export", metavar="FILE", type=Path, help="write the ledger of erased cases to FILE")
        one.add_argument("--reapply", metavar="FILE", type=Path, help="erase again what the ledger in FILE says")

    def handle(self, *, dry_run, export, reapply, **_options):
        try:
            with as_jobs():
                if export:
                    self.export(export)
                elif reapply:
                    self.reapply(reapply)
                else:
                    self.erase(dry_run=dry_run)
        except NoJobs as missing:
            raise CommandError(str(missing)) from None

    def erase(self, *, dry_run):
        now = timezone.now()
        closed = erasure.closed_cases()
        due = [case for case in closed if case.due(now)]
        held = sum(case.held for case in closed)
        self.say(f"{len(due)} of {len(closed)} closed cases are due; {held} are held")
        if dry_run:
            for case in due:
                self.say(f"case {case.pk}: due since {case.due_on:%Y-%m-%d}")
            self.say("Nothing was erased (--dry-run).")
            return
        failed = self.each([(case, None) for case in due], now)
        for key in erasure.SWEEPS:
            with transaction.atomic():
                gone = erasure.erase_kind(key=key, by=None, now=now)
            self.say(f"{key}: {gone} rows")
        self.end(failed)

    def each(self, cases, now):
        """Erase one after the other; a case that cannot be is named, and the others go on. Returns how many could not."""
        failed = 0
        for place, (case, first) in enumerate(cases, start=1):
            try:
                with transaction.atomic():
                    counts = erasure.erase_case(closed=case, by=None, now=now, first=first)
            except DatabaseError as error:
                if connection.connection is None or connection.connection.closed:
                    raise CommandError("the database went away; run this again, what is done stays done.") from None
                failed += 1
                self.say(f"{place} of {len(cases)}: case {case.pk} stays ({violated(error) or 'refused'})")
                continue
            rows = "not here" if counts is None else f"{sum(counts.values())} rows"
            self.say(f"{place} of {len(cases)}: case {case.pk}, {rows}")
        return failed

    def export(self, file):
        with transaction.atomic():
            entries = list(erasure.ledger_lines())
        text = "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in entries)
        draft = file.with_name(f".{file.name}.part")  # half a ledger must not look like a whole one
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(file)
        except OSError as error:
            raise CommandError(f"{file} cannot be written ({error.strerror}).") from None
        self.say(f"{len(entries)} erased cases written to {file}")

    def reapply(self, file):
        cases = self.read(file)
        self.say(f"{len(cases)} erasures in {file}")
        self.end(self.each(cases, timezone.now()))

    @staticmethod
    def read(file):
        """Every entry, or CommandError before anything is erased."""
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
            return [
                erasure.read_ledger_line(number, json.loads(line))
                for number, line in enumerate(lines, start=1)
                if line.strip()
            ]
        except OSError as error:
            raise CommandError(f"{file} cannot be read ({error.strerror}).") from None
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise CommandError(f"{file} is no erasure ledger.") from None
        except erasure.NotOurLedger as fault:
            raise CommandError(f"{file}: {fault}.") from None

    def end(self, failed):
        if failed:
            raise CommandError(f"{failed} cases could not be erased; they are named above.")
        self.stdout.write(self.style.SUCCESS("Done."))

    def say(self, words):
        self.stdout.write(words)
        self.stdout.flush()
