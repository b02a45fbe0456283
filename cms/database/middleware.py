"""Tell the database who asks, before any view reads."""

from cms.database.context import acting_as


def row_security(get_response):
    def middleware(request):
        # Without a session cookie this asks nothing: a reader of the public pages costs no query here.
        if not request.user.is_authenticated:
            return get_response(request)
        with acting_as(request.user):
            return get_response(request)

    return middleware
