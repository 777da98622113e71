"""The company's policy: everybody reads it, its managers change it and preview what it would have done."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from crm.login.access import manager_required
from crm.models import Role, User
from crm.models.tenancy import company_of
from crm.pages.request import SignedInRequest
from leads.methods import ContactMethod
from outreach.policies.form import PolicyForm, initial
from outreach.policies.history import read_history
from outreach.policies.policy import (
    DEFAULTS,
    Policy,
    PolicyChanged,
    changes,
    may_change,
    merge,
    read_policy,
    set_policy,
)
from outreach.policies.preview import preview
from outreach.policies.words import SIMILARITY_DAYS, claim, days, hard_limit, organization, similar, warning


@require_http_methods(["GET", "POST"])
def policy(request: SignedInRequest) -> HttpResponse:
    """The limits and their history; for managers also the form that changes or previews them."""
    user = request.user
    if user.company_id is None:
        return redirect("admin:index")
    if request.method == "GET":
        return page(request, read_policy(company_of(user)))
    if not may_change(user):
        raise PermissionDenied("Only managers change the policy.")
    current = read_policy(company_of(user))
    form = PolicyForm(request.POST, current=current)
    if not form.is_valid():
        return page(request, current, form=form, status=422)
    if request.POST.get("act") == "preview":
        return page(request, current, form=form, previewed=True)
    return save(request, form)


def save(request: SignedInRequest, form: PolicyForm) -> HttpResponse:
    version = form.cleaned_data["version"]
    try:
        # A form that does not say what it saw saw the limits of no moment.
        done = set_policy(user=request.user, policy=form.policy(), seen=version or "unknown")
    except PolicyChanged as error:
        return conflict(request, form, Policy.of_version(version), error.current)
    text = "; ".join(change.words for change in done)
    messages.success(request, f"Saved. {text}." if done else "Nothing was changed.")
    return redirect("policy")


def conflict(request: SignedInRequest, form: PolicyForm, base: Policy | None, current: Policy) -> HttpResponse:
    """The form again: what was typed stays, what was not touched is as the others left it."""
    again = PolicyForm(initial(merge(base, form.policy(), current)) | {"version": current.version}, current=current)
    theirs = changes(base or DEFAULTS, current)
    return page(request, current, form=again, theirs=theirs, mine=changes(current, again.policy()), status=409)


@require_GET
@manager_required
@vary_on_headers("HX-Request")
def policy_preview(request: SignedInRequest) -> HttpResponse:
    """What the typed limits would have done. Nothing is saved by it."""
    current = read_policy(company_of(request.user))
    form = PolicyForm(request.GET if request.GET else None, current=current)
    valid = form.is_valid() or not form.is_bound
    status = 200 if valid else 422
    if not request.htmx:
        return page(request, current, form=form, previewed=valid, status=status)
    context = {"form": form, "current": current, **previewed_context(request.user, form, current, valid)}
    return render(request, "outreach/policy/_preview_reply.html", context, status=status)


def page(
    request: SignedInRequest,
    current: Policy,
    *,
    form: PolicyForm | None = None,
    previewed: bool = False,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    user: User = request.user
    form = form or PolicyForm(current=current)
    history = read_history(company_of(user))
    limits = {
        "methods": method_lines(current),
        "whole": whole_lines(current),
        "reps": User.objects.filter(company=user.company, role=Role.REP, is_active=True).count(),
        "history": history,
        "form": form if may_change(user) else None,
    }
    shown = previewed_context(user, form, current, previewed) if may_change(user) else {}
    return render(request, "outreach/policy/policy.html", {**limits, **shown, **context}, status=status)


def previewed_context(user: User, form: PolicyForm, current: Policy, previewed: bool) -> dict[str, object]:
    return {"preview": preview(company_of(user), current, form.policy()) if previewed else None}


def method_lines(current: Policy) -> list[dict[str, object]]:
    return [
        {
            "method": method,
            "limit": hard_limit(limits),
            "limited": limits.cooldown_hours > 0,
            "warning": warning(limits),
        }
        for method, limits in ((method, current.methods[method]) for method in ContactMethod)
    ]


def whole_lines(current: Policy) -> list[tuple[str, str]]:
    return [
        ("Similar messages", f"a reason from {similar(current)} alike, within {days(SIMILARITY_DAYS)}"),
        ("Same organization", organization(current)),
        ("Shown as writing", f"for {claim(current)}"),
    ]
