"""The form in which Wagtail's editor shows a listing."""

from dataclasses import replace

from django.core.exceptions import ValidationError
from wagtail.admin.forms import WagtailAdminPageForm

from directory.rules import listings as rules
from directory.words import refuse


class ListingForm(WagtailAdminPageForm):
    """A page is cleaned before its parts are its own, so what is written beside the parts is looked at here."""

    def is_valid(self):
        return super().is_valid() and self._tells_no_place()

    def _tells_no_place(self):
        listing = self.instance.facts()
        for formset in self.formsets.values():
            kept = [form.instance for form in formset.forms if form not in formset.deleted_forms]
            words = "\n".join(note for part in kept if hasattr(part, "words_beside") for note in part.words_beside())
            try:
                refuse(rules.shelter_objections(replace(listing, texts={"": words})))
            except ValidationError as told:
                formset.non_form_errors().extend(told.messages)
                return False
        return True
