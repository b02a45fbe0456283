"""Whoever a session names, read once a request with what every request asks of them.

One round trip instead of three: the person, the second steps they still have (the wall asks) and the name of the agency
they mainly work for (the head of each page says it).
"""

from allauth.account.auth_backends import AuthenticationBackend
from django.utils import timezone

from cms.accounts.models import User

WHO = """
SELECT person.*,
       ARRAY(SELECT factor.id FROM mfa_authenticator factor WHERE factor.user_id = person.id) AS factor_ids,
       coalesce((SELECT agency.name FROM accounts_membership membership
                   JOIN accounts_agency agency ON agency.id = membership.agency_id
                  WHERE membership.user_id = person.id AND person.is_active AND membership.starts <= %(now)s
                    AND (membership.ends IS NULL OR membership.ends > %(now)s)
                  ORDER BY membership.starts, membership.id LIMIT 1), '') AS agency_name
  FROM accounts_user person WHERE person.id = %(id)s
"""


class ClosedBackend(AuthenticationBackend):
    """allauth's own, but for the one query of every request."""

    def get_user(self, user_id):
        """The active User with this key, or None; `agency_name` and `factor_ids` (factors.factor_ids) are there already."""
        person = next(iter(User.objects.raw(WHO, {"id": user_id, "now": timezone.now()})), None)
        return person if person is not None and self.user_can_authenticate(person) else None
