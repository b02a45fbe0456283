"""A provider assesses itself on a criterion; somebody else verifies. Both add a row, and overwrite none."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from directory.models import Assessment, Criterion, ProviderPage, ServicePage
from directory.models.kinds import ServiceKind
from directory.policies import User, can_assess, can_verify
from directory.rules import standards as rules


@action("assessment.refused")
def assess_itself(
    *, provider: ProviderPage, criterion: Criterion, met: str, evidence: str, by: User, now: datetime
) -> Assessment:
    """Say of the provider whether it meets a criterion, and how that can be seen. Returns the Assessment, which waits.

    What was verified counts on until a verifier looks again, unless the provider says "no": that ends it at once.
    Raises Objected: not of the team, a criterion that binds no more, whatever the rules object to, and whoever verified
    this criterion before and has changed sides since.
    """
    if not can_assess(by, provider):
        raise Objected([Objection("assessment_of_somebody_else")])
    today = timezone.localdate(now)
    ends = criterion.demand().until
    if ends is not None and ends <= today:
        raise Objected([Objection("criterion_binds_no_more", field="met")])
    if found := rules.assessment_objections(met, evidence, hidden_place=keeps_a_shelter(provider)):
        raise Objected(found)
    former = _current(provider, criterion)
    carried: dict[str, Any] = {}
    if former is not None and met != rules.NO:
        if former.verified_by_id == by.pk:
            raise Objected([Objection("assessment_by_its_verifier")])
        carried = {
            name: getattr(former, name) for name in ("outcome", "remark", "verified_on", "verified_by", "expires_on")
        }
    made = _add(former, provider=provider, criterion=criterion, met=met, evidence=evidence.strip(), assessed_by=by,
                assessed_at=now, waits=True, **carried)  # fmt: skip
    record("assessment.made", by=by, now=now, about=made, met=met)
    return made


@action("assessment.refused")
def verify_criterion(
    *, assessment: Assessment, outcome: str, until: date | None, remark: str = "", by: User, now: datetime
) -> Assessment:
    """Say what a verifier found, and if it is met until which day (counted in). Returns the Assessment that counts now.

    The same takes a verification back: an outcome of not met closes the house for new bookings at once, and touches
    none that stands. Raises Objected: not a verifier, one of the provider's own team, whoever assessed it, an
    assessment that is not the current one any more, and whatever the rules object to.
    """
    provider, criterion = assessment.provider, assessment.criterion
    if not can_verify(by, provider):
        raise Objected([Objection("verification_not_yours")])
    former = _current(provider, criterion)
    if former is None or former.pk != assessment.pk:
        raise Objected([Objection("assessment_changed_meanwhile")])
    if former.assessed_by_id == by.pk:
        raise Objected([Objection("verification_not_yours")])
    today = timezone.localdate(now)
    objections = rules.verification_objections(
        former.facts(), outcome, until, remark, months=criterion.months, today=today,
        hidden_place=keeps_a_shelter(provider),
    )  # fmt: skip
    if objections:
        raise Objected(objections)
    made = _add(former, provider=provider, criterion=criterion, met=former.met, evidence=former.evidence,
                assessed_by=former.assessed_by, assessed_at=former.assessed_at, outcome=outcome, remark=remark.strip(),
                verified_on=today, verified_by=by, expires_on=until, waits=False)  # fmt: skip
    record("assessment.verified", by=by, now=now, about=made, outcome=outcome)
    return made


def keeps_a_shelter(provider: ProviderPage) -> bool:
    """Does anything of this provider hide its place?"""
    services = ServicePage.objects.child_of(provider)
    return bool(provider.hidden_place or services.filter(kind=ServiceKind.SHELTER).exists())


def _current(provider: ProviderPage, criterion: Criterion) -> Assessment | None:
    """The current assessment; the provider's row is locked, so that two who write do it one after the other."""
    ProviderPage.objects.select_for_update(of=("self",)).get(pk=provider.pk)
    found: Assessment | None = Assessment.objects.current().filter(provider=provider, criterion=criterion).first()
    return found


def _add(former: Assessment | None, **facts: Any) -> Assessment:
    if former is not None:
        Assessment.objects.filter(pk=former.pk).update(current=False)
    made: Assessment = Assessment.objects.create(**facts)
    return made
