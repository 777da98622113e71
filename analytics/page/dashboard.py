"""What the dashboard shows of a report: its lines, and the address of the rows behind each number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from analytics.models import NOBODY
from analytics.numbers.filters import DAYS, PRESETS, Asked, ReportForm
from analytics.numbers.queries import Counts, average_seconds, response_rate
from analytics.numbers.report import RANKED_FROM, TOP, RepLine, Report
from analytics.page.charts import bar_chart, day_words, heat_map
from analytics.page.tables import TABLES, Table
from analytics.page.tiles import read_tiles
from analytics.page.words import FEW, length_words, of_words, rate_words
from leads.models import LeadStatus
from outreach.models import Direction
from outreach.reviews.listing import BLOCKING, RULE_WORDS


@dataclass(frozen=True)
class Line:
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

    @property
    def is_few(self) -> bool:
        return self.rate == "too few"


def page_context(report: Report, form: ReportForm, *, all_reps: bool) -> dict[str, object]:
    asked, chart = report.asked, bar_chart(report)
    return {
        "report": report,
        "filters": form,
        "presets": presets(asked),
        "span_words": span_words(asked),
        "today_url": reverse("analytics") + asked.query(from_date=asked.today),
        "refresh_url": reverse("analytics") + asked.query(),
        "wider_url": reverse("analytics") + asked.query(days=365),
        "is_empty": not report.total.attempts and not report.guard.total.any,
        "tiles": [{"tile": tile, "url": rows_url(asked, show=tile.show)} for tile in read_tiles(report)],
        "chart": chart,
        "bars": [{"bar": bar, "url": rows_url(asked, from_date=bar.first, to_date=bar.last)} for bar in chart.bars],
        "fresh_url": rows_url(asked, show="fresh"),
        "methods": [{"method": method, "line": line} for method, line in methods(report)],
        "reps": reps(report, all_reps=all_reps),
        "more_reps": 0 if all_reps else max(len(report.by_rep) - TOP, 0),
        "all_reps_url": reverse("analytics") + asked.query(all_reps=1),
        "kinds": kinds(report),
        "heat": heat(report),
        "funnel": funnel(report),
        "guard": guard(report),
        "tables": {name: {"table": listed(TABLES[name](report)), "csv": csv_url(asked, name)} for name in TABLES},
    }


def rows_url(asked: Asked, **changes: object) -> str:
    return reverse("analytics_rows") + asked.query(**changes)


def csv_url(asked: Asked, table: str) -> str:
    return reverse("analytics_csv", args=[table]) + asked.query()


def listed(table: Table) -> dict[str, object]:
    head, lines = table
    return {"head": head, "lines": [list(line) for line in lines]}


def presets(asked: Asked) -> list[dict[str, object]]:
    is_last = asked.span.last == asked.today
    return [
        {
            "label": f"{days} days",
            "url": reverse("analytics") + asked.query(days="" if days == DAYS else days, from_date="", to_date=""),
            "current": is_last and asked.span.days == days,
        }
        for days in PRESETS
    ]


def span_words(asked: Asked) -> str:
    """ "26 Oct to 24 Nov", with years where they differ from this one; a single day alone."""
    first, last = asked.span.first, asked.span.last
    years = {first.year, last.year} != {asked.today.year}
    words = [day_words(day) + (f" {day.year}" if years else "") for day in (first, last)]
    return words[0] if first == last else " to ".join(words)


def methods(report: Report) -> Iterable[tuple[object, Line]]:
    most = max((counts.attempts for _, counts in report.by_method), default=0)
    return [
        (method, line(report.asked, method.label, counts, most, method=method)) for method, counts in report.by_method
    ]


def kinds(report: Report) -> list[Line]:
    pairs = [("First contact", report.first, "first"), ("Follow-up", report.follow_up, "later")]
    most = max(counts.attempts for _, counts, _ in pairs)
    return [
        line(report.asked, label, counts, most, show=show, answered_show=f"{show}_answered")
        for label, counts, show in pairs
    ]


def line(
    asked: Asked, label: str, counts: Counts, most: int, *, few: int = FEW, answered_show: str = "answered",
    **changes: object,
) -> Line:  # fmt: skip
    return Line(
        label=label,
        counts=counts,
        rate=rate_words(counts, few),
        sample=of_words(counts),
        average=length_words(average_seconds(counts)),
        width=part(counts.attempts, most),
        answered=part(counts.responses, most),
        url=rows_url(asked, **changes),
        answered_url=rows_url(asked, **{**changes, "show": answered_show}),
    )


def part(count: int, most: int) -> float:
    return round(100 * count / most, 1) if most else 0


def reps(report: Report, *, all_reps: bool) -> list[dict[str, object]]:
    shown = report.by_rep if all_reps else report.by_rep[:TOP]
    best = max((response_rate(one.counts) or 0 for one in shown if one.rank), default=0)
    return [rep_line(report.asked, one, best) for one in shown]


def rep_line(asked: Asked, one: RepLine, best: float) -> dict[str, object]:
    said = {"user_id": one.rep.id if one.rep else NOBODY}
    share = (response_rate(one.counts) or 0) if one.rank else 0
    return {
        "rep": one,
        "line": line(asked, one.name, one.counts, 0, few=RANKED_FROM, **said),
        "share": round(100 * share / best, 1) if best else 0,
        "report_url": reverse("analytics") + asked.query(**said),
        "scores": scores(asked, one.score, **said),
    }


def scores(asked: Asked, score, **changes: object) -> list[dict[str, object]]:
    named = [("prevented", score.prevented), ("anyway", score.anyway), ("collisions", score.collisions)]
    return [{"count": count, "kind": show, "url": rows_url(asked, show=show, **changes)} for show, count in named]


def heat(report: Report) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "squares": [
                {"square": one, "url": rows_url(report.asked, show="answered", weekday=one.weekday, hour=one.hour)}
                for one in squares
            ],
        }
        for name, squares in heat_map(report)
    ]


def funnel(report: Report) -> list[dict[str, object]]:
    most, rep = max(report.funnel.values(), default=0), report.asked.rep
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
    asked, score = report.asked, report.guard
    most = max((one.any for one in score.by_rule.values()), default=0)
    rules = [
        {
            "label": words.capitalize(),
            "count": score.by_rule[rule].any,
            "width": part(score.by_rule[rule].any, most),
            "tone": "stop" if rule in BLOCKING else "warn",
            "scores": scores(asked, score.by_rule[rule], rule=rule),
        }
        for rule, words in RULE_WORDS.items()
        if rule in score.by_rule
    ]
    return {"scores": scores(asked, score.total), "rules": rules, "is_inbound": asked.direction == Direction.INBOUND}
