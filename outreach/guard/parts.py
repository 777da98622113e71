"""What facts and reasons are made of: contacts, claims, limits, and the numbers of each rule."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo


class Previous(NamedTuple):
    """An earlier attempt as the guard shows it: who, when, how and what about."""

    id: UUID
    lead_id: UUID
    user_id: UUID | None
    user_name: str
    method: str
    direction: str
    occurred_at: datetime
    responded: bool
    response_at: datetime | None
    subject: str
    body: str


class Limits(NamedTuple):
    """One method's policy: at most so many contacts in `hours`; warn within `days`."""

    hours: int
    contacts: int
    days: int


class CompanyLimits(NamedTuple):
    """What holds for every method: see CompanyPolicy."""

    organization_days: int
    organization_warns: bool
    similarity_percent: int
    claim_minutes: int


class Claimed(NamedTuple):
    """A rep has the composer open for this person."""

    user_id: UUID
    user_name: str
    method: str
    lead_id: UUID
    started_at: datetime
    expires_at: datetime


class PresentColleague(NamedTuple):
    """A rep has a page of this person open, until then without another sign of it."""

    user_id: UUID
    user_name: str
    until: datetime


class Case(NamedTuple):
    """What all reasons of one verdict share: the contact that was asked about, the moment, and the company's clock."""

    lead_name: str
    method: str
    now: datetime
    # The contact has happened already: nothing is to be waited for.
    is_past: bool
    zone: ZoneInfo


class Who(NamedTuple):
    """A colleague. The id is None once the user was deleted; both are empty where nobody is known."""

    id: UUID | None
    name: str


NOBODY = Who(None, "")


class Relation(enum.Enum):
    """Whose record an earlier contact is on, seen from the lead that was asked about."""

    SAME_LEAD = enum.auto()
    SAME_PERSON = enum.auto()  # another record of the person
    SAME_ORGANIZATION = enum.auto()  # somebody else there


class Whom(NamedTuple):
    """To whom the earlier contact was; the name is empty for the lead itself."""

    relation: Relation
    name: str = ""


class Limit(NamedTuple):
    """At most so many contacts in `hours`. A former one was loosened since: what it had closed stays closed."""

    contacts: int
    hours: int
    is_former: bool


class Window(NamedTuple):
    """A contact within so many days counts, this one until it `ends`."""

    days: int
    ends: datetime


class Likeness(NamedTuple):
    """How alike two messages are, in percent; from `least` on, within `days`, the rule asks for a reason."""

    percent: int
    least: int
    days: int


class Request(NamedTuple):
    """What the person asked for: no contact at all, or none by the method of the case; and why, if that was noted."""

    is_whole: bool
    why: str


Numbers = Limit | Window | Likeness | Request
