"""Where a page of a list by time ended, as the next one's address says it: a moment and an id."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, datetime
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone


class End(NamedTuple):
    """The last row of a page: the next page starts after it."""

    at: datetime
    id: UUID


def read_end(text: str | None) -> End | None:
    """The end an address names; None for the first page, also when it names none."""
    try:
        at, pk = (text or "").split("_")
        moment = datetime.fromisoformat(at)
        # The first and last days of the calendar have no counterpart in other zones.
        is_possible = timezone.is_aware(moment) and MINYEAR < moment.year < MAXYEAR
        return End(moment, UUID(pk)) if is_possible else None
    except (ValueError, OverflowError):
        return None


def write_end(at: datetime, id: UUID) -> str:
    return f"{at.isoformat()}_{id}"
