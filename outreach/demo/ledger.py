"""What the guard knows of a person at any moment of the story. It is asked for real, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
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
    method: Limits(hours=limits["cooldown_hours"], count=limits["cooldown_count"], days=limits["warning_days"])
    for method, limits in ((method, default_limits(method)) for method in ContactMethod.values)
}


def nothing_yet() -> dict[str, list[Previous]]:
    return {method: [] for method in ContactMethod.values}


@dataclass
class Ledger:
    """Outbound contacts by method, newest first; answers: when, and to whom. For all records of a person."""

    contacts: dict[str, list[Previous]] = field(default_factory=nothing_yet)
    answers: list[tuple[datetime, UUID]] = field(default_factory=list)

    def ask(self, lead: Lead, user: User, method: str, at: datetime, now: datetime | None = None) -> Verdict:
        """What the guard says about that moment: then, or asked later, at `now`, about what has happened."""
        facts = Facts(
            lead=lead,
            now=now or at,
            moment=at,
            limits=LIMITS,
            earlier=self.contacts,
            later=nothing_yet(),
            answers=[(said_at, to) for said_at, to in self.answers if said_at <= at],
        )
        return judge(Question(user, method, when=at if now else None), facts)

    def add(self, attempt: ContactAttempt) -> None:
        self.contacts[attempt.method].insert(0, as_previous(attempt))

    def remove(self, attempt: ContactAttempt) -> None:
        same = self.contacts[attempt.method]
        self.contacts[attempt.method] = [previous for previous in same if previous.id != attempt.id]
