"""What a policy would have done to the company's last 30 days, beside what the present one does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from crm.models import Company
from leads.methods import ContactMethod
from outreach.guard import Answer, Previous, Question, Reason
from outreach.guard.facts import Facts
from outreach.guard.parts import CompanyLimits
from outreach.guard.rules import cooldown, organization, recent, similar
from outreach.guard.sentences import sentence
from outreach.models import COMPANY_LIMITS
from outreach.policies.policy import Policy
from outreach.policies.replay import read_history

DAYS = 30
# "At most the newest 5,000 contacts": two seconds of work, and enough to see which way a number moves.
MOST = 5_000
SHOWN = 50


@dataclass
class Tally:
    """How many contacts of a method there were, and how many of them the limits would have held up."""

    contacts: int = 0
    warned: int = 0
    refused: int = 0

    def count(self, held: Reason | None) -> None:
        self.contacts += 1
        if held is not None:
            self.refused += held.answer == Answer.BLOCK
            self.warned += held.answer == Answer.WARN


@dataclass(frozen=True)
class HeldUp:
    """One contact the limits would have held up, with what its author would have read."""

    contact: Previous
    lead_name: str
    reason: Reason

    @property
    def refused(self) -> bool:
        return self.reason.answer == Answer.BLOCK

    @property
    def sentence(self) -> str:
        """What its author would have read."""
        return sentence(self.reason)

    @property
    def did(self) -> str:
        return ContactMethod(self.contact.method).words.did


@dataclass
class PreviewLine:
    """One method, or all of them together: under the new limits and under the present ones."""

    label: str
    new: Tally = field(default_factory=Tally)
    now: Tally = field(default_factory=Tally)


@dataclass
class Preview:
    lines: dict[str, PreviewLine]
    total: PreviewLine
    is_cut: bool
    since: datetime | None
    held: list[HeldUp]  # the newest ones

    @property
    def held_total(self) -> int:
        return self.total.new.warned + self.total.new.refused


def preview(company: Company, current: Policy, proposed: Policy) -> Preview:
    """Replay the last 30 days' outbound contacts by the guard's own rules. Nothing is written.

    Every contact is judged by what had really been said before it, collisions included. What people asked not to
    get, claims and unseen contacts are left out: no limit changes them.
    """
    history = read_history(company, [current, proposed], days=DAYS, most=MOST)
    lines = {method.value: PreviewLine(method.label) for method in ContactMethod}
    total, held = PreviewLine("All"), []
    now, new = ReadyPolicy(current), ReadyPolicy(proposed)
    least = min(current.similarity_percent, proposed.similarity_percent)
    for contact in history.judged:
        judged = JudgedContact(history.question(contact), history.facts(contact), least)
        before, after = now.first_reason(judged), new.first_reason(judged)
        for line in (lines[contact.method], total):
            line.now.count(before)
            line.new.count(after)
        if after is not None:
            held.append(HeldUp(contact, history.names[contact.lead_id], after))
    held.sort(key=lambda held_up: (held_up.contact.occurred_at, held_up.contact.id), reverse=True)
    since = min((contact.occurred_at for contact in history.judged), default=None)
    return Preview(lines=lines, total=total, is_cut=history.is_cut, since=since, held=held[:SHOWN])


@dataclass
class JudgedContact:
    """One contact as the guard would have been asked about it."""

    question: Question
    facts: Facts
    least_percent: int

    @cached_property
    def alike(self) -> Reason | None:
        """The text of a colleague most like this one: compared once for both policies, by the lower of their limits."""
        if not self.facts.texts:
            return None
        limits = self.facts.company._replace(similarity_percent=self.least_percent)
        # Texts to others at the organization are not read.
        return similar(self.question, replace(self.facts, company=limits, neighbours=[]))


class ReadyPolicy:
    """One policy, ready for the guard's rules."""

    def __init__(self, policy: Policy) -> None:
        self.limits = policy.limits
        self.company = CompanyLimits(**{name: getattr(policy, name) for name in COMPANY_LIMITS})

    def first_reason(self, contact: JudgedContact) -> Reason | None:
        """The first reason that warns or blocks; the dearest question, whether texts are alike, comes last."""
        facts = replace(contact.facts, limits=self.limits, company=self.company)
        for rule in (cooldown, recent, organization):
            reason = rule(contact.question, facts)
            if reason is not None and reason.answer != Answer.ALLOW:
                return reason
        alike = contact.alike
        is_near = alike is not None and (alike.likeness or 0) >= self.company.similarity_percent
        return alike if is_near else None
