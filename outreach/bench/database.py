"""The measurement's own database, beside the real one on the same server."""

from __future__ import annotations

import psycopg
from django.core.management import call_command
from django.db import ProgrammingError, connection

SUFFIX = "_bench"


def bench_name() -> str:
    return f"{connection.settings_dict['NAME']}{SUFFIX}"


def create(name: str) -> None:
    """Make the database unless it is there. Raises ProgrammingError when the role may not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)", [name])
        if not cursor.fetchone()[0]:
            cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")


def drop(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}")


def refuse_real_data() -> None:
    """Raise ProgrammingError unless connected to the measurement's own database: what follows empties tables."""
    if not connection.settings_dict["NAME"].endswith(SUFFIX):
        raise ProgrammingError("This would load invented data over the real database.")


def empty() -> None:
    """Drop everything and make the tables again."""
    refuse_real_data()
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    call_command("migrate", verbosity=0)


def connect() -> psycopg.Connection:
    """A plain connection to the same database, as a script without Django would make it."""
    names = ("host", "port", "user", "password", "dbname", "options", "sslmode", "sslrootcert")
    settings = connection.get_connection_params()
    parameters = {name: settings[name] for name in names if settings.get(name)}
    return psycopg.connect(**parameters, autocommit=True)


def server_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0]).split()[0]
