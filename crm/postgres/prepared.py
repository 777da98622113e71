"""Prepared statements: written by hand, and read and planned by PostgreSQL once for each connection.

Django sends every statement with its values inside, so PostgreSQL plans each one anew; for the statements that ask
much of few rows (the guard's reading, the person's lock, the token) planning takes longer than the run.

Gain (November 2026, two busy cores, tests/crm/gains.py; processor time of Python and PostgreSQL together): without it
the guard's check of one person takes 2.6 times as long (10.9 ms instead of 4.1), a page of the history 2.1 times (3.8
instead of 1.8), logging a contact 1.7 times (18.7 instead of 10.9).
Plain alternative: `connection.cursor().execute(text, values)`. settings.PREPARE_STATEMENTS = False takes it, here in
`Prepared.rows`; crm/postgres/compiled.py has a switch of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

PLACE = re.compile(r"%\((\w+)\)s")

Row = tuple[Any, ...]


class Prepared:
    """A statement with places such as %(lead)s, each of them with a cast: `Prepared("SELECT %(lead)s::uuid")`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names = list(dict.fromkeys(PLACE.findall(text)))
        numbers = {name: f"${number}" for number, name in enumerate(self.names, start=1)}
        self.statement = PLACE.sub(lambda place: numbers[place[1]], text)

    def rows(self, values: Mapping[str, object]) -> list[Row]:
        """Run it and return all rows. Values that the statement has no place for are left out."""
        if not settings.PREPARE_STATEMENTS:
            return self.rows_unprepared(values)
        # The rows come in PostgreSQL's binary format: times are numbers there, and quicker to read than text.
        return run(self.statement, [parameter(values[name]) for name in self.names], binary=True)

    def rows_unprepared(self, values: Mapping[str, object]) -> list[Row]:
        """The plain alternative: the same rows, by a cursor of Django's."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, {name: parameter(values[name]) for name in self.names})
            return list(cursor.fetchall())


def run(statement: str, parameters: Sequence[object], *, binary: bool = False) -> list[Row]:
    """Run a statement with places $1, $2 …, prepared, and return all rows, sent as text or in the binary format."""
    connection.ensure_connection()
    bound = BoundCursor(connection.connection, parameters, binary)
    # Django wraps any cursor of the driver, whatever the stubs say.
    wrap: Callable[[Any], Any] = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(bound) as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


class BoundCursor(psycopg.RawCursor[Row]):
    """A cursor that has its parameters already: Django's wrappers write places as %s and would take $1 for text."""

    def __init__(self, driver: psycopg.Connection[Row], parameters: Sequence[object], binary: bool) -> None:
        super().__init__(driver)
        self.parameters = parameters
        self.binary = binary

    def execute(self, query: str) -> BoundCursor:  # type: ignore[override]  # the wrappers pass nothing else
        return super().execute(query.encode(), self.parameters, prepare=True, binary=self.binary)


def parameter(value: Any) -> Any:
    """The value as it is sent."""
    return array(value) if isinstance(value, list) else value


def array(values: Sequence[object]) -> str:
    """A list as PostgreSQL writes an array: the driver would ask each element for its type, which the cast names."""
    return "{" + ",".join(map(element, values)) + "}"


def element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
