"""`manage.py states`: draw the life of an interview from its table into docs/states.md; `--check` only compares."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from services.rules.drawing import drawn

FILE = settings.BASE_DIR / "docs" / "states.md"


class Command(BaseCommand):
    help = "Write docs/states.md from services/rules/states.py."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the document is not current")

    def handle(self, *, check, **_options):
        text = drawn()
        if check:
            if not FILE.exists() or FILE.read_text() != text:
                raise CommandError("docs/states.md is not current: run manage.py states")
            return
        FILE.write_text(text)
        self.stdout.write("docs/states.md is written.")
