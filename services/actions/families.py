"""Note that two cases are of one family, and take a case out again. No name is written down, nor how they are related."""

import uuid

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.models import Case, FamilyMember


@action("family.refused")
def note_sibling(*, case, code, by, now):
    """Note that the case with `code` is of the same family. Returns the family's number.

    `by` must lead both; a code that is unknown and one of somebody else's case are refused in the same words. Two cases
    that are already of different families are not joined silently.
    """
    sibling = Case.objects.led_by(by, now).filter(code=code).first()
    if sibling is None:
        raise Objected([Objection("family_not_yours", field="code")])
    if sibling.pk == case.pk:
        raise Objected([Objection("family_itself", field="code")])
    known = dict(
        FamilyMember.objects.filter(case__in=[case, sibling], left_at__isnull=True).values_list("case_id", "family")
    )
    if len(set(known.values())) > 1:
        raise Objected([Objection("family_another", field="code")])
    family = next(iter(known.values()), None) or uuid.uuid4()
    for one in (case, sibling):
        if one.pk not in known:
            row = FamilyMember.objects.create(case=one, family=family, by=by, at=now)
            record("family.noted", by=by, now=now, about=row, case_id=one.pk)
    return family


@action("family.refused")
def leave_family(*, case, by, now):
    """Take the case out of its family: it was noted by mistake. Without one, nothing happens."""
    for row in FamilyMember.objects.filter(case=case, left_at__isnull=True):
        row.left_at = now
        row.save(update_fields=["left_at"])
        record("family.left", by=by, now=now, about=row, case_id=case.pk)


def own_key(key, one, case):
    """The form's key for its own case; for a sibling one that follows from it."""
    return key if one.pk == case.pk else uuid.uuid5(key, str(one.pk))
