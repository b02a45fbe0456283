"""Standards: what is asked, for everybody to read; how a provider meets it, for its team; and what waits for a verifier.

A provider's pages look absent to everybody who is not of its team, a verifier's to whoever is none.
"""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now

from cms.page_cache import kept
from cms.plain import legal_claims
from cms.refusals import Objected
from directory.actions.standards import assess_itself, verify_criterion
from directory.forms.standards import AssessForm, VerifyForm
from directory.models import Assessment, Criterion, ProviderPage, Standard
from directory.models.standards import closing_days, tally_of
from directory.policies import can_assess, can_verify, can_verify_anything
from directory.rules.standards import months_later, state


@kept()
def standard_list(request):
    """What is asked of those who help, and of whom; today's and what is to come."""
    today = localdate()
    standards = Standard.objects.not_over(today).prefetch_related("criteria").order_by("starts_on", "pk")
    return render(request, "directory/standard_list.html", {"standards": standards, "today": today})


@kept()
def standard_detail(request, pk):
    """One version of a standard: what is asked, how it is seen, how long that counts, and how many meet it."""
    today = localdate()
    standard = get_object_or_404(Standard, pk=pk)
    criteria = list(standard.criteria.select_related("standard"))
    tally = tally_of(criteria, today)
    rows = [(one, one.demand(), tally.each[one.pk]) for one in criteria]
    context = {
        "standard": standard,
        "asked": [row for row in rows if row[1].until is None or row[1].until > today],
        "before": [row for row in rows if row[1].until is not None and row[1].until <= today],
        "tally": tally,
        "versions": Standard.objects.versions_of(standard),
        "law": bool(legal_claims(standard.source, "id") or legal_claims(standard.source_en, "en")),
        "today": today,
    }
    return render(request, "directory/standard_detail.html", context)


@login_required
def standing_detail(request, identifier):
    """Every criterion for one's own provider: what was said, what was found, until when."""
    provider, today = own_provider_or_404(request, identifier), localdate()
    known = {one.criterion_id: one for one in Assessment.objects.current().filter(provider=provider)}
    rows = [(one, known.get(one.pk)) for one in Criterion.objects.not_over(today)]
    closes = closing_days([provider.pk], today)[provider.pk]
    context = {"provider": provider, "rows": rows, "today": today, "closes": closes, "state": state(closes, today)}
    return render(request, "directory/standing_detail.html", context)


@login_required
def assessment_make(request, identifier, pk):
    """Say of one's own provider whether it meets a criterion."""
    provider = own_provider_or_404(request, identifier)
    criterion = get_object_or_404(Criterion.objects.not_over(localdate()), pk=pk)
    said = Assessment.objects.filter(provider=provider, criterion=criterion).order_by("-pk")
    last = said.first()
    form = AssessForm(request.POST or None, initial={"met": last.met, "evidence": last.evidence} if last else None)
    if form.is_valid() and _done(form, assess_itself, request, provider=provider, criterion=criterion):
        return redirect("directory:standing_detail", identifier)
    context = {
        "provider": provider,
        "criterion": criterion,
        "form": form,
        "said": said,
        "last": last,
        "today": localdate(),
    }
    return render(request, "directory/assessment_make.html", context)


@login_required
def assessment_list(request):
    """For verifiers: what waits, the oldest first, and what runs out, the soonest first. Never one's own team's."""
    if not can_verify_anything(request.user):
        raise Http404
    today, about = localdate(), ("provider", "criterion__standard")
    theirs = Assessment.objects.not_of_team(request.user).select_related(*about)
    context = {"waiting": theirs.waiting(), "ending": theirs.running_out(today), "today": today}
    return render(request, "directory/assessment_list.html", context)


@login_required
def assessment_verify(request, pk):
    """Say what was found, and until when it counts."""
    found = Assessment.objects.select_related("provider", "criterion__standard", "assessed_by")
    assessment, today = get_object_or_404(found, pk=pk), localdate()
    if not can_verify(request.user, assessment.provider):
        raise Http404
    longest = months_later(today, assessment.criterion.months)
    form = VerifyForm(request.POST or None, initial={"until": longest})
    if form.is_valid() and _done(form, verify_criterion, request, assessment=assessment):
        return redirect("directory:assessment_list")
    said = Assessment.objects.filter(provider=assessment.provider_id, criterion=assessment.criterion_id).order_by("-pk")
    context = {
        "assessment": assessment,
        "form": form,
        "said": said,
        "last": assessment,
        "today": today,
        "longest": longest,
    }
    return render(request, "directory/assessment_verify.html", context)


def own_provider_or_404(request, identifier):
    provider = get_object_or_404(ProviderPage.objects.editable_by(request.user), identifier=identifier)
    if not can_assess(request.user, provider):
        raise Http404
    return provider


def _done(form, act, request, **facts):
    """What the action made of a valid form, or None with the refusal in words on the form."""
    try:
        return act(**facts, **form.cleaned_data, by=request.user, now=now())
    except Objected as refusal:
        form.object_to(refusal.objections)
        return None
