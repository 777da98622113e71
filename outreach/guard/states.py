"""The guard at a glance: one row or tile per method with its state and why."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import cached_property

from crm import times
from crm.models import User, short_name
from leads.methods import ContactMethod
from outreach.guard import Answer, Previous, Reason, Review, Verdict
from outreach.guard.facts import Facts
from outreach.guard.parts import Claimed
from outreach.models import Rule


@dataclass(frozen=True)
class MethodState:
    """How one method stands for one rep, in words and in short, each found when it is shown: a list shows few."""

    of: ContactMethod
    verdict: Verdict
    facts: Facts
    viewer: User

    @property
    def method(self) -> str:
        return self.of.value

    @property
    def label(self) -> str:
        return self.of.label

    @property
    def icon(self) -> str:
        return self.of.words.icon

    @property
    def key(self) -> str:
        return self.of.words.key

    @property
    def instead(self) -> str:
        return self.of.words.instead

    @cached_property
    def state(self) -> str:
        """ "clear", "warn", "block" or "dnc"."""
        return state_of(self.verdict)

    @property
    def words(self) -> str:
        return state_words(self.state, self.verdict)

    @property
    def why(self) -> str:
        return why(self.of, self.state, self.verdict, self.facts, self.viewer)

    @property
    def tile(self) -> str:
        return tile(self.state, self.verdict, self.viewer)


def method_states(review: Review, viewer: User) -> list[MethodState]:
    """The state of every method, in the methods' own order."""
    return [MethodState(method, review.verdicts[method], review.facts, viewer) for method in ContactMethod]


STATES = {Answer.BLOCK: "block", Answer.WARN: "warn", Answer.ALLOW: "clear"}


def state_of(verdict: Verdict) -> str:
    return "dnc" if verdict.has(Rule.DO_NOT_CONTACT) else STATES[verdict.answer]


def state_words(state: str, verdict: Verdict) -> str:
    if state == "block" and verdict.allowed_from:
        return f"cooling until {times.from_when(verdict.allowed_from, verdict.now)}"
    return {"dnc": "do not contact", "block": "collision", "warn": "needs a reason", "clear": "clear"}[state]


def why(method: ContactMethod, state: str, verdict: Verdict, facts: Facts, viewer: User) -> str:
    if state == "dnc":
        return wish_words(verdict.deciding, facts, viewer)
    claims = facts.claims_of_others(viewer.id)
    if claims and state == "warn" and verdict.deciding.rule == Rule.CLAIMED:
        return claim_words(claims[0])
    last = facts.last(method)
    if last is None:
        return method.words.never
    if state == "clear" and facts.may_reply(viewer.id):
        return f"{facts.lead.short_name} answered you"
    return contacted(last, facts, viewer)


def claim_words(claim: Claimed) -> str:
    """ "Alice Jones is writing an email"."""
    return f"{claim.user_name} is {ContactMethod(claim.method).words.writing}"


def wish_words(wish: Reason, facts: Facts, viewer: User) -> str:
    """ "Dana asked Alice on 3 Nov", "Dana asked you on 3 Nov"."""
    by = ""
    if wish.who.name:
        by = " you" if wish.who.id == viewer.id else f" {short_name(wish.who.name)}"
    at = f" on {times.date_words(wish.at, facts.now)}" if wish.at else ""
    return f"{facts.lead.short_name} asked{by}{at}"


def contacted(previous: Previous, facts: Facts, viewer: User) -> str:
    """ "Alice Jones emailed yesterday at 14:00", "You called 5 days ago"."""
    words = ContactMethod(previous.method).words
    ago = times.ago(previous.occurred_at, facts.now)
    if ago == "yesterday":
        ago = times.when(previous.occurred_at, facts.now)
    return f"{who(previous, viewer)} {words.done} {ago}"


def who(previous: Previous, viewer: User) -> str:
    return "You" if previous.user_id == viewer.id else previous.user_name


def tile(state: str, verdict: Verdict, viewer: User) -> str:
    if state == "block" and verdict.allowed_from:
        same_day = times.days_between(verdict.now, verdict.allowed_from) == 0
        return (times.clock if same_day else lambda at: times.from_when(at, verdict.now))(verdict.allowed_from)
    if state == "warn" and verdict.deciding.rule == Rule.CLAIMED:
        return "writing"
    previous = verdict.first.previous if verdict.first else None
    if state == "warn" and previous:
        return f"{short_name(who(previous, viewer))}, {times.short_ago(previous.occurred_at, verdict.now)}"
    return {"dnc": "no", "block": "collision", "warn": "reason", "clear": "clear"}[state]
