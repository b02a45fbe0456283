"""What a provider says of itself, and what a verifier found."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.models.wording import words_for_all
from directory.models import Assessment


class StandardsForm(forms.Form):
    """A text too long is said to be so, not cut off; what the rules object to stands beside its field."""

    objections = ()

    def object_to(self, objections):
        self.objections = words_for_all(objections)
        for worded in self.objections:
            self.add_error(worded.field if worded.field in self.fields else None, str(worded))


def _words(label, **more):
    return forms.CharField(label=label, required=False, widget=forms.Textarea(attrs={"rows": 4}), **more)


class AssessForm(StandardsForm):
    met = forms.ChoiceField(label=_("Do you meet this?"), choices=Assessment.Met.choices, widget=forms.RadioSelect)
    evidence = _words(
        _("How can this be seen?"),
        help_text=_("Briefly, and without anybody's name. A verifier comes to see it."),
    )


class VerifyForm(StandardsForm):
    outcome = forms.ChoiceField(
        label=_("What did you find?"), choices=Assessment.Outcome.choices, widget=forms.RadioSelect
    )
    until = forms.DateField(
        label=_("Valid until"),
        required=False,
        help_text=_("Only if it is met. This day still counts."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("This date does not exist. Write it as day, month and year.")},
    )
    remark = _words(_("To the provider"), help_text=_("What is still missing, if it is not shown yet."))

    def clean(self):
        """The day stands there beforehand; it means nothing where something is not shown yet."""
        data = super().clean()
        if data.get("outcome") == Assessment.Outcome.NOT_MET:
            data["until"] = None
        return data
