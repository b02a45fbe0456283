"""What a person may do by virtue of the agencies and roles they work in."""

from cms.accounts.models import Membership, Role


def roles_of(user, now):
    """The set of roles `user` holds anywhere at `now`; empty for a stranger or a disabled account."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    return frozenset(Membership.objects.current(now).filter(user=user).values_list("role", flat=True))


def has_role(user, role, now, agency=None):
    """Does `user` hold `role` at `now` (in `agency`, where one is named)?"""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return False
    held = Membership.objects.current(now).filter(user=user, role=role)
    return held.filter(agency=agency).exists() if agency is not None else held.exists()


def works_with_cases(user, now):
    """Does any of `user`'s roles belong on a case? A keeper of rooms alone sees no case."""
    return bool(roles_of(user, now) - {Role.KEEPER})
