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
