"""What the guard answers: allow, warn or block, and the reasons."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.utils.functional import cached_property

from outreach.models import Rule


class Answer(enum.StrEnum):
    ALLOW = "allow"
    WARN = "warn"
    BLOCK = "block"


class Previous(NamedTuple):
    """An earlier attempt as the guard shows it: who, when, how and what about."""

    id: UUID
    lead_id: UUID
    user_id: UUID | None
    user_name: str
    method: str
    direction: str
    occurred_at: datetime
    responded: bool
    response_at: datetime | None
    subject: str
    body: str


@dataclass(frozen=True)
class Reason:
    """One rule's finding. A reason whose answer is allow only informs."""

    rule: Rule
    answer: Answer
    say: Callable[[], str]
    previous: Previous | None = None
    allowed_from: datetime | None = None
    # How alike the two messages are, in percent, where a rule compares them.
    likeness: int | None = None

    @cached_property
    def sentence(self) -> str:
        """What the rule found, in words. A list asks hundreds of times and shows none of them."""
        return self.say()


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
        """The reasons that stand in the way; notes left out."""
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
    def allowed_from(self) -> datetime | None:
        """When the last block ends; None when nothing blocks or a block never ends."""
        blocks = [reason.allowed_from for reason in self.reasons if reason.answer == Answer.BLOCK]
        if not blocks or None in blocks:
            return None
        return max(blocks)

    def has(self, rule: Rule) -> bool:
        return self.reason(rule) is not None

    def reason(self, rule: Rule) -> Reason | None:
        return next((reason for reason in self.reasons if reason.rule == rule), None)
