"""A form that came too late is handed back, not lost and not kept.

What was posted travels to the reader's own page and nowhere else: hidden fields of an answer that no cache may keep. The
reader takes the missing step in a second tab and sends the form once more, under a new token. No storage of the
server's or the browser's ever holds it. Files cannot be carried; the page says so.
"""

from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.shortcuts import render
from django.urls import reverse

ANSWERS = {"expired": 401, "again": 403, "token": 403}  # why, and the status that says so
TOKEN = "csrfmiddlewaretoken"  # noqa: S105 -- the field's name


def from_our_own_page(request):
    """Did a page of this very site send it? Browsers say so with every form, and no other site can say it for them."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def can_be_held(request):
    """Something was typed, on a page of ours, and not at the door: passwords and digits are typed anew."""
    if request.method != "POST" or not from_our_own_page(request):
        return False
    at_the_door = (request.resolver_match.view_name or "").startswith(("account_", "mfa_", "usersessions_"))
    return not at_the_door and bool(set(request.POST) - {TOKEN})


def in_a_new_tab(address):
    """The way to a step whose end is a page that says: go on in the other tab."""
    return f"{address}?{urlencode({REDIRECT_FIELD_NAME: reverse('account_returned')})}"


def hold(request, step, *, reason):
    """Show the form's content again beside the way to the missing `step` (an address, or none).

    `reason` is `expired` (signed out meanwhile), `again` (to be asked who it is) or `token` (signed in anew meanwhile).
    """
    carried = [
        (name, value)
        for name, values in request.POST.lists()
        if name != TOKEN and "password" not in name
        for value in values
    ]
    context = {
        "carried": carried,
        "files": bool(request.FILES),
        "step": step and in_a_new_tab(step),
        "reason": reason,
        "here": request.get_full_path(),
    }
    return render(request, "account/held.html", context, status=ANSWERS[reason])
