"""May this person? One predicate per thing that can be done; hiding is `visible_to`, refusing is here."""

from django.core.exceptions import PermissionDenied

from cms.accounts.models import Membership, Role
from cms.accounts.policies import has_role, roles_of, works_with_cases
from services.models import CaseMember, Fact, Interview, Resource

TEAM_BUILDERS = {Role.CASE_MANAGER, Role.COORDINATOR}

# Who may be shown what of a child's identity: what the role needs for its own work (docs/decisions/0007).
SHOWN_TO = {
    Role.CASE_MANAGER: frozenset(Fact),
    Role.COORDINATOR: frozenset(Fact),
    Role.COMPANION: frozenset({Fact.CALLED_NAME, Fact.SEPARATION}),
    Role.PSYCHOLOGIST: frozenset({Fact.CALLED_NAME, Fact.SEPARATION}),
    Role.INTERVIEWER: frozenset({Fact.CALLED_NAME}),
    Role.INTERPRETER: frozenset({Fact.CALLED_NAME}),
    Role.INVESTIGATOR: frozenset({Fact.CALLED_NAME, Fact.REFERENCES}),
    Role.PROSECUTOR: frozenset({Fact.CALLED_NAME, Fact.REFERENCES}),
    Role.LAWYER: frozenset({Fact.CALLED_NAME, Fact.REFERENCES}),
    Role.PROBATION_OFFICER: frozenset({Fact.CALLED_NAME, Fact.REFERENCES}),
    Role.PROTECTION_OFFICER: frozenset({Fact.CALLED_NAME, Fact.CONTACT, Fact.SEPARATION}),
}


def require(allowed):
    """Turn a predicate's no into 403."""
    if not allowed:
        raise PermissionDenied


def roles_on(user, case, now):
    """The roles `user` holds on `case` at `now`; the case manager's is one of them."""
    roles = set(CaseMember.objects.current(now).filter(case=case, user=user).values_list("role", flat=True))
    asked = case.manager_id == user.pk and Role.CASE_MANAGER not in roles  # usually on the team as well
    if asked and Membership.objects.current(now).filter(user=user, agency=case.agency_id).exists():
        roles.add(Role.CASE_MANAGER)
    return frozenset(roles)


def can_open_in_emergency(user, now):
    """Whoever is answerable for children's cases somewhere; which cases, the database function decides."""
    return bool(roles_of(user, now) & {Role.CASE_MANAGER, Role.COORDINATOR, Role.PROTECTION_OFFICER})


def coordinates(user, now):
    return has_role(user, Role.COORDINATOR, now)


def can_see_cases(user, now):
    return works_with_cases(user, now)


def can_open_case(user, now):
    """A case is opened by somebody who manages cases for an agency."""
    return has_role(user, Role.CASE_MANAGER, now)


def can_change_case(user, case, now):
    """Preferences, team, legal basis, consent, child's view, earlier tellings: the case manager's work."""
    return case.closed_at is None and bool(roles_on(user, case, now) & TEAM_BUILDERS)


def can_record_identity(user, case, now):
    """Who the child is, and under which numbers others keep the case: the case manager's or the coordinator's work."""
    return can_change_case(user, case, now)


def facts_shown_to(user, case, now):
    """The facts of the child's identity that `user` may be shown, for a reason; recorded or not."""
    return frozenset().union(*(SHOWN_TO.get(role, frozenset()) for role in roles_on(user, case, now)))


def can_be_shown_the_way(user, interview):
    """How to get to the venue: who is expected at a booked interview there. A keeper of the venue sees it elsewhere."""
    return interview.state == "booked" and interview.participants.filter(resource__user=user).exists()


def can_file_need(user, case, now):
    """Any member may say what their agency still needs to know."""
    return case.closed_at is None and bool(roles_on(user, case, now))


def can_record_readiness(user, case, now):
    """Investigator, companion or case manager (TPKS art. 54)."""
    wanted = {Role.INVESTIGATOR, Role.COMPANION, Role.CASE_MANAGER}
    return case.closed_at is None and bool(roles_on(user, case, now) & wanted)


def can_book_interview(user, case, now):
    return case.closed_at is None and bool(roles_on(user, case, now) & TEAM_BUILDERS)


def cases_to_book_for(user, cases, now):
    """The ids of those of `cases` for which `can_book_interview` holds, in two queries."""
    places = CaseMember.objects.current(now).filter(case__in=cases, user=user, role__in=TEAM_BUILDERS)
    mine = set(places.values_list("case_id", flat=True))
    agencies = set(Membership.objects.current(now).filter(user=user).values_list("agency_id", flat=True))
    return {
        case.pk
        for case in cases
        if case.closed_at is None and (case.pk in mine or (case.manager_id == user.pk and case.agency_id in agencies))
    }


def can_book_joint_interview(user, case, now):
    """The first and only one: once it is booked or held, this door is shut for everybody."""
    exists = Interview.objects.live().filter(case=case, kind="joint").exists()
    return can_book_interview(user, case, now) and not exists


def can_record_outcome(user, case, now):
    """Who was there writes the ledger: case manager, interviewer or investigator."""
    wanted = {Role.CASE_MANAGER, Role.INTERVIEWER, Role.INVESTIGATOR}
    return bool(roles_on(user, case, now) & wanted)


def can_ask_again(user, case, now):
    return case.closed_at is None and bool(roles_on(user, case, now))


def approving_role(user, case, now):
    """The role in which `user` may approve that a child is asked again, or None."""
    roles = roles_on(user, case, now)
    return next((role for role in (Role.CASE_MANAGER, Role.PSYCHOLOGIST, Role.COORDINATOR) if role in roles), None)


def agency_ids(user, role, now):
    """A subquery of the agencies in which `user` holds `role` at `now`."""
    return Membership.objects.current(now).filter(user=user, role=role).values("agency_id")


def can_keep(user, agency, now):
    """Rooms, kits, people and trainings of an agency: its keepers'."""
    return has_role(user, Role.KEEPER, now, agency)


def can_train(user, resource, now):
    """Say what somebody is trained for: their agency's keepers, and nobody of themselves."""
    return resource.user_id != user.pk and can_keep(user, resource.agency, now)


def can_keep_anything(user, now):
    """A keeper keeps an agency's; whoever can be booked keeps their own hours."""
    return has_role(user, Role.KEEPER, now) or Resource.objects.bookable().filter(user=user).exists()


def can_plan_anew(user, agency, now):
    """Ask for a plan when somebody or something of an agency falls out: its keepers' and coordinators'."""
    return can_keep(user, agency, now) or has_role(user, Role.COORDINATOR, now, agency)


def can_see_replannings(user, now):
    """Whoever works with cases or keeps rooms; which of them, row security and `Replanning.objects.of` decide."""
    return works_with_cases(user, now) or has_role(user, Role.KEEPER, now)


def can_see_keeping(user, case, now):
    """How long a case is kept and who asked for a copy: everybody on its team."""
    return bool(roles_on(user, case, now))


def can_decide_keeping(user, case, now):
    """Close, open again, hold, answer a request for a copy: the case manager's and the coordinator's, closed or not."""
    return bool(roles_on(user, case, now) & TEAM_BUILDERS)


def can_report_breach(user, now):
    """Whoever works for any agency, in any role: a breach is reported by whoever notices it."""
    return bool(roles_of(user, now))


def can_keep_register(user, agency, now):
    """Add to the breach register of an agency: its coordinators."""
    return has_role(user, Role.COORDINATOR, now, agency)
