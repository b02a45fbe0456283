"""One transaction per request, rendering included: either all of a request happened, or none of it."""

import logging

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.http import HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.utils import timezone
from psycopg.pq import TransactionStatus

from cms.audit.recording import record


class one_transaction:  # noqa: N801 -- reads as a setting beside Django's function middlewares
    """Open the outer transaction; roll it back for every answer that says "failed", then say so in a new one.

    A plain `atomic()` would commit half a request, because Django turns an exception into a response inside it.
    A lost connection is answered with 503 and Retry-After.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.database_lost = False
        try:
            with transaction.atomic():
                response = self.get_response(request)
                if cannot_be_kept() and response.status_code < 500:
                    # A view swallowed a database error: saying "done" now would be a lie.
                    response = failed(request)
                if response.status_code >= 500:
                    transaction.set_rollback(True)
        except (OperationalError, InterfaceError):
            request.database_lost = True
        except DatabaseError:
            # A deferred constraint spoke at the commit, when the answer was written already.
            logging.getLogger("django.request").exception("refused at the commit")  # the handler drops its text
            response = failed(request)
        if request.database_lost:
            connection.close()
            return unavailable()
        if response.status_code >= 500:
            self.record_failure(request)
        return response

    def process_exception(self, request, exception):
        """Note a lost database before Django turns the exception into an answer."""
        if isinstance(exception, OperationalError | InterfaceError):
            request.database_lost = True

    @staticmethod
    def record_failure(request):
        user = getattr(request, "user", None)
        route = getattr(request.resolver_match, "view_name", "") or ""
        try:
            with transaction.atomic():
                record(
                    "request.failed", by=user if getattr(user, "pk", None) else None, now=timezone.now(), route=route
                )
        except (OperationalError, InterfaceError):
            connection.close()
        except DatabaseError:
            if settings.FACE != "public":  # the readers' role writes nothing, so nothing is kept of its failures
                raise


def cannot_be_kept():
    """Would a commit keep nothing? PostgreSQL answers one after a failed statement with a silent rollback."""
    raw = connection.connection
    aborted = raw is not None and raw.info.transaction_status == TransactionStatus.INERROR
    return connection.needs_rollback or aborted


def failed(request):
    return HttpResponseServerError(render(request, "500.html").content)


def unavailable():
    """The calm 503: the database is away or full."""
    from django.template.loader import render_to_string

    return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "30"})
