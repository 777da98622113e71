"""Making and changing a lead. Its page and the list live in outreach, whose data they show."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from crm.models import User
from crm.models.tenancy import company_id_of
from crm.pages.request import SignedInRequest
from leads import actions
from leads.forms import DoNotContactForm, LeadForm, OwnerForm, StatusForm
from leads.models import Lead, LeadStatus
from leads.person.duplicates import find_duplicates


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """A new lead. If there are leads with the same address, the page shows them once before it saves."""
    form = LeadForm(
        request.POST if request.method == "POST" else None, user=request.user, initial={"owner": request.user}
    )
    if request.method == "POST" and form.is_valid():
        lead = made_before(request.user, form)
        duplicates = find_duplicates(request.user, form.lead_identifiers()) if lead is None else []
        if not duplicates or request.POST.get("known"):
            return redirect("lead", (lead or create_once(request.user, form)).id)
        return render(request, "leads/form/lead_form.html", {"form": form, "duplicates": duplicates}, status=409)
    return render(request, "leads/form/lead_form.html", {"form": form}, status=422 if form.errors else 200)


def made_before(user: User, form: LeadForm) -> Lead | None:
    """The lead that this very form has made already, by a double click or after the Back button."""
    lead_id = form.new_lead_id()
    return Lead.objects.visible_to(user).filter(pk=lead_id).first() if lead_id else None


def create_once(user: User, form: LeadForm) -> Lead:
    create = partial(actions.create_lead, user=user, fields=form.lead_fields(), identifiers=form.lead_identifiers())
    try:
        return create(lead_id=form.new_lead_id())
    except IntegrityError:
        # The other click was faster by a moment; or the id is that of a lead this user cannot see.
        return made_before(user, form) or create()


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    lead = get_object_or_404(Lead.objects.visible_to(request.user), pk=lead_id)
    form = LeadForm(
        request.POST if request.method == "POST" else None,
        instance=lead,
        user=request.user,
        initial=LeadForm.identifiers_of(lead),
    )
    if request.method == "POST" and form.is_valid():
        fields = form.lead_fields()
        status = fields.pop("status", None)
        actions.update_lead(lead_id=lead_id, user=request.user, fields=fields, identifiers=form.lead_identifiers())
        if status:
            actions.set_status(lead_id=lead_id, user=request.user, status=status)
        messages.success(request, "Saved.")
        return redirect("lead", lead_id)
    context = {"form": form, "lead": Lead.objects.get(pk=lead_id)}
    return render(request, "leads/form/lead_form.html", context, status=422 if form.errors else 200)


@require_POST
def status(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    lead = get_object_or_404(Lead.objects.visible_to(request.user), pk=lead_id)
    form = StatusForm(request.POST)
    if form.is_valid():
        lead = actions.set_status(lead_id=lead_id, user=request.user, status=form.cleaned_data["status"])
    return menu_answer(request, "_status_menu", lead, form, statuses=LeadStatus.choices)


@require_POST
def owner(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    lead = get_object_or_404(Lead.objects.visible_to(request.user), pk=lead_id)
    form = OwnerForm(request.POST, user=request.user)
    if form.is_valid():
        lead = actions.set_owner(lead_id=lead_id, user=request.user, owner=form.cleaned_data["owner"])
    colleagues = User.objects.filter(company_id=company_id_of(request.user), is_active=True)
    return menu_answer(request, "_owner_menu", lead, form, owners=colleagues)


def menu_answer(
    request: SignedInRequest, fragment: str, lead: Lead, form: forms.Form, **context: object
) -> HttpResponse:
    """The menu as it is now, or without JavaScript back to the page; 422 with the sentences for an invalid choice."""
    if not request.htmx and form.is_valid():
        return redirect("lead", lead.id)
    if not form.is_valid():
        return HttpResponse(
            " ".join(str(message) for messages in form.errors.values() for message in messages),
            status=422,
            content_type="text/plain",
        )
    return render(request, f"leads/menus/{fragment}.html", {"lead": lead, **context})


@require_http_methods(["GET", "POST"])
def do_not_contact(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    """The person's wish not to be contacted. Reps add to it, managers take it back."""
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
