"""All the guard needs to know about a person, as of one moment of the database clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.utils.functional import cached_property

from crm.models import User
from crm.postgres.prepared import Prepared
from leads.methods import METHODS
from leads.models import Lead
from leads.person.wishes import Wish
from outreach.guard import reading
from outreach.guard.parts import Claimed, Previous
from outreach.models import PRESENCE_SECONDS, default_limits


@dataclass(frozen=True)
class Limits:
    """One method's policy: at most `count` contacts in `hours`; warn within `days`."""

    hours: int
    count: int
    days: int


@dataclass(frozen=True)
class CompanyLimits:
    """What holds for every method: see CompanyPolicy."""

    organization_days: int
    organization_warns: bool
    similarity_percent: int
    claim_minutes: int


@dataclass
class Closure:
    """A limit that was loosened since. What was recorded while it held keeps closed what it had closed."""

    method: str
    limits: Limits
    earlier: list[Previous]  # newest first


@dataclass(frozen=True)
class Seated:
    """A rep has a page of this person open."""

    user_id: UUID
    user_name: str
    until: datetime  # without another word from it


@dataclass
class Facts:
    """The newest outbound contacts per method, who was answered, what was asked for and who is writing now."""

    lead: Lead
    now: datetime
    asked: datetime
    limits: dict[str, Limits] = field(default_factory=dict)
    company: CompanyLimits = field(default_factory=lambda: CompanyLimits(**settings.COMPANY_POLICY_DEFAULTS))
    earlier: dict[str, list[Previous]] = field(default_factory=lambda: empty_lists())  # newest first
    later: dict[str, list[Previous]] = field(default_factory=lambda: empty_lists())  # oldest first, for a past moment
    closures: dict[tuple[str, datetime], Closure] = field(default_factory=dict)  # by method and end
    answers: list[tuple[datetime, UUID | None]] = field(default_factory=list)
    # The ids and names of all records whose history counts; the person's own are in `records`.
    names: dict[UUID, str] = field(default_factory=dict)
    # Up to when the history of each of them counts; None for one that is the person's still.
    untils: dict[UUID, datetime | None] = field(default_factory=dict)
    records: list[UUID] = field(default_factory=list)
    wishes: list[tuple[Wish, str]] = field(default_factory=list)  # with the name of who noted it
    claims: list[Claimed] = field(default_factory=list)
    seats: list[Seated] = field(default_factory=list)
    # For whom a reminder (by which method) or a note about this person (None) is pending.
    pending: set[tuple[UUID, str | None]] = field(default_factory=set)
    texts: list[Previous] = field(default_factory=list)
    neighbours: list[Previous] = field(default_factory=list)

    def last(self, method: str) -> Previous | None:
        return self.earlier[method][0] if self.earlier[method] else None

    @cached_property
    def last_outbound_at(self) -> datetime | None:
        return max((found[0].occurred_at for found in self.earlier.values() if found), default=None)

    def may_reply(self, user_id: UUID) -> bool:
        """The person answered this user after the last outbound contact of anybody."""
        if not self.answers:
            return False
        last = self.last_outbound_at
        return any(to == user_id and (last is None or at > last) for at, to in self.answers)

    def wish(self, method: str) -> tuple[Wish, str] | None:
        """What the person asked for that forbids this method, and who noted it."""
        return next(((wish, by) for wish, by in self.wishes if wish.whole or method in wish.methods), None)

    def is_reminded(self, user_id: UUID, method: str) -> bool:
        return (user_id, method) in self.pending

    def has_pending(self, user_id: UUID) -> bool:
        return any(user == user_id for user, _ in self.pending)

    def claims_of_others(self, user_id: UUID) -> list[Claimed]:
        return [claim for claim in self.claims if claim.user_id != user_id]


def empty_lists() -> dict[str, list[Previous]]:
    return {method: [] for method in METHODS}


def read_facts(leads: Sequence[Lead], *, when: datetime | None = None) -> list[Facts]:
    """Read about each of these leads of one company, in one query; `when` None means now.

    Texts and neighbours are left out: see `read_nearby`.
    """
    if not leads:
        return []
    asked = what_is_asked(leads[0].company_id, [lead.id for lead in leads], when)
    rows = read(reading.GLANCE if when is None else reading.GLANCE_BACK, asked)
    now = next(row.moment for row in rows if row.part == "earlier")
    facts = {lead.id: Facts(lead=lead, now=now, asked=when or now) for lead in leads}
    for row in rows:
        # The company's limits belong to no lead and to all.
        for about in [facts[row.root]] if row.root else facts.values():
            TAKE[row.part](about, row)
    return list(facts.values())


def what_is_asked(company_id: UUID, lead_ids: list[UUID], when: datetime | None) -> dict[str, object]:
    """The parameters of the statement at a glance."""
    defaults = [default_limits(method) for method in METHODS]
    return {
        "company": company_id,
        "leads": lead_ids,
        "when": when,
        "methods": METHODS,
        "hours": [limits["cooldown_hours"] for limits in defaults],
        "counts": [limits["cooldown_count"] for limits in defaults],
        "days": [limits["warning_days"] for limits in defaults],
        "answers": reading.ANSWERS_READ,
        "seat_seconds": PRESENCE_SECONDS,
    }


def read_nearby(facts: Sequence[Facts], user: User, statement: Prepared = reading.NEARBY) -> None:
    """Read besides, in one query, what colleagues of this user wrote to these persons and their organizations lately.

    The facts are of one company and as of one moment.
    """
    known = [(about.lead.id, record, until) for about in facts for record, until in about.untils.items()]
    asked = {
        "company": facts[0].lead.company_id,
        "when": facts[0].asked,
        "user": user.id,
        "similar_days": settings.SIMILARITY_DAYS,
        "organization_days": facts[0].company.organization_days,
        "roots": [root for root, _, _ in known],
        "records": [record for _, record, _ in known],
        "untils": [until for _, _, until in known],
    }
    by_lead = {about.lead.id: about for about in facts}
    for row in read(statement, asked):
        TAKE[row.part](by_lead[row.root], row)


def read(statement: Prepared, asked: dict[str, object]) -> list[Row]:
    return [Row._make(row) for row in statement.rows(asked)]


class Row(NamedTuple):
    """One row of the statement: see reading.COLUMNS."""

    part: str
    root: UUID | None
    method: str | None
    hours: int | None
    count: int | None
    days: int | None
    flag: bool | None
    moment: datetime | None
    until: datetime | None
    words: str | None
    methods: list[str] | None
    id: UUID | None
    lead_id: UUID | None
    user_id: UUID | None
    user_name: str | None
    by: str | None
    direction: str | None
    occurred_at: datetime | None
    responded: bool | None
    response_at: datetime | None
    subject: str | None
    body: str | None


def take_earlier(facts: Facts, row: Row) -> None:
    facts.limits[row.method] = Limits(hours=row.hours, count=row.count, days=row.days)
    if row.id is not None:
        facts.earlier[row.method].append(previous(row))


def take_later(facts: Facts, row: Row) -> None:
    facts.later[row.method].append(previous(row))


def take_former(facts: Facts, row: Row) -> None:
    limits = Limits(hours=row.hours, count=row.count, days=0)
    closure = facts.closures.setdefault((row.method, row.until), Closure(row.method, limits, []))
    closure.earlier.append(previous(row))


def take_answer(facts: Facts, row: Row) -> None:
    facts.answers.append((row.occurred_at, row.user_id))


def take_record(facts: Facts, row: Row) -> None:
    facts.names[row.lead_id] = row.words
    facts.untils[row.lead_id] = row.until
    if row.until is None:
        facts.records.append(row.lead_id)


def take_wish(facts: Facts, row: Row) -> None:
    wish = Wish(whole=row.flag, methods=row.methods, reason=row.words, by_id=row.user_id, at=row.moment)
    facts.wishes.append((wish, row.user_name or ""))


def take_claim(facts: Facts, row: Row) -> None:
    facts.claims.append(
        Claimed(
            user_id=row.user_id,
            user_name=row.user_name,
            method=row.method,
            lead_id=row.lead_id,
            started_at=row.moment,
            expires_at=row.until,
        )
    )


def take_seat(facts: Facts, row: Row) -> None:
    facts.seats.append(Seated(row.user_id, row.user_name, row.until))


def take_pending(facts: Facts, row: Row) -> None:
    facts.pending.add((row.user_id, row.method))


def take_company(facts: Facts, row: Row) -> None:
    if row.days is not None:
        facts.company = CompanyLimits(
            organization_days=row.days,
            organization_warns=row.flag,
            similarity_percent=row.count,
            claim_minutes=row.hours,
        )


def take_text(facts: Facts, row: Row) -> None:
    facts.texts.append(previous(row))


def take_neighbour(facts: Facts, row: Row) -> None:
    facts.names[row.lead_id] = row.words
    facts.neighbours.append(previous(row))


TAKE: dict[str, Callable[[Facts, Row], None]] = {
    "earlier": take_earlier,
    "later": take_later,
    "former": take_former,
    "answer": take_answer,
    "record": take_record,
    "wish": take_wish,
    "claim": take_claim,
    "seat": take_seat,
    "pending": take_pending,
    "company": take_company,
    "text": take_text,
    "neighbour": take_neighbour,
}


def previous(row: Row) -> Previous:
    return Previous._make(row[-len(Previous._fields) :])
