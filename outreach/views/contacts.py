"""Acting on a lead's history: log a contact, mark an answer, void a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget, trigger_client_event

from crm.models import User
from crm.pages.request import SignedInRequest
from crm.pages.undo import Act, note_of
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.contacts import actions
from outreach.live import claims
from outreach.models import ContactAttempt, Direction
from outreach.page import dialog
from outreach.page.contact_form import LogContactForm, QuestionForm, typed
from outreach.page.forms import ResponseForm, TimelineForm, VoidForm
from outreach.page.lead import get_lead, page_context
from outreach.page.places import entry_url
from outreach.page.records import record_names
from outreach.page.timeline import read_entry
from outreach.reviews.shown import note_shown

if TYPE_CHECKING:
    from outreach.page.records import PageLead


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def new(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    """The dialog that logs a contact: shown, accepted, or shown again as typed, with what blocks or warns."""
    if request.method == "POST":
        return log(request, lead_id)
    lead = get_lead(request.user, lead_id)
    entries = dialog.last_entries(lead, request.user)
    method = dialog.method_or_default(request.GET.get("method"))
    form = LogContactForm.fresh(lead, method, dialog.answerable(entries))
    question = QuestionForm({"method": method, "direction": Direction.OUTBOUND})
    if not request.htmx:
        # A page without scripts cannot claim by itself. The claim ends by logging, or when it runs out.
        claims.claim_person(lead_id=lead.id, user=request.user, method=method)
    context = dialog.dialog_context(lead, request.user, form, entries, question)
    note_shown(lead, request.user, context["answer"])
    return show(request, "log_contact", context)


def log(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    form = LogContactForm(typed(request.POST))
    if not form.is_valid():
        return show_again(request, lead_id, form, status=422)
    try:
        attempt = actions.log_contact(
            lead_id=lead_id,
            user=request.user,
            contact=form.contact(),
            seen=form.cleaned_data["seen"],
            reason=form.reason_text(),
            already_sent=form.cleaned_data["act"] == "already_sent",
            idempotency_key=form.cleaned_data["key"],
        )
    except Lead.DoesNotExist as error:
        raise Http404("No such lead.") from error
    except ValidationError as error:
        form.add_error(None, error)
        return show_again(request, lead_id, form, status=422)
    except actions.Refused as refused:
        return show_again(request, lead_id, form, status=REFUSED_STATUS[type(refused)])
    except actions.AlreadyLogged:
        # With a key of its own it can be sent, if it is to be one more contact.
        form.data = {**typed(request.POST), "key": LogContactForm.new_key()}
        form.add_error(
            None, "This is logged already, as you sent it first. Log it again only if it is another contact."
        )
        return show_again(request, lead_id, form, status=422)
    return logged(request, attempt)


REFUSED_STATUS = {actions.NeedsOverride: 409, actions.TooSoon: 429, actions.DoNotContact: 403}


def show_again(request: SignedInRequest, lead_id: UUID, form: LogContactForm, *, status: int) -> HttpResponse:
    """The dialog as it was typed, with what the guard answers now and the version that it has read."""
    lead = get_lead(request.user, lead_id)
    context = dialog.dialog_context(
        lead, request.user, form, dialog.last_entries(lead, request.user), QuestionForm(request.POST)
    )
    note_shown(lead, request.user, context["answer"])
    form.data = {**typed(request.POST), "key": form.data.get("key", ""), "seen": lead.version}
    return show(request, "log_contact", {**context, "announce": True}, status=status)


def show_typed(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    """The form's page as it was typed, after another act than logging: nothing is lost without JavaScript either."""
    lead = get_lead(request.user, lead_id)
    form = LogContactForm(typed(request.POST))
    form.leave_unchecked()
    entries = dialog.last_entries(lead, request.user)
    context = dialog.dialog_context(lead, request.user, form, entries, QuestionForm(request.POST))
    form.data = {**typed(request.POST), "seen": lead.version}
    return show(request, "log_contact", context)


def logged(request: SignedInRequest, attempt: ContactAttempt) -> HttpResponse:
    method = ContactMethod(attempt.method)
    text = f"{method.label} {'from' if attempt.is_inbound else 'to'} {{lead}} logged"
    undo = note_of(request.user, Act.CONTACT_LOGGED, attempt=attempt.id)
    return acted(request, attempt.lead_id, text, undo=undo, event="contact:logged")


def closed_as_logged(request: SignedInRequest, attempt: ContactAttempt) -> HttpResponse:
    """In answer to a question about the verdict: the dialog closes as it would have, had the first answer come."""
    if request.POST.get("page"):
        messages.success(request, "This is logged.")
        return HttpResponseClientRedirect(reverse("lead", args=[attempt.lead_id]))
    return retarget(reswap(logged(request, attempt), "innerHTML"), "#dialog-slot")


@require_POST
def verdict(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    """The guard's answer to what is typed in the dialog, with the tiles and buttons for it. Nothing is written.

    A form that was sent and got no answer comes with its key: what it has logged needs no verdict any more.
    """
    lead = get_lead(request.user, lead_id)
    form = LogContactForm({**typed(request.POST), "seen": lead.version})
    if form.data.get("key") and form.tells_contact:
        attempt = actions.logged_before(user=request.user, key=form.data["key"], contact=form.contact())
        if attempt is not None:
            return closed_as_logged(request, attempt)
    form.leave_unchecked()
    entries = dialog.last_entries(lead, request.user)
    context = dialog.dialog_context(lead, request.user, form, entries, QuestionForm(request.POST))
    note_shown(lead, request.user, context["answer"])
    return render(
        request, "outreach/log_contact/_verdict_reply.html", {**context, "page": bool(request.POST.get("page"))}
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def response(request: SignedInRequest, attempt_id: UUID) -> HttpResponse:
    """They replied, at a time or just now; or undo it."""
    form = ResponseForm(request.POST if request.method == "POST" else None, initial={"responded": "true"})
    if request.method == "POST" and form.is_valid():
        try:
            attempt = actions.mark_responded(
                attempt_id=attempt_id,
                user=request.user,
                responded=form.cleaned_data["responded"],
                response_at=form.cleaned_data["response_at"],
            )
        except ContactAttempt.DoesNotExist as error:
            raise Http404("No such contact.") from error
        except ValidationError as error:
            form.add_error(None, error)
        else:
            text = "Reply of {lead} recorded" if attempt.responded else "Reply of {lead} taken back"
            return acted(request, attempt.lead_id, text, undo=change_note(request.user, attempt), entry=attempt.id)
    return show_small(request, "response", attempt_id, form)


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def void(request: SignedInRequest, attempt_id: UUID) -> HttpResponse:
    """A contact logged by mistake stays on the timeline, struck through, with the reason."""
    form = VoidForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            attempt = actions.void_contact(attempt_id=attempt_id, user=request.user, reason=form.cleaned_data["reason"])
        except ContactAttempt.DoesNotExist as error:
            raise Http404("No such contact.") from error
        undo = change_note(request.user, attempt)
        return acted(request, attempt.lead_id, "{lead}: contact voided", undo=undo, entry=attempt.id)
    return show_small(request, "void", attempt_id, form)


def change_note(user: User, attempt: ContactAttempt) -> str:
    """The note by which this change is taken back; none if it was somebody else's, or changed nothing."""
    change = actions.last_change(attempt)
    is_own = change is not None and attempt.changed_by_id == user.id
    facts = {"attempt": attempt.id, "change": change, "was_void": attempt.voided_at is not None}
    return note_of(user, Act.CONTACT_CHANGED, **facts) if is_own else ""


def acted(
    request: SignedInRequest,
    lead_id: UUID,
    text: str,
    *,
    undo: str = "",
    event: str = "",
    entry: UUID | None = None,
) -> HttpResponse:
    """The reply to an act: the page's regions and a toast, or without JavaScript back to the page and this entry of it.

    The page may be that of another record of the same person; it sends its own lead id.
    """
    if not request.htmx:
        messages.success(request, text.format(lead=get_lead(request.user, lead_id).name), extra_tags=undo)
        return redirect(entry_url(lead_id, entry) if entry else reverse("lead", args=[lead_id]))
    filters = TimelineForm(request.GET)
    lead = page_lead(request.user, lead_id, filters.page())
    context = page_context(lead, request.user, filters)
    toast = {"text": text.format(lead=lead.name), "undo": undo}
    reply = render(request, "outreach/lead/_logged.html", {**context, **toast})
    return trigger_client_event(reply, event, {"lead": str(lead.id)}) if event else reply


def page_lead(user: User, lead_id: UUID, page_lead_id: UUID | None) -> PageLead:
    """The lead of the page that sent the request, if it is a record of the same person; else the lead acted on."""
    lead = get_lead(user, lead_id)
    return get_lead(user, page_lead_id) if page_lead_id in record_names(lead) else lead


def show_small(request: SignedInRequest, name: str, attempt_id: UUID, form: Form) -> HttpResponse:
    """The small form about one attempt, with that attempt in it."""
    attempt = ContactAttempt.objects.visible_to(request.user).filter(pk=attempt_id).first()
    if attempt is None:
        raise Http404("No such contact.")
    lead = get_lead(request.user, attempt.lead_id)
    context = {"lead": lead, "entry": read_entry(attempt.id, lead, request.user), "form": form}
    return show(request, name, context, status=422 if form.errors else 200)


def show(request: SignedInRequest, name: str, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    """One view, two forms: the dialog for the page's slot, or a page of its own without JavaScript."""
    page = not request.htmx
    template = f"outreach/{name}/{name if page else '_dialog'}.html"
    return render(request, template, {**context, "page": page}, status=status)
