"""One attempt on a timeline: an entry, in words, for the viewer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from crm import times
from crm.models import User, initials, short_name, tint
from crm.pages.addresses import address
from leads.methods import ContactMethod, MethodWords
from outreach.contacts.actions import may_void
from outreach.models import ContactAttempt
from outreach.page.marks import Mark, marks
from outreach.page.records import record_names

if TYPE_CHECKING:
    from outreach.page.marks import StoredDecision
    from outreach.page.records import PageLead

    class TimelineAttempt(ContactAttempt):
        """An attempt as `page.attempts.annotated` reads it."""

        answers_name: str | None
        answers_id: UUID | None
        decided: list[StoredDecision]
        decided_later: list[StoredDecision]


LONG_BODY = 140


@dataclass
class TimelineEntry:
    id: UUID
    method: str
    icon: str
    inbound: bool
    who: str
    initials: str
    tint: int
    logged_by: str
    verb: str
    at: datetime
    at_code: str  # in ISO format
    clock: str
    ago: str
    exact: str
    subject: str
    body: str
    long: bool
    responded: bool
    response_words: str
    answers: str
    can_respond: bool
    can_void: bool
    response_url: str
    void_url: str
    voided: bool
    void_words: str
    marks: list[Mark]
    # The name of the other record of the person that has the attempt; empty for one of this lead.
    record: str = ""
    newest_unanswered: bool = False


def entry(attempt: TimelineAttempt, lead: PageLead, viewer: User, now: datetime) -> TimelineEntry:
    """The entry of this attempt for this viewer."""
    words, zone = ContactMethod(attempt.method).words, timezone.get_current_timezone()
    inbound = attempt.is_inbound
    author = "You" if attempt.user_id == viewer.id else attempt.user_name
    voided = attempt.voided_at is not None
    return TimelineEntry(
        id=attempt.id,
        method=attempt.method,
        icon="reply" if inbound else words.icon,
        inbound=inbound,
        who=lead.name if inbound else author,
        initials=initials(attempt.user_name),
        tint=tint(attempt.user_id),
        logged_by=author if inbound else "",
        verb=verb(attempt, words),
        at=attempt.occurred_at,
        at_code=attempt.occurred_at.isoformat(),
        clock=times.clock(attempt.occurred_at, zone),
        ago=times.ago(attempt.occurred_at, now, zone),
        exact=times.exact(attempt.occurred_at, zone),
        subject=attempt.subject,
        body=attempt.body,
        long=len(attempt.body) > LONG_BODY or "\n" in attempt.body,
        responded=attempt.responded,
        response_words=response_words(attempt),
        answers=answers_words(attempt, viewer),
        can_respond=not inbound and not voided,
        can_void=not voided and may_void(attempt, viewer),
        response_url=address("contact_response", attempt.id),
        void_url=address("contact_void", attempt.id),
        voided=voided,
        void_words=void_words(attempt, viewer, now),
        marks=marks(attempt.decided, attempt.decided_later, viewer),
        record="" if attempt.lead_id == lead.id else record_names(lead)[attempt.lead_id],
    )


def verb(attempt: ContactAttempt, words: MethodWords) -> str:
    if not attempt.is_inbound:
        return words.timeline
    return words.answered if attempt.in_reply_to_id else words.began


def answers_words(attempt: TimelineAttempt, viewer: User) -> str:
    """ "answers Alice", "answers you"; nothing for what answers nothing."""
    if not attempt.answers_name:
        return ""
    return f"answers {'you' if attempt.answers_id == viewer.id else short_name(attempt.answers_name)}"


def response_words(attempt: ContactAttempt) -> str:
    if attempt.response_at is None:
        return ""
    return f"replied in {times.span(attempt.response_at - attempt.occurred_at, parts=1)}"


def void_words(attempt: ContactAttempt, viewer: User, now: datetime) -> str:
    if attempt.voided_at is None:
        return ""
    when = times.when(attempt.voided_at, now)
    who = "you" if attempt.voided_by_id == viewer.id else attempt.voided_by_name
    return f"by {who} {when}: “{attempt.void_reason}”"
