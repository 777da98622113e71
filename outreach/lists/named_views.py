"""The questions reps ask every day, each a view of the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, Q
from django.db.models.functions import Now

from crm.models import User
from outreach.models import Reminder


@dataclass(frozen=True)
class View:
    """A question reps ask every day, kept as a pill with its count."""

    label: str
    condition: object  # user -> Q

    def of(self, user: User) -> Q:
        return self.condition(user)


def untouched(days: int) -> Q:
    edge = Now() - timedelta(days=days)
    return Q(last_contacted_at__lt=edge) | Q(last_contacted_at__isnull=True)


WAITING = Q(contact_count__gt=0) & (Q(last_response_at__isnull=True) | Q(last_response_at__lt=F("last_contacted_at")))


def to_be_reminded_of(user: User) -> Q:
    return Q(pk__in=Reminder.objects.pending_of(user).due().values("lead_id"))


VIEWS = {
    "reminders": View("Reminders", to_be_reminded_of),
    "mine": View("Mine", lambda user: Q(owner_id=user.id)),
    "waiting": View("Waiting for a reply", lambda user: WAITING),
    "untouched": View("Untouched 30 days", lambda user: untouched(30)),
    "new": View("Never contacted", lambda user: Q(contact_count=0)),
}
