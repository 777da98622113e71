"""`manage.py test PATH` runs what is named, with a kept database and only the plugins it needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, transaction

from crm.models import Company
from crm.setup import named_tests
from tests.support import database
from tests.support.waiting import in_thread, wait_until_blocked


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
    permissions = Permission.objects.count()
    database.empty_tables()
    assert not Company.objects.exists()
    assert Permission.objects.count() == permissions > 0


@pytest.mark.django_db(transaction=True)
def test_rows_are_deleted_also_while_a_server_still_writes_and_each_waits_for_the_others_table(alice, lead) -> None:
    tables = database.tables_to_empty()
    with ThreadPoolExecutor(2) as pool, writing_to(tables[-1], pool, then=f"SELECT FROM {tables[0]}") as let_it_end:
        emptying = in_thread(pool, database.empty_tables)
        wait_until_blocked()
        let_it_end()
        emptying.result()
    assert not Company.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_rows_are_deleted_also_when_a_server_writes_for_longer_than_a_request_may_wait(alice, lead) -> None:
    def empty() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        database.empty_tables()

    with ThreadPoolExecutor(2) as pool, writing_to("leads_lead", pool) as let_it_end:
        emptying = in_thread(pool, empty)
        wait_until_blocked()
        assert not emptying.done() and not wait([emptying], timeout=0.3).done
        let_it_end()
        emptying.result()
    assert not Company.objects.exists()


@contextmanager
def writing_to(table: str, pool: ThreadPoolExecutor, then: str = "SELECT 1") -> Iterator[Callable[[], None]]:
    """A request that has not ended with its test: it writes to a table, and to end it makes one more statement."""
    writes, ends = Event(), Event()

    def write() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")
            writes.set()
            assert ends.wait(30)
            cursor.execute(then)

    writing = in_thread(pool, write)
    assert writes.wait(30)
    try:
        yield ends.set
    finally:
        ends.set()
        writing.result()
