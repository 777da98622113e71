"""Taking back one's own last act on a contact. What somebody has changed since stays: each raises ChangedSince then.

The audit holds what stood before each change, so that an undo puts back exactly that, and leaves its own rows there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from crm.models import User
from crm.pages.undo import ChangedSince
from leads.actions import lock_lead
from leads.models import Lead
from leads.person.records import Person, on_whole_person
from outreach.contacts import summary
from outreach.contacts.actions.respond import undo_response
from outreach.contacts.actions.void import set_void
from outreach.contacts.actions.whole_person import lock_attempt, others_with_page, raise_versions
from outreach.followups.undo import reopen_after_contact
from outreach.live import events
from outreach.models import CHANGEABLE, ContactAttempt

UNDONE = "undone"


@on_whole_person
def undo_contact(*, attempt_id: UUID, user: User) -> ContactAttempt:
    """Void the contact this user has just logged, and take back what it settled: the answer it was, a reminder.

    Undoing twice changes nothing. Raises ContactAttempt.DoesNotExist for a foreign attempt or one of another author.
    """
    person, attempt = lock_attempt(attempt_id, user, voided_too=True)
    if attempt.user_id != user.id:
        raise ContactAttempt.DoesNotExist("Not this user's contact.")
    if attempt.voided_by_id == user.id and attempt.void_reason == UNDONE:
        return attempt
    if last_change(attempt) is not None:
        raise ChangedSince(whoever_changed(attempt))
    set_void(attempt, user, UNDONE, person.now)
    unsettle_reply(attempt, user, person)
    reopen_after_contact(attempt, user, person.ids)
    raise_versions(person, attempt.recorded_version)
    events.announce_changed(attempt.lead, attempt.recorded_version, also=others_with_page(person))
    return attempt


def unsettle_reply(inbound: ContactAttempt, user: User, person: Person) -> None:
    """What this inbound contact answered has no answer again, if nobody has recorded another one since."""
    if inbound.in_reply_to_id is None:
        return
    answered = ContactAttempt.objects.live().filter(pk=inbound.in_reply_to_id, lead_id__in=person.ids)
    for attempt in answered.filter(response_recorded_at=inbound.created_at):
        undo_response(attempt, user)
        inbound.recorded_version = max(inbound.recorded_version, attempt.recorded_version)


@on_whole_person
def undo_change(*, attempt_id: UUID, user: User, change: int) -> ContactAttempt:
    """Put back what stood before this change of the attempt: an answer marked, one taken back, its time, a void.

    change: the user's own, and still the last one. A void is only taken back while nothing else has happened to the
    person: in the meantime the guard may have allowed what this contact would have held back.

    Raises ContactAttempt.DoesNotExist for a foreign attempt.
    """
    person, attempt = lock_attempt(attempt_id, user, voided_too=True)
    if attempt.changed_by_id != user.id or last_change(attempt) != change:
        raise ChangedSince(whoever_changed(attempt))
    before = audit_of(attempt, "before").first()
    assert before is not None, "Each change leaves a row before and one after."
    was_voided = attempt.voided_at is not None
    if was_voided and has_contact_since(person, attempt):
        raise ChangedSince("There has been another contact since")
    for field in ContactAttempt._meta.fields:
        if field.name in CHANGEABLE:
            setattr(attempt, field.attname, getattr(before, field.attname))
    attempt.changed_by = user
    attempt.save(update_fields=CHANGEABLE)
    raise_versions(person, attempt.recorded_version)
    if was_voided:
        events.announce_changed(attempt.lead, attempt.recorded_version, also=others_with_page(person))
    else:
        events.announce_responded(attempt, also=others_with_page(person))
    return attempt


def last_change(attempt: ContactAttempt) -> int | None:
    """The last change of this attempt, by its row in the audit; None for one that is as it was logged."""
    last = audit_of(attempt, "after").first()
    return last.pgh_id if last else None


def audit_of(attempt: ContactAttempt, label: str) -> QuerySet[Any]:
    """The rows "before" or "after" each change of the attempt, the last change first."""
    events: QuerySet[Any] = attempt.events.filter(pgh_label=label)  # type: ignore[attr-defined]  # made by pghistory
    return events.order_by("-pgh_id")


def has_contact_since(person: Person, voided: ContactAttempt) -> bool:
    recorded = ContactAttempt.objects.filter(lead_id__in=person.ids, created_at__gt=voided.voided_at)
    return recorded.exists()


def whoever_changed(attempt: ContactAttempt) -> str:
    name = attempt.changed_by.name if attempt.changed_by else "Somebody"
    return f"{name} has changed it since"


@transaction.atomic
def undo_status(
    *, lead_id: UUID, user: User, chosen_at: datetime | None, status_set: str, status_set_at: datetime | None
) -> Lead:
    """Put back the choice of status that stood before this one, and climb the ladder anew from there.

    Raises Lead.DoesNotExist for a lead the user may not see.
    """
    lead = lock_lead(lead_id, user)
    if lead.status_set_at != chosen_at:
        raise ChangedSince("The status has been chosen anew since")
    Lead.objects.filter(pk=lead.pk).update(status_set=status_set, status_set_at=status_set_at)
    version = summary.recompute(lead.id)
    lead.refresh_from_db()
    events.announce_changed(lead, version)
    return lead
