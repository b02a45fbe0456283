"""The form in which Wagtail's snippet editor shows a standard."""

from django.core.exceptions import ValidationError
from django.utils import timezone
from wagtail.admin.forms.models import WagtailAdminModelForm

from directory.rules import standards as rules
from directory.words import refuse


class StandardForm(WagtailAdminModelForm):
    """No house closes unwarned, and what was assessed is not taken away (rules.standards)."""

    def is_valid(self):
        return super().is_valid() and self._gives_notice()

    def _gives_notice(self):
        formset = self.formsets["criteria"]
        before = formset.model.objects.filter(standard=self.instance.pk).select_related("standard")
        used = before.filter(assessments__isnull=False).values_list("pk", flat=True)
        kept = [form for form in formset.forms if form not in formset.deleted_forms]
        written = [form.instance for form in kept if form.instance.pk or form.has_changed()]
        try:
            refuse(
                rules.standard_objections(
                    [one.demand(self.instance) for one in written],
                    {one.pk: one.demand() for one in before},
                    used,
                    today=timezone.localdate(),
                )
            )
        except ValidationError as told:
            self.add_error(None, told)
            return False
        return True
