"""Notes between colleagues: asking about a lead, answering, and the page that lists them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from crm.models import User
from leads.models import Lead
from leads.person.records import records_of
from outreach.followups.note_list import list_notes
from outreach.followups.notes import answer_note, ask_colleague, count_unread, mark_read
from outreach.followups.open_steps import read_steps
from outreach.models import ColleagueNote
from outreach.page.forms import NoteForm, TimelineForm
from outreach.page.lead import colleagues, get_lead, page_context
from outreach.page.next_steps import AskStep
from outreach.views.contacts import show_typed


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def new(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """The small form that asks a colleague about a lead: shown, accepted, or shown again with what was typed."""
    lead = get_lead(request.user, lead_id)
    if request.method == "POST":
        return ask(request, lead)
    asked = {"recipient_id": request.GET.get("to"), "attempt_id": request.GET.get("attempt")}
    return show_form(request, lead, NoteForm(initial=asked))


def ask(request: HttpRequest, lead: Lead) -> HttpResponse:
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
    return asked(request, lead, note)


def asked(request: HttpRequest, lead: Lead, note: ColleagueNote) -> HttpResponse:
    """Confirmed where it was asked: in the dialog that refused, beside what is typed there, or on the lead's page."""
    said = f"{note.recipient_name} has your question."
    if not request.htmx:
        messages.success(request, said)
        return show_typed(request, lead.id) if request.POST.get("page") else redirect("lead", lead.id)
    if request.htmx.target == "ask-step":
        return render(
            request, "outreach/log_contact/_ask_step.html", {"lead": lead, "ask": step(lead, note, request.user)}
        )
    context = page_context(lead, request.user, TimelineForm(request.GET))
    return render(request, "outreach/lead/_logged.html", {**context, "text": said})


def step(lead: Lead, note: ColleagueNote, user: User) -> AskStep:
    cards = {card.id: card for card in read_steps(user, [lead.id]).notes}
    who = note.recipient
    return AskStep(who.id, who.name, who.short_name, False, note.attempt_id, cards.get(note.id))


def refuse(request: HttpRequest, lead: Lead, form: NoteForm) -> HttpResponse:
    if "attempt_id" in form.errors:
        # It stands in no field that could show what is wrong with it.
        form.add_error(None, f"About which contact: {' '.join(form.errors.pop('attempt_id'))}")
    if request.htmx and request.htmx.target == "ask-step":
        context = {"lead": lead, "ask": step_again(request, lead, form), "error": words(form), "typed": form["text"]}
        return render(request, "outreach/log_contact/_ask_step.html", context, status=422)
    if request.POST.get("page"):
        messages.error(request, words(form))
        return show_typed(request, lead.id)
    return show_form(request, lead, form, status=422)


def step_again(request: HttpRequest, lead: Lead, form: NoteForm) -> AskStep | None:
    """The colleague who was asked, or a manager when that one cannot be."""
    wanted = form.cleaned_data.get("recipient_id")
    who = next((one for one in others(lead, request.user) if one.id == wanted), None) or manager(lead, request.user)
    return who and AskStep(who.id, who.name, who.short_name, False, form.cleaned_data.get("attempt_id"), None)


def words(form: NoteForm) -> str:
    return " ".join(word for name in form.errors for word in form.errors[name])


def others(lead: Lead, user: User) -> list[User]:
    return [one for one in colleagues(lead) if one.id != user.id]


def manager(lead: Lead, user: User) -> User | None:
    return next((one for one in others(lead, user) if one.is_manager), None)


def show_form(request: HttpRequest, lead: Lead, form: NoteForm, *, status: int = 200) -> HttpResponse:
    offered = others(lead, request.user)
    form.offer(offered)
    if not form.is_bound and form.initial["recipient_id"] not in {str(one.id) for one in offered}:
        # Whoever was meant has left.
        form.initial["recipient_id"] = next((one.id for one in offered if one.is_manager), None)
    template = "outreach/notes/_note_dialog.html" if request.htmx else "outreach/notes/note.html"
    context = {"lead": lead, "form": form, "colleagues": offered, "page": not request.htmx}
    return render(request, template, context, status=status)


@require_GET
@vary_on_headers("HX-Request")
def notes(request: HttpRequest) -> HttpResponse:
    """What colleagues asked and answered, unread first."""
    return show_list(request)


def show_list(request: HttpRequest, *, status: int = 200, **more: object) -> HttpResponse:
    template = "outreach/notes/_notes.html" if request.htmx else "outreach/notes/notes.html"
    context = {"listed": list_notes(request.user), "unread_notes": count_unread(request.user), **more}
    return render(request, template, context, status=status)


@require_POST
def answer(request: HttpRequest, note_id: UUID) -> HttpResponse:
    text = request.POST.get("text", "")
    try:
        note = answer_note(note_id=note_id, user=request.user, text=text)
    except ColleagueNote.DoesNotExist as error:
        raise Http404("No such question.") from error
    except ValidationError as error:
        wrong = {"wrong_id": note_id, "error": " ".join(error.messages), "typed": text}
        return show_place(request, note_id, status=422, **wrong)
    return settled(request, note_id, f"{note.recipient_name} has your answer.")


@require_POST
def read(request: HttpRequest, note_id: UUID) -> HttpResponse:
    try:
        note = mark_read(note_id=note_id, user=request.user)
    except ColleagueNote.DoesNotExist as error:
        raise Http404("No such note.") from error
    return settled(request, note.in_reply_to_id or note.id, "")


def settled(request: HttpRequest, note_id: UUID, said: str) -> HttpResponse:
    if request.htmx:
        return show_place(request, note_id, text=said)
    if said:
        messages.success(request, said)
    return redirect("notes")


def show_place(request: HttpRequest, note_id: UUID, *, status: int = 200, **more: object) -> HttpResponse:
    """The place where it was pressed as it is now: the notes of a lead's page, or one of the list."""
    if not request.htmx:
        return show_list(request, status=status, **more)
    if request.htmx.target == "lead-notes":
        lead_id = ColleagueNote.objects.of(request.user).get(pk=note_id).lead_id
        steps = read_steps(request.user, records_of([lead_id])[lead_id])
        context = {"open_steps": steps, "unread_notes": steps.unread, **more}
        return render(request, "outreach/lead/_lead_notes_reply.html", context, status=status)
    context = {"listed": list_notes(request.user, only=note_id), "unread_notes": count_unread(request.user), **more}
    return render(request, "outreach/notes/_note_reply.html", context, status=status)
