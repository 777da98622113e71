"""Which colleagues are at a person now, as page, dialog and list show it."""

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
    """Somebody who is writing to the person, or only looks."""

    user_id: UUID
    name: str
    method: str  # of what is being written; empty for who only looks
    left: timedelta  # after so long without a word it is no longer true

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
class Here:
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
        """Who writes how: open dialogs ask the guard again when it differs."""
        return " ".join(f"{writer.user_id}:{writer.method}" for writer in self.writers)

    @property
    def seconds(self) -> int | None:
        """When a page has to look again, because somebody may have fallen silent."""
        return min((math.ceil(colleague.left.total_seconds()) for colleague in self.colleagues), default=None)


def who_is_here(facts: Facts, viewer: User) -> Here:
    """Who else is at the person, as the guard has read at the same glance."""
    found = {one.user_id: one for one in writers(facts, viewer).colleagues}
    for seat in sorted(facts.seats, key=lambda seat: (seat.user_name, -seat.until.timestamp())):
        # Whoever writes also looks.
        if seat.user_id != viewer.id:
            found.setdefault(seat.user_id, Colleague(seat.user_id, seat.user_name, "", seat.until - facts.now))
    return Here(list(found.values()))


def writers(facts: Facts, viewer: User) -> Here:
    """Who else is writing to the person."""
    claims = sorted(facts.claims_of_others(viewer.id), key=lambda claim: claim.started_at)
    return Here([Colleague(one.user_id, one.user_name, one.method, one.expires_at - facts.now) for one in claims])
