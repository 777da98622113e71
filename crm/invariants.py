"""What must hold at any moment. Each app states its part in `invariants.py`; `check_invariants` asks all.

An invariant is a function that returns one SELECT of its offenders as (company_id, id).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.utils.module_loading import autodiscover_modules

# A function that returns the SELECT of the offenders, alone or with its parameters.
Statement = TypeVar("Statement", bound=Callable[[], str | tuple[str, Mapping[str, Any]]])

SHOWN = 5
NO_LIMIT = 2**31 - 1

# The offenders of a select, of one company or of all. What belongs to no company is always among them.
FOUND = """
WITH offender AS MATERIALIZED (
    SELECT DISTINCT found.id::text AS id
    FROM ({select}) AS found(company_id, id)
    WHERE %(company)s::uuid IS NULL OR found.company_id IS NULL OR found.company_id = %(company)s::uuid
)
SELECT (SELECT count(*) FROM offender), ARRAY(SELECT id FROM offender ORDER BY id LIMIT %(shown)s)
"""


@dataclass(frozen=True)
class Invariant:
    """One sentence that must be true, by the number it has among the promises."""

    number: int
    sentence: str
    select: Callable[[], tuple[str, Mapping[str, Any]]]
    repairable: bool = False
    # Puts right what drifted, of one company or of all, and returns how much that was.
    repair: Callable[[UUID | None], int] | None = None


@dataclass(frozen=True)
class Offenders:
    count: int
    ids: list[str]


registered: list[Invariant] = []


def invariant(
    number: int, sentence: str, *, repairable: bool = False, repair: Callable[[UUID | None], int] | None = None
) -> Callable[[Statement], Statement]:
    """Register a function returning the SELECT of the offenders, alone or with its parameters.

    repairable: the offenders are leads whose summary drifted; rebuilding it repairs them.
    repair: what `--fix` calls instead, for anything else that is derived.
    """

    def register(function: Statement) -> Statement:
        def select() -> tuple[str, Mapping[str, Any]]:
            statement = function()
            return (statement, {}) if isinstance(statement, str) else statement

        registered.append(Invariant(number, sentence, select, repairable, repair))
        return function

    return register


def all_invariants() -> list[Invariant]:
    """Every app's invariants in the order of their numbers."""
    autodiscover_modules("invariants")
    return sorted(registered, key=lambda known: known.number)


def find_offenders(known: Invariant, *, company_id: UUID | None, shown: int = SHOWN) -> Offenders:
    """How many rows break this invariant, and the first few. One snapshot, so load does not matter."""
    select, parameters = known.select()
    with transaction.atomic(), connection.cursor() as cursor:
        # A recount of years of history takes longer than any page may.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(FOUND.format(select=select), {**parameters, "company": company_id, "shown": shown})
        return Offenders(*cursor.fetchone())
