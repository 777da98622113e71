"""Which passages of two texts stand in both, to show them marked side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from outreach.guard.wording import LONGEST, WORD, fold

# Shorter runs ("would you", "in the") are common to any two texts.
RUN = 3


@dataclass(frozen=True)
class Passage:
    """A passage as written, and whether it stands in the other text too."""

    text: str
    alike: bool


def alike_parts(mine: str, theirs: str) -> tuple[list[Passage], list[Passage]]:
    """Cut both texts into parts that join to the original; those with words that stand in both are alike.

    Passages are found wherever they stand, in any order, and without regard to case, accents and punctuation.
    What lies beyond the longest text that is compared is never marked.
    """
    my_words, their_words = find_words(mine), find_words(theirs)
    my_runs, their_runs = runs(my_words), runs(their_words)
    shared = set(my_runs).intersection(their_runs)
    return cut(mine, my_words, marks(my_runs, shared)), cut(theirs, their_words, marks(their_runs, shared))


def find_words(text: str) -> list[re.Match[str]]:
    return list(WORD.finditer(text, 0, LONGEST))


def runs(words: list[re.Match[str]]) -> list[tuple[str, ...]]:
    """Every few words that follow each other, folded; the nth begins at the nth word."""
    folded = [fold(word.group()) for word in words]
    return list(zip(*(folded[start:] for start in range(RUN)), strict=False))


def marks(runs: list[tuple[str, ...]], shared: set[tuple[str, ...]]) -> list[bool]:
    """For each word whether it belongs to a run that both texts have."""
    is_shared = [False] * (len(runs) + RUN - 1)
    for start, run in enumerate(runs):
        if run in shared:
            is_shared[start : start + RUN] = [True] * RUN
    return is_shared


def cut(text: str, words: list[re.Match[str]], marks: list[bool]) -> list[Passage]:
    parts, position = [], 0
    for alike, group in groupby(zip(words, marks, strict=False), key=lambda pair: pair[1]):
        if alike:
            passage = [word for word, _ in group]
            start, end = passage[0].start(), passage[-1].end()
            parts += [Passage(text[position:start], False), Passage(text[start:end], True)]
            position = end
    parts.append(Passage(text[position:], False))
    return [part for part in parts if part.text]
