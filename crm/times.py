"""Times in words, always in the company's time zone. static/js/times.js says the same words in the browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from django.core.exceptions import ValidationError
from django.utils import timezone

MINUTE, HOUR, DAY = 60, 3_600, 86_400
LONGEST_IN_DAYS = 13
LONGEST_IN_WEEKS = 8

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# A reported time may run this far ahead of our clock; it is recorded as now.
CLOCK_GRACE = timedelta(minutes=5)


def clean_moment(at: datetime, now: datetime) -> datetime:
    """Return a reported time in UTC, not after now. Raises ValidationError unless 2000 <= time <= now + 5 min."""
    try:
        moment = at.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise ValidationError("This is not a date we can store.", code="out_of_range") from error
    if moment < EARLIEST:
        raise ValidationError("Dates before the year 2000 are not recorded.", code="too_early")
    if moment > now + CLOCK_GRACE:
        raise ValidationError("This is in the future. Log a contact once it has happened.", code="in_the_future")
    return min(moment, now)


def ago(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """ "just now", "38 min ago", "17 h ago", "yesterday", "9 days ago", "3 weeks ago", then the date."""
    seconds = (now - at).total_seconds()
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min ago"
    if seconds < DAY:
        return f"{int(seconds // HOUR)} h ago"
    days = days_between(at, now, zone)
    if days <= 1:
        return "yesterday"
    if days <= LONGEST_IN_DAYS:
        return f"{days} days ago"
    if days // 7 <= LONGEST_IN_WEEKS:
        return f"{days // 7} weeks ago"
    return date_words(at, now, zone)


def days_between(at: datetime, now: datetime, zone: tzinfo | None = None) -> int:
    """Calendar days from one moment to the other, as the zone's calendar counts them."""
    zone = zone or timezone.get_current_timezone()
    return (shown(now, zone).date() - shown(at, zone).date()).days


def shown(at: datetime, zone: tzinfo | None) -> datetime:
    """The moment as the zone's clocks show it."""
    return at.astimezone(zone or timezone.get_current_timezone())


def date_words(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """ "5 Nov", with the year when it is another."""
    zone = zone or timezone.get_current_timezone()
    local, today = shown(at, zone), shown(now, zone)
    return f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"


def clock(at: datetime, zone: tzinfo | None = None) -> str:
    return f"{shown(at, zone):%H:%M}"


def day_title(at: datetime, now: datetime, zone: tzinfo | None = None) -> tuple[str, str]:
    """The heading of a day: ("Yesterday", "Wednesday 11 November") or ("Tuesday", "3 November")."""
    zone = zone or timezone.get_current_timezone()
    local = shown(at, zone)
    days = days_between(at, now, zone)
    year = "" if local.year == shown(now, zone).year else f" {local.year}"
    if days in (0, 1):
        return ("Today", "Yesterday")[days], f"{local:%A} {local.day} {local:%B}{year}"
    return f"{local:%A}", f"{local.day} {local:%B}{year}"


def exact(at: datetime, zone: tzinfo | None = None) -> str:
    """ "Thursday 12 November 2026 at 09:12, Europe/Berlin"."""
    zone = zone or timezone.get_current_timezone()
    local = shown(at, zone)
    return f"{local:%A} {local.day} {local:%B %Y} at {local:%H:%M}, {zone}"


def when(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """ "today at 09:12", "yesterday at 14:00", "on Tue 3 Nov at 11:05"."""
    zone = zone or timezone.get_current_timezone()
    days = days_between(at, now, zone)
    if days in (0, 1):
        return f"{('today', 'yesterday')[days]} at {clock(at, zone)}"
    local = shown(at, zone)
    return f"on {local:%a} {date_words(at, now, zone)} at {clock(at, zone)}"


def stamp(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """ "Wed 11 Nov 14:00"."""
    zone = zone or timezone.get_current_timezone()
    return f"{shown(at, zone):%a} {date_words(at, now, zone)} {clock(at, zone)}"


def lasting_date(at: datetime, zone: tzinfo) -> str:
    """ "12 Nov 2026": right whenever it is read."""
    local = shown(at, zone)
    return f"{local.day} {local:%b %Y}"


def lasting(at: datetime, zone: tzinfo) -> str:
    """ "12 Nov 2026 at 10:00": right whenever it is read."""
    return f"{lasting_date(at, zone)} at {clock(at, zone)}"


def from_when(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """When something is allowed again: "Thu 14:00", with the date beyond six days."""
    zone = zone or timezone.get_current_timezone()
    if days_between(now, at, zone) > 6:
        return stamp(at, now, zone)
    return f"{shown(at, zone):%a} {clock(at, zone)}"


def coming(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """The day of something ahead: "today 14:00", "tomorrow 09:00", "Fri 4 Dec 14:00"."""
    days = days_between(now, at, zone)
    return f"{('today', 'tomorrow')[days]} {clock(at, zone)}" if days in (0, 1) else stamp(at, now, zone)


def span(length: timedelta, *, parts: int = 2) -> str:
    """A length in words of at most so many parts: "3 h 36 min", "2 days", "less than a minute"."""
    seconds = max(int(length.total_seconds()), 0)
    days, hours, minutes = seconds // DAY, seconds % DAY // HOUR, seconds % HOUR // MINUTE
    words = [f"{days} day{'s' if days != 1 else ''}"] if days else []
    words += [f"{hours} h"] if hours else []
    words += [f"{minutes} min"] if minutes and not days else []
    return " ".join(words[:parts]) or "less than a minute"


def short_ago(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """As `ago` counts, for narrow places: "now", "38 min", "17 h", "1 d" for yesterday, "9 d"."""
    seconds = (now - at).total_seconds()
    if seconds < MINUTE:
        return "now"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min"
    if seconds < DAY:
        return f"{int(seconds // HOUR)} h"
    return f"{max(days_between(at, now, zone), 1)} d"
