"""`manage.py test PATH` runs what is named, with a kept database and only the plugins it needs."""

from __future__ import annotations

import os

import pytest

from crm.setup import named_tests
from tests.support import database


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Gives the arguments that pytest would be started with."""
    starts: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda program, command: starts.append(command[3:]))
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return starts


@pytest.mark.parametrize(
    "named",
    [
        ["tests/guard/test_alike.py"],
        ["tests/guard"],
        ["tests/guard/test_alike.py::test_the_parts", "tests/crm/test_packages.py", "-x"],
        ["-k", "parts", "tests/guard"],
    ],
)
def test_named_tests_run_alone_in_the_kept_database(started, named) -> None:
    named_tests.run_named_tests(["manage.py", "test", *named])
    assert started == [["--reuse-db", "-pdjango", "-phypothesispytest", *named]]


@pytest.mark.parametrize("named", ["tests/browser/test_keys.py::test_a", "tests/browser", "tests"])
def test_the_browser_is_loaded_for_its_own_tests_only(started, named) -> None:
    named_tests.run_named_tests(["manage.py", "test", named])
    assert {"-pplaywright", "-prerunfailures"} <= set(started[0])


@pytest.mark.parametrize(
    "arguments",
    [
        ["test"],
        ["test", "-k", "leads"],
        ["test", "--deselect", "tests/crm"],
        ["test", "-x"],
        ["up"],
        ["check", "tests"],
        [],
    ],
)
def test_everything_else_is_left_to_django(started, arguments) -> None:
    named_tests.run_named_tests(["manage.py", *arguments])
    assert started == []


def test_only_what_makes_tables_changes_the_version(tmp_path, monkeypatch) -> None:
    for name in ("leads/migrations/0001_initial.py", "leads/views.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before")
    monkeypatch.setattr(database, "ROOT", tmp_path)
    before = database.version()
    (tmp_path / "leads/views.py").write_text("after")
    assert database.version() == before
    (tmp_path / "leads/migrations/0001_initial.py").write_text("after")
    assert database.version() != before


@pytest.mark.django_db(transaction=True)
def test_afterwards_no_row_is_left_but_what_migrate_made(alice, lead) -> None:
    from django.contrib.auth.models import Permission

    from crm.models import Company

    permissions = Permission.objects.count()
    database.empty_tables()
    assert not Company.objects.exists()
    assert Permission.objects.count() == permissions > 0
