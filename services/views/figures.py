"""Figures for coordinators: how often children have told it, and how often the record answered instead."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render

from services import policies
from services.models.figures import told_figures
from services.policies import require
from services.rules.figures import ROW, bars
from services.views.loading import now


@login_required
def told_overview(request):
    """Two distributions, drawn and as tables; no case is named and small groups are hidden."""
    require(policies.coordinates(request.user, now()))
    figures = told_figures()
    drawn = {name: bars(groups) for name, groups in figures.items()}
    height = ROW * max((len(groups) for groups in figures.values()), default=1)
    return render(request, "services/told_overview.html", {"drawn": drawn, "height": height})
