"""What an import did, and the numbers of the rows it could not take or not wholly."""

from __future__ import annotations

from dataclasses import dataclass, field

from leads.imports.table import row_numbers


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
