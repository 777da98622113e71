"""The rows of the demo, all made in memory, in the order they were recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import NamedTuple
from uuid import UUID

from crm.models import Company, User
from leads.models import Lead, LeadIdentifier
from outreach.models import CHANGEABLE, ContactAttempt, GuardDecision, RuleShown


class ShownKey(NamedTuple):
    """A rule that was shown counts once for each of these."""

    user_id: UUID
    lead_id: UUID
    rule: str
    day: date


class AuditRow(NamedTuple):
    """What the database writes of an attempt "before" and "after" a change."""

    attempt: ContactAttempt
    label: str
    at: datetime
    state: dict[str, object]

    @classmethod
    def of(cls, attempt: ContactAttempt, label: str, at: datetime) -> AuditRow:
        return cls(attempt, label, at, {name: getattr(attempt, name) for name in CHANGEABLE})

    def columns(self) -> dict[str, object]:
        """The fields of the event model."""
        fields = {"pgh_label": self.label, "pgh_created_at": self.at, "pgh_obj": self.attempt, "id": self.attempt.id}
        return fields | self.state


class Step(NamedTuple):
    """Something that raised the version of a lead: a new attempt, or a change of one."""

    at: datetime
    lead_id: UUID
    attempt: ContactAttempt | None = None


@dataclass
class Story:
    """Unsaved rows, ready for bulk inserts in the order of the fields."""

    rng: Random
    now: datetime
    companies: list[Company] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)
    identifiers: list[LeadIdentifier] = field(default_factory=list)
    attempts: list[ContactAttempt] = field(default_factory=list)
    decisions: list[GuardDecision] = field(default_factory=list)
    shown: dict[ShownKey, RuleShown] = field(default_factory=dict)
    events: list[AuditRow] = field(default_factory=list)

    def change(self, attempt: ContactAttempt, user: User, at: datetime, **fields: object) -> None:
        """Change an attempt as the verbs do, with the two audit rows the database would have written."""
        self.events.append(AuditRow.of(attempt, "before", at))
        for name, value in {**fields, "changed_by": user}.items():
            setattr(attempt, name, value)
        self.events.append(AuditRow.of(attempt, "after", at))

    def number_versions(self) -> None:
        """Give each attempt the version its lead had once it was recorded, and each lead its last one."""
        recorded = [Step(attempt.created_at, attempt.lead_id, attempt) for attempt in self.attempts]
        changed = [Step(row.at, row.attempt.lead_id) for row in self.events if row.label == "after"]
        versions: dict[UUID, int] = {lead.id: lead.version for lead in self.leads}
        for step in sorted([*recorded, *changed], key=lambda step: step.at):
            versions[step.lead_id] += 1
            if step.attempt is not None:
                step.attempt.lead_version = versions[step.lead_id]
        for lead in self.leads:
            lead.version = versions[lead.id]

    def new_id(self, at: datetime) -> UUID:
        """A version 7 UUID of the story's own time, so that rows told later also sort later."""
        milliseconds = int(at.timestamp() * 1000)
        random = self.rng.getrandbits
        return UUID(int=milliseconds << 80 | 7 << 76 | random(12) << 64 | 2 << 62 | random(62))
