"""The values of one contact before it is stored, and their validation: the same for page, API and commands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from crm.text import clean_json_object, clean_text
from crm.times import clean_moment
from leads.methods import ContactMethod
from leads.models import Lead
from leads.person.records import IsOfPerson
from outreach.models import BODY_MAX, SUBJECT_MAX, ContactAttempt, Direction

EXTERNAL_ID_MAX = 200
REASON_MAX = 500


@dataclass(frozen=True)
class Contact:
    """The founding fields of an attempt and what surrounds them.

    Times are aware. When it happened: `occurred_at`, or `minutes_ago` by the database's clock, or now.
    """

    method: str
    direction: str = Direction.OUTBOUND
    subject: str = ""
    body: str = ""
    occurred_at: datetime | None = None
    minutes_ago: int | None = None
    responded: bool = False
    response_at: datetime | None = None
    in_reply_to: UUID | None = None
    metadata: dict[str, object] | None = None
    external_id: str = ""

    def digest(self) -> str:
        """A hash of all values: equal for two requests with the same values."""
        return hashlib.sha256(json.dumps(asdict(self), default=str, sort_keys=True).encode()).hexdigest()


def clean_contact(contact: Contact, lead: Lead, now: datetime) -> Contact:
    """Return the contact as it may be stored. Raises ValidationError with a message for each wrong field."""
    if contact.minutes_ago:
        contact = replace(contact, occurred_at=now - timedelta(minutes=contact.minutes_ago))
    errors: dict[str, ValidationError] = {}
    cleaned: dict[str, Any] = {}  # by field of Contact
    for field, clean in CLEANERS.items():
        try:
            cleaned[field] = clean(contact, lead, now)
        except ValidationError as error:
            errors[field] = error
    if errors:
        raise ValidationError(errors)
    return replace(contact, **cleaned)


def clean_method(contact: Contact, lead: Lead, now: datetime) -> str:
    if contact.method not in ContactMethod.values:
        raise ValidationError("Choose one of: %(choices)s.", params={"choices": ", ".join(ContactMethod.values)})
    return contact.method


def clean_direction(contact: Contact, lead: Lead, now: datetime) -> str:
    if contact.direction not in Direction.values:
        raise ValidationError("Choose one of: %(choices)s.", params={"choices": ", ".join(Direction.values)})
    return contact.direction


def clean_subject(contact: Contact, lead: Lead, now: datetime) -> str:
    return bounded(" ".join(clean_text(contact.subject).split()), SUBJECT_MAX)


def clean_body(contact: Contact, lead: Lead, now: datetime) -> str:
    return bounded(clean_text(contact.body).strip(), BODY_MAX)


def clean_metadata(contact: Contact, lead: Lead, now: datetime) -> dict[str, object]:
    return clean_json_object(contact.metadata or {})


def clean_external_id(contact: Contact, lead: Lead, now: datetime) -> str:
    external_id = bounded(clean_text(contact.external_id).strip(), EXTERNAL_ID_MAX)
    same_id = ContactAttempt.objects.filter(company_id=lead.company_id, method=contact.method, external_id=external_id)
    if external_id and same_id.exists():
        raise ValidationError("A contact with this message id is already logged.", code="external_id_taken")
    return external_id


def clean_occurred_at(contact: Contact, lead: Lead, now: datetime) -> datetime | None:
    return None if contact.occurred_at is None else clean_moment(contact.occurred_at, now)


def clean_contact_response(contact: Contact, lead: Lead, now: datetime) -> datetime | None:
    if not contact.responded:
        return None
    if contact.direction == Direction.INBOUND:
        raise ValidationError("Only what we sent can be answered. Log their message as inbound.")
    occurred_at = min(contact.occurred_at or now, now)
    return response_moment(contact.response_at, occurred_at, now)


def clean_in_reply_to(contact: Contact, lead: Lead, now: datetime) -> UUID | None:
    if contact.in_reply_to is None:
        return None
    if contact.direction != Direction.INBOUND:
        raise ValidationError("Only what they sent can be a reply.")
    ours = ContactAttempt.objects.filter(IsOfPerson("lead_id", lead.id)).live().outbound()
    answered = ours.filter(pk=contact.in_reply_to).first()
    if answered is None:
        raise ValidationError("Choose a contact of this lead that was not voided.")
    if answered.occurred_at > min(contact.occurred_at or now, now):
        raise ValidationError("A reply cannot come before the contact it answers.")
    reply_to: UUID = answered.id
    return reply_to


# Each takes the contact, its lead and the present moment and returns the value to store.
CLEANERS: dict[str, Callable[[Contact, Lead, datetime], object]] = {
    "method": clean_method,
    "direction": clean_direction,
    "subject": clean_subject,
    "body": clean_body,
    "occurred_at": clean_occurred_at,
    "response_at": clean_contact_response,
    "in_reply_to": clean_in_reply_to,
    "metadata": clean_metadata,
    "external_id": clean_external_id,
}


def clean_response_at(attempt: ContactAttempt, response_at: datetime | None, now: datetime) -> datetime:
    """When the person answered this attempt; now without a time. Raises ValidationError naming the field."""
    if attempt.is_inbound:
        raise ValidationError({"responded": "Only what we sent can be answered."})
    try:
        return response_moment(response_at, attempt.occurred_at, now)
    except ValidationError as error:
        raise ValidationError({"response_at": error}) from error


def response_moment(response_at: datetime | None, occurred_at: datetime, now: datetime) -> datetime:
    answered_at = clean_moment(response_at, now) if response_at else now
    if answered_at < occurred_at:
        raise ValidationError("The answer cannot come before the contact.")
    return answered_at


def clean_reason(reason: str) -> str:
    """A reason as stored. Raises ValidationError naming the field when there is none."""
    try:
        cleaned = bounded(" ".join(clean_text(reason).split()), REASON_MAX)
    except ValidationError as error:
        raise ValidationError({"reason": error}) from error
    if not cleaned:
        raise ValidationError({"reason": "Say why."})
    return cleaned


def bounded(text: str, longest: int) -> str:
    """The text itself. Raises ValidationError for one of more characters than `longest`."""
    if len(text) > longest:
        raise ValidationError(
            "At most %(longest)s characters; this has %(length)s.",
            params={"longest": longest, "length": len(text)},
        )
    return text
