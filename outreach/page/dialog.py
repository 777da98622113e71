"""What the log-contact dialog shows, for its first opening, while it is filled in, and when it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from crm.models import User, short_name
from leads.methods import ContactMethod
from outreach.guard import Question, review
from outreach.guard.question import PAST_AFTER
from outreach.guard.states import method_states
from outreach.live.presence_words import writers
from outreach.models import Direction
from outreach.page.contact_form import LogContactForm, QuestionForm
from outreach.page.entries import TimelineEntry
from outreach.page.next_steps import next_steps
from outreach.page.timeline import read_timeline
from outreach.page.verdict_panel import verdict_panel

if TYPE_CHECKING:
    from outreach.page.records import PageLead

LAST_CONTACTS = 3
ANSWERABLE = 10


def last_entries(lead: PageLead, user: User) -> list[TimelineEntry]:
    """The newest contacts of this person: the first few are shown, the outbound ones can be answered."""
    return [entry for entry in read_timeline(lead, user, size=ANSWERABLE).entries if not entry.voided]


def answerable(entries: list[TimelineEntry]) -> list[TimelineEntry]:
    return [entry for entry in entries if entry.can_respond]


def method_or_default(code: str | None) -> str:
    return code if code in ContactMethod.values else ContactMethod.EMAIL


def dialog_context(
    lead: PageLead, user: User, form: LogContactForm, entries: list[TimelineEntry], question_form: QuestionForm
) -> dict[str, Any]:
    form.name_people(lead, colleague(entries), answerable(entries))
    return {
        "lead": lead,
        "form": form,
        "last_contacts": entries[:LAST_CONTACTS],
        **verdict_context(lead, user, question_form),
    }


def verdict_context(lead: PageLead, user: User, question_form: QuestionForm) -> dict[str, Any]:
    """The guard's answer to what is typed now; a field that cannot be read yet counts as its default."""
    question_form.is_valid()
    values = question_form.cleaned_data
    method = method_or_default(values.get("method"))
    direction = values.get("direction") or Direction.OUTBOUND
    question = Question(
        user,
        method,
        direction,
        moment(values),
        subject=values.get("subject", ""),
        body=values.get("body", ""),
    )
    reviewed = review(lead, question, seen=values.get("seen"))
    states = method_states(reviewed, user)
    verdict = verdict_panel(reviewed, question=question)
    outbound = direction == Direction.OUTBOUND
    return {
        "method": ContactMethod(method),
        "method_states": states,
        "verdict": verdict,
        "answer": reviewed.verdicts[method],
        "presence": writers(reviewed.facts, user) if outbound else None,
        "steps": next_steps(lead, reviewed, method, user) if outbound else None,
        "announce": "told" in question_form.data and verdict.told != values.get("told"),
    }


def moment(values: Mapping[str, Any]) -> datetime | None:
    """The past moment that is chosen in the form; None for now."""
    now, chosen = timezone.now(), values.get("when") or "now"
    at = values.get("occurred_at") if chosen == "other" else None
    if chosen.isdecimal():
        at = now - timedelta(minutes=int(chosen))
    return at if at is not None and at < now - PAST_AFTER else None


def colleague(entries: list[TimelineEntry]) -> str:
    """The first name for a reason such as "Agreed with Alice": the author of the newest contact of a colleague."""
    return next((short_name(entry.who) for entry in entries if not entry.inbound and entry.who != "You"), "")
