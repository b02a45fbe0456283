"""Give out a task, in controlled words."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import User
from cms.places import first_today
from services.forms.base import CalmForm
from services.models import CaseMember, Task


class TaskForm(CalmForm, forms.ModelForm):
    class Meta:
        model = Task
        fields = ["what", "owner", "due_on"]

    def __init__(self, *args, case, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now
        team = CaseMember.objects.current(now).filter(case=case).values("user_id")
        self.fields["owner"].queryset = User.objects.filter(pk__in=team).order_by("first_name")
        self.fields["owner"].label_from_instance = lambda user: user.name

    def clean_due_on(self):
        day = self.cleaned_data["due_on"]
        if day < first_today(self.now):
            raise ValidationError(_("This day has passed. Choose today or a later day."))
        return day
