"""Logging a contact: the guard's verdict and the insert in one transaction, under the lock of the whole person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from crm.models import User
from leads.models import Lead
from leads.person.records import Person, lock_person, on_whole_person
from outreach.contacts.actions.outcome import AlreadyLogged, decide, refused
from outreach.contacts.actions.respond import settle_reply
from outreach.contacts.actions.whole_person import others_with_page, raise_versions
from outreach.contacts.contact import Contact, clean_contact, clean_reason
from outreach.contacts.decisions import decision_of
from outreach.followups.reminders import settle_by_contact
from outreach.guard import Question, Verdict, check
from outreach.guard.question import PAST_AFTER
from outreach.live import claims, events
from outreach.models import ContactAttempt, DecisionKind, GuardDecision


def log_contact(
    *,
    lead_id: UUID,
    user: User,
    contact: Contact,
    seen: int | None = None,
    reason: str = "",
    already_sent: bool = False,
    idempotency_key: str = "",
) -> ContactAttempt:
    """Log one contact with a lead of the user's company and return the attempt.

    seen: the lead's version of the page this was written on; anything newer comes back as `unseen`.
    reason: why to go ahead although the guard warns (or, for managers, although a cooldown holds).
    already_sent: it has happened; record it whatever the verdict, flagged as a collision. Needs a reason.
    idempotency_key: the same key and contact again return the attempt of the first time.

    Raises Lead.DoesNotExist for a foreign or deleted lead, ValidationError naming the field, NeedsOverride,
    TooSoon or DoNotContact with the verdict (the refusal is stored), AlreadyLogged for a key used for another
    contact.
    """
    try:
        written = write_contact(
            lead_id=lead_id,
            user=user,
            contact=contact,
            seen=seen,
            reason=reason,
            already_sent=already_sent,
            idempotency_key=idempotency_key,
        )
    except (IntegrityError, ValidationError):
        # A retry of a contact that was allowed breaks the unique key, or names a message id that is already stored.
        replayed = find_replay(user, idempotency_key)
        if replayed is None:
            raise
        require_same_contact(replayed, contact)
        return replayed
    if isinstance(written, Refusal):
        # Stored once the lock is free, so that others who contact this person do not wait for it.
        store_decisions(written.verdict, DecisionKind.REFUSED, lead=written.lead, user=user, method=contact.method)
        raise refused(written.verdict)
    return written


@dataclass(frozen=True)
class Refusal:
    """The verdict that refused a contact with this lead."""

    lead: Lead
    verdict: Verdict


@on_whole_person
def write_contact(
    *, lead_id: UUID, user: User, contact: Contact, seen: int | None, reason: str, already_sent: bool,
    idempotency_key: str,
) -> ContactAttempt | Refusal:  # fmt: skip
    """Ask the guard and insert the attempt, under the lock of all records of the person."""
    person = lock_person(lead_id, user)
    cleaned = clean_contact(contact, person.lead, person.now)
    verdict = check(person.lead, question(user, cleaned, person.now), seen=seen)
    # A record may have joined the person while the lock was awaited: the lock must cover all that the guard read.
    person.require_covers(verdict.records)
    kind = decide(verdict, user, reason, already_sent)
    # What blocks or warns may be the very attempt that the first try of this request has written.
    replayed = find_replay(user, idempotency_key) if kind else None
    if replayed is not None:
        require_same_contact(replayed, contact)
        return replayed
    if kind == DecisionKind.REFUSED:
        return Refusal(person.lead, verdict)
    attempt = insert_attempt(person, user, contact, cleaned, idempotency_key)
    settle_reply(attempt, user, person.now)
    if verdict.reminded and not attempt.is_inbound:
        settle_by_contact(attempt, user, verdict.records)
    if verdict.holds_claim:
        claims.free_after_contact(user, verdict.records)
    announce_to_all_records(person, attempt)
    if kind is not None:
        store_decisions(
            verdict,
            kind,
            lead=person.lead,
            user=user,
            method=cleaned.method,
            attempt=attempt,
            reason=clean_reason(reason),
        )
    return attempt


def question(user: User, cleaned: Contact, now: datetime) -> Question:
    return Question(
        user,
        cleaned.method,
        cleaned.direction,
        past_moment(cleaned, now),
        subject=cleaned.subject,
        body=cleaned.body,
    )


def logged_before(*, user: User, key: str, contact: Contact) -> ContactAttempt | None:
    """The attempt that this key and contact have logged already, where the answer to the first time was lost."""
    logged = find_replay(user, key)
    return logged if logged and logged.request_digest == contact.digest() else None


def find_replay(user: User, key: str) -> ContactAttempt | None:
    """The attempt this user's key has already logged."""
    return ContactAttempt.objects.filter(user=user, idempotency_key=key).first() if key else None


def require_same_contact(attempt: ContactAttempt, contact: Contact) -> None:
    """Raise AlreadyLogged if this attempt was logged by a request with other values."""
    if attempt.request_digest != contact.digest():
        raise AlreadyLogged(attempt)


def announce_to_all_records(person: Person, attempt: ContactAttempt) -> None:
    """Every record of the person shows this contact: their versions rise with it, and their pages are told."""
    raise_versions(person, attempt.recorded_version)
    events.announce_contacted(attempt, also=others_with_page(person))


def past_moment(contact: Contact, now: datetime) -> datetime | None:
    """When the contact happened, if that is in the past; None for one that is happening now."""
    if contact.occurred_at is None or contact.occurred_at > now - PAST_AFTER:
        return None
    return contact.occurred_at


def insert_attempt(person: Person, user: User, original: Contact, cleaned: Contact, key: str) -> ContactAttempt:
    lead, now = person.lead, person.now
    attempt = ContactAttempt(
        company_id=lead.company_id,
        lead=lead,
        user=user,
        user_name=user.name,
        method=cleaned.method,
        direction=cleaned.direction,
        subject=cleaned.subject,
        body=cleaned.body,
        metadata=cleaned.metadata,
        in_reply_to_id=cleaned.in_reply_to,
        responded=cleaned.responded,
        response_at=cleaned.response_at,
        response_recorded_at=now if cleaned.responded else None,
        occurred_at=cleaned.occurred_at or now,
        created_at=now,
        lead_version=person.next_version,
        external_id=cleaned.external_id,
        idempotency_key=key,
        request_digest=original.digest() if key else "",
    )
    attempt.save(force_insert=True)
    return attempt


def store_decisions(
    verdict: Verdict,
    kind: DecisionKind,
    *,
    lead: Lead,
    user: User,
    method: str,
    attempt: ContactAttempt | None = None,
    reason: str = "",
) -> None:
    """Store what the guard answered and what was done about it: one row for each reason that blocked or warned."""
    GuardDecision.objects.bulk_create(
        decision_of(
            held,
            kind=kind,
            lead=lead,
            user=user,
            user_name=user.name,
            method=method,
            attempt=attempt,
            reason=reason,
            now=verdict.now,
        )
        for held in verdict.held
    )
