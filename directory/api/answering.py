"""How an answer is made: a page of records, everything as a stream, or one record; and what every answer carries.

Any page in the world may read these answers (CORS `*`). An answer that is known whole has an ETag made from its
contents; a stream has none, since its contents are only known at its end.
"""

import hashlib
import json
from functools import wraps

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt

from directory.hsds import feed

JSON, LINES = "application/json", "application/x-ndjson"
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-cache",  # kept, and asked about every time
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": "Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


def written(record):
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def one(record):
    return HttpResponse(written(record), content_type=JSON)


def many(found, asked, tell):
    """A page of what was found, or all of it as lines. `tell` makes the records of a portion of listings."""
    if asked.format == "ndjson":
        lines = (written(record) + "\n" for portion in portions(found) for record in tell(portion))
        return StreamingHttpResponse(lines, content_type=LINES)
    total = len(found) if isinstance(found, list) else found.count()
    start = (asked.page - 1) * asked.per_page
    return one(page(asked, total, tell(list(found[start : start + asked.per_page]))))


def portions(found):
    return [found] if isinstance(found, list) else feed.portions(found)


def page(asked, total, records):
    pages = -(-total // asked.per_page)
    return {
        "total_items": total,
        "total_pages": pages,
        "page_number": asked.page,
        "size": len(records),
        "first_page": asked.page == 1,
        "last_page": asked.page >= pages,
        "empty": not records,
        "contents": records,
    }


def public(view):
    """A view of the open data as the world sees it: for every origin, with an ETag, HEAD and OPTIONS answered.

    Nothing is changed by asking and nobody is signed in here, so a form needs no token.
    """

    @csrf_exempt
    @wraps(view)
    def answered(request, *args, **kwargs):
        if request.method == "OPTIONS":
            response = HttpResponse(status=204, headers=PREFLIGHT)
        else:
            response = asked_for(view, request, *args, **kwargs)
        for name, value in OPEN.items():
            response.headers[name] = value
        return response

    return answered


def asked_for(view, request, *args, **kwargs):
    head = request.method == "HEAD"
    if head:
        request.method = "GET"
    response = view(request, *args, **kwargs)
    if request.method == "GET" and response.status_code == 200 and not response.streaming:
        etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        response.headers["ETag"] = etag
        response = get_conditional_response(request, etag=etag, response=response)
    if head:
        request.method = "HEAD"
        bare = HttpResponse(status=response.status_code, content_type=response.headers.get("Content-Type"))
        for name, value in response.headers.items():
            bare.headers[name] = value
        return bare
    return response
