"""What an import did, and the numbers of the rows it could not take or not wholly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from leads.imports.table import TableRow, Unfit, row_numbers


class HasExternalId(Protocol):
    """What one row says, with the id it has in the tool it comes from."""

    @property
    def external_id(self) -> str: ...


RowT = TypeVar("RowT", bound=HasExternalId)


@dataclass
class ImportReport:
    """Counts, and rows by reason: those skipped, and those taken with something left out."""

    noun: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    users: int = 0
    flagged: int = 0
    skipped: dict[str, list[int]] = field(default_factory=dict)
    remarks: dict[str, list[int]] = field(default_factory=dict)

    def skip(self, number: int, reason: str) -> None:
        self.skipped.setdefault(reason, []).append(number)

    def remark(self, number: int, remark: str) -> None:
        self.remarks.setdefault(remark, []).append(number)

    @property
    def skipped_count(self) -> int:
        return sum(map(len, self.skipped.values()))

    @property
    def has_taken_something(self) -> bool:
        return bool(self.created or self.updated or self.unchanged)

    def __str__(self) -> str:
        first = (
            f"{self.noun}: {self.created:,} created, {self.updated:,} updated, {self.unchanged:,} unchanged, "
            f"{self.skipped_count:,} skipped."
        )
        lines = [first]
        if self.users:
            lines.append(f"Users created: {self.users:,}. They have no password until one is set for them.")
        if self.flagged:
            lines.append(f"Flagged as collisions, for a manager to review: {self.flagged:,}.")
        return "\n".join([*lines, *reason_lines("Skipped", self.skipped), *reason_lines("Imported, but", self.remarks)])


def reason_lines(label: str, reasons: dict[str, list[int]]) -> list[str]:
    return [
        f"  {label}: {reason}: {len(numbers):,} ({row_numbers(sorted(numbers))})"
        for reason, numbers in sorted(reasons.items(), key=lambda item: -len(item[1]))
    ]


def read_rows(
    table: Iterable[TableRow], read_row: Callable[[TableRow], RowT], id_column: str, report: ImportReport
) -> list[RowT]:
    """What the rows say, in their order. One that is unfit or repeats an earlier row's id is skipped in the report."""
    rows: dict[str, RowT] = {}
    for table_row in table:
        try:
            row = read_row(table_row)
        except Unfit as error:
            report.skip(table_row.number, str(error))
            continue
        if row.external_id in rows:
            report.skip(table_row.number, f"{id_column} is that of an earlier row")
        else:
            rows[row.external_id] = row
    return list(rows.values())
