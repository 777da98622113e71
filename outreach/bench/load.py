"""Fills the measurement's database: one company, its reps, leads, and years of contacts, by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import cycle, islice
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from crm.models import Company, User
from crm.models.ids import new_id
from leads.methods import ContactMethod
from leads.models import IdentifierKind, Lead, LeadIdentifier, LeadQuerySet, LeadStatus
from leads.organizations import organization_keys
from outreach.bench import database
from outreach.contacts.repair import rebuild_in_batches
from outreach.demo.names import LAST_NAMES, shuffled_names, shuffled_organizations
from outreach.demo.texts import LATER_WORDS
from outreach.models import ContactAttempt, Direction

REPS = 20
DAYS = 365
# This share of the leads was contacted by nobody in so many days: contacts are logged with them while measuring.
CLEAR_SHARE, CLEAR_DAYS = 0.4, 40
# One lead has a very long history; the others share the rest unevenly.
LONGEST_SHARE = 0.01
# How often each method is used. A method that is not named here leaves the figures comparable with earlier ones.
SHARES = {
    ContactMethod.EMAIL: 45,
    ContactMethod.LINKEDIN: 20,
    ContactMethod.CALL: 22,
    ContactMethod.SMS: 8,
    ContactMethod.OTHER: 5,
}
BATCH = 500

Row = dict[str, Any]  # the columns of a row that differ from the model's defaults


class LeadVersion(NamedTuple):
    """A lead to work on, and its version as a page that has been rendered would know it."""

    id: UUID
    version: int


def is_loaded(leads: int, attempts: int, clear_needed: int) -> bool:
    """Whether the database an earlier run left is what this one needs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('outreach_contactattempt') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return False
    stored = ContactAttempt.objects.count()
    # The measurement of the API adds a few leads.
    has_size = leads <= Lead.objects.count() <= leads + 10 and attempts <= stored <= attempts * 1.2
    return has_size and len(clear_leads(clear_needed)) == clear_needed


def clear_leads(amount: int) -> list[LeadVersion]:
    """Up to so many leads that the guard lets everybody contact now."""
    edge = timezone.now() - timedelta(days=CLEAR_DAYS - 5)
    quiet = Q(last_contacted_at__lt=edge) | Q(last_contacted_at__isnull=True)
    return lead_versions(Lead.objects.filter(quiet), amount)


def lead_versions(leads: LeadQuerySet, amount: int) -> list[LeadVersion]:
    """The first of these leads by id."""
    return [LeadVersion._make(row) for row in leads.order_by("id").values_list("id", "version")[:amount]]


def load(leads: int, attempts: int) -> None:
    """Empty the database and fill it: the same rows each time, except that the times end now."""
    database.refuse_real_data()
    with connection.cursor() as cursor:
        # Loading 100,000 rows takes longer than a page is allowed to.
        cursor.execute("SET statement_timeout = 0")
    database.empty()
    rng, now = Random(1), timezone.now()
    company = Company.objects.create(name="Bench Ltd", time_zone="Europe/Berlin")
    users = [
        User.objects.create(company=company, email=f"rep{number}@bench.test", first_name="Rep", last_name=name)
        for number, name in enumerate(LAST_NAMES[:REPS])
    ]
    lead_rows = list(make_leads(company, users, leads, rng, now))
    copy(Lead, lead_rows)
    copy(LeadIdentifier, make_identifiers(lead_rows))
    copy(ContactAttempt, make_attempts(lead_rows, users, attempts, rng, now))
    for _ in rebuild_in_batches([row["id"] for row in lead_rows], size=BATCH):
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def copy(model: type[models.Model], rows: Iterable[Row]) -> None:
    """Insert rows by COPY; columns that a row leaves out get the model's defaults."""
    fields = model._meta.concrete_fields
    defaults = {field.attname: field.get_db_prep_save(field.get_default(), connection) for field in fields}
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as out,
    ):
        for row in rows:
            out.write_row([row.get(name, default) for name, default in defaults.items()])


def make_leads(company: Company, users: list[User], amount: int, rng: Random, now: datetime) -> Iterator[Row]:
    names = islice(cycle(shuffled_names(rng)), amount)
    for (first, last), organization in zip(names, cycle(shuffled_organizations(rng)), strict=False):
        yield {
            "id": new_id(),
            "company_id": company.id,
            "first_name": first,
            "last_name": last,
            "job_title": "Head of Purchasing",
            "organization": organization.name,
            "organization_keys": organization_keys(organization.name),
            "owner_id": rng.choice(users).id,
            "status": LeadStatus.NEW,
            "created_at": now - timedelta(days=DAYS + 1),
        }


def make_identifiers(leads: list[Row]) -> Iterator[Row]:
    for number, lead in enumerate(leads):
        address = f"{lead['first_name']}.{lead['last_name']}.{number}@bench.example".lower()
        common = {"company_id": lead["company_id"], "lead_id": lead["id"], "since": lead["created_at"]}
        yield {
            **common,
            "id": new_id(),
            "kind": IdentifierKind.EMAIL,
            "value": address,
            "normalised": address,
            "person_key": address,
        }
        phone = f"+49301{number:07}"
        same = {"value": phone, "normalised": phone, "person_key": phone}
        yield {**common, "id": new_id(), "kind": IdentifierKind.PHONE, **same}


def make_attempts(leads: list[Row], users: list[User], amount: int, rng: Random, now: datetime) -> Iterator[Row]:
    """In the order they happened, as a company's own history is."""
    clear_from = int(len(leads) * (1 - CLEAR_SHARE))
    for number in range(amount):
        ago = DAYS * (1 - number / amount)
        busy = ago < CLEAR_DAYS
        index = 0 if rng.random() < LONGEST_SHARE else int((clear_from if busy else len(leads)) * rng.random() ** 1.3)
        yield make_attempt(leads[index], rng.choice(users), now - timedelta(days=ago), rng, now)


def make_attempt(lead: Row, user: User, at: datetime, rng: Random, now: datetime) -> Row:
    method = rng.choices(list(SHARES), list(SHARES.values()))[0]
    inbound = rng.random() < 0.1
    text = rng.choice(LATER_WORDS[method])
    answered = not inbound and rng.random() < 0.2
    response_at = min(at + timedelta(hours=rng.uniform(0.2, 48)), now) if answered else None
    return {
        "id": new_id(),
        "company_id": lead["company_id"],
        "lead_id": lead["id"],
        "user_id": user.id,
        "user_name": user.name,
        "method": method,
        "direction": Direction.INBOUND if inbound else Direction.OUTBOUND,
        "subject": text.subject,
        "body": text.body,
        "responded": answered,
        "response_at": response_at,
        "response_recorded_at": at if answered else None,
        "occurred_at": at,
        "created_at": at,
    }
