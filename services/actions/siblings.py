"""Siblings' joint interviews one right after the other: find times for both, book both in one step or neither.

Afterwards they are two ordinary interviews, and nothing that is written says that they were booked together.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cms.accounts.models import User
from cms.audit.recording import Refusal, action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.actions import occupancy
from services.actions.buffers import spans_together
from services.actions.families import own_key
from services.actions.interviews import booked_before, expire_proposals, refuse, save
from services.actions.plans import payload_hash
from services.actions.slots import widen
from services.models import Case, FamilyMember, Interview, Resource
from services.rules.interviews import InterviewPlan
from services.rules.search import board_for
from services.rules.siblings import Boards, Span, is_enough, pair_objections
from services.rules.slots import Wish

Plans = Mapping[Case, InterviewPlan]


class NotBoth(Refusal):
    """Something stands in the way of one of the two, and so of both. `found` has the objections by the case's key.

    Its `keys` are those of the case whose form it was: what concerns the sibling stands in the sibling's record.
    """

    def __init__(self, case: Case, found: Mapping[int, Sequence[Objection]]) -> None:
        self.found = found
        self.keys = tuple(objection.key for objection in found.get(case.pk, ()))
        super().__init__(", ".join(self.keys))


def laid_out_together(*, wishes: Sequence[Wish], now: datetime) -> Boards:
    """The boards of two wishes over the same days, on the clock and from the hour of the first. Two queries per window."""
    first, second = wishes
    one, other = board_for(first), board_for(replace(second, zone=first.zone, not_before=first.not_before))
    for days in wishes[0].windows:
        for board in (one, other):
            widen(board, days, now)
        if is_enough((one, other)):
            break
    return one, other


def book_siblings(*, case: Case, plans: Plans, by: User, now: datetime, key: uuid.UUID) -> list[Interview]:
    """Book the joint interviews of two siblings, both or neither. Returns them in order of time.

    `plans` maps each Case to its InterviewPlan, `case` (whose form it was) among them. They are at one venue, one right
    after the other. The same `key` with the same plans finds the first result. Raises NotBoth with what stands in the way of
    either, Objected where they are no pair, and occupancy.SlotTaken when somebody was faster.
    """
    try:
        return _book_both(case=case, plans=plans, by=by, now=now, key=key)
    except NotBoth as refusal:
        for one in plans:
            if one.pk != case.pk and (found := refusal.found.get(one.pk)):
                keys = [objection.key for objection in found]
                record("interview.refused", by=by, now=now, case_id=one.pk, rules=keys)
        raise


@action("interview.refused")
def _book_both(*, case: Case, plans: Plans, by: User, now: datetime, key: uuid.UUID) -> list[Interview]:
    plans = dict(sorted(plans.items(), key=lambda pair: pair[1].starts))
    digest = together_hash(plans)
    if earlier := _both_before(key, digest, case, plans):
        return earlier
    _refuse_strangers(case, plans, by, now)
    for one in plans:
        expire_proposals(case=one, now=now)
    spans = dict(zip(plans, spans_together(list(plans.items())), strict=True))
    reasons = _refuse_either(case, plans, spans, now)
    try:
        taken = iter(occupancy.take(wanted=[pair for one in plans for pair in spans[one]], now=now))
    except occupancy.SlotTaken:
        # A double click: the twin booked while we waited for the lock.
        if earlier := _both_before(key, digest, case, plans):
            return earlier
        raise
    made = []
    for one, plan in plans.items():
        own = {"key": own_key(key, one, case), "digest": digest, "by": by, "now": now}
        try:
            made.append(save(one, plan, [next(taken) for _span in spans[one]], reasons[one], **own))
        except Objected as refusal:  # the last judge spoke
            raise NotBoth(case, {one.pk: refusal.objections}) from None
    return made


def together_hash(plans: Plans) -> str:
    """SHA-256 over everything that both plans say."""
    said = [[case.pk, payload_hash(plan)] for case, plan in plans.items()]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _both_before(key: uuid.UUID, digest: str, case: Case, plans: Plans) -> list[Interview]:
    found = [booked_before(own_key(key, one, case), digest, one) for one in plans]
    return [interview for interview in found if interview is not None]


def _refuse_strangers(case: Case, plans: Plans, by: User, now: datetime) -> None:
    """Refuse what is no pair: cases that are not of one family, as far as `by` leads both, or times that are apart."""
    others = {one.pk for one in plans} - {case.pk}
    family = set(FamilyMember.objects.siblings_of(case, by, now).open().values_list("pk", flat=True))
    if len(plans) != 2 or len(others) != 1 or not others <= family:
        raise Objected([Objection("family_not_yours")])
    rooms = [plan.room or 0 for plan in plans.values()]
    venues = dict(Resource.objects.filter(pk__in=rooms).values_list("pk", "venue_id"))
    former, latter = plans.values()
    if found := pair_objections(former, latter, [venues.get(room) for room in rooms]):
        raise Objected(found)


def _refuse_either(
    case: Case, plans: Plans, spans: Mapping[Case, list[tuple[int, Span]]], now: datetime
) -> dict[Case, dict[str, str]]:
    """Ask every rule of each child by itself; returns the reasons beside warnings of each."""
    reasons: dict[Case, dict[str, str]] = {}
    found: dict[int, Sequence[Objection]] = {}
    for one, plan in plans.items():
        try:
            reasons[one] = refuse(one, plan, now, spans=spans[one])
        except Objected as refusal:
            found[one.pk] = refusal.objections
    if found:
        raise NotBoth(case, found)
    return reasons
