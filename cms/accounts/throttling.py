"""How often something may be asked, counted like attempts at the door: shared by every worker (cms/accounts/attempts.py)."""

from allauth.core.internal import ratelimit

RATES = {
    "calendar_feed": "120/m/ip",  # a telephone asks once an hour; an office of a hundred shares one address
    "calendar_file": "20/h/user",  # reading one may take ten seconds of a processor
}


def allowed(request, action):
    """Count one more `action` of RATES; False when that is too often."""
    return bool(ratelimit.consume(request, app="sekali", action=action, config=RATES, limit_get=True))
