"""The lead page: who this is, what may be done, and everything that was said."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from crm.pages.request import SignedInRequest
from outreach.page.forms import TimelineForm
from outreach.page.lead import get_lead, history_context, page_context, timeline_context


@require_GET
def lead(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    lead_shown = get_lead(request.user, lead_id)
    return render(request, "outreach/lead/lead.html", page_context(lead_shown, request.user, TimelineForm(request.GET)))


@require_GET
@vary_on_headers("HX-Request")
def timeline(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    """The timeline by the filters and place in the address, or blocks of it: to go on with, or to be read again."""
    if not request.htmx:
        return redirect(f"{reverse('lead', args=[lead_id])}?{request.GET.urlencode()}#timeline")
    filters = TimelineForm(request.GET)
    context = timeline_context(get_lead(request.user, lead_id), request.user, filters)
    context["oob"] = bool(filters.place().spans)
    fragment = "_timeline" if request.htmx.target == "timeline" else "_blocks"
    return render(request, f"outreach/lead/{fragment}.html", context)


@require_GET
def history(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    """All that was said, for printing: what the address filters, and what is left out of a very long one is said."""
    context = history_context(get_lead(request.user, lead_id), request.user, TimelineForm(request.GET))
    return render(request, "outreach/lead/history.html", context)


@require_GET
def live(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    """Anything newer than this version? Nothing (204), or all regions of the page as they are now."""
    filters = TimelineForm(request.GET)
    lead_shown = get_lead(request.user, lead_id)
    seen = filters.seen()
    if seen is not None and seen >= lead_shown.version:
        return HttpResponse(status=204)
    return render(request, "outreach/lead/_regions.html", page_context(lead_shown, request.user, filters))
