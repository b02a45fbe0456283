"""What every form of the closed side does: nothing typed is cut off in silence, and rules speak beside the fields."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.models.wording import words_for_all

SHORT, LONG = 300, 500  # characters; a reason is said briefly, an account has no place here


class CalmForm:
    """A mixin. Browsers cut pasted text at `maxlength` without a word, so the server says it instead.

    `objections` holds worded refusals and warnings after `object_to`; the template prints them above the form.
    """

    objections: tuple = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("maxlength", None)
            one_of = type(field.widget) is forms.RadioSelect and not isinstance(field, forms.ModelChoiceField)
            if one_of and field.required:
                field.choices = [choice for choice in field.choices if choice[0] != ""]  # else "nothing" is chosen
            if isinstance(field, forms.DateField):
                field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
                field.error_messages["invalid"] = _("This date does not exist. Write it as day, month and year.")
            if isinstance(field, forms.CharField) and field.max_length:
                field.error_messages["max_length"] = _(
                    "This text has %(show_value)d characters; at most %(limit_value)d fit. Please shorten it."
                )

    def object_to(self, objections):
        """Show rule objections in words; those with a field of this form stand beside it."""
        self.objections = words_for_all(objections)
        for worded in self.objections:
            if not worded.warning:
                self.add_error(worded.field if worded.field in self.fields else None, str(worded))


def textarea(rows=3):
    return forms.Textarea(attrs={"rows": rows})
