"""Notes between colleagues: asking about a lead, answering, and the page that lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from crm.models import User
from crm.pages.request import SignedInRequest
from crm.pages.toast import add_toast
from crm.pages.undo import Act, note_of
from leads.models import Lead
from leads.person.records import records_of
from outreach.followups.note_list import PAGE_SIZE, ListedNote, list_notes
from outreach.followups.notes import answer_note, ask_colleague, count_unread, mark_read
from outreach.followups.open_steps import read_steps
from outreach.models import ColleagueNote
from outreach.page.forms import NoteForm, TimelineForm
from outreach.page.lead import colleagues, get_lead, page_context
from outreach.page.next_steps import AskStep
from outreach.views.contacts import show_typed

if TYPE_CHECKING:
    from outreach.page.records import PageLead


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def new(request: SignedInRequest, lead_id: UUID) -> HttpResponse:
    """The small form that asks a colleague about a lead: shown, accepted, or shown again with what was typed."""
    lead = get_lead(request.user, lead_id)
    if request.method == "POST":
        return ask(request, lead)
    initial = {"recipient_id": request.GET.get("to"), "attempt_id": request.GET.get("attempt")}
    return show_form(request, lead, NoteForm(initial=initial))


def ask(request: SignedInRequest, lead: PageLead) -> HttpResponse:
    form, note = NoteForm(request.POST), None
    try:
        if form.is_valid():
            note = ask_colleague(lead_id=lead.id, user=request.user, **form.cleaned_data)
    except Lead.DoesNotExist as error:
        raise Http404("No such lead.") from error
    except ValidationError as error:
        form.add_error(None, error)
    if note is None:
        return refuse(request, lead, form)
    return confirm(request, lead, note)


def confirm(request: SignedInRequest, lead: PageLead, note: ColleagueNote) -> HttpResponse:
    """Confirmed where it was asked: in the dialog that refused, beside what is typed there, or on the lead's page."""
    text = f"{note.recipient_name} has your question."
    undo = note_of(request.user, Act.NOTE_SENT, note=note.id)
    if not request.htmx:
        messages.success(request, text, extra_tags=undo)
        return show_typed(request, lead.id) if request.POST.get("page") else redirect("lead", lead.id)
    if request.htmx.target == "ask-step":
        context = {"lead": lead, "ask": step(lead, note, request.user)}
        return add_toast(render(request, "outreach/log_contact/_ask_step.html", context), text, undo)
    context = page_context(lead, request.user, TimelineForm(request.GET))
    return render(request, "outreach/lead/_logged.html", {**context, "text": text, "undo": undo})


def step(lead: PageLead, note: ColleagueNote, user: User) -> AskStep:
    cards = {card.id: card for card in read_steps(user, [lead.id]).notes}
    who = note.recipient
    assert who is not None, "A note that was just sent has its recipient."
    return AskStep(who.id, who.name, who.short_name, False, note.attempt_id, cards.get(note.id))


def refuse(request: SignedInRequest, lead: PageLead, form: NoteForm) -> HttpResponse:
    if "attempt_id" in form.errors:
        # No visible field could show this error.
        form.add_error(None, f"About which contact: {' '.join(map(str, form.errors.pop('attempt_id')))}")
    if request.htmx and request.htmx.target == "ask-step":
        context = {"lead": lead, "ask": step_again(request, lead, form), "error": words(form), "typed": form["text"]}
        return render(request, "outreach/log_contact/_ask_step.html", context, status=422)
    if request.POST.get("page"):
        messages.error(request, words(form))
        return show_typed(request, lead.id)
    return show_form(request, lead, form, status=422)


def step_again(request: SignedInRequest, lead: PageLead, form: NoteForm) -> AskStep | None:
    """The colleague who was asked, or a manager when that one cannot be."""
    recipient_id = form.cleaned_data.get("recipient_id")
    active: dict[UUID | None, User] = {colleague.id: colleague for colleague in other_colleagues(lead, request.user)}
    who = active.get(recipient_id) or manager(lead, request.user)
    if who is None:
        return None
    return AskStep(who.id, who.name, who.short_name, False, form.cleaned_data.get("attempt_id"), None)


def words(form: NoteForm) -> str:
    return " ".join(str(message) for name in form.errors for message in form.errors[name])


def other_colleagues(lead: PageLead, user: User) -> list[User]:
    return [colleague for colleague in colleagues(lead) if colleague.id != user.id]


def manager(lead: PageLead, user: User) -> User | None:
    return next((colleague for colleague in other_colleagues(lead, user) if colleague.is_manager), None)


def who_knows(lead: PageLead, offered: list[User]) -> UUID | None:
    """The id of the colleague who contacted the lead last, else of its owner, else of a manager."""
    managers = [colleague.id for colleague in offered if colleague.is_manager]
    ids = {colleague.id for colleague in offered}
    return next((id for id in [lead.last_contacted_by_id, lead.owner_id, *managers] if id in ids), None)


def show_form(request: SignedInRequest, lead: PageLead, form: NoteForm, *, status: int = 200) -> HttpResponse:
    offered = other_colleagues(lead, request.user)
    form.offer(offered)
    if not form.is_bound and form.initial["recipient_id"] not in {str(colleague.id) for colleague in offered}:
        # Nobody is named in the address, or somebody who has left.
        form.initial["recipient_id"] = who_knows(lead, offered)
    template = "outreach/notes/_note_dialog.html" if request.htmx else "outreach/notes/note.html"
    context = {"lead": lead, "form": form, "colleagues": offered, "page": not request.htmx}
    return render(request, template, context, status=status)


@require_GET
@vary_on_headers("HX-Request")
def notes(request: SignedInRequest) -> HttpResponse:
    """Questions and answers of colleagues, unread ones first."""
    return show_list(request)


def show_list(request: SignedInRequest, *, status: int = 200, **more: object) -> HttpResponse:
    """A page of notes. more: wrong_id, the note whose answer could not be taken, which stands there on any page."""
    template = "outreach/notes/_notes.html" if request.htmx else "outreach/notes/notes.html"
    skip = skipped(request.GET.get("skip", ""))
    listed, has_older = list_notes(request.user, skip=skip)
    context = {
        "listed": [*missing(request.user, more.get("wrong_id"), listed), *listed],
        "older_skip": skip + PAGE_SIZE if has_older else None,
        "skip": skip,
        "unread_notes": count_unread(request.user),
        **more,
    }
    return render(request, template, context, status=status)


def missing(user: User, note_id: object, listed: list[ListedNote]) -> list[ListedNote]:
    if not isinstance(note_id, UUID) or any(each.note.id == note_id for each in listed):
        return []
    return list_notes(user, only=note_id)[0]


def skipped(text: str) -> int:
    """How many notes stand before the page that an address names; what is no number is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


@require_POST
def answer(request: SignedInRequest, note_id: UUID) -> HttpResponse:
    text = request.POST.get("text", "")
    try:
        note = answer_note(note_id=note_id, user=request.user, text=text)
    except ColleagueNote.DoesNotExist as error:
        raise Http404("No such question.") from error
    except ValidationError as error:
        context = {"wrong_id": note_id, "error": " ".join(error.messages), "typed": text}
        return show_place(request, note_id, status=422, **context)
    undo = note_of(request.user, Act.NOTE_SENT, note=note.id)
    return settled(request, note_id, f"{note.recipient_name} has your answer.", undo)


@require_POST
def read(request: SignedInRequest, note_id: UUID) -> HttpResponse:
    try:
        note = mark_read(note_id=note_id, user=request.user)
    except ColleagueNote.DoesNotExist as error:
        raise Http404("No such note.") from error
    undo = note_of(request.user, Act.NOTE_READ, note=note.id, read_at=note.read_at)
    return settled(request, note.in_reply_to_id or note.id, "Marked as read.", undo)


def settled(request: SignedInRequest, note_id: UUID, text: str, undo: str) -> HttpResponse:
    if request.htmx:
        return show_place(request, note_id, text=text, undo=undo)
    messages.success(request, text, extra_tags=undo)
    return redirect("notes")


def show_place(request: SignedInRequest, note_id: UUID, *, status: int = 200, **more: object) -> HttpResponse:
    """The place where it was pressed as it is now: the notes of a lead's page, or one of the list."""
    if not request.htmx:
        return show_list(request, status=status, **more)
    if request.htmx.target == "lead-notes":
        lead_id = ColleagueNote.objects.of(request.user).get(pk=note_id).lead_id
        steps = read_steps(request.user, records_of([lead_id])[lead_id])
        context = {"open_steps": steps, "unread_notes": steps.unread, **more}
        return render(request, "outreach/lead/_lead_notes_reply.html", context, status=status)
    listed, _ = list_notes(request.user, only=note_id)
    context = {"listed": listed, "unread_notes": count_unread(request.user), **more}
    return render(request, "outreach/notes/_note_reply.html", context, status=status)
