"""What the dialog says of a verdict: its title, who and when and by which rule, and what else there is to know."""

from __future__ import annotations

from dataclasses import dataclass

from crm import times
from crm.models import User
from crm.text import counted
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.guard import Answer, Previous, Reason, Review, Verdict
from outreach.guard.parts import Relation, Request
from outreach.guard.sentences import Spelling, author, finding, now_to, rule, rule_sentence, sentence, wrote
from outreach.guard.states import who
from outreach.live.presence_words import writers
from outreach.models import Direction, Rule

# Below the title; what is more stands folded.
MOST_LINES = 2


@dataclass(frozen=True)
class PanelWords:
    """The gravest reason leads: the title and the lines are its own. All others are told after it, a sentence each."""

    review: Review
    verdict: Verdict
    method: ContactMethod
    viewer: User

    @property
    def lead(self) -> Lead:
        return self.review.facts.lead

    @property
    def spelling(self) -> Spelling:
        return now_to(self.viewer.id)

    @property
    def leading(self) -> Reason | None:
        """The reason that decides; notes lead nothing."""
        return self.verdict.first if self.verdict.held else None

    def title(self) -> str:
        reason = self.leading
        if reason is None:
            return self.clear_title()
        if self.verdict.past and reason.rule == Rule.COOLDOWN:
            return "This broke a limit. It is recorded as a collision"
        match reason.rule:
            case Rule.DO_NOT_CONTACT:
                return self.wish_title(reason)
            case Rule.COOLDOWN:
                return f"{capitalised(self.method.words.noun)} is allowed from {self.allowed_from()}"
            case Rule.UNSEEN:
                return self.unseen_title(reason.earlier)
            case Rule.RECENT:
                return self.recent_title(reason)
            case Rule.SIMILAR:
                # The comparison below shows the message itself.
                return f"{reason.likeness} % like what {wrote(reason, self.spelling)}"
            case Rule.CLAIMED:
                return self.claimed_title()
        # Without the rule behind it, which a line below the title tells.
        return finding(reason, self.spelling)

    def inbound_title(self) -> str:
        return f"Clear. What {self.lead.short_name} sends us is always recorded."

    def clear_title(self) -> str:
        facts = self.review.facts
        if facts.may_reply(self.viewer.id):
            at = max(at for at, to in facts.answers if to == self.viewer.id)
            return f"Clear. {self.lead.short_name} answered you {times.ago(at, self.verdict.now)}."
        days = facts.limits[self.method].days
        if self.verdict.past or days == 0:
            return "Clear. No rule is against it."
        words = self.method.words
        whom = f"{self.lead.short_name} {words.how}".strip()
        return f"Clear. Nobody {words.did} {whom} in {counted(days, 'day')}."

    def wish_title(self, wish: Reason) -> str:
        """ "Dana asked us not to text", "Dana asked not to be contacted"."""
        assert isinstance(wish.numbers, Request)
        how = "not to be contacted" if wish.numbers.is_whole else f"us not to {self.method.words.forbidden}"
        return f"{self.lead.short_name} asked {how}"

    def claimed_title(self) -> str:
        first = writers(self.review.facts, self.viewer).writers[0]
        return f"{first.name} {first.words} right now"

    def recent_title(self, reason: Reason) -> str:
        """ "This lead was emailed 2 days ago by Alice Jones", "You emailed Dana 3 h ago"."""
        previous = reason.earlier
        words, ago = ContactMethod(previous.method).words, times.ago(previous.occurred_at, self.verdict.now)
        if previous.user_id == self.viewer.id:
            return f"You {words.did} {self.lead.short_name}{self.on_record(reason)} {ago}"
        return f"This {self.person(reason)} was {words.passive} {ago} by {previous.user_name}"

    def person(self, reason: Reason) -> str:
        """ "lead", or on which of the person's records it happened."""
        assert reason.whom is not None
        relation, name = reason.whom
        return "lead" if relation == Relation.SAME_LEAD else f"person, as {name},"

    def on_record(self, reason: Reason) -> str:
        """After the person's name, when it was another of the person's records: ", as D. Miller,"."""
        assert reason.whom is not None
        relation, name = reason.whom
        return "" if relation == Relation.SAME_LEAD else f", as {name},"

    def unseen_title(self, previous: Previous) -> str:
        words, ago = ContactMethod(previous.method).words, times.ago(previous.occurred_at, self.verdict.now)
        if previous.direction == Direction.INBOUND:
            return f"New since you opened this page: {self.lead.name} {words.began} {ago}"
        by = who(previous, self.viewer)
        return f"New since you opened this page: {by if by != 'You' else 'you'} {words.did} this lead {ago}"

    def lines(self) -> list[str]:
        """Who and when, and the rule in words, of what leads; of a clear verdict its notes."""
        reason = self.leading
        if reason is None:
            return [sentence(note, self.spelling) for note in self.verdict.notes[:MOST_LINES]]
        match reason.rule:
            case Rule.DO_NOT_CONTACT:
                return self.wish_lines(reason)
            case Rule.COOLDOWN:
                return [self.who_when(reason), f"{rule(reason)}, whoever makes contact."]
            case Rule.RECENT:
                return [self.reply_line(reason), rule_sentence(reason)]
            case Rule.UNSEEN:
                return []
        return [rule_sentence(reason)]

    def wish_lines(self, wish: Reason) -> list[str]:
        """ "Noted on 3 Nov by Alice Jones: “no texts”." and how it ends."""
        assert isinstance(wish.numbers, Request)
        on = f" on {times.date_words(wish.at, self.verdict.now)}" if wish.at else ""
        by = f" by {author(wish, self.spelling)}" if wish.who.name else ""
        why = f": “{wish.numbers.why}”" if wish.numbers.why else ""
        lift = "you or another manager" if self.viewer.is_manager else "a manager"
        noted = [f"Noted{on}{by}{why}."] if on or by or why else []
        return [*noted, f"It holds until {lift} lifts it."]

    def who_when(self, reason: Reason) -> str:
        previous = reason.earlier
        words, when = ContactMethod(previous.method).words, times.when(previous.occurred_at, self.verdict.now)
        return f"{who(previous, self.viewer)} {words.did} {self.lead.short_name}{self.on_record(reason)} {when}."

    def reply_line(self, reason: Reason) -> str:
        previous = reason.earlier
        if previous.responded and previous.response_at:
            return f"{self.lead.short_name} answered {times.when(previous.response_at, self.verdict.now)}."
        return f"No reply from {self.lead.short_name} yet."

    def also(self) -> list[str]:
        """Every other reason and note, a sentence each."""
        shown = [self.leading] if self.leading else self.verdict.notes[:MOST_LINES]
        others = [reason for reason in self.verdict.reasons if reason not in shown and reason.rule not in self.told()]
        return [sentence(reason, self.spelling) for reason in others]

    def told(self) -> set[Rule]:
        """Rules whose finding the title or the comparison tells already."""
        told = {Rule.SIMILAR} if self.verdict.has(Rule.SIMILAR) else set()
        unseen, cooldown = self.verdict.reason(Rule.UNSEEN), self.verdict.reason(Rule.COOLDOWN)
        if cooldown:
            told.add(Rule.RECENT)
        if unseen and cooldown and unseen.earlier.id == cooldown.earlier.id:
            told.add(Rule.UNSEEN)
        return told

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


def capitalised(noun: str) -> str:
    """ "Email", "LinkedIn message", "SMS"."""
    return noun[:1].upper() + noun[1:]
