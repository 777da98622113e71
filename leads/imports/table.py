"""A CSV file as rows, whatever its encoding and separator."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SEPARATORS = ",;\t"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class CannotImport(Exception):
    """Why a file cannot be imported at all, in words for the person who started it."""


class Unfit(Exception):
    """Why one row or cell cannot be taken."""


@dataclass(frozen=True)
class TableRow:
    """One row; its number is the one a spreadsheet shows, the header being row 1."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def read_table(path: Path, required: Sequence[str]) -> list[TableRow]:
    """The rows of a CSV file, blank ones left out.

    Raises CannotImport when it is no CSV file, lacks a required column, has no rows, or has rows cut short.
    """
    records = parse(decode(read_bytes(path), path), path)
    header = read_header(records)
    check_header(header, required, path)
    numbered = [(number, cells) for number, cells in enumerate(records[1:], start=2) if any(map(str.strip, cells))]
    if not numbered:
        raise CannotImport(f"{path.name} has a header but no rows.")
    check_shape(header, numbered, path)
    return [TableRow(number, dict(zip(header, map(str.strip, cells), strict=False))) for number, cells in numbered]


def read_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CannotImport(f"{path.name} cannot be read: {error.strerror}.") from error
    if not data.strip():
        raise CannotImport(f"{path.name} is empty.")
    return data


def decode(data: bytes, path: Path) -> str:
    """The text of UTF-8 with or without a byte order mark, UTF-16 with one, or else cp1252."""
    encodings = ["utf-16"] if data.startswith(UTF_16) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise CannotImport(f"{path.name} is not a CSV file.")


def parse(text: str, path: Path) -> list[list[str]]:
    first_line = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(SEPARATORS, key=first_line.count)
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            records.append(record)
    except csv.Error as error:
        raise CannotImport(f"{path.name} is not a CSV file after row {len(records)}: {error}.") from error
    return records


def read_header(records: list[list[str]]) -> list[str]:
    header = [name.strip() for name in records[0]] if records else []
    while header and not header[-1]:
        header.pop()
    return header


def check_header(header: list[str], required: Sequence[str], path: Path) -> None:
    missing = [column for column in required if column not in header]
    if missing:
        first_row = ", ".join(name for name in header[:20] if name.isprintable()) or "nothing"
        raise CannotImport(f"{path.name} lacks {column_names(missing)}. Its first row has: {first_row[:500]}.")
    repeated = [column for column in dict.fromkeys(header) if column in required and header.count(column) > 1]
    if repeated:
        raise CannotImport(f"{path.name} has {column_names(repeated)} more than once.")


def column_names(columns: list[str]) -> str:
    quoted = ", ".join(f"“{column}”" for column in columns)
    return f"the column {quoted}" if len(columns) == 1 else f"the columns {quoted}"


def check_shape(header: list[str], numbered: list[tuple[int, list[str]]], path: Path) -> None:
    """Raise CannotImport for rows with another number of cells: their values are under the wrong columns."""
    damaged = [number for number, cells in numbered if len(cells) < len(header) or any(cells[len(header) :])]
    if damaged:
        raise CannotImport(
            f"{path.name} is damaged: {row_numbers(damaged)} without the {len(header)} cells of the header."
        )


def row_numbers(numbers: Sequence[int], show: int = 10) -> str:
    """ "row 7", "rows 7, 9", "rows 1, 2, … and 30 more"."""
    shown = ", ".join(map(str, numbers[:show]))
    more = f" and {len(numbers) - show:,} more" if len(numbers) > show else ""
    return f"{'row' if len(numbers) == 1 else 'rows'} {shown}{more}"
