"""Making and changing a lead. Its page and the list live in outreach, whose data they show."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from crm.models import User
from leads import actions
from leads.forms import DoNotContactForm, LeadForm, OwnerForm, StatusForm
from leads.models import Lead, LeadStatus
from leads.person.duplicates import already_here


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new lead. When somebody is here already with the same address, it says so once before it saves."""
    form = LeadForm(
        request.POST if request.method == "POST" else None, user=request.user, initial={"owner": request.user}
    )
    if request.method == "POST" and form.is_valid():
        lead = made_before(request.user, form)
        duplicates = already_here(request.user, form.identifiers_said()) if lead is None else []
        if not duplicates or request.POST.get("known"):
            return redirect("lead", (lead or create_once(request.user, form)).id)
        return render(request, "leads/form/lead_form.html", {"form": form, "duplicates": duplicates}, status=409)
    return render(request, "leads/form/lead_form.html", {"form": form}, status=422 if form.errors else 200)


def made_before(user: User, form: LeadForm) -> Lead | None:
    """What this very form has made already: of a double click, or after the Back button."""
    return Lead.objects.visible_to(user).filter(pk=form.key_said()).first()


def create_once(user: User, form: LeadForm) -> Lead:
    said = {"user": user, "fields": form.fields_said(), "identifiers": form.identifiers_said()}
    try:
        return actions.create_lead(**said, lead_id=form.key_said())
    except IntegrityError:
        # The other click was faster by a moment; or it is the id of something this user cannot see.
        return made_before(user, form) or actions.create_lead(**said)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    lead = get_object_or_404(Lead.objects.visible_to(request.user), pk=lead_id)
    form = LeadForm(
        request.POST if request.method == "POST" else None,
        instance=lead,
        user=request.user,
        initial=LeadForm.identifiers_of(lead),
    )
    if request.method == "POST" and form.is_valid():
        said = form.fields_said()
        status = said.pop("status", None)
        actions.update_lead(lead_id=lead_id, user=request.user, fields=said, identifiers=form.identifiers_said())
        if status:
            actions.set_status(lead_id=lead_id, user=request.user, status=status)
        messages.success(request, "Saved.")
        return redirect("lead", lead_id)
    context = {"form": form, "lead": Lead.objects.get(pk=lead_id)}
    return render(request, "leads/form/lead_form.html", context, status=422 if form.errors else 200)


@require_POST
def status(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    lead = get_object_or_404(Lead.objects.visible_to(request.user), pk=lead_id)
    form = StatusForm(request.POST)
    if form.is_valid():
        lead = actions.set_status(lead_id=lead_id, user=request.user, status=form.cleaned_data["status"])
    return replied(request, "_status_menu", lead, form, statuses=LeadStatus.choices)


@require_POST
def owner(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    lead = get_object_or_404(Lead.objects.visible_to(request.user), pk=lead_id)
    form = OwnerForm(request.POST, user=request.user)
    if form.is_valid():
        lead = actions.set_owner(lead_id=lead_id, user=request.user, owner=form.cleaned_data["owner"])
    colleagues = User.objects.filter(company_id=request.user.company_id, is_active=True)
    return replied(request, "_owner_menu", lead, form, owners=colleagues)


def replied(request: HttpRequest, fragment: str, lead: Lead, form, **context: object) -> HttpResponse:
    """The menu as it is now, or without JavaScript back to the page. What cannot be is refused and names itself."""
    if not request.htmx and form.is_valid():
        return redirect("lead", lead.id)
    if not form.is_valid():
        return HttpResponse(" ".join(sum(form.errors.values(), [])), status=422, content_type="text/plain")
    return render(request, f"leads/menus/{fragment}.html", {"lead": lead, **context})


@require_http_methods(["GET", "POST"])
def do_not_contact(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """What the person asked for. Reps add to it, managers take it back."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user), pk=lead_id)
    form = DoNotContactForm(
        request.POST if request.method == "POST" else None,
        initial={
            "whole": lead.do_not_contact,
            "methods": lead.do_not_contact_methods,
            "reason": lead.do_not_contact_reason,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_do_not_contact(lead_id=lead_id, user=request.user, **form.cleaned_data)
        except PermissionDenied as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved.")
            return redirect("lead", lead_id)
    context = {"form": form, "lead": lead}
    return render(request, "leads/do_not_contact/do_not_contact.html", context, status=422 if form.errors else 200)
