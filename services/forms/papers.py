"""Forms of the ledger on paper: in which language it is written; which file is looked at."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from services.forms.base import CalmForm

LARGEST = 10 * 1024 * 1024  # bytes; a ledger of hundreds of entries has a tenth of it


class ExportForm(CalmForm, forms.Form):
    language = forms.ChoiceField(
        label=_("Language of the document"), choices=settings.LANGUAGES, initial="id", widget=forms.RadioSelect
    )


class CheckForm(CalmForm, forms.Form):
    document = forms.FileField(
        label=_("The document as a PDF file"),
        help_text=_("The file is only looked at; it is not kept."),
        error_messages={"empty": _("This file is empty.")},
    )

    def clean_document(self):
        document = self.cleaned_data["document"]
        if document.size > LARGEST:
            raise ValidationError(_("This file is larger than any document made here."))
        return document
