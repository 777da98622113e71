"""The parts of the list that reps open every day, each under a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, Q
from django.db.models.functions import Now

from crm.models import User
from outreach.models import Reminder


@dataclass(frozen=True)
class NamedView:
    """A part of the list that reps open every day, shown as a pill with its count."""

    label: str
    condition: Callable[[User], Q]  # which leads, for this user
    empty: str  # what the page says when there are none


def untouched(days: int) -> Q:
    """Leads that nobody contacted in so many days, or ever."""
    edge = Now() - timedelta(days=days)
    return Q(last_contacted_at__lt=edge) | Q(last_contacted_at__isnull=True)


WAITING = Q(contact_count__gt=0) & (Q(last_response_at__isnull=True) | Q(last_response_at__lt=F("last_contacted_at")))


def with_reminder(user: User) -> Q:
    """Due or coming."""
    return Q(pk__in=Reminder.objects.pending_of(user).values("lead_id"))


VIEWS = {
    "reminders": NamedView(
        "Reminders",
        with_reminder,
        "You have no reminders. Where a contact is refused, the dialog offers one.",
    ),
    "mine": NamedView("Mine", lambda user: Q(owner_id=user.id), "No lead is yours. A lead’s page names its owner."),
    "waiting": NamedView("No reply yet", lambda user: WAITING, "Everybody we contacted has replied."),
    "untouched": NamedView(
        "Not contacted in 30 days", lambda user: untouched(30), "Every lead was contacted in the last 30 days."
    ),
    "new": NamedView("Never contacted", lambda user: Q(contact_count=0), "Every lead has been contacted."),
}
