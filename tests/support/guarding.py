"""What tests of the guard have in common: contacts logged in one line, times and limits."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from crm.models import Company, User
from leads.models import Lead
from outreach.contacts.actions import log_contact
from outreach.contacts.contact import Contact
from outreach.models import ContactAttempt, ContactPolicy

SAID = ("subject", "body", "direction", "in_reply_to", "occurred_at")
PITCH = (
    "I noticed your team runs Postgres and is hiring data engineers. Curious how you keep outreach history in one "
    "place today, and whether two people ever write to the same customer by accident."
)


def ago(**length: float) -> datetime:
    return timezone.now() - timedelta(**length)


def log_to(lead: Lead, user: User, method: str = "email", **said: object) -> ContactAttempt:
    contact = {name: said.pop(name) for name in SAID if name in said}
    return log_contact(lead_id=lead.id, user=user, contact=Contact(method, **contact), **said)


def policy(company: Company, **limits: int) -> ContactPolicy:
    """The company's limits for email become these."""
    found, _ = ContactPolicy.objects.get_or_create(company=company, method="email")
    for name, value in limits.items():
        setattr(found, name, value)
    found.save()
    return found
