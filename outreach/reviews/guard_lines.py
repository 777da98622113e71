"""The guard's counts as they stand on a page, each with the way to its rows: the same lines in review and analytics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from outreach.reviews.guard_counts import GuardCounts, GuardNumber, GuardNumbers
from outreach.reviews.listing import BLOCKING, RULE_WORDS

# The address of the rows of a number, of one rule or of any.
RowsUrl = Callable[..., str]

TOTALS = {
    GuardNumber.PREVENTED: ("prevented", "prevented"),
    GuardNumber.ANYWAY: ("logged anyway", "logged anyway"),
    GuardNumber.COLLISIONS: ("collision", "collisions"),
}

PARTS = {
    GuardNumber.PREVENTED: {
        GuardNumber.BLOCKED: "refused outright",
        GuardNumber.LEFT_ALONE: "left alone after a warning",
    },
    GuardNumber.ANYWAY: {
        GuardNumber.AFTER_WARNING: "after a warning",
        GuardNumber.BLOCK_OVERRIDDEN: "over a block, by a manager",
    },
}


@dataclass(frozen=True)
class GuardPart:
    """A part of a number, such as 12 "refused outright"."""

    words: str
    count: int
    url: str


@dataclass(frozen=True)
class GuardLine:
    """A number, and the parts it is made of."""

    kind: str
    label: str
    count: int
    parts: list[GuardPart]
    url: str


@dataclass(frozen=True)
class RuleLine:
    """One rule: what it does, and what came of it. tone: as the guard's states are painted."""

    rule: str
    label: str
    does: str
    tone: str
    held_up: GuardLine
    scores: list[GuardLine]


def total_lines(counts: GuardCounts, rows_url: RowsUrl, **narrowed: object) -> list[GuardLine]:
    return [
        GuardLine(
            kind=number,
            label=one if counts.of(number) == 1 else many,
            count=counts.of(number),
            parts=[
                GuardPart(words, counts.of(part), rows_url(show=part, **narrowed))
                for part, words in PARTS.get(number, {}).items()
                if counts.of(part)
            ],
            url=rows_url(show=number, **narrowed),
        )
        for number, (one, many) in TOTALS.items()
    ]


def rule_lines(numbers: GuardNumbers, rows_url: RowsUrl) -> list[RuleLine]:
    """Of the rules that held something up, in their own order."""
    return [
        RuleLine(
            rule=rule,
            label=words.capitalize(),
            does=what_it_does(rule),
            tone="stop" if rule in BLOCKING else "warn",
            held_up=GuardLine(
                GuardNumber.HELD_UP, "held up", numbers.by_rule[rule].held_up, [],
                rows_url(show=GuardNumber.HELD_UP, rule=rule),
            ),
            scores=total_lines(numbers.by_rule[rule], rows_url, rule=rule),
        )
        for rule, words in RULE_WORDS.items()
        if rule in numbers.by_rule
    ]  # fmt: skip


def what_it_does(rule: str) -> str:
    return "refuses" if rule in BLOCKING else "asks for a reason"
