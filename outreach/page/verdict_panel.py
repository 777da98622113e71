"""The right half of the dialog: the guard's answer in words, the earlier message, and what can be done now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm import times
from crm.models import User, initials, short_name, tint
from leads.methods import ContactMethod
from outreach.contacts.actions import may_override
from outreach.guard import Answer, Previous, Question, Reason, Review, Verdict
from outreach.guard.alike import Passage, alike_parts
from outreach.guard.states import state_of, who
from outreach.models import Direction, Rule
from outreach.page.verdict_words import PanelWords


@dataclass(frozen=True)
class PreviousCard:
    """The earlier message beside the one being written."""

    who: str
    initials: str
    tint: int
    at: datetime
    at_words: str
    inbound: bool
    responded: bool
    subject: str
    body: str


@dataclass(frozen=True)
class Comparison:
    """Two messages side by side, each cut into parts that stand in both and parts that do not."""

    percent: int
    whose: str
    previous: PreviousCard
    their_subject: list[Passage]
    their_body: list[Passage]
    my_subject: list[Passage]
    my_body: list[Passage]


@dataclass(frozen=True)
class VerdictPanel:
    answer: str
    title: str
    # Who and when, and the rule in words.
    lines: list[str]
    # What else there is to know, a sentence each.
    also: list[str]
    previous: PreviousCard | None
    comparison: Comparison | None
    # What it says, without the words that change with time: the same is not read out twice.
    told: str
    names_writer: bool  # the title names a colleague who writes, and so it does not stand again beside it
    allowed_words: str
    can_override: bool
    can_already_sent: bool
    past: bool
    log_words: str
    reason_wanted: bool
    # Whether anybody has contacted the person before.
    again: bool
    # The user whose contact the title speaks of is told of a collision too; an empty name for nobody else.
    first: str


def verdict_panel(review: Review, *, question: Question) -> VerdictPanel:
    """The panel for what was asked, out of the review of all methods."""
    verdict, viewer = review.verdicts[question.method], question.user
    writer = PanelWords(review, verdict, ContactMethod(question.method), viewer)
    state = "allow" if state_of(verdict) == "clear" else state_of(verdict)
    blocked = verdict.answer == Answer.BLOCK
    allowed = verdict.allowed_from
    alike = verdict.reason(Rule.SIMILAR)
    shown = verdict.deciding.previous if verdict.held else None
    return VerdictPanel(
        answer=state,
        title=writer.title() if question.direction == Direction.OUTBOUND else writer.inbound_title(),
        lines=writer.lines(),
        also=writer.also(),
        # What is compared is shown beside one's own words, so it is not shown twice.
        previous=previous_card(shown, verdict.now, viewer) if shown and not is_compared(shown, alike) else None,
        comparison=compare_texts(alike, question, verdict) if alike else None,
        told=" ".join([state, question.method, question.direction, *(told(reason) for reason in verdict.held)]),
        names_writer=verdict.held != [] and verdict.deciding.rule == Rule.CLAIMED,
        allowed_words=times.from_when(allowed, verdict.now) if allowed else "",
        can_override=blocked and not verdict.past and may_override(verdict, viewer),
        can_already_sent=blocked,
        past=verdict.past,
        log_words=writer.log_words(),
        reason_wanted=verdict.answer != Answer.ALLOW,
        again=review.facts.last_outbound_at is not None,
        first=short_name(shown.user_name) if shown and shown.user_id != viewer.id else "",
    )


def told(reason: Reason) -> str:
    return f"{reason.rule}:{reason.previous.id if reason.previous else ''}"


def is_compared(previous: Previous, alike: Reason | None) -> bool:
    return alike is not None and alike.earlier.id == previous.id


def compare_texts(alike: Reason, question: Question, verdict: Verdict) -> Comparison:
    theirs = alike.earlier
    my_subject, their_subject = alike_parts(question.subject, theirs.subject)
    my_body, their_body = alike_parts(question.body.strip(), theirs.body)
    return Comparison(
        percent=alike.likeness or 0,
        whose=short_name(theirs.user_name),
        previous=previous_card(theirs, verdict.now, question.user),
        their_subject=their_subject,
        their_body=their_body,
        my_subject=my_subject,
        my_body=my_body,
    )


def previous_card(previous: Previous, now: datetime, viewer: User) -> PreviousCard:
    return PreviousCard(
        who=who(previous, viewer),
        initials=initials(previous.user_name),
        tint=tint(previous.user_id),
        at=previous.occurred_at,
        at_words=times.stamp(previous.occurred_at, now),
        inbound=previous.direction == Direction.INBOUND,
        responded=previous.responded,
        subject=previous.subject,
        body=previous.body,
    )
