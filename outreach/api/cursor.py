"""Where a page of contacts or decisions ends, as the API's callers hand it back: microseconds and an id."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from crm.api.problems import invalid_field

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"(\d{1,17})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII)
# Beyond everything that is stored.
FIRST = ("infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff")

Cursor = Annotated[
    str | None, Field(max_length=60, pattern="^[0-9a-f.-]+$", description="`next_cursor` of the page before.")
]


def read_cursor(text: str | None) -> tuple[str, str]:
    """The moment (ISO 8601) and id to go on after. Raises Problem for what is no cursor of ours."""
    if text is None:
        return FIRST
    match = CURSOR.fullmatch(text)
    if match is None:
        raise invalid_field("cursor", "Give next_cursor of the page before, or nothing.")
    return (EPOCH + timedelta(microseconds=int(match[1]))).isoformat(), match[2]


def write_cursor(at: datetime, id: UUID) -> str:
    """Where a page ends whose last row has this moment and id."""
    return f"{(at - EPOCH) // timedelta(microseconds=1)}.{id}"
