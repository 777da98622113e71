"""The rows of the demo, all made in memory: what happened, in the order it was recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from uuid import UUID

from crm.models import Company, User
from leads.models import Lead, LeadIdentifier
from outreach.models import CHANGEABLE, ContactAttempt, ContactAttemptEvent, GuardDecision, RuleShown


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
    shown: dict[tuple, RuleShown] = field(default_factory=dict)  # once for each rep, lead, rule and day
    events: list[ContactAttemptEvent] = field(default_factory=list)

    def change(self, attempt: ContactAttempt, user: User, at: datetime, **fields: object) -> None:
        """Change an attempt as the verbs do, with the two audit rows the database would have written."""
        self.events.append(audit_row(attempt, "before", at))
        for name, value in {**fields, "changed_by": user}.items():
            setattr(attempt, name, value)
        self.events.append(audit_row(attempt, "after", at))

    def number_versions(self) -> None:
        """Give each attempt the version its lead had once it was recorded, and each lead its last one."""
        recorded = [(attempt.created_at, attempt.lead_id, attempt) for attempt in self.attempts]
        lead_of = {attempt.id: attempt.lead_id for attempt in self.attempts}
        changed = [(row.pgh_created_at, lead_of[row.id], None) for row in self.events if row.pgh_label == "after"]
        versions: dict[UUID, int] = {lead.id: lead.version for lead in self.leads}
        for _, lead_id, attempt in sorted([*recorded, *changed], key=lambda step: step[0]):
            versions[lead_id] += 1
            if attempt is not None:
                attempt.lead_version = versions[lead_id]
        for lead in self.leads:
            lead.version = versions[lead.id]

    def new_id(self, at: datetime) -> UUID:
        """A version 7 UUID of the story's own time, so that rows told later also sort later."""
        milliseconds = int(at.timestamp() * 1000)
        random = self.rng.getrandbits
        return UUID(int=milliseconds << 80 | 7 << 76 | random(12) << 64 | 2 << 62 | random(62))


def audit_row(attempt: ContactAttempt, label: str, at: datetime) -> ContactAttemptEvent:
    state = {name: getattr(attempt, name) for name in CHANGEABLE}
    return ContactAttemptEvent(pgh_label=label, pgh_created_at=at, pgh_obj=attempt, id=attempt.id, **state)
