"""Databases beside the test database, and what is in one, as text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connection, connections

# Everything that migrations make in a schema: one line, or one text, for each thing.
SCHEMA = """
SELECT 'extension ' || extname FROM pg_extension
UNION ALL
SELECT 'table ' || relname || ' ' || relpersistence::text || ' ' || coalesce(reloptions::text, '')
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'column ' || attrelid::regclass || ' ' || to_char(attnum, '000') || ' ' || attname || ' '
       || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END || ' '
       || attidentity::text || coalesce(' default ' || pg_get_expr(adbin, adrelid), '')
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON (adrelid, adnum) = (attrelid, attnum)
WHERE attnum > 0 AND NOT attisdropped AND relkind = 'r' AND relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE conrelid <> 0 AND connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger ' || pg_get_triggerdef(oid) || ' ' || tgenabled::text || coalesce(' ' || obj_description(oid), '')
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function ' || pg_get_functiondef(oid)
FROM pg_proc
WHERE pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
ORDER BY 1
"""


def create_database(name: str, *, copy_of: str = "template0") -> None:
    """Make it anew, empty or as a copy of one that nobody is connected to."""
    drop_database(name)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {copy_of}")


def drop_database(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Inside, this thread's default connection is to this database of the same server, past the pool."""
    before = connections[DEFAULT_DB_ALIAS]
    options = before.settings_dict["OPTIONS"] | {"pool": False}
    other = type(before)({**before.settings_dict, "NAME": name, "OPTIONS": options}, DEFAULT_DB_ALIAS)
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield
    finally:
        other.close()
        connections[DEFAULT_DB_ALIAS] = before


def schema() -> list[str]:
    """The tables, columns, constraints, indexes, triggers and functions of the database we are connected to."""
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)
        return [line for (line,) in cursor]
