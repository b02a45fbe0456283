"""The forms by which pictures and documents come in: a refusal is a sentence beside the field (cms/uploads.py judges)."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.documents.fields import WagtailDocumentField
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from cms import uploads

LONGEST_TITLE = 255


def judged(judge, data):
    """What `judge` made of an uploaded file. Raises ValidationError with its words."""
    data.seek(0)
    try:
        return judge(data.read())
    except uploads.Unfit as unfit:
        words = _(uploads.WORDS[unfit.key])
        raise ValidationError(words, code=unfit.key, params={"most": uploads.MOST.get(unfit.key)}) from None


class PictureField(WagtailImageField):
    def to_python(self, data):
        return None if data in self.empty_values else super().to_python(judged(uploads.picture, data))


class PdfOrRecordingField(WagtailDocumentField):
    def to_python(self, data):
        return None if data in self.empty_values else super().to_python(judged(uploads.paper_or_voice, data))


class CalendarField(forms.FileField):
    """The bytes of a calendar file. Nothing is kept, its name neither."""

    widget = forms.ClearableFileInput(attrs={"accept": ".ics,text/calendar"})

    def to_python(self, data):
        return None if data in self.empty_values else judged(uploads.calendar, super().to_python(data))


class SheetField(forms.FileField):
    """The bytes of a spreadsheet, CSV or XLSX. Nothing is kept, its name neither."""

    widget = forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"})

    def to_python(self, data):
        return None if data in self.empty_values else judged(uploads.sheet, super().to_python(data))


class _Strict:
    """Puts our field where Wagtail's was, with its label, help and widget."""

    field_class = None
    accept = ""  # what the browser's own window offers; it judges nothing

    def __init__(self, data=None, *args, **kwargs):
        if data is not None and len(data.get("title") or "") > LONGEST_TITLE:
            # Wagtail proposes the name of the file, which may be longer than a title.
            data = data.copy()
            data["title"] = data["title"][:LONGEST_TITLE]
        super().__init__(data, *args, **kwargs)
        if old := self.fields.get("file"):
            self.fields["file"] = self.field_class(
                label=old.label, required=old.required, widget=old.widget, help_text=old.help_text
            )
            self.fields["file"].widget.attrs["accept"] = self.accept


class PictureForm(_Strict, BaseImageForm):
    field_class = PictureField
    accept = "image/jpeg,image/png,image/webp"


class DocumentForm(_Strict, BaseDocumentForm):
    field_class = PdfOrRecordingField
    accept = "application/pdf,audio/mpeg,audio/ogg,audio/mp4,.mp3,.ogg,.m4a"
