"""The positions of the charts' bars and squares. Templates draw them as SVG, in percent across and pixels down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from analytics.numbers.queries import Counts
from analytics.numbers.report import DayCounts, Report
from analytics.page.words import WEEKDAYS
from crm.models.days import start
from crm.text import counted

HEIGHT = 200
# Beyond so many days one bar is a week, and beyond so many more a month.
DAYS_AS_DAYS, DAYS_AS_WEEKS = 92, 730
GRID_LINES = 4
SHADES = 4
MOST_LABELS = 7
FRESH_WORDS = "answers may still come"
# Pixels from one weekday to the next.
ROW = 24


@dataclass(frozen=True)
class Bar:
    """Days from first to last; x and width in percent, heights in pixels of HEIGHT."""

    first: date
    last: date
    counts: Counts
    title: str
    is_fresh: bool  # answers may still come
    x: float = 0
    width: float = 0
    height: float = 0
    answered: float = 0
    tick: str = ""

    @property
    def top(self) -> float:
        return round(HEIGHT - self.height, 1)

    @property
    def answered_top(self) -> float:
        return round(HEIGHT - self.answered, 1)

    @property
    def label(self) -> str:
        """ "Mon 3 Feb: 12 contacts, 3 answered; answers may still come"."""
        return f"{self.title}: {', '.join(self.count_words)}" + (f"; {FRESH_WORDS}" if self.is_fresh else "")

    @property
    def tip(self) -> str:
        """The same in lines."""
        return "\n".join([self.title, *self.count_words, *([FRESH_WORDS] if self.is_fresh else [])])

    @property
    def count_words(self) -> list[str]:
        return [counted(self.counts.attempts, "contact"), f"{self.counts.responses:,} answered"]

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True)
class Chart:
    """The bars by day, week or month, and the lines of the grid behind them."""

    unit: str  # "day", "week", "month"
    bars: list[Bar]
    lines: list[tuple[int, float]]  # a number and how far down its line is
    height: int = HEIGHT


def bar_chart(report: Report) -> Chart:
    """Contacts of each day with the answered ones inside; a long span by weeks or months."""
    unit = unit_of(report.filters.span.days)
    groups: dict[date, list[DayCounts]] = {}
    for each in report.by_day:
        groups.setdefault(first_of(each.day, unit), []).append(each)
    top = nice_top(max((total(group).attempts for group in groups.values()), default=0))
    step = 100 / max(len(groups), 1)
    every = -(-len(groups) // MOST_LABELS)
    bars = [
        placed(bar(report, group, unit), number, step, top, show_tick=number % every == 0)
        for number, group in enumerate(groups.values())
    ]
    lines = [
        (top * line // GRID_LINES, round(HEIGHT - HEIGHT * line / GRID_LINES, 1)) for line in range(GRID_LINES + 1)
    ]
    return Chart(unit, bars, lines)


def unit_of(days: int) -> str:
    if days <= DAYS_AS_DAYS:
        return "day"
    return "week" if days <= DAYS_AS_WEEKS else "month"


def first_of(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def total(group: list[DayCounts]) -> Counts:
    return sum((each.counts for each in group), Counts())


def bar(report: Report, group: list[DayCounts], unit: str) -> Bar:
    first, last, counts = group[0].day, group[-1].day, total(group)
    end = start(last + timedelta(days=1), report.filters.span.zone)
    is_fresh = bool(report.fresh_since and counts.attempts and end > report.fresh_since)
    return Bar(first, last, counts, bar_title(first, last, unit), is_fresh)


def bar_title(first: date, last: date, unit: str) -> str:
    if unit == "day":
        return f"{first:%a} {day_words(first)}"
    if unit == "week":
        return f"{day_words(first)} to {day_words(last)}"
    return f"{first:%B %Y}"


def day_words(day: date) -> str:
    return f"{day.day} {day:%b}"


def placed(bar: Bar, number: int, step: float, top: int, *, show_tick: bool) -> Bar:
    return replace(
        bar,
        x=round(number * step + step * 0.1, 2),
        width=round(step * 0.8, 2),
        height=round(HEIGHT * bar.counts.attempts / top, 1),
        answered=round(HEIGHT * bar.counts.responses / top, 1),
        tick=day_words(bar.first) if show_tick else "",
    )


def nice_top(highest: int) -> int:
    """A round number not below the highest bar, divisible into four even steps."""
    step = 1
    while step * GRID_LINES < highest:
        step = next(bigger for bigger in nice_numbers() if bigger > step)
    return step * GRID_LINES


def nice_numbers() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50, 100 …"""
    size = 1
    while True:
        yield from (size, 2 * size, 5 * size)
        size *= 10


@dataclass(frozen=True)
class Square:
    """One weekday and hour of the heat map; x in percent, y in pixels."""

    weekday: int
    hour: int
    count: int
    shade: int  # 0 to SHADES

    @property
    def x(self) -> float:
        return round(self.hour * 100 / 24 + 0.3, 2)

    @property
    def y(self) -> int:
        return (self.weekday - 1) * ROW

    @property
    def label(self) -> str:
        return f"{self.title}: {self.count_words}"

    @property
    def tip(self) -> str:
        """The same in lines."""
        return f"{self.title}\n{self.count_words}"

    @property
    def title(self) -> str:
        return f"{WEEKDAYS[self.weekday - 1]} {self.hour:02}:00"

    @property
    def count_words(self) -> str:
        return counted(self.count, "answer")


def heat_map(report: Report) -> list[tuple[str, list[Square]]]:
    """The answers of each weekday by hour; the most frequent hour has the deepest shade."""
    most = max(report.hours.values(), default=0)
    return [
        (name[:3], [square(weekday, hour, report.hours.get((weekday, hour), 0), most) for hour in range(24)])
        for weekday, name in enumerate(WEEKDAYS, start=1)
    ]


def square(weekday: int, hour: int, count: int, most: int) -> Square:
    return Square(weekday, hour, count, -(-SHADES * count // most) if most else 0)
