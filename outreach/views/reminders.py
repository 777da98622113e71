"""Reminders: set from a refusal, shown in the rep's list at their time, done or put off from wherever they show."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from crm import times
from crm.pages.request import SignedInRequest
from crm.pages.toast import add_toast
from crm.pages.undo import Act, note_of
from leads.models import Lead
from leads.person.records import records_of
from outreach.followups.open_steps import next_reminder, own_reminder, read_steps, reminders_context
from outreach.followups.reminders import get_reminder, pending_reminders, remind, settle_reminder, snooze_reminder
from outreach.followups.undo import pending_due_at
from outreach.lists.rows import reviews_of
from outreach.models import Reminder
from outreach.page.forms import RemindForm
from outreach.page.lead import get_lead
from outreach.views.contacts import show_typed

CHANGED = "reminders:changed"


@require_GET
def band(request: SignedInRequest) -> HttpResponse:
    """The list's reminders, re-checked: what an open list re-reads when one becomes due."""
    if not request.htmx:
        return redirect(f"{reverse('lead_list')}?view=reminders")
    return show_band(request)


def show_band(request: SignedInRequest) -> HttpResponse:
    pending = pending_reminders(request.user)
    reviews = reviews_of([reminder.lead for reminder in pending.due], request.user)
    is_coming_shown = "coming" in request.GET or request.POST.get("back") == "reminders"
    context = reminders_context(pending, reviews, request.user, is_coming_shown=is_coming_shown)
    return render(request, "outreach/reminders/_reply.html", context)


@require_http_methods(["GET", "POST"])
def of_lead(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    """One's own reminders of this person: shown beside the guard's rows, set from a refusal."""
    if request.method == "POST":
        return set_reminder(request, lead_id)
    lead = get_lead(request.user, lead_id)
    return show_own(request, lead) if request.htmx else redirect("lead", lead_id)


def show_own(request: SignedInRequest, lead: Lead) -> HttpResponse:
    steps = read_steps(request.user, records_of([lead.id])[lead.id])
    context = {"lead": lead, "open_steps": steps, "next_reminder": next_reminder(steps)}
    return render(request, "outreach/lead/_own_reminders.html", context)


def set_reminder(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    form, reminder, before = RemindForm(request.POST), None, None
    try:
        if form.is_valid():
            before = pending_due_at(user=request.user, lead_id=lead_id, method=form.cleaned_data["method"])
            reminder = remind(lead_id=lead_id, user=request.user, **form.cleaned_data)
    except Lead.DoesNotExist as error:
        raise Http404("No such lead.") from error
    except ValidationError as error:
        form.add_error(None, error)
    if reminder is None:
        return refuse(request, lead_id, form)
    return moved(request, reminder, before)


def moved(request: SignedInRequest, reminder: Reminder, before: datetime | None) -> HttpResponse:
    text = f"You will be reminded {times.from_when(reminder.due_at, timezone.now())}."
    facts = {"reminder": reminder.id, "due_at": reminder.due_at, "before": before}
    return answer(request, reminder, text, note_of(request.user, Act.REMINDER_SET, **facts))


def refuse(request: SignedInRequest, lead_id: UUID, form: RemindForm) -> HttpResponse:
    """The error, in the part of the page that has the button. Nothing was typed that could be lost."""
    if request.htmx and request.htmx.target == "reminders":
        # Its time has passed in the meantime: the guard's answer of now says more.
        return show_band(request)
    lead = get_lead(request.user, lead_id)
    error = " ".join(str(message) for name in form.errors for message in form.errors[name])
    if request.htmx:
        context = {"lead": lead, "error": error, "method": request.POST.get("method", "")}
        return render(request, "outreach/log_contact/_remind_step.html", context, status=422)
    messages.error(request, error)
    return back(request, lead_id)


@require_POST
def done(request: SignedInRequest, reminder_id: UUID) -> HttpResponse:
    try:
        reminder = settle_reminder(reminder_id=reminder_id, user=request.user)
    except Reminder.DoesNotExist as error:
        raise Http404("No such reminder.") from error
    undo = note_of(request.user, Act.REMINDER_DONE, reminder=reminder.id, done_at=reminder.done_at)
    text = "Reminder done." if reminder.due_at <= timezone.now() else "You will not be reminded."
    return answer(request, reminder, text, undo, gone=True)


@require_POST
def later(request: SignedInRequest, reminder_id: UUID) -> HttpResponse:
    """When the guard allows it, or tomorrow."""
    try:
        before = get_reminder(reminder_id, request.user).due_at
        reminder = snooze_reminder(reminder_id=reminder_id, user=request.user)
    except Reminder.DoesNotExist as error:
        raise Http404("No such reminder.") from error
    return moved(request, reminder, before)


def answer(request: SignedInRequest, reminder: Reminder, text: str, undo: str, *, gone: bool = False) -> HttpResponse:
    """The part of the page that has the button, as it is now; an event reloads the other parts with reminders."""
    if not request.htmx:
        messages.success(request, text, extra_tags=undo)
        return back(request, reminder.lead_id)
    return add_toast(part(request, reminder, gone), text, undo)


def part(request: SignedInRequest, reminder: Reminder, gone: bool) -> HttpResponse:
    if request.htmx.target == "reminders":
        return show_band(request)
    if request.htmx.target == "own-reminders":
        return show_own(request, reminder.lead)
    own = None if gone else own_reminder(reminder, timezone.now())
    reply = render(
        request, "outreach/log_contact/_remind_step.html", {"lead": reminder.lead, "reminder": own, "gone": gone}
    )
    return trigger_client_event(reply, CHANGED)


def back(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    """Without JavaScript: the form as it was typed, the list, or the lead's page, wherever it was pressed."""
    if request.POST.get("page"):
        return show_typed(request, lead_id)
    if request.POST.get("back") == "reminders":
        return redirect("reminders")
    return redirect("lead_list") if request.POST.get("back") == "list" else redirect("lead", lead_id)
