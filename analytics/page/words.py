"""The numbers in words: lengths of time, shares, changes, and what is too little to say."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.numbers.queries import Counts, response_rate

# Below this a rate says more of chance than of anybody's work.
FEW = 30
# A change this small is none.
STEADY = 0.5


@dataclass(frozen=True)
class Change:
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
    if counts.attempts < few:
        return "too few"
    return f"{percent(response_rate(counts))} %"


def of_words(counts: Counts) -> str:
    return f"{counts.responses:,} of {counts.attempts:,}"


def change_of_count(now: int, before: int, *, more_is: str = "") -> Change:
    """more_is: "good" where more of it is better."""
    if not before:
        return Change("none before" if now else "")
    share = 100 * (now - before) / before
    if abs(share) < STEADY:
        return Change("as before")
    words = f"{abs(share):,.0f} % {'more' if share > 0 else 'fewer'}"
    return Change(words, tone(share > 0, more_is), trend(share > 0))


def change_of_share(now: float | None, before: float | None) -> Change:
    if now is None or before is None:
        return Change("none before" if now is not None else "")
    points = 100 * (now - before)
    if abs(points) < 0.05:
        return Change("as before")
    name = "point" if f"{abs(points):.1f}" == "1.0" else "points"
    return Change(
        f"{abs(points):.1f} {name} {'up' if points > 0 else 'down'}", tone(points > 0, "good"), trend(points > 0)
    )


def change_of_length(now: float | None, before: float | None) -> Change:
    if now is None or before is None:
        return Change("none before" if now is not None else "")
    if abs(now - before) < 60:
        return Change("as before")
    words = f"{length_words(abs(now - before))} {'slower' if now > before else 'faster'}"
    return Change(words, tone(now < before, "good"), trend(now > before))


def tone(is_up: bool, more_is: str) -> str:
    if not more_is:
        return ""
    return "good" if is_up else "bad"


def trend(is_up: bool) -> str:
    return "trending-up" if is_up else "trending-down"
