"""Days as a company counts them: a test holds at any hour, whatever day the machine's own zone has."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from crm.models import Company


def noon(company: Company, *, days_ago: int) -> datetime:
    """Twelve o'clock of that day in the company's zone."""
    now = timezone.now().astimezone(ZoneInfo(company.time_zone))
    return now.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)


def day_words(at: datetime, company: Company, *, seen: datetime) -> str:
    """What is said at `seen` of a day that was yesterday then or, soon after midnight, the day before."""
    zone = ZoneInfo(company.time_zone)
    days = (seen.astimezone(zone).date() - at.astimezone(zone).date()).days
    return {1: "yesterday", 2: "2 days ago"}[days]
