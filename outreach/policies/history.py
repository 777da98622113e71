"""Who changed a company's policy, when, and what from what: read from the audit rows of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from crm.models import Company
from outreach.models import COMPANY_LIMITS, LIMITS, CompanyPolicy, ContactPolicy
from outreach.policies.policy import DEFAULTS, MethodLimits, Policy, changes
from outreach.policies.words import PolicyChange

# Rows of each table; the page shows the newest changes, not the archive.
EVENTS_READ = 200
# Rows one save wrote: an update bears the time of its transaction, a first row the clock's a moment later.
SAME_SAVE = timedelta(seconds=2)


class PolicyEvent(Protocol):
    """An audit row of the database: the limits before or after a change, as `kept_history` makes its model."""

    pgh_label: str
    pgh_obj_id: UUID
    pgh_created_at: datetime
    changed_by_id: UUID | None
    changed_by_name: str


PolicyRow = ContactPolicy | CompanyPolicy | PolicyEvent


@dataclass(frozen=True)
class PolicyEntry:
    """One save: "Mona Fischer, 2 Nov: Email: 1 per 12 h, was 1 per 24 h"."""

    at: datetime
    user_id: UUID | None
    user_name: str
    changes: list[PolicyChange]


def read_history(company: Company) -> list[PolicyEntry]:
    """The changes of the company's policy, newest first, in four queries."""
    steps = [*steps_of(ContactPolicy, company), *steps_of(CompanyPolicy, company)]
    return list(join(sorted(steps, key=lambda entry: entry.at, reverse=True)))


def steps_of(model: type[ContactPolicy | CompanyPolicy], company: Company) -> Iterator[PolicyEntry]:
    """Every step of each of the company's rows: from the defaults to its first limits, and from each to the next."""
    newest = newest_events(model, company)
    before, after = of_each_row(newest, "before"), of_each_row(newest, "after")
    for row_id, updates in after.items():
        # An update writes one of each, in either order; the oldest may have lost its other half to the limit.
        for was, now in zip(before[row_id], updates, strict=False):
            yield step(now.pgh_created_at, limits(was), now)
    if len(newest) < EVENTS_READ:
        for row in model._default_manager.filter(company=company):
            yield step(row.created_at, DEFAULTS, before[row.id][-1] if before[row.id] else row)


def newest_events(model: type[ContactPolicy | CompanyPolicy], company: Company) -> list[PolicyEvent]:
    # The model of the events is made by a decorator, which tells the type checker nothing of its columns.
    events: Any = model._meta.get_field("events").related_model
    return list(events.objects.filter(company=company).order_by("-pgh_id")[:EVENTS_READ])


def of_each_row(events: Iterable[PolicyEvent], label: str) -> dict[UUID, list[PolicyEvent]]:
    by_row = defaultdict(list)
    for event in events:
        if event.pgh_label == label:
            by_row[event.pgh_obj_id].append(event)
    return by_row


def step(at: datetime, was: Policy, row: PolicyRow) -> PolicyEntry:
    return PolicyEntry(at, row.changed_by_id, row.changed_by_name, changes(was, limits(row)))


def limits(row: PolicyRow) -> Policy:
    """The limits of this row; all others are the defaults, the same on both sides."""
    if hasattr(row, "method"):
        own = MethodLimits(**{name: getattr(row, name) for name in LIMITS})
        return replace(DEFAULTS, methods={**DEFAULTS.methods, row.method: own})
    return replace(DEFAULTS, **{name: getattr(row, name) for name in COMPANY_LIMITS})


def join(entries: Iterable[PolicyEntry]) -> Iterator[PolicyEntry]:
    """What one save wrote to several rows is one entry."""
    open_entry: PolicyEntry | None = None
    for entry in entries:
        if not entry.changes:
            continue
        if open_entry and open_entry.user_name == entry.user_name and open_entry.at - entry.at <= SAME_SAVE:
            open_entry.changes.extend(entry.changes)
            continue
        if open_entry:
            yield open_entry
        open_entry = entry
    if open_entry:
        yield open_entry
