"""Where in the history an address leads: to a day, to one entry, to what is older or newer than a boundary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from crm.pages.keyset import End, write_end
from outreach.models import ContactAttempt
from outreach.page.attempts import PAGE_SIZE, BlockSpan, Filters, of_person
from outreach.page.records import record_names

if TYPE_CHECKING:
    from outreach.page.records import PageLead


@dataclass(frozen=True)
class TimelinePlace:
    """None of it is the newest entries."""

    before: End | None = None
    after: End | None = None
    # Everything older than `before`, not a block of it.
    whole: bool = False
    oldest: bool = False
    day: date | None = None
    entry: UUID | None = None
    # Blocks that a page has already, to be read again.
    spans: tuple[BlockSpan, ...] = ()

    def params(self) -> dict[str, str]:
        """The place as the address says it."""
        return {
            "before": write_end(*self.before) if self.before else "",
            "after": write_end(*self.after) if self.after else "",
            "oldest": "1" if self.oldest else "",
            "day": self.day.isoformat() if self.day else "",
            "entry": str(self.entry) if self.entry else "",
        }


def entry_url(lead_id: UUID, attempt_id: UUID) -> str:
    """The page at this entry, however old it is and with or without scripts."""
    return f"{reverse('lead', args=[lead_id])}?entry={attempt_id}#attempt-{attempt_id}"


def boundary_of(place: TimelinePlace, lead: PageLead, filters: Filters) -> End | None:
    """The boundary below which the page begins; None at the newest entry."""
    if place.day:
        return after_day(place.day, lead, filters)
    if place.entry:
        return around_entry(place.entry, lead, filters)
    return place.before


def after_day(day: date, lead: PageLead, filters: Filters) -> End | None:
    """The first entry after this day of the company's calendar."""
    try:
        midnight = timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
        first = End(midnight.astimezone(UTC), UUID(int=0))
    except (OverflowError, ValueError):
        # The last day of the calendar has none after it.
        return None
    return next(iter(ends_from(first, lead, filters, 1)), None)


def around_entry(entry: UUID, lead: PageLead, filters: Filters) -> End | None:
    """A boundary below which this entry is; none if it is among the newest anyway, or not of this person."""
    records = [lead.id, *record_names(lead)]
    attempt = ContactAttempt.objects.filter(lead_id__in=records, pk=entry).only("occurred_at").first()
    if attempt is None:
        return None
    newer = ends_from(End(attempt.occurred_at, attempt.id), lead, filters, PAGE_SIZE + 1)[1:]
    return newer[0] if len(newer) == PAGE_SIZE else None


def ends_from(first: End, lead: PageLead, filters: Filters, size: int) -> list[End]:
    attempts = of_person(lead, filters, BlockSpan(until=first), size, oldest=True).oldest_first()
    return [End(*row) for row in attempts.values_list("occurred_at", "id")[:size]]
