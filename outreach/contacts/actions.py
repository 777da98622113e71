"""The verbs. Nothing else creates or changes an attempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError

from crm.models import User
from leads.models import Lead
from leads.person.records import Person, lock_person, lock_whole_person, on_whole_person
from outreach.contacts.contact import Contact, clean_contact, clean_reason, clean_response_at
from outreach.contacts.decisions import decision_of
from outreach.followups.reminders import settle_by_contact
from outreach.guard import Answer, Question, Verdict, check
from outreach.guard.question import PAST_AFTER
from outreach.guard.sentences import sentence
from outreach.live import claims, events
from outreach.models import ContactAttempt, DecisionKind, GuardDecision, Rule


class Refused(Exception):
    """The guard said no; its verdict tells who, when, which rule and from when it is allowed."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(sentence(verdict.first) if verdict.first else "Refused")
        self.verdict = verdict


class NeedsOverride(Refused):
    """A warning stands in the way: go ahead with a reason."""


class TooSoon(Refused):
    """A limit stands in the way until `verdict.allowed_from`."""


class DoNotContact(Refused):
    """The person asked not to be contacted."""


class AlreadyLogged(Exception):
    """This idempotency key already logged another contact."""

    def __init__(self, attempt: ContactAttempt) -> None:
        super().__init__("This form has already logged a contact.")
        self.attempt = attempt


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
        decided = write_contact(
            lead_id=lead_id,
            user=user,
            contact=contact,
            seen=seen,
            reason=reason,
            already_sent=already_sent,
            idempotency_key=idempotency_key,
        )
    except (IntegrityError, ValidationError):
        # The key's own constraint tells of a retry the guard had nothing against, an identifier of one sent before.
        replayed = find_replay(user, idempotency_key)
        if replayed is None:
            raise
        return same_contact(replayed, contact)
    if decided.kind == DecisionKind.REFUSED:
        # Kept once the lock is free: whoever else reaches for this person need not wait for it.
        store_decisions(decided, user, contact.method, reason)
        raise refusal(decided.verdict)
    return decided.attempt


@dataclass(frozen=True)
class Decided:
    """What became of a contact with this lead: the attempt, or a refusal by this verdict."""

    lead: Lead
    attempt: ContactAttempt | None
    kind: DecisionKind | None = None
    verdict: Verdict | None = None


@on_whole_person
def write_contact(
    *, lead_id: UUID, user: User, contact: Contact, seen: int | None, reason: str, already_sent: bool,
    idempotency_key: str,
) -> Decided:  # fmt: skip
    """Verdict and insert under the lock of all records of the person."""
    person = lock_person(lead_id, user)
    cleaned = clean_contact(contact, person.lead, person.now)
    verdict = check(person.lead, question(user, cleaned, person.now), seen=seen)
    # The lock was awaited before the guard read who is the same person: it must have covered them all.
    person.require_covers(verdict.records)
    kind = decide(verdict, user, reason, already_sent)
    # A retry is held by what its first try wrote.
    replayed = find_replay(user, idempotency_key) if kind else None
    if replayed is not None:
        return Decided(person.lead, same_contact(replayed, contact))
    if kind == DecisionKind.REFUSED:
        return Decided(person.lead, None, kind, verdict)
    attempt = insert_attempt(person, user, contact, cleaned, idempotency_key)
    settle_reply(attempt, user, person.now)
    if verdict.reminded and not attempt.is_inbound:
        settle_by_contact(attempt, verdict.records)
    if verdict.holds_claim:
        claims.free_after_contact(user, verdict.records)
    tell(person, attempt)
    decided = Decided(person.lead, attempt, kind, verdict)
    if kind is not None:
        store_decisions(decided, user, cleaned.method, reason)
    return decided


def question(user: User, cleaned: Contact, now: datetime) -> Question:
    return Question(
        user,
        cleaned.method,
        cleaned.direction,
        past_moment(cleaned, now),
        subject=cleaned.subject,
        body=cleaned.body,
    )


def find_replay(user: User, key: str) -> ContactAttempt | None:
    """The attempt this user's key has already logged."""
    return ContactAttempt.objects.filter(user=user, idempotency_key=key).first() if key else None


def same_contact(attempt: ContactAttempt, contact: Contact) -> ContactAttempt:
    if attempt.request_digest != contact.digest():
        raise AlreadyLogged(attempt)
    return attempt


def tell(person: Person, attempt: ContactAttempt) -> None:
    """Every record of the person shows this contact: their versions rise with it, and their pages hear of it."""
    raise_others(person, attempt.recorded_version)
    events.announce_contacted(attempt, attempt.recorded_version, also=living(person))


def raise_others(person: Person, version: int) -> None:
    """An answer may be on one record and what it answers on another, so whichever is behind comes up."""
    if person.others:
        Lead.objects.filter(pk__in=person.ids, version__lt=version).update(version=version)


def living(person: Person) -> list[UUID]:
    """The ids of the person's other records that have pages."""
    return [record.id for record in person.others if record.deleted_at is None]


def past_moment(contact: Contact, now: datetime) -> datetime | None:
    """When a contact happened if that is over; None for one happening now."""
    if contact.occurred_at is None or contact.occurred_at > now - PAST_AFTER:
        return None
    return contact.occurred_at


def decide(verdict: Verdict, user: User, reason: str, already_sent: bool) -> DecisionKind | None:
    """What becomes of the verdict: nothing to decide, refused, overridden or recorded as a collision."""
    if verdict.answer == Answer.ALLOW:
        return None
    if not reason.strip():
        return DecisionKind.REFUSED
    if already_sent:
        return DecisionKind.COLLISION
    if verdict.has(Rule.UNSEEN):
        # The reason was given for an older verdict: what is new must be seen first.
        return DecisionKind.REFUSED
    if verdict.answer == Answer.WARN or may_override(verdict, user):
        return DecisionKind.OVERRIDDEN
    if verdict.past:
        return DecisionKind.COLLISION
    return DecisionKind.REFUSED


def may_override(verdict: Verdict, user: User) -> bool:
    """Managers override a cooldown; nobody overrides a person's own wish."""
    return user.is_manager and not verdict.has(Rule.DO_NOT_CONTACT)


def insert_attempt(person: Person, user: User, asked: Contact, cleaned: Contact, key: str) -> ContactAttempt:
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
        request_digest=asked.digest() if key else "",
    )
    attempt.save(force_insert=True)
    return attempt


def settle_reply(inbound: ContactAttempt, user: User, now: datetime) -> None:
    """An inbound contact in reply to one of ours is its response."""
    if inbound.in_reply_to_id is None:
        return
    answered = ContactAttempt.objects.get(pk=inbound.in_reply_to_id)
    if not answered.responded:
        record_response(answered, user, inbound.occurred_at, now)
        inbound.recorded_version = max(inbound.recorded_version, answered.recorded_version)


def store_decisions(decided: Decided, user: User, method: str, reason: str) -> None:
    """Keep what the guard said and what was done about it, one row for each reason that stood in the way."""
    said = "" if decided.kind == DecisionKind.REFUSED else clean_reason(reason)
    GuardDecision.objects.bulk_create(
        decision_of(
            held,
            kind=decided.kind,
            lead=decided.lead,
            user=user,
            user_name=user.name,
            method=method,
            attempt=decided.attempt,
            reason=said,
            now=decided.verdict.now,
        )
        for held in decided.verdict.held
    )


def refusal(verdict: Verdict) -> Refused:
    if verdict.has(Rule.DO_NOT_CONTACT):
        return DoNotContact(verdict)
    return TooSoon(verdict) if verdict.answer == Answer.BLOCK else NeedsOverride(verdict)


@on_whole_person
def mark_responded(
    *, attempt_id: UUID, user: User, responded: bool, response_at: datetime | None = None
) -> ContactAttempt:
    """Record that the person answered this outbound attempt (at `response_at`, default now), or undo it.

    Saying the same again changes nothing. Raises ContactAttempt.DoesNotExist for a foreign or voided attempt and
    ValidationError for an inbound attempt or a time before the contact or in the future.
    """
    person, attempt = lock_attempt(attempt_id, user)
    wanted = clean_response_at(attempt, response_at, person.now) if responded else None
    if attempt.responded == responded and (response_at is None or attempt.response_at == wanted):
        return attempt
    if responded:
        record_response(attempt, user, wanted, person.now)
    else:
        undo_response(attempt, user)
    raise_others(person, attempt.recorded_version)
    events.announce_responded(attempt, attempt.recorded_version, also=living(person))
    return attempt


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
        raise_others(person, attempt.recorded_version)
        events.announce_changed(attempt.lead, attempt.recorded_version, also=living(person))
    return attempt


def may_void(attempt: ContactAttempt, user: User) -> bool:
    return user.is_manager or attempt.user_id == user.id


def lock_attempt(attempt_id: UUID, user: User, *, voided_too: bool = False) -> tuple[Person, ContactAttempt]:
    """Lock the attempt's person, then read the attempt."""
    found = ContactAttempt.objects.visible_to(user).only("lead_id").get(pk=attempt_id)
    person = lock_whole_person(found.lead_id, user)
    attempts = person.lead.attempts.all() if voided_too else person.lead.attempts.live()
    attempt = attempts.get(pk=attempt_id)
    attempt.lead = person.lead
    return person, attempt


RESPONSE_FIELDS = ["responded", "response_at", "response_recorded_at", "changed_by"]
VOID_FIELDS = ["voided_at", "voided_by", "voided_by_name", "void_reason", "changed_by"]


def record_response(attempt: ContactAttempt, user: User, at: datetime, now: datetime) -> None:
    attempt.responded, attempt.response_at, attempt.response_recorded_at = True, at, now
    attempt.changed_by = user
    attempt.save(update_fields=RESPONSE_FIELDS)


def undo_response(attempt: ContactAttempt, user: User) -> None:
    attempt.responded, attempt.response_at, attempt.response_recorded_at = False, None, None
    attempt.changed_by = user
    attempt.save(update_fields=RESPONSE_FIELDS)


def set_void(attempt: ContactAttempt, user: User, reason: str, now: datetime) -> None:
    attempt.voided_at, attempt.voided_by, attempt.voided_by_name = now, user, user.name
    attempt.void_reason, attempt.changed_by = reason, user
    attempt.save(update_fields=VOID_FIELDS)
