"""The row of big numbers: each with its change since the span before, its sample, and the rows behind it."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.numbers.contacts import PeopleCounts
from analytics.numbers.queries import average_seconds, response_rate
from analytics.numbers.report import Report
from analytics.page import words
from analytics.page.words import NumberChange
from crm.text import counted


@dataclass(frozen=True)
class Tile:
    """One big number. sample: what it was counted from; show: the rows behind it, as `RowsForm` names them."""

    code: str
    label: str
    number: str
    unit: str
    change: NumberChange
    sample: str
    show: str


def read_tiles(report: Report) -> list[Tile]:
    return [
        contacts(report),
        rate(report),
        average(report),
        median(report),
        people(report),
        replied(report),
        prevented(report),
    ]


def contacts(report: Report) -> Tile:
    change = words.change_of_count(report.total.attempts, report.before.attempts)
    reps = len(report.counted.by_rep)
    sample = f"by {counted(reps, 'rep')}" if report.filters.rep is None and reps else ""
    return Tile("attempts", "Contacts", f"{report.total.attempts:,}", "", change, sample, "")


def rate(report: Report) -> Tile:
    now, before = response_rate(report.total), response_rate(report.before)
    unit = "%" if now is not None else ""
    return Tile(
        "rate", "Response rate", words.percent(now), unit, words.change_of_share(now, before),
        words.of_words(report.total) + (", too few to judge" if words.is_few(report.total) else ""), "answered",
    )  # fmt: skip


def average(report: Report) -> Tile:
    before = average_seconds(report.before)
    return Tile(
        "average", "Avg. response time", *words.length(report.average),
        words.change_of_length(report.average, before), answers(report), "answered",
    )  # fmt: skip


def median(report: Report) -> Tile:
    change = words.change_of_length(report.median, report.median_before)
    return Tile("median", "Median response time", *words.length(report.median), change, answers(report), "answered")


def answers(report: Report) -> str:
    return counted(report.total.responses, "answer")


def people(report: Report) -> Tile:
    change = words.change_of_count(report.people.contacted, report.people_before.contacted)
    return Tile("people", "People contacted", f"{report.people.contacted:,}", "", change, "", "people")


def replied(report: Report) -> Tile:
    now, before = share(report.people), share(report.people_before)
    sample = f"{report.people.answered:,} of {report.people.contacted:,}"
    unit = "%" if now is not None else ""
    change = words.change_of_share(now, before)
    return Tile("replied", "People who answered", words.percent(now, 0), unit, change, sample, "people_answered")


def share(people: PeopleCounts) -> float | None:
    return people.answered / people.contacted if people.contacted else None


def prevented(report: Report) -> Tile:
    score = report.guard.total
    change = words.change_of_count(score.prevented, report.guard.before.prevented)
    return Tile("prevented", "Duplicates prevented", f"{score.prevented:,}", "", change, "", "prevented")
