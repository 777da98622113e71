"""How one CRM writes its exports, read from the TOML file of its name."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from leads.imports.table import Unfit

FOLDER = Path(__file__).parent
# A table of the file: names of columns, and tables of names and words.
Section = dict[str, Any]
EARLIEST_YEAR = 2000
GRACE = timedelta(minutes=5)


@dataclass(frozen=True)
class Source:
    """The columns and words of one CRM. The tables mirror the sections of its TOML file."""

    name: str
    dates: list[str]
    optional: list[str]
    users: dict[str, str]
    leads: Section
    calls: Section

    def moment(self, text: str, zone: ZoneInfo) -> datetime:
        """The aware time of a cell's text. Raises Unfit unless it is one between 2000 and now."""
        for pattern in self.dates:
            try:
                moment = datetime.strptime(text, pattern).replace(tzinfo=zone)
            except ValueError:
                continue
            if moment.year < EARLIEST_YEAR or moment > timezone.now() + GRACE:
                raise Unfit("is not between 2000 and now")
            return moment
        raise Unfit("is not a time of a known format")

    def required(self, section: Section) -> list[str]:
        """The columns a section cannot be read without."""
        return [column for column in columns(section) if column not in self.optional]


def columns(section: Section) -> list[str]:
    """Every column a section names; the tables of words (statuses, directions) name none."""
    names = [value for name, value in section.items() if isinstance(value, str) and name != "key"]
    for name in ("fields", "identifiers", "metadata"):
        for value in section.get(name, {}).values():
            names += [value] if isinstance(value, str) else list(value.values() if isinstance(value, dict) else value)
    return names


def source_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_source(name: str) -> Source:
    return Source(**tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")))
