"""Nightly tests run when what they cover has changed, and a run says what it left out and why."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from crm.setup import nightly
from crm.setup.packages import ROOT

BENCH = "tests/test_slow.py::test_bench"
AUTHOR = {f"GIT_{role}_{key}": "a@demo.test" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one nightly test and one commit."""
    (tmp_path / "pyproject.toml").write_text(f'[[tool.tandem.nightly]]\ntests = ["{BENCH}"]\ncovers = ["bench/*"]\n')
    monkeypatch.setattr(nightly, "ROOT", tmp_path)
    monkeypatch.delenv("CI", raising=False)
    run(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit(tmp_path, "pyproject.toml", at="2026-03-01T12:00:00+00:00")
    return tmp_path


def run(house: Path, *arguments: str, at: str = "") -> None:
    dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at} if at else {}
    subprocess.run(["git", *arguments], cwd=house, env={**os.environ, **AUTHOR, **dates}, check=True)


def commit(house: Path, name: str, *, at: str = "2026-03-05T12:00:00+00:00") -> None:
    path = house / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(path.read_text() if path.exists() else name)
    run(house, "add", "--all")
    run(house, "commit", "--quiet", "--message", name, at=at)


def test_it_runs_when_git_cannot_tell(house) -> None:
    # Of the only commit nothing is known that came before.
    assert nightly.choose() == nightly.Choice([], ["Nightly tests run too: git does not say what has changed."])


def test_it_is_left_out_when_the_last_commit_touched_nothing_it_covers(house) -> None:
    commit(house, "bench/run.py")
    commit(house, "README.md")
    choice = nightly.choose()
    assert choice.left_out == [BENCH]
    assert choice.reasons[0].startswith("Nightly test, left out because nothing it covers has changed since ")
    assert choice.reasons[-1] == "`manage.py test --nightly` leaves none out."


@pytest.mark.parametrize("is_committed", [True, False])
def test_it_runs_when_a_file_it_covers_has_changed(house, is_committed) -> None:
    commit(house, "README.md")
    if is_committed:
        commit(house, "bench/run.py")
    else:
        (house / "bench").mkdir()
        (house / "bench" / "run.py").write_text("not yet known to git")
    choice = nightly.choose()
    assert choice.left_out == []
    assert choice.reasons[0].startswith("Nightly test, runs because bench/run.py has changed since ")


def test_of_a_branch_every_commit_counts(house) -> None:
    commit(house, "README.md")
    run(house, "checkout", "--quiet", "-b", "work")
    commit(house, "bench/run.py")
    commit(house, "notes.md")
    assert nightly.choose().left_out == []


def test_on_ci_the_last_day_counts(house, monkeypatch) -> None:
    commit(house, "bench/run.py", at="2026-03-05T12:00:00+00:00")
    commit(house, "README.md", at="2026-03-05T18:00:00+00:00")
    monkeypatch.setenv("CI", "true")
    assert nightly.choose().left_out == []
    commit(house, "notes.md", at="2026-03-08T18:00:00+00:00")
    assert nightly.choose().left_out == [BENCH]


def test_every_nightly_test_and_what_it_covers_is_there() -> None:
    for test, patterns in nightly.nightly_tests().items():
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text(), f"{test} is missing"
        assert [pattern for pattern in patterns if not list(ROOT.glob(pattern.replace("/*", "/**/*")))] == [], test
