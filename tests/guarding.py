"""What tests of the guard have in common: people reached by addresses, and contacts logged in one line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from crm.models import Company, User
from leads.actions import create_lead
from leads.models import Lead
from outreach.actions import log_contact
from outreach.contact import Contact
from outreach.models import ContactAttempt, ContactPolicy
from tests.test_person import reached_by

SAID = ("subject", "body", "direction", "in_reply_to", "occurred_at")
PITCH = (
    "I noticed your team runs Postgres and is hiring data engineers. Curious how you keep outreach history in one "
    "place today, and whether two people ever write to the same customer by accident."
)


def ago(**length: float) -> datetime:
    return timezone.now() - timedelta(**length)


@pytest.fixture
def make(alice: User) -> Callable[..., Lead]:
    """make("Miller", "Acme Ltd", email="dana@x.example"): a lead of alice's company."""

    def create(last_name: str = "Miller", organization: str = "", **values: str) -> Lead:
        fields = {"first_name": "Dana", "last_name": last_name, "organization": organization}
        return create_lead(user=alice, fields=fields, identifiers=reached_by(**values))

    return create


@pytest.fixture
def log(lead: Lead) -> Callable[..., ContactAttempt]:
    """log(alice, "call", …): as `log_to`, always to `lead`."""
    return lambda user, method="email", **said: log_to(lead, user, method, **said)


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
