"""The timeline of a lead: entries newest first, grouped by day, with the gaps named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.utils import timezone

from crm import times
from crm.models import User
from crm.pages.keyset import End
from leads.methods import ContactMethod
from outreach.models import ContactAttempt, Direction
from outreach.page.attempts import NEWEST, PAGE_SIZE, annotated, page_of
from outreach.page.entries import TimelineEntry, entry
from outreach.page.records import record_names

if TYPE_CHECKING:
    from outreach.page.entries import TimelineAttempt
    from outreach.page.records import PageLead

MOST_SHOWN = 200
GAP_FROM_DAYS = 2


@dataclass(frozen=True)
class Day:
    title: str
    date_words: str
    entries: list[TimelineEntry]


@dataclass(frozen=True)
class MethodCount:
    method: str
    label: str
    icon: str
    count: int


@dataclass
class Timeline:
    """One page of entries. counts and total are of the whole history, whatever the filters."""

    days: list[Day]
    entries: list[TimelineEntry]
    counts: list[MethodCount]
    total: int
    filters: dict[str, str]
    next: End | None
    more_url: str = ""

    @property
    def is_filtered(self) -> bool:
        return any(self.filters.values())

    @property
    def directions(self) -> list[tuple[str, str]]:
        """What its filter offers."""
        return [("", "Both directions"), *((one.value, one.meaning.capitalize()) for one in Direction)]

    @property
    def shown(self) -> int:
        return len(self.entries)


def read_timeline(
    lead: PageLead,
    viewer: User,
    *,
    method: str = "",
    direction: str = "",
    before: End | None = None,
    size: int = PAGE_SIZE,
) -> Timeline:
    """One page of the timeline of a lead's person in one query.

    The person's other records and the counts come with the lead, see `page.lead.get_lead`.
    """
    if lead.record_list or method or direction or before or size != PAGE_SIZE:
        attempts = list(page_of(lead, method=method, direction=direction, before=before, size=size + 1))
    else:
        attempts = NEWEST(lead_id=lead.id)
    page, more = attempts[:size], attempts[size:]
    now = timezone.now()
    entries = [entry(cast("TimelineAttempt", attempt), lead, viewer, now) for attempt in page]
    name_gaps(entries, [*page, *more])
    mark_newest_unanswered(entries, first_page=before is None)
    counts = method_counts(lead)
    return Timeline(
        days=by_day(entries, now),
        entries=entries,
        counts=counts,
        total=sum(count.count for count in counts),
        filters={"method": method, "direction": direction},
        next=End(page[-1].occurred_at, page[-1].id) if more else None,
    )


def read_entry(attempt_id: UUID, lead: PageLead, viewer: User) -> TimelineEntry:
    """One entry of the person's timeline."""
    attempt = annotated(ContactAttempt.objects.filter(lead_id__in=[lead.id, *record_names(lead)])).get(pk=attempt_id)
    return entry(cast("TimelineAttempt", attempt), lead, viewer, timezone.now())


def name_gaps(entries: list[TimelineEntry], attempts: list[ContactAttempt]) -> None:
    """Name the full days without contact that follow an entry, from two on."""
    for shown, (newer, older) in zip(entries, pairwise(attempts), strict=False):
        days = times.days_between(older.occurred_at, newer.occurred_at) - 1
        if days >= GAP_FROM_DAYS:
            shown.gap = f"{days} days without contact"


def mark_newest_unanswered(entries: list[TimelineEntry], *, first_page: bool) -> None:
    if not first_page:
        return
    for candidate in entries:
        if candidate.can_respond:
            candidate.newest_unanswered = not candidate.responded
            return


def by_day(entries: Iterable[TimelineEntry], now: datetime) -> list[Day]:
    days = groupby(entries, key=lambda shown: times.day_title(shown.at, now))
    return [Day(title, date_words, list(of_day)) for (title, date_words), of_day in days]


def method_counts(lead: PageLead) -> list[MethodCount]:
    """How many entries there are of each method that has any, the voided too."""
    counts: Counter[str] = Counter()
    for row in [*lead.live_counts, *lead.voided_counts]:
        counts[row["method"]] += row["count"]
    return [
        MethodCount(method.value, method.label, method.words.icon, counts[method.value])
        for method in ContactMethod
        if method.value in counts
    ]
