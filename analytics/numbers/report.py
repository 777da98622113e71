"""The whole report: every number of page, CSV and JSON is taken from here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count

from analytics.numbers.contacts import (
    PeopleCounts,
    PersonLinks,
    read_first,
    read_fresh,
    read_hours,
    read_links,
    read_median,
    read_people,
)
from analytics.numbers.filters import ReportFilters
from analytics.numbers.queries import Counted, Counts, average_seconds, read_counts, response_rate
from crm.models import User
from crm.models.ids import NOBODY
from leads.methods import ContactMethod
from leads.models import Lead, LeadStatus
from outreach.reviews.guard_counts import GuardCounts, GuardNumbers, read_guard_numbers

# A rep is ranked from so many contacts, and the page names so many; the rest come on demand.
RANKED_FROM = 10
TOP = 10


@dataclass(frozen=True)
class RepLine:
    """One rep's numbers; rank is None below 10 contacts, rep for authors who were deleted."""

    rep: User | None
    rank: int | None
    counts: Counts
    score: GuardCounts

    @property
    def name(self) -> str:
        return self.rep.name if self.rep else "No longer here"

    @property
    def can_be_ranked(self) -> bool:
        """Authors who were deleted are not one rep, so they have no rank."""
        return self.rep is not None and self.counts.attempts >= RANKED_FROM


class DayCounts(NamedTuple):
    day: date
    counts: Counts


@dataclass(frozen=True)
class Report:
    """The numbers of a span and of as many days before it."""

    filters: ReportFilters
    counted: Counted
    links: PersonLinks
    people: PeopleCounts
    people_before: PeopleCounts
    median: float | None
    median_before: float | None
    hours: dict[tuple[int, int], int]
    first: Counts
    fresh: int
    guard: GuardNumbers
    funnel: dict[str, int]

    @property
    def total(self) -> Counts:
        return self.counted.total

    @property
    def before(self) -> Counts:
        return self.counted.before

    @property
    def average(self) -> float | None:
        """Seconds."""
        return average_seconds(self.total)

    @property
    def follow_up(self) -> Counts:
        """Outbound contacts that were not somebody's first. Only outbound ones are answered."""
        return replace(self.total, attempts=self.counted.outbound) - self.first

    @property
    def fresh_since(self) -> datetime | None:
        """Contacts younger than an answer takes on average may still be answered."""
        return self.filters.now - timedelta(seconds=self.average) if self.average else None

    @property
    def by_day(self) -> list[DayCounts]:
        return [DayCounts(day, self.counted.by_day.get(day, Counts())) for day in self.filters.span.each()]

    @property
    def by_method(self) -> list[tuple[ContactMethod, Counts]]:
        return [(method, self.counted.by_method.get(method, Counts())) for method in ContactMethod]

    @cached_property
    def by_rep(self) -> list[RepLine]:
        """Highest response rate first, ties by contacts; then those with too few to rank."""
        return rank(self.counted.by_rep, self.guard.by_rep, {rep.id: rep for rep in self.filters.reps})


def read_report(filters: ReportFilters) -> Report:
    """A handful of queries, the same number at any size."""
    counted, links = read_counts(filters), read_links(filters.company_id)
    people, people_before = read_people(filters, links)
    median, median_before = read_median(filters)
    return Report(
        filters=filters,
        counted=counted,
        links=links,
        people=people,
        people_before=people_before,
        median=median,
        median_before=median_before,
        hours=read_hours(filters),
        first=read_first(filters, links),
        fresh=read_fresh(filters, average_seconds(counted.total)),
        guard=read_guard_numbers(filters.of_guard),
        funnel=read_funnel(filters),
    )


def read_funnel(filters: ReportFilters) -> dict[str, int]:
    """How many leads of the company have each status now; of one rep, those they own."""
    leads = Lead.objects.visible_to(filters.viewer)
    if filters.rep is not None:
        leads = leads.filter(owner_id=filters.rep)
    counts = dict(leads.order_by().values_list("status").annotate(count=Count("pk")))
    return {status: counts.get(status, 0) for status in LeadStatus}


def rank(by_rep: dict[UUID, Counts], scores: dict[UUID | None, GuardCounts], reps: dict[UUID, User]) -> list[RepLine]:
    """One line for each rep with contacts or a score: best response rate first, then those with too few to rank."""
    by_id = {rep_id or NOBODY: score for rep_id, score in scores.items()}
    lines = [
        RepLine(reps.get(rep_id), None, by_rep.get(rep_id, Counts()), by_id.get(rep_id, GuardCounts()))
        for rep_id in {*by_rep, *by_id}
    ]
    lines.sort(key=lambda line: line.rep.name if line.rep else "")
    lines.sort(key=rank_key, reverse=True)
    return [replace(line, rank=number) if line.can_be_ranked else line for number, line in enumerate(lines, start=1)]


def rank_key(line: RepLine) -> tuple[bool, float, int]:
    rate = response_rate(line.counts) if line.can_be_ranked else None
    return line.can_be_ranked, rate or 0, line.counts.attempts
