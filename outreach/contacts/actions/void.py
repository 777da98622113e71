"""Voiding a contact that was logged by mistake."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied

from crm.models import User
from leads.person.records import on_whole_person
from outreach.contacts.actions.whole_person import lock_attempt, others_with_page, raise_versions
from outreach.contacts.contact import clean_reason
from outreach.live import events
from outreach.models import ContactAttempt

VOID_FIELDS = ["voided_at", "voided_by", "voided_by_name", "void_reason", "changed_by"]


@on_whole_person
def void_contact(*, attempt_id: UUID, user: User, reason: str) -> ContactAttempt:
    """Void an attempt logged by mistake: it stays on the timeline and leaves summary, guard and analytics.

    Raises ContactAttempt.DoesNotExist for a foreign attempt, PermissionDenied unless the user is its author or a
    manager, ValidationError without a reason. Voiding twice changes nothing.
    """
    person, attempt = lock_attempt(attempt_id, user, voided_too=True)
    if not may_void(attempt, user):
        raise PermissionDenied("Only its author or a manager voids a contact.")
    if attempt.voided_at is None:
        set_void(attempt, user, clean_reason(reason), person.now)
        raise_versions(person, attempt.recorded_version)
        events.announce_changed(attempt.lead, attempt.recorded_version, also=others_with_page(person))
    return attempt


def may_void(attempt: ContactAttempt, user: User) -> bool:
    return user.is_manager or attempt.user_id == user.id


def set_void(attempt: ContactAttempt, user: User, reason: str, now: datetime) -> None:
    attempt.voided_at, attempt.voided_by, attempt.voided_by_name = now, user, user.name
    attempt.void_reason, attempt.changed_by = reason, user
    attempt.save(update_fields=VOID_FIELDS)
