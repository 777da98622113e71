"""What the log-contact dialog shows, for its first opening, while it is filled in, and when it comes back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from crm.models import User, short_name
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.guard import Question, review
from outreach.guard.question import PAST_AFTER
from outreach.guard.states import method_states
from outreach.live.presence_words import writers
from outreach.models import Direction
from outreach.page.contact_form import AskForm, LogContactForm
from outreach.page.entries import Entry
from outreach.page.next_steps import next_steps
from outreach.page.timeline import read_timeline
from outreach.page.verdict_panel import verdict_panel

LAST_CONTACTS = 3
ANSWERABLE = 10


def last_entries(lead: Lead, user: User) -> list[Entry]:
    """The newest contacts of this person: the first few are shown, the outbound ones can be answered."""
    return [entry for entry in read_timeline(lead, user, size=ANSWERABLE).entries if not entry.voided]


def answerable(entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.can_respond]


def wanted_method(code: str | None) -> str:
    return code if code in ContactMethod.values else ContactMethod.EMAIL


def dialog_context(
    lead: Lead, user: User, form: LogContactForm, entries: list[Entry], asked: AskForm
) -> dict[str, object]:
    form.name_people(lead, colleague(entries), answerable(entries))
    return {
        "lead": lead,
        "form": form,
        "last_contacts": entries[:LAST_CONTACTS],
        **verdict_context(lead, user, asked),
    }


def verdict_context(lead: Lead, user: User, asked: AskForm) -> dict[str, object]:
    """The guard's answer to what the form says now; what cannot be read in it yet counts as its default."""
    asked.is_valid()
    said = asked.cleaned_data
    method = wanted_method(said.get("method"))
    direction = said.get("direction") or Direction.OUTBOUND
    question = Question(
        user,
        method,
        direction,
        moment(said),
        subject=said.get("subject", ""),
        body=said.get("body", ""),
    )
    reviewed = review(lead, question, seen=said.get("seen"))
    states = method_states(reviewed, user)
    verdict = verdict_panel(reviewed, states, question=question)
    outbound = direction == Direction.OUTBOUND
    return {
        "method": ContactMethod(method),
        "method_states": states,
        "verdict": verdict,
        "answer": reviewed.verdicts[method],
        "presence": writers(reviewed.facts, user) if outbound else None,
        "steps": next_steps(lead, reviewed, method, user) if outbound else None,
        "announce": "told" in asked.data and verdict.told != said.get("told"),
    }


def moment(said: dict) -> datetime | None:
    """The past moment a form speaks of; None for now."""
    now, chosen = timezone.now(), said.get("when") or "now"
    at = said.get("occurred_at") if chosen == "other" else None
    if chosen.isdecimal():
        at = now - timedelta(minutes=int(chosen))
    return at if at is not None and at < now - PAST_AFTER else None


def colleague(entries: list[Entry]) -> str:
    """Whom a reason such as "Agreed with Alice" names: the author of the newest contact that is not one's own."""
    return next((short_name(entry.who) for entry in entries if not entry.inbound and entry.who != "You"), "")
