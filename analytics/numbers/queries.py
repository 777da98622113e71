"""The numbers of the daily summary: one query, and a tiny function for each number."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from analytics.numbers.filters import Parameter, ReportFilters
from outreach.models import Direction

ALL, BY_DAY, BY_METHOD, BY_REP = 7, 3, 5, 6

# GROUPING says by its bits which of (day, method, rep) a line sums up.
COUNTS = f"""
SELECT day >= %(first)s AS is_current, GROUPING(day, method, rep) AS level, day, method, rep,
       sum(attempts) AS attempts, sum(responses) AS responses, sum(response_seconds) AS seconds,
       COALESCE(sum(attempts) FILTER (WHERE direction = '{Direction.OUTBOUND}'), 0) AS outbound
FROM analytics_dailysummary
WHERE company_id = %(company)s AND day BETWEEN %(before_first)s AND %(last)s
  AND (%(method)s = '' OR method = %(method)s) AND (%(direction)s = '' OR direction = %(direction)s)
  AND (%(rep)s::uuid IS NULL OR rep = %(rep)s)
GROUP BY GROUPING SETS ((is_current), (is_current, day), (is_current, method), (is_current, rep))
HAVING sum(attempts) <> 0
"""

# The same for one of the two alone, which is all that JSON asks for.
BY_KEY = """
SELECT {key}, sum(attempts), sum(responses), sum(response_seconds)
FROM analytics_dailysummary
WHERE company_id = %(company)s AND day BETWEEN %(first)s AND %(last)s
  AND (%(method)s = '' OR method = %(method)s) AND (%(direction)s = '' OR direction = %(direction)s)
  AND (%(rep)s::uuid IS NULL OR rep = %(rep)s)
GROUP BY {key} HAVING sum(attempts) <> 0
"""


@dataclass(frozen=True)
class Counts:
    """Contacts, how many were answered, and the time the answers took, in seconds, summed."""

    attempts: int = 0
    responses: int = 0
    seconds: Decimal = Decimal(0)

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.attempts + other.attempts, self.responses + other.responses, self.seconds + other.seconds)

    def __sub__(self, other: Counts) -> Counts:
        return self + Counts(-other.attempts, -other.responses, -other.seconds)


def response_rate(counts: Counts) -> float | None:
    """The fraction of contacts that were answered; None where there were none."""
    return counts.responses / counts.attempts if counts.attempts else None


def average_seconds(counts: Counts) -> float | None:
    """From a contact to its answer, on average over the answers."""
    return float(counts.seconds / counts.responses) if counts.responses else None


def in_hours(seconds: float | None) -> float | None:
    """Hours, to two places."""
    return None if seconds is None else round(seconds / 3_600, 2)


class CountsRow(NamedTuple):
    """A row of COUNTS. Of day, method and rep only the one the level is named for has a value."""

    is_current: bool
    level: int
    day: date
    method: str
    rep: UUID
    attempts: int
    responses: int
    seconds: Decimal
    outbound: int

    @property
    def counts(self) -> Counts:
        return Counts(self.attempts, self.responses, self.seconds)


@dataclass(frozen=True)
class Counted:
    """The summary's numbers of a span of days, and of as many days before it."""

    total: Counts = Counts()
    before: Counts = Counts()
    outbound: int = 0  # of the total
    by_day: dict[date, Counts] = field(default_factory=dict)
    by_method: dict[str, Counts] = field(default_factory=dict)
    by_rep: dict[UUID, Counts] = field(default_factory=dict)


def read_counts(filters: ReportFilters) -> Counted:
    """All of it in one query, at any length of the history."""
    rows = [CountsRow(*values) for values in fetch_rows(COUNTS, filters)]
    current = [row for row in rows if row.is_current]
    return Counted(
        total=next((row.counts for row in current if row.level == ALL), Counts()),
        before=next((row.counts for row in rows if row.level == ALL and not row.is_current), Counts()),
        outbound=next((row.outbound for row in current if row.level == ALL), 0),
        by_day={row.day: row.counts for row in current if row.level == BY_DAY},
        by_method={row.method: row.counts for row in current if row.level == BY_METHOD},
        by_rep={row.rep: row.counts for row in current if row.level == BY_REP},
    )


def read_by_method(filters: ReportFilters) -> dict[str, Counts]:
    """The span's contacts by each method that was used."""
    return {method: Counts(*sums) for method, *sums in fetch_rows(BY_KEY.format(key="method"), filters)}


def read_by_rep(filters: ReportFilters) -> dict[UUID, Counts]:
    """The span's contacts by each rep who made any."""
    return {rep: Counts(*sums) for rep, *sums in fetch_rows(BY_KEY.format(key="rep"), filters)}


def fetch_rows(statement: str, filters: ReportFilters, **more: Parameter) -> list[tuple[Any, ...]]:
    """All rows of a statement, with the filters and more as its parameters."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {**filters.parameters(), **more})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
