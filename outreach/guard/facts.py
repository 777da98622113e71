"""All the guard needs to know about a person, as of one moment of the database clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.functional import cached_property

from crm.models import User
from crm.postgres.union import Union
from leads.methods import METHODS
from leads.models import Lead
from leads.person.wishes import Wish
from outreach.guard import reading
from outreach.guard.parts import Claimed, CompanyLimits, Limits, PresentColleague, Previous
from outreach.guard.rows import FactRow, MomentRow
from outreach.models import PRESENCE_SECONDS, default_limits


@dataclass
class Closure:
    """A limit that was loosened since. What was recorded while it held keeps closed what it had closed."""

    method: str
    limits: Limits
    earlier: list[Previous]  # newest first


@dataclass
class Facts:
    """The newest outbound contacts per method, who was answered, what was asked for and who is writing now."""

    lead: Lead
    now: datetime
    moment: datetime  # asked about: now, or one in the past
    limits: dict[str, Limits] = field(default_factory=dict)
    company: CompanyLimits = field(default_factory=lambda: default_company_limits())
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
    present: list[PresentColleague] = field(default_factory=list)
    # For whom a reminder (by which method) or a note about this person (None) is pending.
    pending: set[tuple[UUID | None, str | None]] = field(default_factory=set)
    texts: list[Previous] = field(default_factory=list)
    neighbours: list[Previous] = field(default_factory=list)

    def add_former(self, contact: Previous, limits: Limits, until: datetime) -> None:
        """A contact that a former limit counted, which was loosened at that time."""
        closure = self.closures.setdefault((contact.method, until), Closure(contact.method, limits, []))
        closure.earlier.append(contact)

    def last(self, method: str) -> Previous | None:
        return self.earlier[method][0] if self.earlier[method] else None

    @cached_property
    def last_outbound_at(self) -> datetime | None:
        return max((contacts[0].occurred_at for contacts in self.earlier.values() if contacts), default=None)

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
        """Whoever began first stands first, and is the one who is named."""
        others = [claim for claim in self.claims if claim.user_id != user_id]
        return sorted(others, key=lambda claim: claim.started_at)


def default_company_limits() -> CompanyLimits:
    return CompanyLimits._make(settings.COMPANY_POLICY_DEFAULTS[name] for name in CompanyLimits._fields)


def empty_lists() -> dict[str, list[Previous]]:
    return {method: [] for method in METHODS}


def read_facts(leads: Sequence[Lead], *, when: datetime | None = None) -> list[Facts]:
    """Read about each of these leads of one company, in one query; `when` None means now.

    Texts and neighbours are left out: see `read_nearby`.
    """
    if not leads:
        return []
    statement = reading.GLANCE if when is None else reading.GLANCE_BACK
    rows = list(statement.rows(glance_params(leads[0].company_id, [lead.id for lead in leads], when)))
    now = next(row.now for _, row in rows if isinstance(row, MomentRow))
    facts = {lead.id: Facts(lead=lead, now=now, moment=when or now) for lead in leads}
    for root, row in rows:
        for of_lead in [facts[root]] if root else facts.values():
            row.put(of_lead)
    return list(facts.values())


def glance_params(company_id: UUID, lead_ids: list[UUID], when: datetime | None) -> dict[str, object]:
    """The parameters of GLANCE and GLANCE_BACK."""
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
        "presence_seconds": PRESENCE_SECONDS,
    }


def read_nearby(facts: Sequence[Facts], user: User, statement: Union[FactRow] = reading.NEARBY) -> None:
    """Read besides, in one query, what colleagues of this user wrote to these persons and their organizations lately.

    The facts are of one company and as of one moment.
    """
    records = [(of_lead.lead.id, record, until) for of_lead in facts for record, until in of_lead.untils.items()]
    params = {
        "company": facts[0].lead.company_id,
        "when": facts[0].moment,
        "user": user.id,
        "similar_days": settings.SIMILARITY_DAYS,
        "organization_days": facts[0].company.organization_days,
        "roots": [root for root, _, _ in records],
        "records": [record for _, record, _ in records],
        "untils": [until for _, _, until in records],
    }
    by_lead = {of_lead.lead.id: of_lead for of_lead in facts}
    for root, row in statement.rows(params):
        if root is not None:
            row.put(by_lead[root])
