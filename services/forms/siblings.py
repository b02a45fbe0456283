"""Book two siblings' joint interviews at one of the pairs of times that were offered."""

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from services.actions.families import own_key
from services.forms.interviews import SlotForm, said
from services.forms.slots import SearchForm, usual_minutes
from services.models import Interview

PAIR_SALT = "services.pair"


class PairSearchForm(SearchForm):
    """How long for either child; the rest is looked for in the same way for both."""

    other_minutes = forms.TypedChoiceField(label=_("Length for the sibling"), coerce=int, required=False)
    sibling = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, other_band, **kwargs):
        """`other_band` is what the protocol says of the sibling's age; an interview of several sessions is no half of a pair."""
        if data and not data.get("other_minutes"):
            data = data.copy()
            data["other_minutes"] = usual_minutes(other_band)
        super().__init__(data, first=False, **kwargs)
        self.fields["minutes"].label = _("Length for this child")
        self.fields["other_minutes"].choices = self.fields["minutes"].choices
        self.fields["other_minutes"].initial = usual_minutes(other_band)


class PairForm(SlotForm):
    """One of the pairs of times that were offered, and the key that makes sending it twice one act."""

    salt = PAIR_SALT

    def sibling(self):
        """The id of the sibling's case whose time was chosen, or None."""
        try:
            words = self._read(self.data.get("slot", ""))
        except signing.BadSignature:
            return None
        return next(pk for pk, _words in words if pk != self.case.pk)

    def booked_already(self, plan_forms):
        """Did this very form book both, when it is sent again? `plan_forms` are the PlanForms of both children."""
        if (sent := self.sent()) is None:
            return False
        key, words = sent
        starts = {pk: one["start"] for pk, one in words}
        for form in plan_forms:
            own = own_key(key, form.case, self.case)
            made = Interview.objects.filter(case=form.case, key=own, span__startswith=starts[form.case.pk]).first()
            if made is None or not form.asks_the_topics_of(made):
                return False
        return True

    def plans(self, plan_forms):
        """{Case: InterviewPlan} of both children at the times that were chosen."""
        words = dict(self.chosen)
        return {form.case: form.plan_at(words[form.case.pk]) for form in plan_forms}


def said_of_both(pair, cases, wishes):
    """What the radio button of a pair says, in order of time: each case's id and what a slot's own button would say.

    `cases` and `wishes` are in the order to which `pair.order` points.
    """
    return [[cases[number].pk, said(slot, wishes[number])] for slot, number in zip(pair.slots, pair.order, strict=True)]


def signed_pair(case, words):
    """A pair as the value of its radio button: only what the server offered for this case can come back."""
    return signing.dumps(words, salt=f"{PAIR_SALT}.{case.pk}", compress=True)
