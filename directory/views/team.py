"""Who keeps a provider's pages: seen, invited and taken out by its own people and by reviewers; never by anybody else."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cms.models.wording import words_for_all
from cms.refusals import Objected
from directory.actions import register_provider
from directory.actions import team as actions
from directory.forms.portal import InviteForm, NewProviderForm
from directory.models import ProviderPage, TeamInvitation
from directory.models.teams import team
from directory.policies import can_register_provider
from directory.views.opening import open_listing, shut


def site_of(request):
    return f"{request.scheme}://{request.get_host()}"


@login_required
def provider_team(request, identifier):
    """The people and the open invitations; on POST somebody is invited."""
    provider = open_listing(request, identifier, [ProviderPage])
    form = InviteForm(request.POST if request.method == "POST" else None, use_required_attribute=False)
    if form.is_bound and form.is_valid():
        try:
            invited(request, provider, form)
        except Objected as refusal:
            form.refuse(refusal.objections)
        else:
            return redirect("directory:provider_team", identifier)
    shown = {
        "listing": provider,
        "form": form,
        "people": team(provider),
        "invitations": TeamInvitation.objects.open(now()).filter(page=provider).order_by("pk"),
    }
    return render(request, "directory/provider_team.html", shown)


def invited(request, provider, form):
    told = {name: form.cleaned_data[name] for name in ("name", "email")}
    actions.invite(provider=provider, site=site_of(request), by=request.user, now=now(), **told)
    messages.success(request, _("The invitation is on its way by e-mail. It stays open for 14 days."))


@login_required
def provider_new(request):
    """A reviewer registers a provider by its name and invites the first person who will keep its pages."""
    if not can_register_provider(request.user):
        shut(request)
    form = NewProviderForm(request.POST if request.method == "POST" else None, use_required_attribute=False)
    if form.is_bound and form.is_valid():
        facts = {"hidden_place": form.cleaned_data["hidden_place"]}
        try:
            provider = register_provider(title=form.cleaned_data["title"], facts=facts, by=request.user, now=now())
            invited(request, provider, form)
        except Objected as refusal:
            form.refuse(refusal.objections)
        else:
            return redirect("directory:provider_team", provider.identifier)
    return render(request, "directory/provider_new.html", {"form": form})


@login_required
def team_remove(request, identifier, person_id):
    """Ask, then take somebody out of the team."""
    provider = open_listing(request, identifier, [ProviderPage])
    person = team(provider).filter(pk=person_id).first()
    if person is None:
        shut(request)
    refused = []
    if request.method == "POST":
        try:
            actions.remove(provider=provider, person=person, by=request.user, now=now())
        except Objected as refusal:
            refused = words_for_all(refusal.objections)
        else:
            messages.success(request, _("From now on this person does not keep these pages."))
            if person == request.user:
                return redirect("wagtail_serve", "")
            return redirect("directory:provider_team", identifier)
    return render(request, "directory/team_remove.html", {"listing": provider, "person": person, "refused": refused})


@login_required
@require_POST
def invitation_end(request, identifier, invitation_id):
    """Take an invitation back."""
    provider = open_listing(request, identifier, [ProviderPage])
    invitation = TeamInvitation.objects.open(now()).filter(page=provider, pk=invitation_id).first()
    if invitation is None:
        shut(request)
    actions.take_back(invitation=invitation, by=request.user, now=now())
    messages.success(request, _("The invitation is taken back."))
    return redirect("directory:provider_team", identifier)


@login_required
@require_POST
def invitation_answer(request, invitation_id):
    """Yes or no (`answer`) to an invitation that is addressed to whoever is signed in."""
    invitation = TeamInvitation.objects.open(now()).addressed_to(request.user).filter(pk=invitation_id).first()
    if invitation is None:
        shut(request)
    answer = actions.join if request.POST.get("answer") == "yes" else actions.decline
    answer(invitation=invitation, by=request.user, now=now())
    if answer is actions.decline:
        messages.success(request, _("You said no. Nobody is told why."))
        return redirect("wagtail_serve", "")
    return redirect("directory:portal")
