"""The light form: a provider or a service is written, kept by itself, and looked over before it is sent.

Every press keeps what can be read, in a draft. Whatever cannot stays on the screen as it was typed, with the reason
beside it; only what may not even be kept is refused whole.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cms.refusals import Objected
from cms.templatetags.sekali import hour
from directory.actions.drafts import add_service, discard_listing, outstanding, save_draft
from directory.forms.differences import differences
from directory.forms.portal import WEEK, LightForm, NewServiceForm
from directory.models import ProviderPage
from directory.models.standing import WAITS, mark_of, standing
from directory.policies import can_add_service, can_discard_listing
from directory.views.opening import latest_draft, open_listing, published, shut

MEANWHILE, WAITING = "listing_saved_meanwhile", "listing_waits"


@login_required
def listing_edit(request, identifier):
    """The form. Its buttons: keep the draft, one more row (`more`), look over and send (`next`)."""
    page = open_listing(request, identifier)
    if request.method != "POST":
        return shown(request, page, LightForm(page, latest_draft(page), more=request.GET.get("more", "")))
    onward = "next" in request.POST
    form, said = kept(request, page, LightForm(page, latest_draft(page), request.POST.copy(), strict=onward))
    more = request.POST.get("more", "")
    if onward and form.complete and not said:
        form.refuse(outstanding(page=page, now=now()))
    if more in {*form.sets, WEEK} and not form.complete:
        form.grow(more)
    if said or form.troubles():
        return shown(request, page, form, said=said)
    return forward(request, page, form, more=more, onward=onward)


def forward(request, page, form, *, more, onward):
    """Everything is kept: on to what was asked for."""
    if onward:
        return redirect("directory:listing_changes", page.identifier)
    here = reverse("directory:listing_edit", args=[page.identifier])
    if more in {*form.sets, WEEK}:
        return redirect(f"{here}?more={more}#rows-{form.set_of(more)}")
    messages.success(request, saved_at(form))
    return redirect(here)


@login_required
@require_POST
def listing_autosave(request, identifier):
    """For the page's own script: keep what can be read, and say what was kept and what stands in the way."""
    page = open_listing(request, identifier)
    form, said = kept(request, page, LightForm(page, latest_draft(page), request.POST))
    troubles = form.troubles()
    if said:
        words = " ".join(words for _element, _label, words in troubles if words) or _("Not saved.")
    elif troubles:
        words = _("%(saved)s Not yet: what is marked below.") % {"saved": saved_at(form)}
    else:
        words = saved_at(form)
    page.refresh_from_db()
    base = request.POST.get("base", "") if said else mark_of(page)
    wrong = [[element, words] for element, _label, words in troubles if element]
    return JsonResponse(
        {"kept": not said, "words": words, "base": base, "wrong": wrong, "stop": bool(set(said) & STOPS)}
    )


STOPS = {MEANWHILE, WAITING}  # writing on would be in vain


def kept(request, page, form):
    """Save what can be read; returns the form and the keys of what refused it, with their words on the form."""
    try:
        save_draft(page=page, changes=form.changes(), base=request.POST.get("base", ""), by=request.user, now=now())
    except Objected as refusal:
        form.refuse(refusal.objections)
        return form, refusal.keys
    return form, ()


def saved_at(form):
    return _("Saved at %(time)s.") % {"time": hour(now(), form.zone)}


def shown(request, page, form, said=()):
    """The form as a page. When somebody saved meanwhile, what they saved stands beside it, and the next press is knowing."""
    page.refresh_from_db()
    theirs = differences(form.draft, mine(page, form)) if MEANWHILE in said else []
    return render(
        request,
        "directory/listing_edit.html",
        {
            "listing": page,
            "form": form,
            "base": mark_of(page),
            "standing": standing(page),
            "waits": standing(page).key == WAITS,
            "theirs": theirs,
            "changed": [one.label for one in differences(published(page), form.draft)] if page.live else [],
            "discardable": can_discard_listing(request.user, page),
        },
    )


def mine(page, form):
    """What the draft would say if the form were kept over it."""
    from directory.actions.listings import apply

    draft = latest_draft(page)
    apply(draft, form.changes())
    return draft


@login_required
def service_new(request, identifier):
    """A name and a kind make a draft; then the light form opens."""
    provider = open_listing(request, identifier, [ProviderPage])
    if not can_add_service(request.user, provider):
        shut(request)
    form = NewServiceForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            service = add_service(provider=provider, by=request.user, now=now(), **form.cleaned_data)
        except Objected as refusal:
            form.refuse(refusal.objections)
        else:
            return redirect("directory:listing_edit", service.identifier)
    return render(request, "directory/service_new.html", {"listing": provider, "form": form})


@login_required
def listing_discard(request, identifier):
    """Ask, then throw away a service that was never public."""
    page = open_listing(request, identifier)
    if not can_discard_listing(request.user, page):
        shut(request)
    if request.method == "POST":
        discard_listing(page=page, by=request.user, now=now())
        messages.success(request, _("The draft is thrown away."))
        return redirect("directory:portal")
    return render(request, "directory/listing_discard.html", {"listing": page})
