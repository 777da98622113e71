"""Statements that are read and planned once for each connection: for the few where that takes longer than their run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import psycopg
from django.db import connection

PLACE = re.compile(r"%\((\w+)\)s")


class Prepared:
    """A statement with places such as %(lead)s, each of them with a cast; kept by the server once it was asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names = list(dict.fromkeys(PLACE.findall(text)))
        numbers = {name: f"${number}" for number, name in enumerate(self.names, start=1)}
        self.statement = PLACE.sub(lambda place: numbers[place[1]], text)

    def rows(self, said: Mapping[str, object]) -> list[tuple]:
        """Run it with these parameters, those it has no place for left out, and return all rows."""
        given = (said[name] for name in self.names)
        # Times come as numbers: reading a page of them from text takes longer than finding them.
        return run(self.statement, [array(one) if isinstance(one, list) else one for one in given], binary=True)


def run(statement: str, parameters: Sequence[object], *, binary: bool = False) -> list[tuple]:
    """Run a statement with places $1, $2 …, prepared, and return all rows; `binary` how the server is to send them."""
    connection.ensure_connection()
    bare = BoundCursor(connection.connection, parameters, binary)
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(bare) as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def array(values: Sequence[object]) -> str:
    """A list as PostgreSQL writes an array: the driver asks each element for its type, and the place names it."""
    return "{" + ",".join(map(element, values)) + "}"


def element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


class BoundCursor(psycopg.RawCursor):
    """Has its parameters already, so that Django's wrappers, which know another way to write places, pass them by."""

    def __init__(self, given: psycopg.Connection, parameters: Sequence[object], binary: bool) -> None:
        super().__init__(given)
        self.parameters = parameters
        self.binary = binary

    def execute(self, query: str) -> psycopg.RawCursor:
        return super().execute(query, self.parameters, prepare=True, binary=self.binary)
