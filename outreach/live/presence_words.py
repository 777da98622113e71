"""Which colleagues have a person's page open or write to the person now, as page, dialog and list show it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from crm.models import User, initials, short_name, tint
from leads.methods import ContactMethod
from outreach.guard.facts import Facts

PILLS_SHOWN = 3


@dataclass(frozen=True)
class Colleague:
    """A colleague who is writing to the person, or has the page open."""

    user_id: UUID
    name: str
    method: str  # of what is being written; empty for one who only views
    left: timedelta  # until it ends, unless it is renewed

    @property
    def is_writing(self) -> bool:
        return bool(self.method)

    @property
    def words(self) -> str:
        """ "is writing an email", "is viewing"."""
        return f"is {ContactMethod(self.method).words.writing if self.method else 'viewing'}"

    @property
    def short_name(self) -> str:
        return short_name(self.name)

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def tint(self) -> int:
        return tint(self.user_id)


@dataclass(frozen=True)
class PresenceSummary:
    """All colleagues at one person, those who write first."""

    colleagues: list[Colleague]

    @property
    def writers(self) -> list[Colleague]:
        return [colleague for colleague in self.colleagues if colleague.is_writing]

    @property
    def shown(self) -> list[Colleague]:
        return self.colleagues[:PILLS_SHOWN]

    @property
    def more(self) -> list[Colleague]:
        return self.colleagues[PILLS_SHOWN:]

    @property
    def signature(self) -> str:
        """Who writes by which method: open dialogs ask the guard again when it differs."""
        return " ".join(f"{writer.user_id}:{writer.method}" for writer in self.writers)

    @property
    def seconds(self) -> int | None:
        """After how many seconds a page reads this again, because the next presence may have ended; None for nobody."""
        return min((math.ceil(colleague.left.total_seconds()) for colleague in self.colleagues), default=None)


def present_colleagues(facts: Facts, viewer: User) -> PresenceSummary:
    """The colleagues who write to the person or have the page open, from what the guard has read."""
    colleagues = {writer.user_id: writer for writer in writers(facts, viewer).colleagues}
    for present in sorted(facts.present, key=lambda present: (present.user_name, -present.until.timestamp())):
        # A colleague who writes has the page open too, and is listed once.
        if present.user_id != viewer.id:
            colleagues.setdefault(
                present.user_id, Colleague(present.user_id, present.user_name, "", present.until - facts.now)
            )
    return PresenceSummary(list(colleagues.values()))


def writers(facts: Facts, viewer: User) -> PresenceSummary:
    """The colleagues who write to the person."""
    claims = facts.claims_of_others(viewer.id)
    return PresenceSummary(
        [Colleague(claim.user_id, claim.user_name, claim.method, claim.expires_at - facts.now) for claim in claims]
    )
