"""What a rep can do after a refusal: be reminded when the contact is allowed, or ask the colleague."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from crm.models import Company, User
from crm.models.ids import new_id
from crm.models.tenancy import TenantQuerySet
from crm.text import CleanCharField
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.models.attempts import ContactAttempt

NOTE_MAX = 1_000


class ReminderQuerySet(TenantQuerySet["Reminder"]):
    def pending_of(self, user: User) -> Self:
        """The rep's own reminders that are not done, of leads that are still there."""
        return self.visible_to(user).filter(user=user, done_at__isnull=True, lead__deleted_at__isnull=True)


class Reminder(models.Model):
    """A rep wants to contact this person once it is allowed. It shows up in the rep's list at that time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="reminders", db_constraint=False)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="reminders", db_constraint=False, db_index=False
    )
    method = models.CharField(max_length=10, choices=ContactMethod)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    done_at = models.DateTimeField(null=True, editable=False)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(method__in=ContactMethod.values), name="reminder_method_known"),
            # Setting it again moves the one there is.
            models.UniqueConstraint(
                fields=["user", "lead", "method"], condition=Q(done_at__isnull=True), name="reminder_once"
            ),
        ]
        indexes = [
            # What is due for a rep.
            models.Index(fields=["user", "due_at"], condition=Q(done_at__isnull=True), name="reminder_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_method_display()} from {self.due_at:%Y-%m-%d %H:%M}"


class ColleagueNoteQuerySet(TenantQuerySet["ColleagueNote"]):
    def of(self, user: User) -> Self:
        """What this rep received or sent."""
        return self.visible_to(user).filter(Q(recipient=user) | Q(user=user))

    def questions(self) -> Self:
        return self.filter(in_reply_to__isnull=True)

    def unread_by(self, user: User) -> Self:
        return self.filter(recipient=user, read_at__isnull=True)


class ColleagueNote(models.Model):
    """A question from one rep to another about a lead, and its answer, which is another note."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="notes_between", db_constraint=False)
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False
    )
    user_name = models.CharField(max_length=301)
    recipient = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False
    )
    recipient_name = models.CharField(max_length=301)
    text = CleanCharField(max_length=NOTE_MAX)
    # The contact it is about, if it is about one.
    attempt = models.ForeignKey(
        ContactAttempt, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    in_reply_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="answers", db_constraint=False, db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)

    objects = ColleagueNoteQuerySet.as_manager()

    class Meta:
        constraints = [
            # What the composite foreign key of answers points at.
            models.UniqueConstraint(fields=["company", "id"], name="note_company_id"),
        ]
        indexes = [
            # What a rep has not read yet.
            models.Index(F("recipient"), F("created_at").desc(), condition=Q(read_at__isnull=True), name="note_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.user_name} to {self.recipient_name}: {self.text[:40]}"
