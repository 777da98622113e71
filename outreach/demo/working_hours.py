"""Moments in a company's working hours, counted back from now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

OPENS = time(8, 30)
CLOSES = time(18, 30)
FRIDAY = 4


@dataclass(frozen=True)
class WorkingHours:
    """The working hours of one company, as seen from `now`."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def at(self, days_ago: int, hour: int, minute: int = 0) -> datetime:
        """A clock time so many days ago, whatever the weekday: the plot says "two days ago" and means it."""
        return self.moment(self.today - timedelta(days=days_ago), time(hour, minute))

    def weekend_to_friday(self, days_ago: int) -> int:
        weekday = (self.today - timedelta(days=days_ago)).weekday()
        return days_ago + max(weekday - FRIDAY, 0)

    def worked_ago(self, minutes: int) -> datetime:
        """The moment since which so many minutes were worked; up to 600 are within the last 24 hours."""
        day, left = self.today, timedelta(minutes=minutes)
        end = min(self.now, self.moment(day, CLOSES))
        while True:
            worked = end - self.moment(day, OPENS)
            if worked > left:
                return end - left
            left -= max(worked, timedelta(0))
            day = self.day_before(day)
            end = self.moment(day, CLOSES)

    def day_before(self, day: date) -> date:
        """The working day before this one. Yesterday always is one, so that Mondays have fresh contacts."""
        before = day - timedelta(days=1)
        while before.weekday() > FRIDAY and before != self.today - timedelta(days=1):
            before -= timedelta(days=1)
        return before

    def settle(self, at: datetime, rng: Random) -> datetime:
        """This moment when somebody works then, otherwise soon after the next opening."""
        local = at.astimezone(self.zone)
        if local.weekday() <= FRIDAY and OPENS <= local.time() < CLOSES:
            return at
        day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
        while day.weekday() > FRIDAY:
            day += timedelta(days=1)
        return self.moment(day, OPENS) + timedelta(seconds=rng.randint(60, 9_000))

    def that_day(self, at: datetime, rng: Random) -> datetime:
        """Some working moment of that day; for a weekend, one of the week after it."""
        day = at.astimezone(self.zone).date()
        if day.weekday() > FRIDAY:
            day += timedelta(days=7 - day.weekday() + rng.randint(0, FRIDAY))
        return self.moment(day, OPENS) + timedelta(seconds=rng.randint(0, 35_900))

    def moment(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)
