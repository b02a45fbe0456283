"""What the pages about invitations ask for: how many wait, and the reasons for and against somebody in words."""

from django import template
from django.utils import timezone
from django.utils.translation import gettext_lazy

from cms.templatetags.sekali import day
from services.models import Participant
from services.models.cases import LANGUAGES, Sex

register = template.Library()
_ = gettext_lazy

WORDS = {
    "conflicted": _("stands on the suspect's side"),
    "free": _("free at that time"),
    "not_free": _("not free at that time"),
    "trained": _("trained until %(day)s"),
    "untrained": _("no training for this is recorded"),
    "training_ended": _("the training ended on %(day)s"),
    "speaks": _("speaks %(language)s"),
    "speaks_not": _("does not speak %(language)s"),
    "sex_as_wished": _("as the child wished: %(sex)s"),
    "sex_not_as_wished": _("the child asked for %(sex)s"),
}


@register.simple_tag(takes_context=True)
def invitations_waiting(context):
    """How many invitations the reader has not answered yet."""
    user = context.get("user")
    if not getattr(user, "is_authenticated", False):
        return 0
    return Participant.objects.of_person(user, timezone.now()).unanswered().count()


@register.filter
def matching_words(word):
    """A reason of rules.matching in words."""
    values = dict(word.values)
    if "day" in values:
        values["day"] = day(values["day"])
    if "language" in values:
        values["language"] = dict(LANGUAGES).get(values["language"], values["language"])
    if "sex" in values:
        values["sex"] = dict(Sex.choices).get(values["sex"], values["sex"])
    return str(WORDS[word.key]) % values
