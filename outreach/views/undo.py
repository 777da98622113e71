"""Taking back the last act, whatever it was: by the toast and its key, or by the notice of a page without scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from crm import times
from crm.models import User
from crm.pages.request import SignedInRequest
from crm.pages.undo import Act, ChangedSince, identity, moment, read_note
from leads.actions import take_back_lead
from leads.methods import ContactMethod
from leads.models import Lead
from leads.person.wishes import Wish
from leads.undo import undo_do_not_contact, undo_owner
from outreach.contacts import actions
from outreach.followups.notes import count_unread, mark_unread, take_back_note
from outreach.followups.undo import reopen_reminder, undo_reminder
from outreach.models import ReviewVerdict
from outreach.reviews.review import undo_review
from outreach.views.review import show_undone

Facts = Mapping[str, Any]
NOTES = (Act.NOTE_SENT, Act.NOTE_READ)
REMINDERS = (Act.REMINDER_SET, Act.REMINDER_DONE, Act.CONTACT_LOGGED)


@require_http_methods(["GET", "POST"])
def undo(request: SignedInRequest) -> HttpResponse:
    """The act of the note is taken back, unless somebody has changed since what it did."""
    if request.method == "GET":
        # Where one is led who had to sign in first.
        return redirect("home")
    act: Act | None = None
    facts: Facts = {}
    is_done = False
    try:
        act, facts = read_note(request.user, request.POST.get("undo", ""))
        text = f"Undone. {UNDO[act](request.user, facts)}"
        is_done = True
    except ChangedSince as error:
        text = f"{error}. Nothing was undone."
    except ObjectDoesNotExist:
        text = "This is no longer here. Nothing was undone."
    except (PermissionDenied, ValidationError) as error:
        text = f"{' '.join(getattr(error, 'messages', [str(error)]))} Nothing was undone."
    return answer(request, act, facts, text, is_done=is_done)


def contact_logged(user: User, facts: Facts) -> str:
    attempt = actions.undo_contact(attempt_id=UUID(facts["attempt"]), user=user)
    method = ContactMethod(attempt.method).label
    return f"{method} {'from' if attempt.is_inbound else 'to'} {attempt.lead.name} no longer counts."


def contact_changed(user: User, facts: Facts) -> str:
    attempt = actions.undo_change(attempt_id=UUID(facts["attempt"]), user=user, change=facts["change"])
    if facts["was_void"]:
        return f"The contact with {attempt.lead.name} counts again."
    return f"The reply of {attempt.lead.name} {'stands as it was' if attempt.responded else 'is not recorded'}."


def status(user: User, facts: Facts) -> str:
    lead = actions.undo_status(
        lead_id=UUID(facts["lead"]),
        user=user,
        chosen_at=moment(facts["chosen_at"]),
        status_set=facts["status_set"],
        status_set_at=moment(facts["status_set_at"]),
    )
    return f"{lead.name} is {lead.get_status_display()} again."


def owner(user: User, facts: Facts) -> str:
    given_to, owner_id = identity(facts["given_to"]), identity(facts["owner"])
    lead = undo_owner(lead_id=UUID(facts["lead"]), user=user, given_to=given_to, owner_id=owner_id)
    return f"{lead.name} belongs to {lead.owner.name if lead.owner else 'nobody'} again."


def do_not_contact(user: User, facts: Facts) -> str:
    noted, before = Wish.of_columns(facts["noted"]), Wish.of_columns(facts["before"])
    lead = undo_do_not_contact(lead_id=UUID(facts["lead"]), user=user, noted=noted, before=before)
    return f"What {lead.name} asked for is noted as before."


def lead_made(user: User, facts: Facts) -> str:
    lead = Lead.objects.visible_to(user).get(pk=facts["lead"])
    if not take_back_lead(lead_id=lead.id, user=user, version=facts["version"]):
        raise ChangedSince(f"Somebody has worked with {lead.name} since")
    return f"{lead.name} is no longer in your leads."


def reminder_set(user: User, facts: Facts) -> str:
    before = moment(facts["before"])
    reminder_id, due_at = UUID(facts["reminder"]), datetime.fromisoformat(facts["due_at"])
    undo_reminder(reminder_id=reminder_id, user=user, due_at=due_at, before=before)
    if before is None:
        return "You will not be reminded."
    return f"You will be reminded {times.from_when(before, timezone.now())}, as before."


def reminder_done(user: User, facts: Facts) -> str:
    reopen_reminder(reminder_id=UUID(facts["reminder"]), user=user, done_at=moment(facts["done_at"]))
    return "The reminder is there again."


def note_sent(user: User, facts: Facts) -> str:
    return f"{take_back_note(note_id=UUID(facts['note']), user=user).recipient_name} no longer has your note."


def note_read(user: User, facts: Facts) -> str:
    mark_unread(note_id=UUID(facts["note"]), user=user, read_at=moment(facts["read_at"]))
    return "The note is unread again."


def reviewed(user: User, facts: Facts) -> str:
    before = {**facts["before"], "reviewed_at": moment(facts["before"]["reviewed_at"])}
    undo_review(attempt_id=UUID(facts["attempt"]), user=user, reviewed_at=moment(facts["reviewed_at"]), before=before)
    verdict = before["review"]
    return f"{ReviewVerdict(verdict).label}, as before." if verdict else "To be reviewed again."


UNDO: dict[Act, Callable[[User, Facts], str]] = {
    Act.CONTACT_LOGGED: contact_logged,
    Act.CONTACT_CHANGED: contact_changed,
    Act.STATUS: status,
    Act.OWNER: owner,
    Act.DO_NOT_CONTACT: do_not_contact,
    Act.LEAD_MADE: lead_made,
    Act.REMINDER_SET: reminder_set,
    Act.REMINDER_DONE: reminder_done,
    Act.NOTE_SENT: note_sent,
    Act.NOTE_READ: note_read,
    Act.REVIEWED: reviewed,
}


def answer(request: SignedInRequest, act: Act | None, facts: Facts, text: str, *, is_done: bool) -> HttpResponse:
    """A toast, and the page reads again whatever it shows; without scripts back to the page with a notice."""
    if not request.htmx or (act is Act.LEAD_MADE and is_done):
        (messages.success if is_done else messages.warning)(request, text)
        where = reverse("lead_list") if act is Act.LEAD_MADE and is_done else came_from(request)
        return HttpResponseClientRedirect(where) if request.htmx else redirect(where)
    code = 200 if is_done else 409
    if act is Act.REVIEWED:
        return show_undone(request, UUID(facts["attempt"]), text, status=code)
    context = {"text": text, "unread_notes": count_unread(request.user) if act in NOTES else None}
    reply = render(request, "outreach/undo/_undone.html", context, status=code)
    if act in REMINDERS:
        trigger_client_event(reply, "reminders:changed")
    return trigger_client_event(reply, "live:check", {"full": True})


def came_from(request: SignedInRequest) -> str:
    """The page on which the button was pressed."""
    page = request.META.get("HTTP_REFERER", "")
    own = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if own else reverse("home")
