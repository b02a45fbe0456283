"""A topic that somebody who observes wants to have asked before the interview ends."""

from django import forms

from cms.models import Topic
from services.forms.base import CalmForm
from services.models import QuestionNeed


class PauseForm(CalmForm, forms.ModelForm):
    """Topic and purpose only: how to ask is the interviewer's."""

    class Meta:
        model = QuestionNeed
        fields = ["agency", "topic", "purpose"]

    def __init__(self, *args, agencies, left_out, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["topic"].queryset = Topic.objects.offered().exclude(pk__in=left_out)
        self.fields["agency"].queryset = agencies
        self.fields["agency"].empty_label = None

    def need(self):
        """An unsaved QuestionNeed that is needed now."""
        need = self.save(commit=False)
        need.needed_by = self.today
        return need
