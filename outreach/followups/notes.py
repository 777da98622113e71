"""Notes between colleagues about a lead: a question, and its answer, which is another note."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from crm.models import User
from crm.models.tenancy import company_id_of
from crm.pages.undo import ChangedSince
from crm.postgres.clock import DatabaseClock
from crm.text import clean_text
from leads.models import Lead
from leads.person.records import records_of
from outreach.live import events
from outreach.models import NOTE_MAX, ColleagueNote, ContactAttempt
from outreach.models.steps import ColleagueNoteQuerySet

# The same text again to the same colleague within this time is a double click or a retry, not a second question.
SAME_WITHIN = timedelta(minutes=10)
MOST_COUNTED = 100


@transaction.atomic
def ask_colleague(
    *, lead_id: UUID, user: User, recipient_id: UUID, text: str, attempt_id: UUID | None = None
) -> ColleagueNote:
    """Ask a colleague about a lead, and about one contact with it if one is named. It is announced to them.

    Raises Lead.DoesNotExist for a lead the user may not see, ValidationError naming the field.
    """
    lead = Lead.objects.visible_to(user).get(pk=lead_id)
    recipient = clean_recipient(recipient_id, user)
    cleaned = clean_note(text)
    require_attempt_of_person(attempt_id, lead, user)
    now = lock_author(user)
    same = sent_lately(user, now).questions().filter(lead=lead, recipient=recipient, text=cleaned).first()
    return same or write_note(lead, user, recipient, cleaned, now, attempt_id=attempt_id)


def clean_recipient(recipient_id: UUID, user: User) -> User:
    """A colleague who can answer. Raises ValidationError naming the field, the same for a user of another company as
    for one who does not exist."""
    if recipient_id == user.id:
        raise ValidationError({"recipient_id": "Choose somebody other than yourself."})
    recipient = User.objects.filter(company_id=company_id_of(user), pk=recipient_id).first()
    if recipient is None:
        raise ValidationError({"recipient_id": "Choose a colleague."})
    if not recipient.is_active:
        raise ValidationError({"recipient_id": f"{recipient.name} has left. Choose somebody else, such as a manager."})
    return recipient


def clean_note(text: str) -> str:
    """Raises ValidationError naming the field."""
    try:
        cleaned = clean_text(text).strip()
    except ValidationError as error:
        raise ValidationError({"text": error}) from error
    if not cleaned:
        raise ValidationError({"text": "Write a few words."})
    if len(cleaned) > NOTE_MAX:
        raise ValidationError({"text": f"At most {NOTE_MAX:,} characters; this has {len(cleaned):,}."})
    return cleaned


def require_attempt_of_person(attempt_id: UUID | None, lead: Lead, user: User) -> None:
    """Raise ValidationError unless this is a contact with the lead's person, on any of its records."""
    if attempt_id is None:
        return
    records = records_of([lead.id])[lead.id]
    if not ContactAttempt.objects.visible_to(user).filter(pk=attempt_id, lead_id__in=records).exists():
        raise ValidationError({"attempt_id": "This contact is not with this person."})


def lock_author(user: User) -> datetime:
    """Lock the rep, so that the second press of a double click sees the first note; returns the database clock."""
    locked = User.objects.select_for_update(no_key=True).annotate(read_at=DatabaseClock())
    return locked.get(pk=user.pk).read_at


def sent_lately(user: User, now: datetime) -> ColleagueNoteQuerySet:
    return ColleagueNote.objects.visible_to(user).filter(user=user, created_at__gt=now - SAME_WITHIN)


def write_note(
    lead: Lead,
    user: User,
    recipient: User,
    text: str,
    now: datetime,
    *,
    attempt_id: UUID | None = None,
    in_reply_to: ColleagueNote | None = None,
) -> ColleagueNote:
    note = ColleagueNote.objects.create(
        company_id=lead.company_id,
        lead=lead,
        user=user,
        user_name=user.name,
        recipient=recipient,
        recipient_name=recipient.name,
        text=text,
        attempt_id=attempt_id,
        in_reply_to=in_reply_to,
        created_at=now,
    )
    events.announce_note(note)
    return note


@transaction.atomic
def answer_note(*, note_id: UUID, user: User, text: str) -> ColleagueNote:
    """Answer a question one was asked; it counts as read then. It is announced to the asker.

    Raises ColleagueNote.DoesNotExist for a question to somebody else, ValidationError naming the field. The same
    answer sent again returns the first one.
    """
    received = ColleagueNote.objects.visible_to(user).questions().filter(recipient=user)
    question = received.select_for_update(of=["self"], no_key=True).select_related("lead", "user").get(pk=note_id)
    cleaned = clean_note(text)
    answered = question.answers.first()
    if answered is not None and answered.text == cleaned:
        return answered
    asker = require_open(question, answered)
    answer = write_note(
        question.lead, user, asker, cleaned, lock_author(user), attempt_id=question.attempt_id,
        in_reply_to=question,
    )  # fmt: skip
    mark_read(note_id=question.id, user=user)
    return answer


def require_open(question: ColleagueNote, answered: ColleagueNote | None) -> User:
    """The author of the question. Raises ValidationError if it has an answer, or its author is no longer a user."""
    if answered is not None:
        raise ValidationError({"text": "You have answered this already. Ask back if there is more to say."})
    if question.user is None:
        raise ValidationError({"text": f"{question.user_name} is no longer here to read an answer."})
    return question.user


def mark_read(*, note_id: UUID, user: User) -> ColleagueNote:
    """Raises ColleagueNote.DoesNotExist for a note to somebody else. Reading twice changes nothing."""
    note = ColleagueNote.objects.visible_to(user).filter(recipient=user).get(pk=note_id)
    ColleagueNote.objects.filter(pk=note.pk).unread_by(user).update(read_at=DatabaseClock())
    note.refresh_from_db(fields=["read_at"])
    return note


@transaction.atomic
def take_back_note(*, note_id: UUID, user: User) -> ColleagueNote:
    """Take back a note that was just sent, as if it had never been; its recipient's pages are told.

    Raises ColleagueNote.DoesNotExist for a note of somebody else, ChangedSince once it was read.
    """
    sent = ColleagueNote.objects.visible_to(user).filter(user=user)
    note = sent.select_for_update(of=["self"]).select_related("lead").get(pk=note_id)
    if note.read_at or note.answers.exists():
        raise ChangedSince(f"{note.recipient_name} has read it already")
    events.announce_note(note, is_gone=True)
    ColleagueNote.objects.filter(pk=note.pk).delete()
    return note


def mark_unread(*, note_id: UUID, user: User, read_at: datetime | None) -> ColleagueNote:
    """Raises ColleagueNote.DoesNotExist for a note to somebody else."""
    note = ColleagueNote.objects.visible_to(user).filter(recipient=user).get(pk=note_id)
    ColleagueNote.objects.filter(pk=note.pk, read_at=read_at).update(read_at=None)
    return note


def count_unread(user: User) -> int:
    """The number of unread notes, counted up to MOST_COUNTED."""
    return ColleagueNote.objects.visible_to(user).unread_by(user)[:MOST_COUNTED].count()
