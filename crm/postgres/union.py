"""Several reads of different columns as one statement, each row given back as a named tuple of its part's own class.

A UNION wants the same columns of every SELECT. The fields of a part's class are its columns; here they are laid onto
shared columns of their types (uuid_1, text_1, text_2 …) and read back by name, so that nobody else meets those.

The gain is one round trip for all parts, at a moment of which each page, dialog and list waits for the answer; the
plain alternative is a query for each part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar, get_args, get_type_hints
from uuid import UUID

from crm.postgres.prepared import Prepared

RowT = TypeVar("RowT", covariant=True)
Values = tuple[object, ...]
Read = Callable[[Values], RowT]

SQL_TYPES: dict[object, str] = {
    UUID: "uuid", str: "text", int: "int", bool: "boolean", datetime: "timestamptz", list[str]: "text[]",
}  # fmt: skip


class Column(NamedTuple):
    """A shared column: the nth of its SQL type."""

    kind: str
    number: int

    @property
    def name(self) -> str:
        return f"{self.kind.replace('[]', 's')}_{self.number}"


class Part(Generic[RowT]):
    """A SELECT whose rows become objects of one class; its last field may be a named tuple itself."""

    def __init__(
        self, name: str, row: Callable[..., RowT], source: str, /, *, root: str = "NULL", **sql: str | Mapping[str, str]
    ) -> None:
        """source: the SQL from FROM on. root: the lead a row belongs to; as NULL it belongs to all leads asked about.

        sql: what gives each field of the class; of a nested tuple, each of its fields.
        Raises TypeError unless these are the fields of the class.
        """
        self.name, self.row, self.source, self.root = name, row, source, root
        fields = flat(row, sql)
        self.columns = dict(zip(fields, number(kinds_of(row)), strict=True))
        self.sql = {column: fields[field] for field, column in self.columns.items()}

    def select(self, shared: Sequence[Column]) -> str:
        """The SELECT over the shared columns, NULL for those that this part has no use for."""
        listed = (f"({self.sql.get(column, 'NULL')})::{column.kind} AS {column.name}" for column in shared)
        return f"SELECT '{self.name}' AS part, ({self.root})::uuid AS root, {', '.join(listed)} {self.source}"

    def reader(self, shared: Sequence[Column]) -> Read[RowT]:
        """What makes an object of a row of the statement, whose first values are the part and the root."""
        return reader(self.row, [2 + shared.index(column) for column in self.columns.values()])


class Union(Generic[RowT]):
    """These parts as one prepared statement; `base` is the WITH before them."""

    def __init__(self, base: str, parts: Sequence[Part[RowT]]) -> None:
        self.shared = sorted({column for part in parts for column in part.sql})
        self.statement = Prepared(base + " UNION ALL ".join(part.select(self.shared) for part in parts))
        self.readers = {part.name: part.reader(self.shared) for part in parts}

    def rows(self, params: Mapping[str, object]) -> Iterator[tuple[UUID | None, RowT]]:
        """Each row with the lead it belongs to; None where it belongs to all leads asked about."""
        readers = self.readers
        return ((values[1], readers[values[0]](values)) for values in self.statement.rows(params))


def kinds_of(row: Callable[..., object]) -> list[str]:
    """The SQL type of each field, those of a nested tuple in its place."""
    kinds = []
    for hint in get_type_hints(row).values():
        kinds += kinds_of(hint) if is_nested(hint) else [SQL_TYPES[without_none(hint)]]
    return kinds


def is_nested(hint: object) -> bool:
    return hasattr(hint, "_fields")


def without_none(hint: object) -> object:
    """What a field holds where it holds anything: str for `str | None`."""
    kinds = [kind for kind in get_args(hint) if kind is not type(None)]
    return kinds[0] if type(None) in get_args(hint) else hint


def flat(row: Callable[..., object], sql: Mapping[str, str | Mapping[str, str]]) -> dict[str, str]:
    """The SQL of each field in the order of the class; those of a nested tuple are "contact.id", "contact.method" …"""
    hints = get_type_hints(row)
    if hints.keys() != sql.keys():
        raise TypeError(f"{row} has the fields {sorted(hints)}, given are {sorted(sql)}.")
    fields: dict[str, str] = {}
    for field, hint in hints.items():
        own = sql[field]
        if isinstance(own, str):
            fields[field] = own
        else:
            fields |= {f"{field}.{inner}": text for inner, text in flat(hint, own).items()}
    return fields


def number(kinds: Sequence[str]) -> Iterator[Column]:
    """The first text becomes text 1, the second text 2."""
    count: Counter[str] = Counter()
    for kind in kinds:
        count[kind] += 1
        yield Column(kind, count[kind])


def reader(row: Callable[..., RowT], places: Sequence[int]) -> Read[RowT]:
    """What makes an object of the values at these places."""
    hints = list(get_type_hints(row).values())
    own = [hint for hint in hints if not is_nested(hint)]
    take = taker(places[: len(own)])
    if len(own) == len(hints):
        return lambda values: row(*take(values))
    inner = reader(hints[-1], places[len(own) :])
    return lambda values: row(*take(values), inner(values))


def taker(places: Sequence[int]) -> Callable[[Values], Values]:
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))
