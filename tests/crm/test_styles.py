"""What every style sheet keeps to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SHEETS = sorted((Path(__file__).resolve().parents[2] / "static/css").glob("*.css"))
OUTSIDE, INSIDE = False, True


def blocks(css: str) -> list[tuple[str, bool]]:
    """Each selector or at-rule with whether a query of a pointer that hovers is around it."""
    found, around = [], [OUTSIDE]
    for head, brace in re.findall(r"([^{};]*)([{};])", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)):
        if brace == "{":
            around.append(around[-1] or "(hover: hover)" in head)
            found.append((head.strip(), around[-1]))
        elif brace == "}":
            around.pop()
    return found


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_hover_is_styled_only_where_a_pointer_hovers(sheet):
    """On touch what was tapped last would keep the look until the next tap."""
    assert [head for head, hovers in blocks(sheet.read_text()) if ":hover" in head and not hovers] == []
