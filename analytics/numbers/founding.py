"""The founding document's answers: its report and its three queries, from the numbers of the page."""

from __future__ import annotations

from analytics.numbers.filters import Asked
from analytics.numbers.queries import Counts, average_seconds, in_hours, read_by_method, read_by_rep, response_rate
from analytics.numbers.report import RANKED_FROM, TOP, rank
from leads.methods import ContactMethod


def outreach(asked: Asked) -> dict[str, object]:
    """`GET /analytics/outreach`: response_rate is a fraction, null without contacts; every method is named."""
    by_method = read_by_method(asked)
    total = sum(by_method.values(), Counts())
    return {
        "total_attempts": total.attempts,
        "by_method": {method.value: by_method.get(method, Counts()).attempts for method in ContactMethod},
        "response_rate": rounded(response_rate(total), 4),
        "avg_response_time_hours": in_hours(average_seconds(total)),
    }


def by_channel(asked: Asked) -> list[dict[str, object]]:
    """Response rate of each method, the most used first."""
    lines = sorted(read_by_method(asked).items(), key=lambda line: (-line[1].attempts, line[0]))
    return [{"method": method, **line(counts)} for method, counts in lines]


def response_time(asked: Asked) -> list[dict[str, object]]:
    """Average hours to an answer by each method that was answered."""
    lines = sorted(read_by_method(asked).items())
    return [
        {"method": method, "avg_response_hours": in_hours(average_seconds(counts)), "responses": counts.responses}
        for method, counts in lines
        if counts.responses
    ]


def top_performers(asked: Asked) -> list[dict[str, object]]:
    """The reps with the best response rates, from 10 contacts, at most 10."""
    lines = rank(read_by_rep(asked), {}, {rep.id: rep for rep in asked.reps})
    return [
        {"user_id": str(one.rep.id), "rep_name": one.name, **line(one.counts)}
        for one in lines[:TOP]
        if one.rep and one.counts.attempts >= RANKED_FROM
    ]


def line(counts: Counts) -> dict[str, object]:
    return {
        "total_attempts": counts.attempts,
        "responses": counts.responses,
        "response_rate_percent": rounded(100 * (response_rate(counts) or 0), 2),
    }


def rounded(number: float | None, places: int) -> float | None:
    return None if number is None else round(number, places)
