"""`migrate`, as the owner of the tables, followed by the grants of every role and by what a new site must have."""

from django.conf import settings
from django.core.management.commands import migrate
from django.db import transaction
from django.utils.module_loading import import_string

from cms.database import grants
from cms.database.connection import as_owner


class Command(migrate.Command):
    def handle(self, *args, **options):
        with as_owner():
            for name in settings.BEFORE_MIGRATE:
                import_string(name)()
            super().handle(*args, **options)
            if not (options["plan"] or options["check_unapplied"] or options["app_label"]):
                with transaction.atomic():
                    grants.give()
                    for name in settings.AFTER_MIGRATE:
                        import_string(name)()
