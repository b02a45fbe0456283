"""`make run`: prepare the database, load the demonstration once, serve the site and say where to go.

The demonstration goes into an empty embedded database only, never into a server that DATABASE_URL names. Background
work runs beside the site. Ctrl-C ends both; manage.py then stops the embedded database.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import override_settings
from django.utils.module_loading import import_string

from cms.accounts import demonstration
from cms.database import grants
from cms.database.connection import as_owner
from cms.database.standing import refuse_the_mighty
from cms.encryption import canary

DEMONSTRATION_PASSWORD = "rumah-dengan-lampu"  # noqa: S105 -- printed for everybody, on invented data


class Command(BaseCommand):
    help = "Prepare the database, load the demonstration once, serve the site."

    def add_arguments(self, parser):
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="port on localhost (or PORT=)")

    def handle(self, *, port, **_options):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        number = self.free_port(port)
        self.prepare()
        refuse_the_mighty()
        people = self.demonstrate()
        self.greet(number, people)
        connection.close()
        site = [sys.executable, "manage.py", "runserver", f"127.0.0.1:{number}", "--verbosity", "0"]
        # Django's own banner says less than ours; faults go to stderr and stay visible.
        with self.workers(), subprocess.Popen(site, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL) as process:  # noqa: S603 -- our own command
            try:
                code = process.wait()
            except (KeyboardInterrupt, SystemExit):
                process.terminate()
                code = 0
        if code:
            raise CommandError(f"the site ended by itself (exit code {code}).")

    @staticmethod
    @contextlib.contextmanager
    def workers():
        """Background work beside the site (settings.WORKERS), ended with it."""
        running = [
            subprocess.Popen([sys.executable, "manage.py", *words], cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL)  # noqa: S603 -- our own commands
            for words in settings.WORKERS
        ]
        try:
            yield
        finally:
            for process in running:
                process.terminate()
            for process in running:
                try:
                    process.wait(timeout=3)
                except subprocess.TimeoutExpired:  # in the middle of a thought that a signal does not reach
                    process.kill()
                    process.wait()

    @staticmethod
    def free_port(port):
        """The port as a number, if nobody else listens there."""
        if not str(port).isdigit() or not 0 < int(port) < 65536:
            raise CommandError(f"{port} is not a port; choose one with PORT=8001.")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", int(port)))
            except OSError:
                raise CommandError(f"port {port} is in use; choose another with PORT=8001.") from None
        return int(port)

    def prepare(self):
        """Bring the tables up to date; a second start finds nothing to do and takes no time.

        A first start that was broken off between the tables and their grants is finished here.
        """
        try:
            with as_owner():
                executor = MigrationExecutor(connection)
                waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
                granted = grants.given()
                canary.check()
        except OperationalError:
            raise CommandError("the database server does not answer; check DATABASE_URL.") from None
        if waiting or not granted:
            self.stdout.write(f"Preparing the database ({len(waiting)} steps, about half a minute) …")
            call_command("migrate", verbosity=0)

    def demonstrate(self):
        """Load invented people and cases if this is an empty embedded database. Returns [(who, address)]."""
        if not settings.EMBEDDED:
            return []
        if not get_user_model().objects.exists():
            self.stdout.write("Loading the demonstration …")
            # Letters about invented work would stand in the terminal before the greeting.
            with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
                for name in settings.DEMONSTRATION:
                    import_string(name)(password=DEMONSTRATION_PASSWORD)
        demonstration.equip(get_user_model().objects.all())
        return [
            person for name in settings.DEMONSTRATION for person in import_string(f"{name.rpartition('.')[0]}.PEOPLE")
        ]

    def greet(self, port, people):
        self.stdout.write(f"\nSekali is at http://localhost:{port}/ (English: http://localhost:{port}/en/)")
        if people:
            self.stdout.write(
                f"Sign in at http://localhost:{port}/account/login/ with the password {DEMONSTRATION_PASSWORD}:"
            )
            width = max(len(address) for _who, address in people)
            for who, address in people:
                self.stdout.write(f"  {address:<{width}}  {who}")
            self.stdout.write("The six digits of the second step appear here once the password is typed.")
        self.stdout.write("Ctrl-C stops the site and the database.\n")
