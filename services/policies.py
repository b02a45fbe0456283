"""May this person? One predicate per thing that can be done; hiding is `visible_to`, refusing is here."""

from django.core.exceptions import PermissionDenied

from cms.accounts.models import Agency, Membership, Role
from cms.accounts.policies import has_role, roles_of, works_with_cases
from directory.policies import can_verify, can_verify_anything
from services.models import CaseMember, Fact, FamilyMember, Group, Interview, RecoveryMember, Resource
from services.rules import states

TEAM_BUILDERS = {Role.CASE_MANAGER, Role.COORDINATOR}
# Who plans an agency's groups: whoever keeps its rooms and hours, coordinates, or works there as a therapist.
GROUP_PLANNERS = {Role.KEEPER, Role.COORDINATOR, Role.PSYCHOLOGIST}

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
    """The roles `user` holds on `case` at `now`; the case manager's is one of them.

    A case that was opened for `user` (views/loading.py) brings the team's along, as they were at its opening.
    """
    if getattr(case, "asked_for", None) == user.pk:
        roles = set(case.roles_held)
    else:
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


def can_show_the_day(user, case, now):
    """The child's cards: whoever is on the team. Emergency access reads a case and shows a child nothing."""
    return bool(roles_on(user, case, now))


def can_file_need(user, case, now):
    """Any member may say what their agency still needs to know."""
    return case.closed_at is None and bool(roles_on(user, case, now))


def can_record_readiness(user, case, now):
    """Investigator, companion or case manager (TPKS art. 54)."""
    wanted = {Role.INVESTIGATOR, Role.COMPANION, Role.CASE_MANAGER}
    return case.closed_at is None and bool(roles_on(user, case, now) & wanted)


def can_record_permit(user, case, now):
    """What the court was asked and answered: who asks it (TPKS art. 49), or the case manager."""
    wanted = {Role.INVESTIGATOR, Role.PROSECUTOR, Role.CASE_MANAGER}
    return case.closed_at is None and bool(roles_on(user, case, now) & wanted)


def can_keep_apart(user, case, now):
    """Know and record where the suspect's side will be: those who plan, and the investigator. Row security agrees."""
    return case.closed_at is None and bool(roles_on(user, case, now) & {*TEAM_BUILDERS, Role.INVESTIGATOR})


def can_book_interview(user, case, now):
    """Book, propose, confirm, cancel, send a substitute: whoever the table of states lets do it."""
    return case.closed_at is None and bool(roles_on(user, case, now) & states.who(states.BOOK))


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
    exists = Interview.objects.standing(now).filter(case=case, kind="joint").exists()
    return can_book_interview(user, case, now) and not exists


def siblings_to_book_with(user, case, now):
    """The siblings' cases whose joint interview `user` may book together with this one's, the oldest case first.

    None while one of the two has its joint interview already. One query where there is no sibling, four otherwise.
    """
    family = list(FamilyMember.objects.siblings_of(case, user, now).open().select_related("agency").order_by("pk"))
    if not family:
        return []
    every = [case, *family]
    standing = Interview.objects.standing(now).filter(case__in=every, kind="joint").values_list("case_id", flat=True)
    free = cases_to_book_for(user, every, now) - set(standing)
    return [one for one in family if one.pk in free] if case.pk in free else []


def can_tick(user, case, now):
    """Tick off the checklist, give out a task: the whole team."""
    return case.closed_at is None and bool(roles_on(user, case, now))


def can_set_task(user, case, task, now):
    """Whose task it is says that it is done; so do those who plan."""
    return can_tick(user, case, now) and (task.owner_id == user.pk or bool(roles_on(user, case, now) & TEAM_BUILDERS))


def can_add_in_pause(user, interview):
    """Who observes an interview, behind the glass or from afar, may add a topic to it."""
    return interview.participants.exclude(presence="in_room").filter(resource__user=user).exists()


def is_only_interviewer(user, case, now):
    """Somebody who is on the case to ask, and in no other role, so that a protocol can keep them blind."""
    return roles_on(user, case, now) == frozenset({Role.INTERVIEWER})


def can_record_outcome(user, case, now):
    """Who was there writes the ledger: case manager, interviewer or investigator."""
    return bool(roles_on(user, case, now) & states.who(states.HOLD))


def can_see_invitations(user, now):
    """One's own: whoever works for any agency may be asked to come."""
    return bool(roles_of(user, now))


def can_correct_outcome(user, case, now):
    """Who may write the ledger may set it right."""
    return can_record_outcome(user, case, now)


def works_for(user, case, agency_id, now):
    """Does `user` work on `case` for that agency? Its manager does for the case's own."""
    if case.manager_id == user.pk and case.agency_id == agency_id:
        return bool(roles_on(user, case, now))
    return CaseMember.objects.current(now).filter(case=case, user=user, agency=agency_id).exists()


def can_answer_access(user, access, case, now):
    """The agency that keeps the record answers: whoever works on the case for it, but not who asked."""
    return access.by_id != user.pk and works_for(user, case, access.testimony.custodian_id, now)


def can_use_access(user, access, case, now):
    """See the answer and, while it is in force, the sealed reference: whoever works on the case for the asking agency."""
    return works_for(user, case, access.agency_id, now)


def can_export_ledger(user, case, now):
    """A paper with every sealed reference on it is made by the case manager or the coordinator; the case may be closed."""
    return bool(roles_on(user, case, now) & TEAM_BUILDERS)


def can_ask_again(user, case, now):
    return case.closed_at is None and bool(roles_on(user, case, now))


def approving_role(user, case, now):
    """The role in which `user` may approve that a child is asked again, or None."""
    roles = roles_on(user, case, now)
    return next((role for role in (Role.CASE_MANAGER, Role.PSYCHOLOGIST, Role.COORDINATOR) if role in roles), None)


def can_approve(user, case, asking, now):
    """May `user` agree that the child is asked again: in a role in which nobody has agreed, and not a second time?"""
    role, given = approving_role(user, case, now), asking.approvals.all()
    return role is not None and all(one.by_id != user.pk and one.role != role for one in given)


def can_lead_recovery(user, case, now):
    """Book, pause, hand over, end a recovery plan; the waiting list; siblings: who leads the case, while it is open."""
    return case.closed_at is None and sees_recovery(user, case, now)


def sees_recovery(user, case, now):
    """Does `user` lead this case, and so see both sides of the wall?"""
    return bool(roles_on(user, case, now) & TEAM_BUILDERS)


def can_attend_to_sessions(user, case, now):
    """Write attendance, move or leave out one session: who leads the case, and who treats the child."""
    if case.closed_at is not None:
        return False
    treats = RecoveryMember.objects.current(now).filter(case=case, user=user).exists()
    return treats or sees_recovery(user, case, now)


def can_see_waiting(user, now):
    """The waiting list: its coordinators' and case managers'; whose it is, the database shows to who leads the case."""
    return bool(roles_of(user, now) & TEAM_BUILDERS)


def can_see_groups(user, now):
    """That there are groups, when they meet and how many places are free: whoever plans recovery or leads one."""
    leads = Group.objects.going_on().filter(leader__user=user)
    return bool(roles_of(user, now) & (TEAM_BUILDERS | GROUP_PLANNERS)) or leads.exists()


def agencies_to_plan_groups_for(user, now):
    """The agencies whose groups `user` plans, by name."""
    held = Membership.objects.current(now).filter(user=user, role__in=GROUP_PLANNERS).values("agency_id")
    return Agency.objects.filter(pk__in=held).order_by("name")


def can_call_off(user, group, now):
    """Call a session off or end the group: who plans the agency's groups, and who leads this one. Row security agrees."""
    return group.leader.user_id == user.pk or agencies_to_plan_groups_for(user, now).filter(pk=group.agency_id).exists()


def agency_ids(user, role, now):
    """A subquery of the agencies in which `user` holds `role` at `now`."""
    return Membership.objects.current(now).filter(user=user, role=role).values("agency_id")


def agencies_where(user, role, now):
    """The agencies in which `user` holds `role` at `now`, by name."""
    return Agency.objects.filter(pk__in=agency_ids(user, role, now)).order_by("name")


def can_keep(user, agency, now):
    """Rooms, kits, people and trainings of an agency: its keepers'."""
    return has_role(user, Role.KEEPER, now, agency)


def can_train(user, resource, now):
    """Say what somebody is trained for: their agency's keepers, and nobody of themselves."""
    return resource.user_id != user.pk and can_keep(user, resource.agency, now)


def can_keep_anything(user, now):
    """A keeper keeps an agency's; whoever can be booked keeps their own hours."""
    return has_role(user, Role.KEEPER, now) or Resource.objects.bookable().filter(user=user).exists()


def can_see_standing(user, now):
    """Which houses can be booked, and until when: verifiers all of them, keepers their own."""
    return can_verify_anything(user) or has_role(user, Role.KEEPER, now)


def can_tie_venue(user, venue, now):
    """Say which provider answers for a house: a verifier who works for neither; `may_answer` judges the provider."""
    works_there = Membership.objects.current(now).filter(user=user, agency=venue.agency_id).exists()
    return can_verify_anything(user) and not works_there


def may_answer(user, provider):
    """May this verifier put this provider's name to a house? Not their own team's."""
    return can_verify(user, provider)


def can_see_house(user, now):
    """Whoever works somewhere sees when the rooms and people of that agency are taken: no case, no child."""
    return bool(roles_of(user, now))


def can_switch_feeds(user, agency, now):
    """Let an agency's people take their busy times along: its keepers and coordinators."""
    return has_role(user, Role.KEEPER, now, agency) or has_role(user, Role.COORDINATOR, now, agency)


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
