"""How one CRM writes its exports, read from the TOML file of its name."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils import timezone

from leads.imports.table import Unfit

FOLDER = Path(__file__).parent
EARLIEST_YEAR = 2000
GRACE = timedelta(minutes=5)


@dataclass(frozen=True)
class Source:
    """The columns and words of one CRM. The tables mirror the sections of its TOML file."""

    name: str
    dates: list[str]
    optional: list[str]
    users: dict[str, str]
    leads: dict
    calls: dict

    def moment(self, text: str, zone: ZoneInfo) -> datetime:
        """The aware time a cell tells. Raises Unfit unless it is one between 2000 and now."""
        for pattern in self.dates:
            try:
                moment = datetime.strptime(text, pattern).replace(tzinfo=zone)
            except ValueError:
                continue
            if moment.year < EARLIEST_YEAR or moment > timezone.now() + GRACE:
                raise Unfit("is not between 2000 and now")
            return moment
        raise Unfit("is not a time of a known format")

    def required(self, section: dict) -> list[str]:
        """The columns a section cannot be read without."""
        return [column for column in columns(section) if column not in self.optional]


def columns(section: dict) -> list[str]:
    """Every column a section names; the tables of words (statuses, directions) name none."""
    found = [value for name, value in section.items() if isinstance(value, str) and name != "key"]
    for name in ("fields", "identifiers", "metadata"):
        for value in section.get(name, {}).values():
            found += [value] if isinstance(value, str) else list(value.values() if isinstance(value, dict) else value)
    return found


def source_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_source(name: str) -> Source:
    return Source(**tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")))
