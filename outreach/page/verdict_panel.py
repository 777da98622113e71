"""The right half of the dialog: the guard's answer in words, the earlier message, and what can be done now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm import times
from crm.models import User, initials, short_name, tint
from crm.text import counted
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.contacts.actions import may_override
from outreach.guard import Answer, Previous, Question, Reason, Review, Verdict
from outreach.guard.alike import Passage, alike_parts
from outreach.guard.parts import Relation
from outreach.guard.sentences import finding, rule, rule_sentence, sentence
from outreach.guard.states import MethodState, state_of, who
from outreach.live.presence_words import writers
from outreach.models import Direction, Rule


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
    lines: list[str]
    previous: PreviousCard | None
    comparison: Comparison | None
    # What it says, without the words that change with time: the same is not read out twice.
    told: str
    names_writer: bool  # a colleague who writes is named by the rule, and so not again beside it
    allowed_words: str
    in_words: str
    instead: list[MethodState]
    can_override: bool
    can_already_sent: bool
    past: bool
    log_words: str
    reason_wanted: bool
    # Whether anybody has contacted the person before.
    again: bool


def verdict_panel(review: Review, states: list[MethodState], *, question: Question) -> VerdictPanel:
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
        # What is compared is shown beside one's own words, so it is not shown twice.
        previous=previous_card(shown, verdict.now, viewer) if shown and not is_compared(shown, alike) else None,
        comparison=compare_texts(alike, question, verdict) if alike else None,
        told=" ".join(f"{reason.rule}:{reason.previous.id if reason.previous else ''}" for reason in verdict.held),
        names_writer=verdict.has(Rule.CLAIMED),
        allowed_words=times.from_when(allowed, verdict.now) if allowed else "",
        in_words=times.span(allowed - verdict.now) if allowed else "",
        instead=[s for s in states if s.state == "clear"] if blocked and not verdict.past else [],
        can_override=blocked and not verdict.past and may_override(verdict, viewer),
        can_already_sent=blocked,
        past=verdict.past,
        log_words=writer.log_words(),
        reason_wanted=verdict.answer != Answer.ALLOW,
        again=review.facts.last_outbound_at is not None,
    )


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


@dataclass(frozen=True)
class PanelWords:
    review: Review
    verdict: Verdict
    method: ContactMethod
    viewer: User

    @property
    def lead(self) -> Lead:
        return self.review.facts.lead

    def title(self) -> str:
        if self.verdict.has(Rule.DO_NOT_CONTACT):
            return finding(self.verdict.deciding)
        if self.verdict.answer == Answer.ALLOW:
            return self.clear_title()
        if self.verdict.answer == Answer.WARN and self.verdict.deciding.rule == Rule.CLAIMED:
            return self.claimed_title()
        if self.verdict.answer == Answer.WARN:
            return self.warn_title(self.verdict.deciding)
        if self.verdict.past:
            return "This broke a limit. It is recorded as a collision"
        return f"Too soon. {self.method.label} is allowed from {self.allowed_from()}"

    def inbound_title(self) -> str:
        return f"Clear. What {self.lead.short_name} sends us is always recorded."

    def clear_title(self) -> str:
        facts = self.review.facts
        if facts.may_reply(self.viewer.id):
            at = max(at for at, to in facts.answers if to == self.viewer.id)
            return f"Clear. {self.lead.short_name} answered you {times.ago(at, self.verdict.now)}."
        days = facts.limits[self.method].days
        if self.verdict.past or days == 0:
            return "Clear. Nothing stands in the way."
        return f"Clear. Nobody {self.method.words.did} {self.lead.short_name} in {counted(days, 'day')}."

    def claimed_title(self) -> str:
        first = writers(self.review.facts, self.viewer).writers[0]
        return f"{first.name} {first.words} right now"

    def warn_title(self, reason: Reason) -> str:
        if reason.rule not in (Rule.UNSEEN, Rule.RECENT):
            # Without the rule behind it, which a line below the title tells.
            return finding(reason)
        previous = reason.earlier
        ago = times.ago(previous.occurred_at, self.verdict.now)
        if reason.rule == Rule.UNSEEN:
            return self.unseen_title(previous, ago)
        words = ContactMethod(previous.method).words
        by = "you" if previous.user_id == self.viewer.id else previous.user_name
        return f"This {self.person(reason)} was {words.passive} {ago} by {by}"

    def person(self, reason: Reason) -> str:
        """ "lead", or on which of the person's records it happened."""
        assert reason.whom is not None
        relation, name = reason.whom
        return "lead" if relation == Relation.SAME_LEAD else f"person, as {name},"

    def unseen_title(self, previous: Previous, ago: str) -> str:
        words = ContactMethod(previous.method).words
        if previous.direction == Direction.INBOUND:
            return f"New since you opened this page: {self.lead.name} {words.began} {ago}"
        return f"New since you opened this page: {who(previous, self.viewer)} {words.did} this lead {ago}"

    def lines(self) -> list[str]:
        shown = self.verdict.first
        others = [reason for reason in self.verdict.reasons if reason is not shown and reason.rule not in self.told()]
        return [*self.block_lines(), *self.reply_lines(), *self.rule_lines(), *(sentence(reason) for reason in others)]

    def told(self) -> set[Rule]:
        """Rules whose finding the title or the comparison tells already."""
        told = {Rule.SIMILAR} if self.verdict.has(Rule.SIMILAR) else set()
        if self.verdict.answer == Answer.BLOCK:
            told.add(Rule.RECENT)
        unseen, cooldown = self.verdict.reason(Rule.UNSEEN), self.verdict.reason(Rule.COOLDOWN)
        if unseen and cooldown and unseen.earlier.id == cooldown.earlier.id:
            told.add(Rule.UNSEEN)
        return told

    def rule_lines(self) -> list[str]:
        """The rule behind a title that leaves it out."""
        first = self.verdict.first
        if first is None or first.answer != Answer.WARN or first.rule == Rule.UNSEEN:
            return []
        return [rule_sentence(first)]

    def block_lines(self) -> list[str]:
        reason = self.verdict.reason(Rule.COOLDOWN)
        if reason is None:
            return []
        previous, now = reason.earlier, self.verdict.now
        did, when = ContactMethod(previous.method).words.did, times.when(previous.occurred_at, now)
        who_when = f"{who(previous, self.viewer)} {did} {self.lead.short_name} {when}."
        wait = f"That is in {times.span(reason.allowed_from - now)}. " if reason.allowed_from else ""
        return [f"{wait}{who_when} {rule(reason)}, whoever makes contact."]

    def reply_lines(self) -> list[str]:
        recent = self.verdict.reason(Rule.RECENT)
        previous = recent.previous if recent and self.verdict.first is recent else None
        if previous is None:
            return []
        if previous.responded and previous.response_at:
            return [f"{self.lead.short_name} answered {times.when(previous.response_at, self.verdict.now)}."]
        return [f"No reply from {self.lead.short_name} yet."]

    def allowed_from(self) -> str:
        """ "Thu 14:00"; nothing where no time is known."""
        at = self.verdict.allowed_from
        return times.from_when(at, self.verdict.now) if at else ""

    def log_words(self) -> str:
        if self.verdict.answer == Answer.ALLOW:
            return "Log contact"
        if self.verdict.answer == Answer.WARN:
            return "Log anyway"
        return f"Log contact from {self.allowed_from()}" if self.verdict.allowed_from else "Log contact"


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
