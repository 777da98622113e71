"""Tests that take minutes and cover few files: they run when one of these has changed, and every night.

Which tests, and what they cover, is in pyproject.toml under [[tool.tandem.nightly]]. What changed is what git says
since the branch left main, or on main since its last commit; on CI, which gets many commits at once, since a day before
that. When git cannot tell, they run.
"""

from __future__ import annotations

import os
import subprocess
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch

from crm.setup.packages import ROOT

MAIN = ("origin/main", "main")
DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Choice:
    """Nightly tests that do not run this time, and sentences that say which do, which do not, and why."""

    left_out: list[str]
    reasons: list[str]


def choose() -> Choice:
    base = find_base()
    changed = changed_files(base) if base else None
    if changed is None:
        return Choice([], ["Nightly tests run too: git does not say what has changed."])
    left_out, reasons = [], []
    for test, patterns in nightly_tests().items():
        causes = [path for path in changed if any(fnmatch(path, pattern) for pattern in patterns)]
        if causes:
            reasons.append(f"Nightly test, runs because {causes[0]} has changed since {base}: {test}")
        else:
            left_out.append(test)
            reasons.append(f"Nightly test, left out because nothing it covers has changed since {base}: {test}")
    if left_out:
        reasons.append("`manage.py test --nightly` leaves none out.")
    return Choice(left_out, reasons)


def nightly_tests() -> dict[str, list[str]]:
    """Each test's id and the patterns of the files that it covers."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["tandem"]["nightly"]
    return {test: group["covers"] for group in groups for test in group["tests"]}


def find_base() -> str | None:
    """The commit since which changes count, in short."""
    head = git("rev-parse", "HEAD")
    left_main = next(filter(None, (git("merge-base", "HEAD", branch) for branch in MAIN)), None)
    if head is None:
        return None
    elif left_main not in (None, head):
        return git("rev-parse", "--short", left_main)
    elif os.environ.get("CI"):
        made_at = int(git("log", "-1", "--format=%ct") or 0)
        return git("rev-list", "-1", "--abbrev-commit", f"--before={made_at - DAY}", "HEAD") or None
    else:
        return git("rev-parse", "--short", "HEAD~1")


def changed_files(base: str) -> list[str] | None:
    """In commits since then, in the work tree, and files that git does not know yet."""
    tracked = git("diff", "--name-only", base)
    unknown = git("ls-files", "--others", "--exclude-standard")
    return None if tracked is None or unknown is None else [*tracked.splitlines(), *unknown.splitlines()]


def git(*arguments: str | None) -> str | None:
    """What git prints, or None where it fails or is missing."""
    command = ["git", *filter(None, arguments)]
    try:
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError:
        return None
    return ended.stdout.strip() if ended.returncode == 0 else None
