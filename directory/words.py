"""A rule's objections, said beside the fields of Wagtail's editor in the words that editors keep (cms/wording)."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from cms.models.wording import words_for_all


def refuse(objections):
    """Raise Django's ValidationError for objections, each beside its field; nothing for none."""
    objections = list(objections)
    if not objections:
        return
    errors = {}
    for worded in words_for_all(objections):
        errors.setdefault(worded.field or NON_FIELD_ERRORS, []).append(ValidationError(str(worded), code=worded.key))
    raise ValidationError(errors)
