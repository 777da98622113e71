"""The whole report: every number of page, CSV and JSON is taken from here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.db.models import Count

from analytics.models import NOBODY
from analytics.numbers.contacts import (
    Links,
    People,
    read_first,
    read_fresh,
    read_hours,
    read_links,
    read_median,
    read_people,
)
from analytics.numbers.filters import Asked
from analytics.numbers.guard_score import GuardScore, Score, read_guard_score
from analytics.numbers.queries import Counted, Counts, average_seconds, read_counts, response_rate
from crm.models import User
from leads.methods import ContactMethod
from leads.models import Lead, LeadStatus

# A rep is ranked from so many contacts, and the page names so many; the rest come on demand.
RANKED_FROM = 10
TOP = 10


@dataclass(frozen=True)
class RepLine:
    """One rep's numbers; rank is None below 10 contacts, rep for authors who were deleted."""

    rep: User | None
    rank: int | None
    counts: Counts
    score: Score

    @property
    def name(self) -> str:
        return self.rep.name if self.rep else "No longer here"


@dataclass(frozen=True)
class Report:
    """The numbers of a span and of as many days before it."""

    asked: Asked
    counted: Counted
    links: Links
    people: People
    people_before: People
    median: float | None
    median_before: float | None
    hours: dict[tuple[int, int], int]
    first: Counts
    fresh: int
    guard: GuardScore
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
        return self.asked.now - timedelta(seconds=self.average) if self.average else None

    @property
    def by_day(self) -> list[tuple[date, Counts]]:
        return [(day, self.counted.by_day.get(day, Counts())) for day in self.asked.span.each()]

    @property
    def by_method(self) -> list[tuple[ContactMethod, Counts]]:
        return [(method, self.counted.by_method.get(method, Counts())) for method in ContactMethod]

    @cached_property
    def by_rep(self) -> list[RepLine]:
        """Highest response rate first, ties by contacts; then those with too few to rank."""
        return rank(self.counted.by_rep, self.guard.by_rep, {rep.id: rep for rep in self.asked.reps})


def read_report(asked: Asked) -> Report:
    """A handful of queries, the same number at any size."""
    counted, links = read_counts(asked), read_links(asked.company_id)
    people, people_before = read_people(asked, links)
    median, median_before = read_median(asked)
    return Report(
        asked=asked,
        counted=counted,
        links=links,
        people=people,
        people_before=people_before,
        median=median,
        median_before=median_before,
        hours=read_hours(asked),
        first=read_first(asked, links),
        fresh=read_fresh(asked, average_seconds(counted.total)),
        guard=read_guard_score(asked),
        funnel=read_funnel(asked),
    )


def read_funnel(asked: Asked) -> dict[str, int]:
    """How many leads of the company stand at each status now; of one rep, those they own."""
    leads = Lead.objects.visible_to(asked.viewer)
    if asked.rep is not None:
        leads = leads.filter(owner_id=asked.rep)
    counts = dict(leads.order_by().values_list("status").annotate(count=Count("pk")))
    return {status: counts.get(status, 0) for status in LeadStatus}


def rank(by_rep: dict[UUID, Counts], scores: dict[UUID | None, Score], reps: dict[UUID, User]) -> list[RepLine]:
    by_id = {rep or NOBODY: score for rep, score in scores.items()}
    lines = [(reps.get(one), by_rep.get(one, Counts()), by_id.get(one, Score())) for one in {*by_rep, *by_id}]
    lines.sort(key=lambda line: line[0].name if line[0] else "")
    lines.sort(key=lambda line: standing(*line[:2]), reverse=True)
    return [
        RepLine(rep, number if is_ranked(rep, counts) else None, counts, score)
        for number, (rep, counts, score) in enumerate(lines, start=1)
    ]


def is_ranked(rep: User | None, counts: Counts) -> bool:
    """Authors who were deleted are not one rep, so they have no rank."""
    return rep is not None and counts.attempts >= RANKED_FROM


def standing(rep: User | None, counts: Counts) -> tuple[bool, float, int]:
    ranked = is_ranked(rep, counts)
    return ranked, (response_rate(counts) or 0) if ranked else 0, counts.attempts
