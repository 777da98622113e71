"""The founding document's answers: its report and its three queries, from the numbers of the page."""

from __future__ import annotations

from analytics.numbers.filters import ReportFilters
from analytics.numbers.queries import Counts, average_seconds, in_hours, read_by_method, read_by_rep, response_rate
from analytics.numbers.report import RANKED_FROM, TOP, rank
from leads.methods import ContactMethod


def outreach(filters: ReportFilters) -> dict[str, object]:
    """`GET /analytics/outreach`: response_rate is a fraction, null without contacts; every method is named."""
    by_method = read_by_method(filters)
    total = sum(by_method.values(), Counts())
    return {
        "total_attempts": total.attempts,
        "by_method": {method.value: by_method.get(method, Counts()).attempts for method in ContactMethod},
        "response_rate": rounded(response_rate(total), 4),
        "avg_response_time_hours": in_hours(average_seconds(total)),
    }


def by_channel(filters: ReportFilters) -> list[dict[str, object]]:
    """Response rate of each method, the most used first."""
    counts = read_by_method(filters)
    methods = sorted(counts, key=lambda method: (-counts[method].attempts, method))
    return [{"method": method, **rate_json(counts[method])} for method in methods]


def response_time(filters: ReportFilters) -> list[dict[str, object]]:
    """Average hours to an answer by each method that was answered."""
    by_method = read_by_method(filters)
    return [
        {"method": method, "avg_response_hours": in_hours(average_seconds(counts)), "responses": counts.responses}
        for method, counts in sorted(by_method.items())
        if counts.responses
    ]


def top_performers(filters: ReportFilters) -> list[dict[str, object]]:
    """The reps with the best response rates, from 10 contacts, at most 10."""
    lines = rank(read_by_rep(filters), {}, {rep.id: rep for rep in filters.reps})
    return [
        {"user_id": str(line.rep.id), "rep_name": line.name, **rate_json(line.counts)}
        for line in lines[:TOP]
        if line.rep and line.counts.attempts >= RANKED_FROM
    ]


def rate_json(counts: Counts) -> dict[str, object]:
    return {
        "total_attempts": counts.attempts,
        "responses": counts.responses,
        "response_rate_percent": rounded(100 * (response_rate(counts) or 0), 2),
    }


def rounded(number: float | None, places: int) -> float | None:
    return None if number is None else round(number, places)
