"""Tell the database who asks, before any view reads."""

from django.conf import settings
from django.db import connection

from cms.database.context import acting_as, answer_as


def row_security(get_response):
    def middleware(request):
        # Without a session cookie nobody is asked for: a reader's page costs no query here and varies by no cookie.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return get_response(request)
        if connection.savepoint_ids:  # somebody else's transaction, which goes on after the answer
            with acting_as(request.user):
                return get_response(request)
        answer_as(request.user)
        return get_response(request)

    return middleware
