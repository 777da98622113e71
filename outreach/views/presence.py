"""Which colleagues are present at a lead, and the claim of the rep who has the composer open."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from crm.pages.request import SignedInRequest
from leads.models import Lead
from outreach.guard import glance
from outreach.live import claims
from outreach.page.lead import get_lead, presence_context

# A claim is renewed well before it runs out: a hidden tab may be a minute late.
RENEW_AFTER = 0.4


@require_GET
@vary_on_headers("HX-Request")
def presence(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    """Which colleagues are present, and which methods may be used now."""
    lead = get_lead(request.user, lead_id)
    if not request.htmx:
        return redirect("lead", lead_id)
    return render(
        request, "outreach/lead/_presence_reply.html", presence_context(lead, request.user, glance(lead, request.user))
    )


@require_POST
def claim(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    """Claim the person, or renew the claim; says after how many seconds to renew it."""
    try:
        claimed = claims.claim_person(lead_id=lead_id, user=request.user, method=request.POST.get("method", ""))
    except Lead.DoesNotExist as error:
        raise Http404("No such lead.") from error
    except ValidationError as error:
        return JsonResponse({"errors": error.message_dict}, status=422)
    return JsonResponse({"renew_seconds": round(claimed.seconds_left * RENEW_AFTER)})


@require_POST
def release(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    try:
        claims.release_person(lead_id=lead_id, user=request.user)
    except Lead.DoesNotExist as error:
        raise Http404("No such lead.") from error
    return HttpResponse(status=204)
