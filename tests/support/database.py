"""The test database: kept between runs of named tests, and emptied after tests that commit."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pgtrigger
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import DeadlockDetected

from crm.setup.environment import data_folder
from crm.setup.packages import LOCKS
from tests.support.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
# Whose text decides what `migrate` makes: the migrations, what they import, and the packages' own.
MAKES_TABLES = ("*/migrations/*.py", "*/models.py", "*/models/*.py", "crm/postgres/*.py", "analytics/daily/*.py")
# `migrate` fills them; every test may rely on that.
FILLED_BY_MIGRATE = {"django_migrations", "django_content_type", "auth_permission"}
# How often the tables are emptied anew after a deadlock with a server of the test.
TRIES = 5


def kept_name(suffix: str) -> str:
    name = connection.settings_dict["TEST"].get("NAME") or f"test_{connection.settings_dict['NAME']}"
    return "_".join(filter(None, [name, "kept", suffix]))


@contextmanager
def held_alone(name: str, *, say: Callable[[str], None]) -> Iterator[None]:
    """Two runs in the same database would delete each other's rows."""
    data_folder().mkdir(parents=True, exist_ok=True)
    with (data_folder() / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Another run uses the database {name}; waiting for its end …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def version() -> str:
    """Of the tables: another one, and the kept database is made anew."""
    digest = hashlib.sha256(LOCKS[0].read_bytes())
    for path in sorted(path for pattern in MAKES_TABLES for path in ROOT.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(name: str) -> bool:
    """The database says itself which version it is: one that was interrupted while it was made says nothing."""
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    with connection._nodb_cursor() as cursor:
        cursor.execute(query, [name])
        row = cursor.fetchone()
    return row == (version(),)


def mark_current(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON DATABASE {connection.ops.quote_name(name)} IS '{version()}'")


def use(name: str) -> None:
    """What Django does with a test database it has made; rows of a run that was killed are deleted."""
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    empty_tables()


def make_quick(name: str) -> None:
    """Commits do not wait for the disk: that a crash loses none is PostgreSQL's promise, and tested there."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {connection.ops.quote_name(name)} SET synchronous_commit = off")
    connection.close()
    connection.close_pool()


def empty_tables() -> None:
    """Delete all rows but those that `migrate` made, in a hundredth of the time that Django's flush takes.

    The triggers that keep history append-only would refuse it. This and nothing else steps around them;
    tests/contacts/test_append_only.py proves them in the real configuration.

    A server of the test may still be writing; when the two wait for each other's tables, PostgreSQL ends one of them,
    and if that was this one, it begins anew.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            empty_tables_once()
            return
        except OperationalError as error:
            if not tries_left or not isinstance(error.__cause__, DeadlockDetected):
                raise


def empty_tables_once() -> None:
    with pgtrigger.ignore(), transaction.atomic(), connection.cursor() as cursor:
        # The limits of a page's request are short for a busy machine on which a server ends its last write.
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'")
        cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE_SECONDS}s'")
        tables = tables_to_empty()
        # First the servers of the test end what they write, then it is seen which tables have rows.
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        filled = tables_with_rows(cursor, tables)
        if filled and can_ignore_triggers(cursor):
            # Foreign keys are triggers too. Rows are deleted faster than many small files are made anew.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(f"DELETE FROM {table}" for table in filled))
        elif filled:
            cursor.execute(f"TRUNCATE {', '.join(filled)} CASCADE")


def tables_to_empty() -> list[str]:
    """Their quoted names, in the order in which they are locked."""
    names = sorted(set(connection.introspection.django_table_names()) - FILLED_BY_MIGRATE)
    return [connection.ops.quote_name(name) for name in names]


def can_ignore_triggers(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
    return cursor.fetchone() == (True,)


def tables_with_rows(cursor: CursorWrapper, tables: list[str]) -> list[str]:
    cursor.execute(f"SELECT {', '.join(f'EXISTS (SELECT FROM {table})' for table in tables)}")
    row = cursor.fetchone() or ()
    return [table for table, has_rows in zip(tables, row, strict=True) if has_rows]
