"""How long the report takes, in turn with the founding queries on the same data."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from statistics import median
from typing import Any

from django.db import connection
from django.http import QueryDict
from django.utils.timezone import localdate

from analytics.bench import founding
from analytics.numbers import founding as answers
from analytics.numbers.contacts import read_first, read_hours, read_links, read_median, read_people
from analytics.numbers.filters import ReportFilters, ReportForm
from analytics.numbers.queries import read_counts
from analytics.numbers.report import read_report
from crm.models import User
from outreach.models import ContactAttempt
from outreach.reviews.guard_counts import read_guard_numbers

Works = dict[str, Callable[[], object]]

ROUNDS = 15
# Queries that read the contacts themselves are also measured over so many of them.
BOUND = 300_000


def prepare() -> None:
    """Copy the attempts into the founding table, and vacuum both."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in founding.TABLE.split(";"):
            cursor.execute(statement)
        cursor.execute("VACUUM (ANALYZE)")


def measure(user: User) -> dict[str, dict[str, float]]:
    """Milliseconds of each work, the median of the rounds: by the span of days, then by the name of the work."""
    filters = ReportForm(QueryDict(), viewer=user).filters()
    times = {f"{filters.span.days} days": time_works(works_of(filters))}
    first = day_of_bound(filters)
    if first is not None:
        filters = replace(filters, span=replace(filters.span, first=first))
        times[f"{BOUND:,} contacts"] = time_works(from_contacts(filters))
    return times


def time_works(works: Works) -> dict[str, float]:
    took: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            took[name].append((time.perf_counter() - began) * 1_000)
    return {name: median(times) for name, times in took.items()}


def day_of_bound(filters: ReportFilters) -> date | None:
    """The day since which there are BOUND contacts in both directions; None if there never were so many."""
    newest = ContactAttempt.objects.live().filter(company_id=filters.company_id).order_by("-occurred_at")
    at = newest.values_list("occurred_at", flat=True)[BOUND : BOUND + 1].first()
    return localdate(at, filters.span.zone) if at else None


def works_of(filters: ReportFilters) -> Works:
    ours = {
        "GET /analytics/outreach": lambda: answers.outreach(filters),
        "by channel": lambda: answers.by_channel(filters),
        "response time": lambda: answers.response_time(filters),
        "top performers": lambda: answers.top_performers(filters),
        "what the summary holds": lambda: read_counts(filters),
        **from_contacts(filters),
        "the guard's score": lambda: read_guard_numbers(filters.of_guard),
        "the whole report": lambda: read_report(filters),
    }
    theirs = {f"founding {name}": run(statement, filters) for name, statement in founding.QUERIES.items()}
    return {**ours, **theirs}


def from_contacts(filters: ReportFilters) -> Works:
    """Numbers that the summary does not have, read from the contacts of the days."""
    links = read_links(filters.company_id)
    return {
        "people, two spans": lambda: read_people(filters, links),
        "median, two spans": lambda: read_median(filters),
        "first contacts": lambda: read_first(filters, links),
        "hours of answers": lambda: read_hours(filters),
    }


def run(statement: str, filters: ReportFilters) -> Callable[[], object]:
    def fetch() -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"company": filters.company_id})
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    return fetch


def sizes() -> dict[str, float]:
    """MiB of each table with its indexes, and of the index that the report reads."""
    names = ["outreach_contactattempt", "attempt_numbers", "analytics_dailysummary", "founding_contact_attempts"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, pg_total_relation_size(name::regclass) / 1048576.0 FROM unnest(%s::text[]) AS name", [names]
        )
        return {name: float(size) for name, size in cursor.fetchall()}
