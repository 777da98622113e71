"""What the guard answers: allow, warn or block, and the reasons."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from outreach.guard.parts import NOBODY, Case, Likeness, Numbers, Previous, Who, Whom
from outreach.models import Rule


class Answer(enum.StrEnum):
    ALLOW = "allow"
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True)
class Reason:
    """One rule's finding, as parts; sentences.py makes the words. A reason whose answer is allow only informs."""

    rule: Rule
    answer: Answer
    case: Case
    # Who made the earlier contact, is writing now, or noted what the person asked for; how, and when.
    who: Who = NOBODY
    method: str = ""
    at: datetime | None = None
    previous: Previous | None = None
    whom: Whom | None = None
    allowed_from: datetime | None = None
    numbers: Numbers | None = None

    @property
    def earlier(self) -> Previous:
        """The earlier contact, of a rule that always has one."""
        assert self.previous is not None, f"{self.rule} names no earlier contact"
        return self.previous

    @property
    def likeness(self) -> int | None:
        """How alike the two messages are, in percent, where the rule compares them."""
        return self.numbers.percent if isinstance(self.numbers, Likeness) else None


@dataclass(frozen=True)
class Verdict:
    """The worst answer of all reasons, worst first."""

    now: datetime
    reasons: list[Reason] = field(default_factory=list)
    past: bool = False
    # The records of the person it speaks of, and whether the user holds a claim on one of them.
    records: list[UUID] = field(default_factory=list)
    holds_claim: bool = False
    # Whether the user wanted to be reminded of this very contact.
    reminded: bool = False

    @cached_property
    def answer(self) -> Answer:
        if not self.reasons:
            return Answer.ALLOW
        answers = {reason.answer for reason in self.reasons}
        for answer in (Answer.BLOCK, Answer.WARN):
            if answer in answers:
                return answer
        return Answer.ALLOW

    @property
    def held(self) -> list[Reason]:
        """The reasons that warn or block; notes left out."""
        return [reason for reason in self.reasons if reason.answer != Answer.ALLOW]

    @property
    def notes(self) -> list[Reason]:
        return [reason for reason in self.reasons if reason.answer == Answer.ALLOW]

    @property
    def first(self) -> Reason | None:
        """The reason to show first: the one that decides, else the first note."""
        worst = [reason for reason in self.reasons if reason.answer == self.answer]
        return worst[0] if worst else None

    @property
    def deciding(self) -> Reason:
        """The reason that decides, of a verdict that warns or blocks."""
        assert self.first is not None, "Nothing warns or blocks."
        return self.first

    @property
    def allowed_from(self) -> datetime | None:
        """When the last block ends; None when nothing blocks or a block never ends."""
        ends = []
        for reason in self.reasons:
            if reason.answer == Answer.BLOCK:
                if reason.allowed_from is None:
                    return None
                ends.append(reason.allowed_from)
        return max(ends, default=None)

    def has(self, rule: Rule) -> bool:
        return self.reason(rule) is not None

    def reason(self, rule: Rule) -> Reason | None:
        return next((reason for reason in self.reasons if reason.rule == rule), None)
