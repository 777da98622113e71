"""Template filters for times in words."""

from datetime import datetime

from django import template
from django.utils import timezone

from crm import times

register = template.Library()


@register.filter
def ago(at: datetime) -> str:
    return times.ago(at, timezone.now())


@register.filter
def exact(at: datetime) -> str:
    return times.exact(at)


@register.filter
def clock(at: datetime) -> str:
    return times.clock(at)


@register.filter
def when(at: datetime) -> str:
    return times.when(at, timezone.now())


@register.filter
def on_day(at: datetime) -> str:
    """ "on 2 Nov", and today and yesterday by name."""
    now = timezone.now()
    return {0: "today", 1: "yesterday"}.get(times.days_between(at, now)) or f"on {times.date_words(at, now)}"
