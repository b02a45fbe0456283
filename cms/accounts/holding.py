"""A form that came too late is handed back, not lost and not kept.

What was posted travels to the reader's own page and nowhere else: hidden fields of an answer that no cache may keep. The
reader takes the missing step in a second tab and sends the form once more, under a new token. No storage of the
server's or the browser's ever holds it. Files cannot be carried; the page says so.
"""

from django.shortcuts import render

# Nothing of the door itself is ever carried: a password or a code is typed anew.
ENDS = {"expired": 401, "again": 403, "token": 403}


def hold(request, step, *, reason):
    """Show the form's content again beside the way to the missing `step` (an address).

    `reason` is `expired` (signed out meanwhile), `again` (to be asked who it is) or `token` (signed in anew meanwhile).
    Call it only after the token or the origin of the form was found to be this site's own.
    """
    carried = [
        (name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"
    ]
    context = {"carried": carried, "files": bool(request.FILES), "step": step, "reason": reason}
    return render(request, "account/held.html", context | {"here": request.get_full_path()}, status=ENDS[reason])
