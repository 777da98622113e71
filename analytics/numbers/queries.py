"""The numbers that the daily summary holds: one query, and a tiny function for each number."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection

from analytics.numbers.filters import Asked

ALL, BY_DAY, BY_METHOD, BY_REP = 7, 3, 5, 6

# GROUPING says by its bits which of (day, method, rep) a line sums up.
COUNTS = """
SELECT day >= %(first)s AS is_current, GROUPING(day, method, rep), day, method, rep,
       sum(attempts), sum(responses), sum(response_seconds),
       COALESCE(sum(attempts) FILTER (WHERE direction = 'outbound'), 0)
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


@dataclass(frozen=True)
class Counted:
    """What the summary says of a span of days, and of as many days before it."""

    total: Counts = Counts()
    before: Counts = Counts()
    outbound: int = 0  # of the total
    by_day: dict[date, Counts] = field(default_factory=dict)
    by_method: dict[str, Counts] = field(default_factory=dict)
    by_rep: dict[UUID, Counts] = field(default_factory=dict)


def read_counts(asked: Asked) -> Counted:
    """All of it in one query, at any length of the history."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, asked.parameters())
        rows = cursor.fetchall()
    lines = {
        (current, level, day or method or rep): Counts(*sums) for current, level, day, method, rep, *sums, _ in rows
    }
    return Counted(
        total=lines.get((True, ALL, None), Counts()),
        before=lines.get((False, ALL, None), Counts()),
        outbound=next((outbound for *key, outbound in rows if key[:2] == [True, ALL]), 0),
        by_day=of_level(lines, BY_DAY),
        by_method=of_level(lines, BY_METHOD),
        by_rep=of_level(lines, BY_REP),
    )


def read_by_method(asked: Asked) -> dict[str, Counts]:
    """The span's contacts by each method that was used."""
    return read_by("method", asked)


def read_by_rep(asked: Asked) -> dict[UUID, Counts]:
    """The span's contacts by each rep who made any."""
    return read_by("rep", asked)


def read_by(key: str, asked: Asked) -> dict:
    with connection.cursor() as cursor:
        cursor.execute(BY_KEY.format(key=key), asked.parameters())
        return {value: Counts(*sums) for value, *sums in cursor.fetchall()}


def of_level(lines: dict[tuple, Counts], wanted: int) -> dict:
    return {key: counts for (current, level, key), counts in lines.items() if current and level == wanted}
