"""Taking back what was just done to a reminder. What has changed since stays: each raises ChangedSince then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from crm.models import User
from crm.pages.undo import ChangedSince
from crm.postgres.clock import DatabaseClock
from outreach.followups.reminders import get_reminder
from outreach.models import ContactAttempt, Reminder


def pending_due_at(*, user: User, lead_id: UUID, method: str) -> datetime | None:
    """When the user's reminder of this lead and method is due, if there is one that is not done."""
    pending = Reminder.objects.pending_of(user).filter(lead_id=lead_id, method=method)
    return pending.values_list("due_at", flat=True).first()


def undo_reminder(*, reminder_id: UUID, user: User, due_at: datetime, before: datetime | None) -> Reminder:
    """Put a reminder that was just set or moved back to the time before, or end it if there was none before.

    Raises Reminder.DoesNotExist for another rep's, ChangedSince for one that has been moved again or is done.
    """
    reminder = get_reminder(reminder_id, user)
    pending = Reminder.objects.filter(pk=reminder.pk, done_at__isnull=True, due_at=due_at)
    if not (pending.update(due_at=before) if before else pending.update(done_at=DatabaseClock())):
        raise ChangedSince("The reminder has changed since")
    return reminder


def reopen_reminder(*, reminder_id: UUID, user: User, done_at: datetime | None) -> Reminder:
    """The reminder that was just done is not done after all.

    Raises Reminder.DoesNotExist for another rep's, ChangedSince if another one has been set since.
    """
    reminder = get_reminder(reminder_id, user)
    if not reopen(Reminder.objects.filter(pk=reminder.pk, done_at=done_at)):
        raise ChangedSince("Another reminder has been set since")
    return reminder


def reopen_after_contact(attempt: ContactAttempt, user: User, records: Iterable[UUID]) -> None:
    """The contact that settled these reminders is undone."""
    settled = Reminder.objects.filter(user=user, method=attempt.method, done_at=attempt.created_at)
    reopen(settled.filter(lead_id__in=list(records)))


def reopen(done: QuerySet[Reminder]) -> int:
    """Reopen those that have not been set anew meanwhile; returns how many."""
    same = {name: OuterRef(name) for name in ("user", "lead", "method")}
    return done.exclude(Exists(Reminder.objects.filter(**same, done_at__isnull=True))).update(done_at=None)
