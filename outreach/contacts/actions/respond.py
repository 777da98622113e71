"""Recording that the person answered one of our contacts, or undoing that."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from crm.models import User
from leads.person.records import on_whole_person
from outreach.contacts.actions.whole_person import lock_attempt, others_with_page, raise_versions
from outreach.contacts.contact import clean_response_at
from outreach.live import events
from outreach.models import ContactAttempt

RESPONSE_FIELDS = ["responded", "response_at", "response_recorded_at", "changed_by"]


@on_whole_person
def mark_responded(
    *, attempt_id: UUID, user: User, responded: bool, response_at: datetime | None = None
) -> ContactAttempt:
    """Record that the person answered this outbound attempt (at `response_at`, default now), or undo it.

    The same call again changes nothing. Raises ContactAttempt.DoesNotExist for a foreign or voided attempt and
    ValidationError for an inbound attempt or a time before the contact or in the future.
    """
    person, attempt = lock_attempt(attempt_id, user)
    answered_at = clean_response_at(attempt, response_at, person.now) if responded else None
    if attempt.responded == responded and (response_at is None or attempt.response_at == answered_at):
        return attempt
    if answered_at is not None:
        record_response(attempt, user, answered_at, person.now)
    else:
        undo_response(attempt, user)
    raise_versions(person, attempt.recorded_version)
    events.announce_responded(attempt, also=others_with_page(person))
    return attempt


def settle_reply(inbound: ContactAttempt, user: User, now: datetime) -> None:
    """An inbound contact in reply to one of ours is its response."""
    if inbound.in_reply_to_id is None:
        return
    answered = ContactAttempt.objects.get(pk=inbound.in_reply_to_id)
    if not answered.responded:
        record_response(answered, user, inbound.occurred_at, now)
        inbound.recorded_version = max(inbound.recorded_version, answered.recorded_version)


def record_response(attempt: ContactAttempt, user: User, answered_at: datetime, now: datetime) -> None:
    attempt.responded, attempt.response_at, attempt.response_recorded_at = True, answered_at, now
    attempt.changed_by = user
    attempt.save(update_fields=RESPONSE_FIELDS)


def undo_response(attempt: ContactAttempt, user: User) -> None:
    attempt.responded, attempt.response_at, attempt.response_recorded_at = False, None, None
    attempt.changed_by = user
    attempt.save(update_fields=RESPONSE_FIELDS)
