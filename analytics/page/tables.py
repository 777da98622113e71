"""Each table of the page as plain rows: for "As table" and for the CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from analytics.numbers.queries import Counts, average_seconds, in_hours, response_rate
from analytics.numbers.report import Report
from analytics.page.words import WEEKDAYS
from leads.models import LeadStatus
from outreach.reviews.guard_lines import what_it_does
from outreach.reviews.listing import RULE_WORDS

Cell = str | int | float | None
Lines = Iterable[Sequence[Cell]]
Table = tuple[Sequence[str], Lines]

NUMBERS = ("Contacts", "Answered", "Response rate %", "Average response time h")
SCORES = ("Prevented", "Logged anyway", "Collisions")
# First characters by which a spreadsheet takes a cell for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def numbers(counts: Counts) -> list[Cell]:
    rate = response_rate(counts)
    return [
        counts.attempts,
        counts.responses,
        None if rate is None else round(100 * rate, 2),
        in_hours(average_seconds(counts)),
    ]


def by_day(report: Report) -> Table:
    return ("Day", *NUMBERS), ([day.isoformat(), *numbers(counts)] for day, counts in report.by_day)


def by_method(report: Report) -> Table:
    return ("Method", *NUMBERS), ([method.label, *numbers(counts)] for method, counts in report.by_method)


def by_rep(report: Report) -> Table:
    lines: Lines = (
        [line.rank, line.name, *numbers(line.counts), line.score.prevented, line.score.anyway, line.score.collisions]
        for line in report.by_rep
    )
    return ("Rank", "Rep", *NUMBERS, *SCORES), lines


def first_and_later(report: Report) -> Table:
    kinds = [("First contact", report.first), ("Follow-up", report.follow_up)]
    return ("Which", *NUMBERS), ([name, *numbers(counts)] for name, counts in kinds)


def by_hour(report: Report) -> Table:
    hours = [f"{hour:02}" for hour in range(24)]
    lines: Lines = (
        [name, *(report.hours.get((weekday, hour), 0) for hour in range(24))]
        for weekday, name in enumerate(WEEKDAYS, start=1)
    )
    return ("Answers on", *hours), lines


def by_status(report: Report) -> Table:
    return ("Status", "Leads"), ([LeadStatus(status).label, count] for status, count in report.funnel.items())


def by_rule(report: Report) -> Table:
    scores = report.guard.by_rule
    lines: Lines = (
        [words.capitalize(), scores[rule].prevented, scores[rule].anyway, scores[rule].collisions, what_it_does(rule)]
        for rule, words in RULE_WORDS.items()
        if rule in scores
    )
    return ("Rule", *SCORES, "What it does"), lines


def totals(report: Report) -> Table:
    """The big numbers, and those of the span before."""
    lines: Lines = [
        ["Contacts", report.total.attempts, report.before.attempts],
        ["Answered", report.total.responses, report.before.responses],
        ["Average response time h", in_hours(report.average), in_hours(average_seconds(report.before))],
        ["Median response time h", in_hours(report.median), in_hours(report.median_before)],
        ["People contacted", report.people.contacted, report.people_before.contacted],
        ["People who answered", report.people.answered, report.people_before.answered],
        ["Duplicates prevented", report.guard.total.prevented, report.guard.before.prevented],
        ["Logged anyway", report.guard.total.anyway, report.guard.before.anyway],
        ["Collisions", report.guard.total.collisions, report.guard.before.collisions],
        ["Answers may still come", report.fresh, None],
    ]
    return ("Number", f"{report.filters.span.first} to {report.filters.span.last}", "Before"), lines


TABLES: dict[str, Callable[[Report], Table]] = {
    "totals": totals,
    "days": by_day,
    "methods": by_method,
    "reps": by_rep,
    "first_contacts": first_and_later,
    "hours": by_hour,
    "statuses": by_status,
    "rules": by_rule,
}


def as_csv(table: Table) -> str:
    """The table as CSV, with a mark that tells spreadsheets it is UTF-8. Formulas get an apostrophe in front."""
    head, lines = table
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([safe(cell) for cell in line] for line in lines)
    return "\ufeff" + out.getvalue()


def safe(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
