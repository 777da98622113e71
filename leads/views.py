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
from crm.pages.forms import focus_first_wrong
from crm.pages.request import SignedInRequest
from crm.pages.toast import add_toast
from crm.pages.undo import Act, note_of
from leads import actions
from leads.addresses import KnownAddresses, dial_code, known_addresses
from leads.form.people import Typed, maybe_also, same_person
from leads.forms import IDENTIFIER_FIELDS, DoNotContactForm, LeadForm, OwnerForm, StatusForm
from leads.models import Lead, LeadStatus
from leads.person.wishes import Wish


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """A new lead. If there are leads with the same address, the page shows them once before it saves."""
    form = LeadForm(
        request.POST if request.method == "POST" else None, user=request.user, initial={"owner": request.user}
    )
    if request.method == "POST" and form.is_valid():
        if lead := made_before(request.user, form):
            return made_already(request, lead)
        same = same_person(request.user, form.lead_identifiers(), None)
        known = request.POST.get("known", "").split()
        if all(str(person.lead.id) in known for person in same):
            return made(request, create_once(request.user, form))
        return show(request, form, same=same, status=409)
    return show(request, form)


def show(
    request: SignedInRequest, form: LeadForm, lead: Lead | None = None, status: int | None = None, **context: object
) -> HttpResponse:
    """The form as a page. lead: the one that is edited, as it is now."""
    if not focus_first_wrong(form) and not form.is_bound and lead is None:
        form.fields["first_name"].widget.attrs["autofocus"] = True
    context |= {"form": form, "lead": lead, "groups": form.address_groups(), "dial_code": dial_code(form.region)}
    return render(request, "leads/form/lead_form.html", context, status=status or (422 if form.errors else 200))


def made_before(user: User, form: LeadForm) -> Lead | None:
    """The lead that this very form has made already, by a double click or after the Back button."""
    lead_id = form.new_lead_id()
    return Lead.objects.visible_to(user).filter(pk=lead_id).first() if lead_id else None


def made_already(request: SignedInRequest, lead: Lead) -> HttpResponse:
    """Sent a second time the form makes nothing. What was changed in it meanwhile is shown as an edit to be saved."""
    as_it_is = Lead.objects.prefetch_related("identifiers").get(pk=lead.id)
    edited = LeadForm(request.POST, instance=lead, user=request.user, initial=LeadForm.identifiers_of(lead))
    if "first_name" in request.POST and (not edited.is_valid() or edited.differs_from(as_it_is)):
        return show(request, edited, as_it_is, status=409, made_already=True)
    return redirect("lead", lead.id)


def create_once(user: User, form: LeadForm) -> Lead:
    create = partial(actions.create_lead, user=user, fields=form.lead_fields(), identifiers=form.lead_identifiers())
    try:
        return create(lead_id=form.new_lead_id())
    except IntegrityError:
        # The other click was faster by a moment; or the id is that of a lead this user cannot see.
        return made_before(user, form) or create()


def made(request: SignedInRequest, lead: Lead) -> HttpResponse:
    undo = note_of(request.user, Act.LEAD_MADE, lead=lead.id, version=lead.version)
    messages.success(request, f"{lead.name} is in your leads.", extra_tags=undo)
    return redirect("contact_new" if request.POST.get("then") == "log" else "lead", lead.id)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    lead = get_object_or_404(Lead.objects.visible_to(request.user).prefetch_related("identifiers"), pk=lead_id)
    form = LeadForm(
        request.POST if request.method == "POST" else None,
        instance=lead,
        user=request.user,
        initial=LeadForm.identifiers_of(lead),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_lead(
                lead_id=lead_id,
                user=request.user,
                fields=form.lead_fields(),
                identifiers=form.lead_identifiers(),
                shown=form.shown(),
            )
        except actions.EditOvertaken as overtaken:
            form.say_overtaken(overtaken.lead, overtaken.names)
            return show(request, form, overtaken.lead, status=409)
        messages.success(request, form.saved_words())
        return redirect("lead", lead_id)
    return show(request, form, Lead.objects.get(pk=lead_id))


@require_POST
def check(request: SignedInRequest, lead_id: UUID | None = None) -> HttpResponse:
    """What the page says while a lead is typed: who is here already, and how each address is read."""
    known: KnownAddresses = {}
    if lead_id:
        known = known_addresses(get_object_or_404(Lead.objects.visible_to(request.user), pk=lead_id))
    typed = Typed.read(request.POST, IDENTIFIER_FIELDS, request.user, known)
    same = same_person(request.user, typed.identifiers, lead_id)
    near = maybe_also(request.user, typed, [person.lead.id for person in same] + ([lead_id] if lead_id else []))
    return render(request, "leads/form/_check.html", {"same": same, "near": near, "rows": typed.rows.items()})


@require_POST
def status(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    lead = before = get_object_or_404(Lead.objects.visible_to(request.user), pk=lead_id)
    form, undo = StatusForm(request.POST), ""
    if form.is_valid():
        lead = actions.set_status(lead_id=lead_id, user=request.user, status=form.cleaned_data["status"])
        facts = {"chosen_at": lead.status_set_at, "status_set_at": before.status_set_at}
        undo = undo_note(request.user, Act.STATUS, before, lead, **facts, status_set=before.status_set)
    text = f"{lead.name} is {lead.get_status_display()} now"
    return menu_answer(request, "_status_menu", lead, form, text, undo, statuses=LeadStatus.choices)


def undo_note(user: User, act: Act, was: Lead, now: Lead, **facts: object) -> str:
    """The note by which this change of a lead is taken back; none if it is not one step from what was read before."""
    return note_of(user, act, lead=now.id, **facts) if now.version == was.version + 1 else ""


@require_POST
def owner(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    lead = before = get_object_or_404(Lead.objects.visible_to(request.user), pk=lead_id)
    form, undo = OwnerForm(request.POST, user=request.user), ""
    if form.is_valid():
        lead = actions.set_owner(lead_id=lead_id, user=request.user, owner=form.cleaned_data["owner"])
        facts = {"given_to": lead.owner_id, "owner": before.owner_id}
        undo = undo_note(request.user, Act.OWNER, before, lead, **facts)
    colleagues = User.objects.filter(company_id=company_id_of(request.user), is_active=True)
    text = f"{lead.name} belongs to {lead.owner.name if lead.owner else 'nobody'} now"
    return menu_answer(request, "_owner_menu", lead, form, text, undo, owners=colleagues)


def menu_answer(
    request: SignedInRequest, fragment: str, lead: Lead, form: forms.Form, text: str, undo: str, **context: object
) -> HttpResponse:
    """The menu as it is now, or without JavaScript back to the page; 422 with the sentences for an invalid choice."""
    if not request.htmx and form.is_valid():
        messages.success(request, text, extra_tags=undo)
        return redirect("lead", lead.id)
    if not form.is_valid():
        return HttpResponse(
            " ".join(str(message) for messages in form.errors.values() for message in messages),
            status=422,
            content_type="text/plain",
        )
    return add_toast(render(request, f"leads/menus/{fragment}.html", {"lead": lead, **context}), text, undo)


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
            after = actions.set_do_not_contact(lead_id=lead_id, user=request.user, **form.cleaned_data)
        except PermissionDenied as error:
            form.add_error(None, str(error))
        else:
            facts = {"noted": Wish.of(after).columns(), "before": Wish.of(lead).columns()}
            undo = undo_note(request.user, Act.DO_NOT_CONTACT, lead, after, **facts)
            words = after.do_not_contact_words or f"{after.short_name} may be contacted"
            messages.success(request, f"Saved. {words}.", extra_tags=undo)
            return redirect("lead", lead_id)
    context = {"form": form, "lead": lead}
    return render(request, "leads/do_not_contact/do_not_contact.html", context, status=422 if form.errors else 200)
