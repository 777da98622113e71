"""Who changed a company's policy, when, and what from what: told from the audit rows of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from crm.models import Company
from outreach.models import COMPANY_LIMITS, LIMITS, CompanyPolicy, CompanyPolicyEvent, ContactPolicy, ContactPolicyEvent
from outreach.policies.policy import DEFAULTS, MethodLimits, Policy, changes
from outreach.policies.words import Change

# Rows of each table; the page shows the newest changes, not the archive.
EVENTS_READ = 200
# Rows one save wrote: an update bears the time of its transaction, a first row the clock's a moment later.
SAME_SAVE = timedelta(seconds=2)

Event = ContactPolicyEvent | CompanyPolicyEvent
Row = ContactPolicy | CompanyPolicy | Event


@dataclass(frozen=True)
class Entry:
    """One save: "Mona Fischer, 2 Nov: Email: 1 per 12 h, was 1 per 24 h"."""

    at: datetime
    user_id: UUID | None
    user_name: str
    changes: list[Change]


def read_history(company: Company) -> list[Entry]:
    """The changes of the company's policy, newest first, in four queries."""
    found = [
        *tell(ContactPolicy.objects.filter(company=company), ContactPolicyEvent.objects.filter(company=company)),
        *tell(CompanyPolicy.objects.filter(company=company), CompanyPolicyEvent.objects.filter(company=company)),
    ]
    return list(join(sorted(found, key=lambda entry: entry.at, reverse=True)))


def tell(rows: QuerySet, events: QuerySet) -> Iterator[Entry]:
    """Every step of each row: from the defaults to its first limits, and from each to the next."""
    newest = list(events.order_by("-pgh_id")[:EVENTS_READ])
    before, after = of_each_row(newest, "before"), of_each_row(newest, "after")
    for row_id, updates in after.items():
        # An update writes one of each, in either order; the oldest may have lost its other half to the limit.
        for was, now in zip(before[row_id], updates, strict=False):
            yield step(now.pgh_created_at, limits(was), now)
    if len(newest) < EVENTS_READ:
        for row in rows:
            yield step(row.created_at, DEFAULTS, before[row.id][-1] if before[row.id] else row)


def of_each_row(events: Iterable[Event], label: str) -> dict[UUID, list[Event]]:
    found = defaultdict(list)
    for event in events:
        if event.pgh_label == label:
            found[event.pgh_obj_id].append(event)
    return found


def step(at: datetime, was: Policy, row: Row) -> Entry:
    return Entry(at, row.changed_by_id, row.changed_by_name, changes(was, limits(row)))


def limits(row: Row) -> Policy:
    """The limits of this row; what it does not speak of is left at the default, the same on both sides."""
    if hasattr(row, "method"):
        own = MethodLimits(**{name: getattr(row, name) for name in LIMITS})
        return replace(DEFAULTS, methods={**DEFAULTS.methods, row.method: own})
    return replace(DEFAULTS, **{name: getattr(row, name) for name in COMPANY_LIMITS})


def join(entries: Iterable[Entry]) -> Iterator[Entry]:
    """What one save wrote to several rows is one entry."""
    open_entry: Entry | None = None
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
