"""What the guard's statements give: a class for each part, whose fields are its columns, put into the facts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol
from uuid import UUID

from leads.person.wishes import Wish
from outreach.guard.parts import Claimed, CompanyLimits, Limits, PresentColleague, Previous

if TYPE_CHECKING:
    from outreach.guard.facts import Facts


class FactRow(Protocol):
    """A row of one of the parts."""

    def put(self, facts: Facts) -> None:
        """Add what the row says to the facts about its lead."""


class MomentRow(NamedTuple):
    """The database clock."""

    now: datetime

    def put(self, facts: Facts) -> None:
        facts.now = self.now


class CompanyRow(NamedTuple):
    """The company's own policy for all methods, if it has set one."""

    limits: CompanyLimits

    def put(self, facts: Facts) -> None:
        facts.company = self.limits


class LimitsRow(NamedTuple):
    """The limits of a method: the company's own or the defaults."""

    method: str
    limits: Limits

    def put(self, facts: Facts) -> None:
        facts.limits[self.method] = self.limits


class EarlierRow(NamedTuple):
    """One of the newest contacts by a method up to the moment asked about, newest first."""

    contact: Previous

    def put(self, facts: Facts) -> None:
        facts.earlier[self.contact.method].append(self.contact)


class LaterRow(NamedTuple):
    """One of the first contacts by a method after a past moment, oldest first."""

    contact: Previous

    def put(self, facts: Facts) -> None:
        facts.later[self.contact.method].append(self.contact)


class FormerRow(NamedTuple):
    """A contact that a limit counted, newest first; the limit was loosened at `until`."""

    hours: int
    contacts: int
    until: datetime
    contact: Previous

    def put(self, facts: Facts) -> None:
        facts.add_former(self.contact, Limits(hours=self.hours, contacts=self.contacts, days=0), self.until)


class AnswerRow(NamedTuple):
    """The person answered somebody; None for a user who was deleted."""

    at: datetime
    user_id: UUID | None

    def put(self, facts: Facts) -> None:
        facts.answers.append((self.at, self.user_id))


class RecordRow(NamedTuple):
    """A record whose history counts, up to `until`; None for one that is the person's still."""

    lead_id: UUID
    name: str
    until: datetime | None

    def put(self, facts: Facts) -> None:
        facts.names[self.lead_id] = self.name
        facts.untils[self.lead_id] = self.until
        if self.until is None:
            facts.records.append(self.lead_id)


class WishRow(NamedTuple):
    """What the person asked for, as it stands on one of the records, and who noted it; an empty name for nobody."""

    whole: bool
    methods: list[str]
    reason: str
    noted_by_id: UUID | None
    noted_by: str
    at: datetime | None

    def put(self, facts: Facts) -> None:
        facts.wishes.append((Wish(self.whole, self.methods, self.reason, self.noted_by_id, self.at), self.noted_by))


class ClaimRow(NamedTuple):
    """A colleague, or the rep who asks, has the composer open."""

    claim: Claimed

    def put(self, facts: Facts) -> None:
        facts.claims.append(self.claim)


class PresenceRow(NamedTuple):
    """A rep has a page of the person open."""

    colleague: PresentColleague

    def put(self, facts: Facts) -> None:
        facts.present.append(self.colleague)


class PendingRow(NamedTuple):
    """A reminder (by its method) or a note (None) waits for this user; for nobody once the user was deleted."""

    user_id: UUID | None
    method: str | None

    def put(self, facts: Facts) -> None:
        facts.pending.add((self.user_id, self.method))


class TextRow(NamedTuple):
    """What a colleague wrote to the person lately."""

    contact: Previous

    def put(self, facts: Facts) -> None:
        facts.texts.append(self.contact)


class NeighbourRow(NamedTuple):
    """A colleague's contact with somebody else at the organization, and their name."""

    name: str
    contact: Previous

    def put(self, facts: Facts) -> None:
        facts.names[self.contact.lead_id] = self.name
        facts.neighbours.append(self.contact)
