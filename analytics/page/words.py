"""The numbers in words: lengths of time, shares, changes, and "too few" where a rate would mean nothing."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.numbers.queries import Counts, response_rate

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
# Below so many contacts a rate is chance and no result.
FEW = 30
# A change this small is none.
STEADY = 0.5


@dataclass(frozen=True)
class NumberChange:
    """How a number differs from the span before: "8 % more", and whether that is good, bad or neither."""

    words: str
    tone: str = ""
    icon: str = ""


def length(seconds: float | None) -> tuple[str, str]:
    """A length of time as number and unit: ("18.5", "h"), ("40", "min"), ("3.2", "days")."""
    if seconds is None:
        return "—", ""
    if seconds < 3_600:
        return f"{seconds / 60:.0f}", "min"
    if seconds < 72 * 3_600:
        return f"{seconds / 3_600:.1f}", "h"
    return f"{seconds / 86_400:.1f}", "days"


def length_words(seconds: float | None) -> str:
    return " ".join(length(seconds)).strip()


def percent(share: float | None, places: int = 1) -> str:
    return "—" if share is None else f"{100 * share:.{places}f}"


def rate_words(counts: Counts, few: int = FEW) -> str:
    """ "23.5 %", "too few", or a dash where there is nothing."""
    if not counts.attempts:
        return "—"
    if is_few(counts, few):
        return "too few"
    return f"{percent(response_rate(counts))} %"


def is_few(counts: Counts, few: int = FEW) -> bool:
    """Whether there are contacts, but too few for their rate to mean anything."""
    return 0 < counts.attempts < few


def of_words(counts: Counts) -> str:
    return f"{counts.responses:,} of {counts.attempts:,}"


def change_of_count(now: int, before: int, *, more_is: str = "") -> NumberChange:
    """more_is: "good" where more of it is better."""
    if not before:
        return NumberChange("none before" if now else "")
    share = 100 * (now - before) / before
    if abs(share) < STEADY:
        return NumberChange("as before")
    words = f"{abs(share):,.0f} % {'more' if share > 0 else 'fewer'}"
    return NumberChange(words, tone(share > 0, more_is), trend(share > 0))


def change_of_share(now: float | None, before: float | None) -> NumberChange:
    """Of fractions: "2.5 points up"."""
    if now is None or before is None:
        return NumberChange("none before" if now is not None else "")
    points = 100 * (now - before)
    if abs(points) < 0.05:
        return NumberChange("as before")
    name = "point" if f"{abs(points):.1f}" == "1.0" else "points"
    return NumberChange(
        f"{abs(points):.1f} {name} {'up' if points > 0 else 'down'}", tone(points > 0, "good"), trend(points > 0)
    )


def change_of_length(now: float | None, before: float | None) -> NumberChange:
    """Of seconds: "3.2 h slower"."""
    if now is None or before is None:
        return NumberChange("none before" if now is not None else "")
    if abs(now - before) < 60:
        return NumberChange("as before")
    words = f"{length_words(abs(now - before))} {'slower' if now > before else 'faster'}"
    return NumberChange(words, tone(now < before, "good"), trend(now > before))


def tone(is_up: bool, more_is: str) -> str:
    if not more_is:
        return ""
    return "good" if is_up else "bad"


def trend(is_up: bool) -> str:
    return "trending-up" if is_up else "trending-down"
