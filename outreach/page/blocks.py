"""The timeline in blocks: each a part of the history between two boundaries, read in one query and replaced whole.

A boundary is an entry's moment and id, and belongs to the newer of the two blocks that share it. Entries are never
deleted, so a block that is read again between its boundaries is right whatever came in meanwhile, and in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, cast

from django.utils import timezone

from crm import times
from crm.models import User
from crm.pages.keyset import End, write_end
from crm.text import counted
from leads.methods import ContactMethod
from outreach.models import ContactAttempt, Direction
from outreach.page.attempts import EVERYTHING, NEWEST, PAGE_SIZE, BlockSpan, Filters, narrowed, newest_in, oldest_in
from outreach.page.entries import TimelineEntry, entry
from outreach.page.records import record_names

if TYPE_CHECKING:
    from outreach.page.entries import TimelineAttempt
    from outreach.page.records import PageLead

BLOCK_SIZE = 40
# One block grows by what comes in between its boundaries, an import for example. What is beyond is a block of its own.
LONGEST_BLOCK = 500
GAP_FROM_DAYS = 2


@dataclass(frozen=True)
class Day:
    """gap: the days without contact after it, which stand above it. continued: the block above ends in this day too."""

    code: str
    title: str
    date_words: str
    continued: bool
    gap: str
    entries: list[TimelineEntry]


@dataclass
class Block:
    span: BlockSpan
    days: list[Day]
    entries: list[TimelineEntry]
    # Where the entries older and newer than this block are; empty when there are none.
    older_url: str = ""
    newer_url: str = ""

    @property
    def key(self) -> str:
        return str(self.span.before.id) if self.span.before else "newest"

    @property
    def before(self) -> str:
        return write_end(*self.span.before) if self.span.before else ""

    @property
    def until(self) -> str:
        return write_end(*self.span.until) if self.span.until else ""


@dataclass(frozen=True)
class BlockReader:
    """Reads the blocks of one person's timeline for one viewer."""

    lead: PageLead
    viewer: User
    filters: Filters = EVERYTHING

    def down(self, before: End | None, size: int) -> Block:
        """The newest entries before this boundary."""
        if before is None and size == PAGE_SIZE and not self.lead.record_list and self.filters == EVERYTHING:
            attempts = NEWEST(lead_id=self.lead.id)
        else:
            attempts = list(newest_in(self.lead, self.filters, BlockSpan(before), size + 1))
        return self.block(BlockSpan(before, boundary(attempts, size)), attempts[:size])

    def up(self, until: End | None, size: int) -> Block:
        """The oldest entries from this boundary on; without one, the first of all."""
        attempts = list(oldest_in(self.lead, self.filters, BlockSpan(until=until), size + 1))
        before = end(attempts[size]) if len(attempts) > size else None
        return self.block(BlockSpan(before, until), attempts[:size][::-1])

    def again(self, span: BlockSpan) -> Block:
        """What is between these boundaries now."""
        attempts = list(newest_in(self.lead, self.filters, span, LONGEST_BLOCK + 1))
        until = boundary(attempts, LONGEST_BLOCK) or span.until
        return self.block(BlockSpan(span.before, until), attempts[:LONGEST_BLOCK])

    def all(self, before: End | None, most: int) -> list[Block]:
        """Everything before this boundary in blocks, read in one query; the newest `most` entries of it."""
        attempts = list(newest_in(self.lead, self.filters, BlockSpan(before), most + 1))
        last, shown = boundary(attempts, most), attempts[:most]
        parts = [shown[start : start + BLOCK_SIZE] for start in range(0, len(shown), BLOCK_SIZE)] or [[]]
        ends = [before, *(end(part[-1]) for part in parts[:-1]), last]
        return [self.block(BlockSpan(*ends), part) for ends, part in zip(pairwise(ends), parts, strict=True)]

    def block(self, span: BlockSpan, attempts: list[ContactAttempt]) -> Block:
        now = timezone.now()
        entries = [entry(cast("TimelineAttempt", attempt), self.lead, self.viewer, now) for attempt in attempts]
        self.mark_newest_unanswered(entries, span)
        return Block(span, by_day(entries, now, span.before, self.without()), entries)

    def mark_newest_unanswered(self, entries: list[TimelineEntry], span: BlockSpan) -> None:
        candidate = next((shown for shown in entries if shown.can_respond), None)
        if candidate is None or candidate.responded:
            return
        candidate.newest_unanswered = span.before is None or not self.has_outbound_since(span.before)

    def has_outbound_since(self, boundary: End) -> bool:
        of_person = ContactAttempt.objects.filter(lead_id__in=[self.lead.id, *record_names(self.lead)])
        return narrowed(of_person.outbound().live(), self.filters, BlockSpan(until=boundary)).exists()

    def without(self) -> str:
        """What there was none of in a gap: "contact", "calls", "emails from Dana"."""
        what = ContactMethod(self.filters.method).words.plural if self.filters.method else "contact"
        return f"{what}{from_whom(self.filters, self.lead)}"


def from_whom(filters: Filters, lead: PageLead) -> str:
    whom = {Direction.OUTBOUND: " from us", Direction.INBOUND: f" from {lead.short_name}"}
    return whom[Direction(filters.direction)] if filters.direction else ""


def boundary(attempts: list[ContactAttempt], size: int) -> End | None:
    """The boundary after so many attempts, if there are more of them."""
    return end(attempts[size - 1]) if len(attempts) > size else None


def end(attempt: ContactAttempt) -> End:
    return End(attempt.occurred_at, attempt.id)


def by_day(entries: list[TimelineEntry], now: datetime, before: End | None, without: str) -> list[Day]:
    days, newer = [], before.at if before else None
    for (title, date_words), group in groupby(entries, key=lambda shown: times.day_title(shown.at, now)):
        of_day = list(group)
        between = times.days_between(of_day[0].at, newer) if newer else 1
        gap = f"{counted(between - 1, 'day')} without {without}" if between > GAP_FROM_DAYS else ""
        code = times.shown(of_day[0].at, None).date().isoformat()
        days.append(Day(code, title, date_words, between == 0, gap, of_day))
        newer = of_day[-1].at
    return days
