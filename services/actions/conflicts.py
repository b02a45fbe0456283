"""Say that somebody must not work on a case, because they stand on the suspect's side or are the suspected parent."""

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.models import CaseMember, Conflict


@action("conflict.refused")
def record_conflict(*, case, person, side, by, now):
    """From now on `person` can neither join the team nor attend. Said twice it is one; returns the Conflict.

    Refuses somebody who is on the team: they must leave it first, so that nobody forgets what they have seen.
    """
    if CaseMember.objects.current(now).filter(case=case, user=person).exists():
        raise Objected([Objection("conflict_on_the_team", values={"name": person.name}, field="membership")])
    conflict = Conflict.objects.filter(case=case, person=person, side=side).first()
    if conflict is None:
        conflict = Conflict.objects.create(case=case, person=person, side=side, by=by, at=now)
        record("conflict.recorded", by=by, now=now, about=conflict, case_id=case.pk, side=side)
    return conflict
