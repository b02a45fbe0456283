"""The only way a view gets hold of a case, and of who is asking when."""

from django.http import Http404
from django.utils.crypto import salted_hmac
from django.utils.timezone import now

from cms.audit.recording import record
from services.models import Case
from services.rules.codes import is_code, tidy

__all__ = ["fingerprint", "now", "open_case", "open_recovery", "record_hidden", "treated"]


def open_case(request, code):
    """The case with this code if the person may see it, and the opening is recorded; otherwise 404.

    Hidden and absent look the same. What was typed is kept as an HMAC only, so that a run of guesses can be noticed.
    """
    moment = now()
    visible = Case.objects.visible_to(request.user, moment).with_roles_of(request.user, moment)
    found = (
        visible.select_related("agency", "manager").filter(code=code) if is_code(code) else ()
    )  # a NUL would be an error
    case = next(iter(found), None)
    if case is None:
        record_hidden(request.user, code, moment)
        raise Http404
    record("case.opened", by=request.user, now=moment, about=case, case_id=case.pk)
    return case


def open_recovery(request, code):
    """The case with this code if the person may see its recovery, on whichever grounds; otherwise 404, as above.

    A therapist's opening is an event of the recovery side: on the other one it would say that there is a plan.
    """
    moment = now()
    visible = Case.objects.recovering_with(request.user, moment).select_related("agency", "manager")
    case = visible.filter(code=code).first() if is_code(code) else None
    if case is None:
        record_hidden(request.user, code, moment)
        raise Http404
    verb = "recovery.opened" if treated(request.user, code) else "case.opened"
    record(verb, by=request.user, now=moment, about=case, case_id=case.pk)
    return case


def treated(user, code):
    """Is this the code of a case whose child `user` treats?"""
    return is_code(code) and Case.objects.treated_by(user, now()).filter(code=code).exists()


def record_hidden(user, code, moment):
    """Somebody asked for a case that is not theirs, or is none."""
    record("case.hidden", by=user, now=moment, typed=fingerprint(code))


def fingerprint(code):
    """What stands in the record for a code that was typed: the same for the same code, and no way back."""
    return salted_hmac("case.hidden", tidy(code)).hexdigest()[:32]
