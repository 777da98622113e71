"""One contact that was logged against the guard, as a manager reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from crm import times
from crm.models import User, initials, tint
from leads.methods import ContactMethod
from outreach.guard.alike import Passage
from outreach.guard.sentences import in_one_voice
from outreach.guard.similarity import MessageText
from outreach.models import ContactAttempt, DecisionKind, Direction, GuardDecision, ReviewVerdict, Rule
from outreach.reviews.beside import beside
from outreach.reviews.listing import BLOCK, BLOCKING, BODY_SHOWN, KINDS, RULE_WORDS, TABS
from outreach.reviews.words import apart, contact_of, title

BADGES = {
    DecisionKind.OVERRIDDEN.value: ("is-warn", "triangle-alert"),
    BLOCK: ("is-block", "ban"),
    DecisionKind.COLLISION.value: ("is-block", "octagon-x"),
}
# Logged this much later than it happened, a contact says so.
LATE = timedelta(minutes=2)


@dataclass(frozen=True)
class MessageCard:
    """One of the two messages; an inbound one is the lead's own."""

    who: str
    initials: str
    tint: int
    icon: str
    at: datetime
    at_words: str
    note: str
    subject: list[Passage]
    body: list[Passage]
    cut: bool


@dataclass(frozen=True)
class ReviewCard:
    id: UUID
    lead_id: UUID
    lead_name: str
    lead_deleted: bool
    kind: str
    badge: str
    badge_class: str
    badge_icon: str
    title: str
    percent: int | None
    apart: str
    rules: str
    mine: MessageCard
    theirs: MessageCard | None
    instead: str
    reason: str
    is_own: bool
    review: str
    review_words: str
    reviewed: str
    note: str
    voided: str


def read_card(decisions: list[GuardDecision], viewer: User) -> ReviewCard:
    """decisions: all about one contact, gravest first."""
    gravest, now = decisions[0], timezone.now()
    # The gravest may name no message, such as a colleague's claim; another rule may.
    naming = next((decision for decision in decisions if decision.earlier_attempt_id), gravest)
    attempt, earlier, kind = contact_of(gravest), naming.earlier_attempt, kind_of(decisions)
    length = apart(attempt, earlier) if earlier else ""
    theirs = MessageText(earlier.subject, body_of(naming, "earlier_body")) if earlier else None
    leads = [gravest.lead, *([earlier.lead] if earlier else [])]
    mine = MessageText(attempt.subject, body_of(gravest, "body"))
    both = beside(mine, theirs, percent=measured_likeness(decisions), leads=leads)
    return ReviewCard(
        id=attempt.id,
        lead_id=gravest.lead_id,
        lead_name=gravest.lead.name,
        lead_deleted=gravest.lead.deleted_at is not None,
        kind=kind,
        badge=KINDS[kind],
        badge_class=BADGES[kind][0],
        badge_icon=BADGES[kind][1],
        title=title(gravest),
        percent=both.percent,
        apart=f"{length} apart" if length and length not in title(gravest) else "",
        rules=", ".join(RULE_WORDS[Rule(decision.rule)] for decision in decisions),
        mine=message(attempt, both.mine, now, note=late(attempt, now)),
        theirs=message(earlier, both.theirs, now, lead_name=gravest.lead.name) if earlier else None,
        instead="" if earlier else in_one_voice(gravest.sentence),
        reason=gravest.reason,
        is_own=gravest.user_id == viewer.id,
        review=gravest.review,
        review_words=review_words(gravest, now),
        reviewed=reviewed(gravest, viewer, now),
        note=gravest.review_note,
        voided=voided_words(attempt, now),
    )


def body_of(decision: GuardDecision, annotation: str) -> str:
    """A body that `decided_about` has read beside the decision; empty where there is none."""
    return getattr(decision, annotation) or ""


def kind_of(decisions: list[GuardDecision]) -> str:
    if decisions[0].kind == DecisionKind.COLLISION:
        return DecisionKind.COLLISION
    return BLOCK if any(decision.rule in BLOCKING for decision in decisions) else DecisionKind.OVERRIDDEN


def measured_likeness(decisions: list[GuardDecision]) -> int | None:
    """As the guard measured it against the very message that is shown."""
    shown = next((decision.earlier_attempt_id for decision in decisions if decision.earlier_attempt_id), None)
    measured = (d.likeness for d in decisions if d.earlier_attempt_id == shown and d.likeness is not None)
    return next(measured, None)


def message(
    attempt: ContactAttempt,
    parts: tuple[list[Passage], list[Passage]],
    now: datetime,
    *,
    note: str = "",
    lead_name: str = "",
) -> MessageCard:
    inbound = attempt.direction == Direction.INBOUND
    subject, body = parts
    return MessageCard(
        who=lead_name if inbound else attempt.user_name,
        initials=initials(lead_name if inbound else attempt.user_name),
        tint=tint(None if inbound else attempt.user_id),
        icon=ContactMethod(attempt.method).words.icon,
        at=attempt.occurred_at,
        at_words=moment(attempt.occurred_at, now),
        note=note,
        subject=subject,
        body=body,
        cut=sum(len(part.text) for part in body) >= BODY_SHOWN,
    )


def late(attempt: ContactAttempt, now: datetime) -> str:
    """ "logged at 09:50", with the day when it is another."""
    if attempt.created_at - attempt.occurred_at < LATE:
        return ""
    same_day = times.days_between(attempt.occurred_at, attempt.created_at) == 0
    return f"logged at {times.clock(attempt.created_at)}" if same_day else f"logged {moment(attempt.created_at, now)}"


def moment(at: datetime, now: datetime) -> str:
    """ "today at 09:41", "Mon 9 Nov at 11:02"."""
    return times.when(at, now).removeprefix("on ")


def review_words(decision: GuardDecision, now: datetime) -> str:
    """ "Accepted by Mona Fischer, yesterday at 14:00"; nothing while it is due."""
    if not decision.review or decision.reviewed_at is None:
        return ""
    return f"{TABS[ReviewVerdict(decision.review)]} by {decision.reviewed_by_name}, {moment(decision.reviewed_at, now)}"


def reviewed(decision: GuardDecision, viewer: User, now: datetime) -> str:
    """ "you, today at 08:50"; nothing while it is due."""
    if not decision.review or decision.reviewed_at is None:
        return ""
    by = "you" if decision.reviewed_by_id == viewer.id else decision.reviewed_by_name
    return f"{by}, {moment(decision.reviewed_at, now)}"


def voided_words(attempt: ContactAttempt, now: datetime) -> str:
    """A contact may be voided after it was logged: nothing is left to object to, and the page says so."""
    if attempt.voided_at is None:
        return ""
    return f"Voided by {attempt.voided_by_name} {times.when(attempt.voided_at, now)}: “{attempt.void_reason}”"
