"""Compiled querysets: put into SQL once for each process, and prepared once for each connection.

Gain (November 2026, two busy cores, tests/crm/gains.py; processor time of Python and PostgreSQL together): without it
the lead page takes 1.9 times as long (60 ms instead of 33); a page with one such queryset, the profile, 1.05 times.
Plain alternative: `list(build(lead_id=…))`. settings.COMPILE_QUERYSETS = False takes it, in `Compiled.__call__`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from functools import cached_property
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from crm.postgres.prepared import run

PLACE = re.compile("%[s%]")


class Compiled:
    """`Compiled(build, "lead_id")(lead_id=…)` gives what `list(build(lead_id=…))` would, without building it anew.

    Django takes longer to put a wide queryset into SQL than PostgreSQL to answer it. The parameters are UUIDs, and
    only values: the statement has to be the same for all of them. None equals nothing, as in SQL, so that staff
    without a company find nothing.
    """

    def __init__(self, build: Callable[..., QuerySet[Any]], *names: str) -> None:
        self.build = build
        self.names = names

    def __call__(self, **values: UUID | None) -> list[Any]:
        if not settings.COMPILE_QUERYSETS:
            return list(self.build(**values))
        compiler = self.statement.compiler(values)
        queryset = self.statement.queryset.all()
        # The copy asks this compiler, and no other copy does.
        vars(queryset.query)["get_compiler"] = lambda *args, **kwargs: compiler
        return list(queryset)

    @cached_property
    def statement(self) -> Statement:
        """Made when first asked for: the models are not all there while modules are read."""
        return Statement(self.build, self.names)


class Statement:
    """What a queryset compiles to, and which of its values are the parameters."""

    def __init__(self, build: Callable[..., QuerySet[Any]], names: tuple[str, ...]) -> None:
        # Values of its own, by which the parameters are recognized among the values of the statement.
        marks = {name: uuid4() for name in names}
        self.names = {mark: name for name, mark in marks.items()}
        self.queryset = build(**marks)
        self.template = self.queryset.query.get_compiler(using=self.queryset.db)
        sql, self.values = self.template.as_sql()
        numbers = count(1)
        self.sql = PLACE.sub(lambda place: "%" if place[0] == "%%" else f"${next(numbers)}", sql)

    def compiler(self, values: dict[str, UUID | None]) -> SQLCompiler:
        """A copy of the template that runs the statement with these parameters, and makes the objects as usual."""
        parameters = [values[self.names[value]] if isinstance(value, UUID) else value for value in self.values]
        compiler: SQLCompiler = copy.copy(self.template)
        compiler.connection = connection
        vars(compiler)["execute_sql"] = lambda *args, **kwargs: [run(self.sql, parameters)]
        return compiler
