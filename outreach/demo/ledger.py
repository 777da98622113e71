"""What the guard knows of a person at any moment of the story. The real rules judge it, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from crm.models import User
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.guard.check import as_previous, judge
from outreach.guard.facts import Facts
from outreach.guard.parts import Limits, Previous
from outreach.guard.question import Question
from outreach.guard.verdict import Verdict
from outreach.models import ContactAttempt, default_limits

LIMITS = {
    method: Limits(hours=limits["cooldown_hours"], contacts=limits["cooldown_count"], days=limits["warning_days"])
    for method, limits in ((method, default_limits(method)) for method in ContactMethod.values)
}


def nothing_yet() -> dict[str, list[Previous]]:
    return {method: [] for method in ContactMethod.values}


class DemoAnswer(NamedTuple):
    """The person answered at this time, and to which rep."""

    at: datetime
    user_id: UUID


@dataclass
class Ledger:
    """Outbound contacts by method, newest first, and answers, of all records of a person."""

    contacts: dict[str, list[Previous]] = field(default_factory=nothing_yet)
    answers: list[DemoAnswer] = field(default_factory=list)

    def ask(self, lead: Lead, user: User, method: str, at: datetime, now: datetime | None = None) -> Verdict:
        """The guard's verdict on a contact at this time, asked then or, if given, at `now`, when it has happened."""
        facts = Facts(
            lead=lead,
            now=now or at,
            moment=at,
            limits=LIMITS,
            earlier=self.contacts,
            later=nothing_yet(),
            answers=[answer for answer in self.answers if answer.at <= at],
        )
        return judge(Question(user, method, when=at if now else None), facts)

    def add(self, attempt: ContactAttempt) -> None:
        self.contacts[attempt.method].insert(0, as_previous(attempt))

    def remove(self, attempt: ContactAttempt) -> None:
        others = [previous for previous in self.contacts[attempt.method] if previous.id != attempt.id]
        self.contacts[attempt.method] = others
