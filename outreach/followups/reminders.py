"""Reminders: whoever was refused contacts this person once it is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Window

from crm.models import User
from crm.models.ids import new_id
from crm.models.tenancy import company_of
from crm.postgres.clock import DatabaseClock
from crm.postgres.compiled import Compiled
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.guard import Answer, review_all
from outreach.models import ContactAttempt, Reminder

if TYPE_CHECKING:

    class LeadAtRead(Lead):
        """A lead with the database clock."""

        read_at: datetime

    class ReadReminder(Reminder):
        """A reminder as `first_pending` reads it."""

        read_at: datetime
        count: int
        due_count: int
else:
    ReadReminder = Reminder


FURTHEST = timedelta(days=400)
# Nobody works through more at once; the others follow when these are done.
MOST_SHOWN = 50

# Setting a reminder again moves it, also when both presses of a double click arrive at once.
SET = """
INSERT INTO outreach_reminder (id, company_id, lead_id, user_id, method, due_at, created_at)
VALUES (%(id)s, %(company)s, %(lead)s, %(user)s, %(method)s, %(due_at)s, clock_timestamp())
ON CONFLICT (user_id, lead_id, method) WHERE done_at IS NULL DO UPDATE SET due_at = EXCLUDED.due_at
RETURNING *
"""


def remind(*, lead_id: UUID, user: User, method: str, due_at: datetime) -> Reminder:
    """Remind the user at this time to contact the lead by this method; a reminder that is there already moves.

    Raises Lead.DoesNotExist for a lead the user may not see, ValidationError naming the field.
    """
    leads = Lead.objects.visible_to(user).annotate(read_at=DatabaseClock())
    lead = cast("LeadAtRead", leads.get(pk=lead_id))
    if method not in ContactMethod.values:
        raise ValidationError({"method": f"Choose one of: {', '.join(ContactMethod.values)}."})
    require_due_ahead(due_at, lead.read_at)
    parameters = {"id": new_id(), "company": lead.company_id, "lead": lead.id, "user": user.id}
    (reminder,) = Reminder.objects.raw(SET, {**parameters, "method": method, "due_at": due_at})
    reminder.lead = lead
    return reminder


def require_due_ahead(due_at: datetime, now: datetime) -> None:
    """Raise ValidationError for a time that has passed, or is too far ahead."""
    if due_at <= now:
        raise ValidationError({"due_at": "This time has passed. Ask again: it may be allowed now."})
    if due_at > now + FURTHEST:
        raise ValidationError({"due_at": f"A reminder lies at most {FURTHEST.days} days ahead."})


def settle_reminder(*, reminder_id: UUID, user: User) -> Reminder:
    """Mark the reminder as done. Raises Reminder.DoesNotExist for another rep's; settling twice changes nothing."""
    reminder = get_reminder(reminder_id, user)
    Reminder.objects.filter(pk=reminder.pk, done_at__isnull=True).update(done_at=DatabaseClock())
    reminder.refresh_from_db(fields=["done_at"])
    return reminder


@transaction.atomic
def snooze_reminder(*, reminder_id: UUID, user: User) -> Reminder:
    """Move the reminder to when the guard allows the contact, or to tomorrow at the same time if it is allowed now.

    Raises Reminder.DoesNotExist for another rep's. One that is done stays done.
    """
    reminder = get_reminder(reminder_id, user)
    if reminder.done_at is None:
        reminder.due_at = next_time(reminder, user)
        Reminder.objects.filter(pk=reminder.pk, done_at__isnull=True).update(due_at=reminder.due_at)
    return reminder


def next_time(reminder: Reminder, user: User) -> datetime:
    (review,) = review_all([reminder.lead], user)
    verdict = review.verdicts[reminder.method]
    if verdict.answer == Answer.BLOCK and verdict.allowed_from:
        return verdict.allowed_from
    return tomorrow(reminder.due_at, verdict.now, ZoneInfo(company_of(user).time_zone))


def tomorrow(due_at: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """Tomorrow at the clock time it was due, as the company's clocks show it."""
    day = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, due_at.astimezone(zone).time(), tzinfo=zone)


def get_reminder(reminder_id: UUID, user: User) -> Reminder:
    reminders = Reminder.objects.visible_to(user).filter(user=user, lead__deleted_at__isnull=True)
    return reminders.select_related("lead__do_not_contact_by").get(pk=reminder_id)


def settle_by_contact(attempt: ContactAttempt, user: User, records: Iterable[UUID]) -> None:
    """The rep has contacted this person by this method, on any of its records: their reminder of it is done."""
    pending = Reminder.objects.filter(user=user, method=attempt.method, done_at__isnull=True)
    pending.filter(lead_id__in=list(records)).update(done_at=attempt.created_at)


@dataclass(frozen=True)
class PendingReminders:
    """A rep's reminders that are not done, the earliest first, and how many there are of each kind."""

    due: list[ReadReminder]
    coming: list[ReadReminder]
    due_count: int
    coming_count: int

    @property
    def next_at(self) -> datetime | None:
        """When one becomes due; None if none does, or so many are that it could not be shown."""
        return self.coming[0].due_at if self.coming else None

    @property
    def more_due(self) -> int:
        return self.due_count - len(self.due)

    @property
    def more_coming(self) -> int:
        return self.coming_count - len(self.coming)

    @property
    def count_words(self) -> str:
        """ "1 due, 2 coming"."""
        counts = {"due": self.due_count, "coming": self.coming_count}
        return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "0"


NONE_PENDING = PendingReminders([], [], 0, 0)


def pending_reminders(user: User) -> PendingReminders:
    """The user's reminders, the earliest MOST_SHOWN of them. One query."""
    reminders: list[ReadReminder] = PENDING(user_id=user.id, company_id=user.company_id)
    due = [reminder for reminder in reminders if reminder.due_at <= reminder.read_at]
    due_count, count = (reminders[0].due_count, reminders[0].count) if reminders else (0, 0)
    return PendingReminders(due[:MOST_SHOWN], reminders[len(due) :], due_count, count - due_count)


def first_pending(*, user_id: UUID, company_id: UUID) -> QuerySet[Reminder]:
    pending = Reminder.objects.pending_of(User(id=user_id, company_id=company_id)).order_by("due_at", "id")
    counted = pending.annotate(
        read_at=DatabaseClock(),
        count=Window(Count("pk")),
        due_count=Window(Count("pk", filter=Q(due_at__lte=DatabaseClock()))),
    )
    return counted.select_related("lead__do_not_contact_by")[: MOST_SHOWN + 1]


PENDING = Compiled(first_pending, "user_id", "company_id")
