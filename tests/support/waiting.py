"""Sessions of this test's database that wait for a lock: how a race is put together without sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, connections

PATIENCE_SECONDS = 30
LIMITS_OF_A_REQUEST = ["lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"]

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


ResultT = TypeVar("ResultT")


def in_thread(pool: ThreadPoolExecutor, act: Callable[[], ResultT]) -> Future[ResultT]:
    """The act's future, on a connection of its own."""

    def run() -> ResultT:
        try:
            return act()
        finally:
            connections.close_all()

    return pool.submit(run)


def wait_until_blocked(sessions: int = 1) -> None:
    """Return once so many sessions wait for a lock that another session has."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (waiting := blocked_sessions()) < sessions:
        assert time.monotonic() < deadline, f"{waiting} sessions wait for a lock; {sessions} were expected to."
        time.sleep(0.01)


def blocked_sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return cursor.fetchone()[0]


@contextmanager
def patient() -> Iterator[None]:
    """This thread's session may wait for locks, and keep its own, as long as the test does."""
    with connection.cursor() as cursor:
        for name in LIMITS_OF_A_REQUEST:
            cursor.execute(f"SET {name} = '{PATIENCE_SECONDS}s'")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for name in LIMITS_OF_A_REQUEST:
                cursor.execute(f"RESET {name}")
