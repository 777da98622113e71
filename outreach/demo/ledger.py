"""What the guard knows of a person at any moment of the story. The real rules judge it, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from crm.models import User
from leads.models import Lead
from outreach.guard.check import as_previous, judge
from outreach.guard.facts import Facts, empty_lists
from outreach.guard.parts import Previous
from outreach.guard.question import Question
from outreach.guard.verdict import Verdict
from outreach.models import ContactAttempt
from outreach.policies.policy import DEFAULTS

LIMITS = DEFAULTS.limits


class DemoAnswer(NamedTuple):
    """The person answered at this time, and to which rep."""

    at: datetime
    user_id: UUID


@dataclass
class Ledger:
    """Outbound contacts by method, newest first, and answers, of all records of a person."""

    contacts: dict[str, list[Previous]] = field(default_factory=empty_lists)
    answers: list[DemoAnswer] = field(default_factory=list)

    def ask(self, lead: Lead, user: User, method: str, at: datetime, now: datetime | None = None) -> Verdict:
        """The guard's verdict on a contact at this time, asked then or, if given, at `now`, when it has happened."""
        facts = Facts(
            lead=lead,
            now=now or at,
            moment=at,
            limits=LIMITS,
            earlier=self.contacts,
            answers=[answer for answer in self.answers if answer.at <= at],
        )
        return judge(Question(user, method, when=at if now else None), facts)

    def add(self, attempt: ContactAttempt) -> None:
        self.contacts[attempt.method].insert(0, as_previous(attempt))

    def remove(self, attempt: ContactAttempt) -> None:
        others = [previous for previous in self.contacts[attempt.method] if previous.id != attempt.id]
        self.contacts[attempt.method] = others
