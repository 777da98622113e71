"""The context of the dashboard: a report's lines, and the address of the rows behind each number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from django.urls import reverse

from analytics.numbers.filters import DAYS, PRESETS, ReportFilters, ReportForm
from analytics.numbers.queries import Counts, average_seconds, response_rate
from analytics.numbers.report import RANKED_FROM, TOP, RepLine, Report
from analytics.page.charts import bar_chart, day_words, heat_map
from analytics.page.tables import TABLES, Table
from analytics.page.tiles import read_tiles
from analytics.page.words import FEW, is_few, length_words, of_words, rate_words
from crm.models.ids import NOBODY
from crm.text import counted
from leads.methods import ContactMethod
from leads.models import LeadStatus
from outreach.reviews.guard_lines import rule_lines, total_lines


@dataclass(frozen=True)
class NumbersLine:
    """A method, rep or kind of contact with its numbers in words, its bar in percent, and its rows."""

    label: str
    counts: Counts
    rate: str
    sample: str
    average: str
    width: float
    answered: float
    url: str
    answered_url: str
    is_few: bool  # too few contacts for a rate


def page_context(report: Report, form: ReportForm, *, all_reps: bool) -> dict[str, object]:
    filters, chart = report.filters, bar_chart(report)
    return {
        "report": report,
        "form": form,
        "presets": presets(filters),
        "span_words": span_words(filters),
        "today_url": reverse("analytics") + filters.query(from_date=filters.today),
        "refresh_url": reverse("analytics") + filters.query(),
        "wider_url": reverse("analytics") + filters.query(days=365),
        "is_empty": not report.total.attempts and not report.guard.total.held_up,
        "tiles": [{"tile": tile, "url": rows_url(filters, show=tile.show)} for tile in read_tiles(report)],
        "chart": chart,
        "bars": [{"bar": bar, "url": rows_url(filters, from_date=bar.first, to_date=bar.last)} for bar in chart.bars],
        "fresh_url": rows_url(filters, show="fresh"),
        "methods": [{"method": method, "line": line} for method, line in methods(report)],
        "reps": reps(report, all_reps=all_reps),
        "more_reps": 0 if all_reps else max(len(report.by_rep) - TOP, 0),
        "all_reps_url": reverse("analytics") + filters.query(all_reps=1),
        "kinds": kinds(report),
        "heat": heat(report),
        "funnel": funnel(report),
        "guard": guard(report),
        "tables": {
            name: {"table": table_context(TABLES[name](report)), "csv": csv_url(filters, name)} for name in TABLES
        },
    }


def rows_url(filters: ReportFilters, **changes: object) -> str:
    return reverse("analytics_rows") + filters.query(**changes)


def csv_url(filters: ReportFilters, table: str) -> str:
    return reverse("analytics_csv", args=[table]) + filters.query()


def table_context(table: Table) -> dict[str, object]:
    head, lines = table
    return {"head": head, "lines": [list(line) for line in lines]}


def presets(filters: ReportFilters) -> list[dict[str, object]]:
    is_last = filters.span.last == filters.today
    return [
        {
            "label": counted(days, "day"),
            "url": reverse("analytics") + filters.query(days="" if days == DAYS else days, from_date="", to_date=""),
            "current": is_last and filters.span.days == days,
        }
        for days in PRESETS
    ]


def span_words(filters: ReportFilters) -> str:
    """ "26 Oct to 24 Nov", with years where they differ from this one; a single day alone."""
    first, last = filters.span.first, filters.span.last
    years = {first.year, last.year} != {filters.today.year}
    words = [day_words(day) + (f" {day.year}" if years else "") for day in (first, last)]
    return words[0] if first == last else " to ".join(words)


def methods(report: Report) -> Iterable[tuple[ContactMethod, NumbersLine]]:
    most = max((counts.attempts for _, counts in report.by_method), default=0)
    return [
        (method, line(report.filters, method.label, counts, most, method=method)) for method, counts in report.by_method
    ]


def kinds(report: Report) -> list[NumbersLine]:
    pairs = [("First contact", report.first, "first"), ("Follow-up", report.follow_up, "later")]
    most = max(counts.attempts for _, counts, _ in pairs)
    return [
        line(report.filters, label, counts, most, show=show, answered_show=f"{show}_answered")
        for label, counts, show in pairs
    ]


def line(
    filters: ReportFilters, label: str, counts: Counts, most: int, *, few: int = FEW, answered_show: str = "answered",
    **changes: object,
) -> NumbersLine:  # fmt: skip
    return NumbersLine(
        label=label,
        counts=counts,
        rate=rate_words(counts, few),
        sample=of_words(counts),
        average=length_words(average_seconds(counts)),
        width=part(counts.attempts, most),
        answered=part(counts.responses, most),
        url=rows_url(filters, **changes),
        answered_url=rows_url(filters, **{**changes, "show": answered_show}),
        is_few=is_few(counts, few),
    )


def part(count: int, most: int) -> float:
    return round(100 * count / most, 1) if most else 0


def reps(report: Report, *, all_reps: bool) -> list[dict[str, object]]:
    shown = report.by_rep if all_reps else report.by_rep[:TOP]
    best = max((response_rate(rep.counts) or 0 for rep in shown if rep.rank), default=0)
    return [rep_context(report.filters, rep, best) for rep in shown]


def rep_context(filters: ReportFilters, rep: RepLine, best: float) -> dict[str, object]:
    user_id = rep.rep.id if rep.rep else NOBODY
    share = (response_rate(rep.counts) or 0) if rep.rank else 0
    return {
        "rep": rep,
        "line": line(filters, rep.name, rep.counts, 0, few=RANKED_FROM, user_id=user_id),
        "share": round(100 * share / best, 1) if best else 0,
        "report_url": reverse("analytics") + filters.query(user_id=user_id),
        "scores": total_lines(rep.score, partial(rows_url, filters), user_id=user_id),
    }


def heat(report: Report) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "squares": [
                {
                    "square": square,
                    "url": rows_url(report.filters, show="answered", weekday=square.weekday, hour=square.hour),
                }
                for square in squares
            ],
        }
        for name, squares in heat_map(report)
    ]


def funnel(report: Report) -> list[dict[str, object]]:
    most, rep = max(report.funnel.values(), default=0), report.filters.rep
    return [
        {
            "label": LeadStatus(status).label,
            "count": count,
            "width": part(count, most),
            "url": f"{reverse('lead_list')}?{urlencode({'status': status, **({'owner': rep} if rep else {})})}",
        }
        for status, count in report.funnel.items()
    ]


def guard(report: Report) -> dict[str, object]:
    address = partial(rows_url, report.filters)
    most = max((counts.held_up for counts in report.guard.by_rule.values()), default=0)
    lines = rule_lines(report.guard, address)
    bars = [{"line": line, "width": part(line.held_up.count, most)} for line in lines]
    return {"totals": total_lines(report.guard.total, address), "rules": bars, "lines": lines}
