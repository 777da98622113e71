"""Words that every page shares: a count of one is one, and no template counts for itself."""

from __future__ import annotations

import re

import pytest

from crm.text import counted
from tests.test_architecture import ROOT

# A number before a fixed plural: "1 contacts" in the making. A number of a policy or a limit is none.
COUNT_BEFORE_PLURAL = re.compile(
    r"(?:\}\}|\})(?:</\w+>)? (?:new )?(contacts|leads|days|replies|answers|reps|notes|rows)\b"
)
# Never one: the setting of days, a limit, or a number that is said of many alone.
NEVER_ONE = {
    "crm/times.py", "crm/login/tokens.py", "outreach/lists/form.py", "outreach/followups/reminders.py",
    "outreach/page/timeline.py", "outreach/policies/words.py", "outreach/guard/sentences.py",
}  # fmt: skip


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 contacts"), (1, "1 contact"), (2, "2 contacts"), (1_000, "1,000 contacts")]
)
def test_a_count_agrees_with_its_noun(number, words):
    assert counted(number, "contact") == words


def test_a_noun_may_have_a_plural_of_its_own():
    assert [counted(number, "reply", "replies") for number in (1, 2)] == ["1 reply", "2 replies"]


def test_no_template_and_no_sentence_sets_a_plural_behind_a_number_by_itself():
    templates = [path for path in (ROOT / "templates").rglob("*.html")]
    sentences = [path for app in ("leads", "outreach", "analytics") for path in (ROOT / app).rglob("*.py")]
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in [*templates, *sentences]
        if not {"bench", "migrations", "bench.py"} & set(path.parts) and str(path.relative_to(ROOT)) not in NEVER_ONE
        for match in COUNT_BEFORE_PLURAL.finditer(path.read_text())
    ]
    assert not found, f"“1 contacts” in the making, use counted: {found}"
