"""What a screen reader is given of a page, kept as files in tests/data/accessibility and compared with the page."""

from __future__ import annotations

import os
import re
from difflib import unified_diff
from pathlib import Path

import pytest
from playwright.sync_api import Locator

FOLDER = Path(__file__).parents[1] / "data" / "accessibility"
# With this variable set, a test writes the file anew instead of comparing; `git diff` then shows what changed.
WRITE = "TANDEM_WRITE_TREES"

WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:day|sday|nesday|rsday|urday)?"
MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
# What changes with the hour in which a test runs, and the word that stands for it.
CHANGING = [
    (rf"\b(?:{WEEKDAY} )?\d{{1,2}} {MONTH}(?: \d{{4}})?\b", "DATE"),
    (rf"\b(?:{WEEKDAY}|[Tt]oday|[Tt]omorrow|[Yy]esterday)\b", "DATE"),
    (r"\b\d{1,2}:\d{2}\b", "DATE"),
    (r"DATE(?:,? (?:at )?DATE)*", "DATE"),
    (r"\b\d+ (?:h|min|d|days?)\b(?: \d+ (?:h|min)\b)*", "SPAN"),
    (r"\bSPAN ago\b|\bjust now\b", "AGO"),
]
# Addresses of links are tested where they lead.
LEFT_OUT = re.compile(r"^ *- /(url|placeholder):.*\n", re.MULTILINE)


def matches(part: Locator, name: str) -> None:
    """The accessibility tree of this part of a page is the one kept under this name, but for times and addresses.

    Args:
        part: what is compared, with all that is in it.
        name: the file's name, without its ending.
    """
    path, now = FOLDER / f"{name}.yml", steady(part.aria_snapshot())
    if os.environ.get(WRITE):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(now, encoding="utf-8")
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if now != before:
        changes = unified_diff(before.splitlines(), now.splitlines(), "kept", "on the page", lineterm="")
        pytest.fail(f"{name}: the page reads otherwise to a screen reader.\n" + "\n".join(changes), pytrace=False)


def steady(tree: str) -> str:
    """A tree in which whatever changes with the hour is replaced by a word."""
    tree = LEFT_OUT.sub("", tree + "\n")
    for pattern, word in CHANGING:
        tree = re.sub(pattern, word, tree)
    return tree
