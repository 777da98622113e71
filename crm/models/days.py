"""Days of a company: each begins and ends by its own time zone, and lasts 23 to 25 hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def start(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day. A midnight that the clock skipped is the moment it was skipped at."""
    return datetime.combine(day, time.min, zone)


@dataclass(frozen=True)
class Span:
    """Days from first to last, both included, in a zone."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def since(self) -> datetime:
        return start(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """The first moment after it."""
        return start(self.last + timedelta(days=1), self.zone)

    @property
    def before(self) -> Span:
        """As many days, directly before."""
        return Span(self.first - timedelta(days=self.days), self.first - timedelta(days=1), self.zone)

    def each(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.days)]
