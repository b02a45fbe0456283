"""Open a case, keep its facts, build its team, and write down what was recorded about it."""

from django.db import IntegrityError, transaction

from cms.accounts.models import Role
from cms.audit.recording import action, record
from cms.database.errors import violated
from cms.objections import Objection
from cms.refusals import Objected
from services.models import (
    Case,
    CaseMember,
    Conflict,
    GroupMembership,
    Interview,
    QuestionNeed,
    RecoveryMember,
    Resource,
)
from services.rules.codes import new_code

ATTEMPTS = 5  # a random code meets an existing one about once in 27 thousand million


@action("case.refused")
def open_new_case(*, facts, agency, by, now, key=None):
    """Open a case under a fresh random code, with `by` as its case manager. `facts` are Case fields. Returns the Case.

    The child becomes a resource without a name, so that it, too, can be in one place only at a time. `key` is the form's
    UUID: the same key and facts find the first case again, so that Back and a second press never make one child two cases;
    other facts are refused, for they belong on the case that is there.
    """
    if earlier := _opened_before(key, facts, by, now):
        return earlier
    case = Case(agency=agency, manager=by, opened_at=now, key=key, **facts)
    try:
        with transaction.atomic():
            case.child_resource = Resource.objects.create(kind=Resource.Kind.CHILD)
            case = _with_fresh_code(case)
    except IntegrityError as error:
        # A double press: the twin opened it while we waited for the index.
        if "case_key" not in violated(error):
            raise
        if earlier := _opened_before(key, facts, by, now):
            return earlier
        raise Objected([Objection("form_used_differently")]) from error  # the case is in other hands by now
    CaseMember.objects.create(case=case, user=by, agency=agency, role=Role.CASE_MANAGER, starts=now)
    record("case.created", by=by, now=now, about=case, case_id=case.pk)
    return case


def _opened_before(key, facts, by, now):
    """The Case that this person's key has opened, or None. Refuses a key that stands for something else."""
    earlier = Case.objects.visible_to(by, now).filter(key=key).first() if key else None
    if earlier is not None and any(getattr(earlier, name) != value for name, value in facts.items()):
        raise Objected([Objection("case_opened_already", values={"code": earlier.code})])
    return earlier


def _with_fresh_code(case):
    for attempt in range(1, ATTEMPTS + 1):
        case.code = new_code()
        try:
            with transaction.atomic():
                case.save(force_insert=True)
        except IntegrityError as error:
            if attempt == ATTEMPTS or "code" not in violated(error):
                raise
        else:
            return case
    raise AssertionError  # the loop returns or raises


@action("case.refused")
def update_child(*, case, facts, by, now):
    """Change what is known of the child's needs and preferences; the record names the fields, never their values."""
    changed = sorted(name for name, value in facts.items() if getattr(case, name) != value)
    for name in changed:
        setattr(case, name, facts[name])
    if changed:
        case.save(update_fields=changed)
        record("case.changed", by=by, now=now, about=case, case_id=case.pk, fields=changed)
    return case


@action("member.refused")
def add_member(*, case, membership, role, is_suspect_parent, by, now):
    """Put somebody of an agency on the case in one of the roles they hold there. Returns the CaseMember.

    Refuses the parent who is suspected, as companion (SPPA art. 23(3)) or otherwise, somebody who is there already, and who treats the
    child or leads a group it is in: therapy and evidence are kept apart.
    """
    if role == Role.COMPANION and is_suspect_parent:
        raise Objected(
            [Objection("companion_is_suspect", "SPPA-23-3", {"name": membership.user.name}, "is_suspect_parent")]
        )
    if is_suspect_parent:
        raise Objected(
            [Objection("suspect_joins_team", values={"name": membership.user.name}, field="is_suspect_parent")]
        )
    if Conflict.objects.filter(case=case, person=membership.user).exists():
        raise Objected([Objection("attendee_conflicted", "SPPA-23-3", {"name": membership.user.name}, "membership")])
    treats = RecoveryMember.objects.current(now).filter(case=case, user=membership.user).exists()
    if treats or GroupMembership.objects.current().filter(case=case, group__leader__user=membership.user).exists():
        raise Objected([Objection("recovery_therapist_on_the_other_side", field="membership")])
    if CaseMember.objects.current(now).filter(case=case, user=membership.user, role=role).exists():
        raise Objected([Objection("already_member", values={"name": membership.user.name}, field="membership")])
    member = CaseMember.objects.create(
        case=case,
        user=membership.user,
        agency=membership.agency,
        role=role,
        is_suspect_parent=is_suspect_parent,
        starts=now,
    )
    record("member.added", by=by, now=now, about=member, case_id=case.pk, role=role)
    return member


@action("member.refused")
def end_member(*, case, member, by, now):
    """Somebody leaves the team; from now on the case is hidden from them. The case manager cannot leave this way."""
    if member.role == Role.CASE_MANAGER and member.user_id == case.manager_id:
        raise Objected([Objection("manager_stays")])
    member.ends = now
    member.save(update_fields=["ends"])
    record("member.ended", by=by, now=now, about=member, case_id=case.pk, role=member.role)
    return member


def _written_before(entry):
    """The record that this one's key has written, or None. Refuses a key that stands for something else."""
    key = getattr(entry, "key", None)
    earlier = type(entry).objects.filter(case=entry.case, key=key).first() if key else None
    if earlier is not None and not earlier.says_the_same(entry):
        raise Objected([Objection("form_used_differently")])
    return earlier


@action("entry.refused")
def write_down(*, case, entry, by, now):
    """Add an unsaved record about the case (legal basis, consent, child's view, readiness, earlier telling).

    Such rows are added, never rewritten; the newest one counts. A row with a key is written once: tellings are counted,
    and the same press twice would make a child have told it once more. Returns the saved record, or the first one.
    """
    entry.case, entry.by, entry.at = case, by, now
    if earlier := _written_before(entry):
        return earlier
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as error:
        if "telling_key" not in violated(error) or (earlier := _written_before(entry)) is None:
            raise
        return earlier
    record(f"{entry._meta.model_name}.recorded", by=by, now=now, about=entry, case_id=case.pk)  # noqa: SLF001 -- Django's documented Meta API
    return entry


@action("need.refused")
def file_need(*, case, need, by, now):
    """An agency says what it still needs to know. Refuses a second open need of the agency on the same topic.

    Filed while the joint interview is booked and has not begun, it is part of that interview at once.
    """
    open_ones = QuestionNeed.objects.filter(case=case, agency=need.agency, topic=need.topic)
    if open_ones.filter(state__in=["open", "attached", "postponed"]).exists():
        raise Objected([Objection("need_filed_already", field="topic")])
    need.case, need.by, need.at = case, by, now
    ahead = Interview.objects.filter(case=case, kind="joint", state="booked", span__startswith__gt=now)
    booked = ahead.select_for_update().first()  # else it could be cancelled meanwhile, and the need hang on it
    if booked is not None:
        need.state, need.interview = QuestionNeed.State.ATTACHED, booked
    need.save(force_insert=True)
    record("need.filed", by=by, now=now, about=need, case_id=case.pk)
    return need


@action("need.refused")
def withdraw_need(*, case, need, by, now):
    """The agency no longer needs it. A need that is already part of an interview stays with it."""
    if need.state not in {QuestionNeed.State.OPEN, QuestionNeed.State.POSTPONED}:
        raise Objected([Objection("need_not_open")])
    need.state = QuestionNeed.State.WITHDRAWN
    need.save(update_fields=["state"])
    record("need.withdrawn", by=by, now=now, about=need, case_id=case.pk)
    return need
