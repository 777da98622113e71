"""How long the guard takes for a person with little history, and for one with years of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import User
from crm.models.tenancy import company_of
from leads.addresses import new_identifiers
from leads.methods import ContactMethod
from leads.models import IdentifierKind, Lead, LeadIdentifier
from outreach.bench.measure import Times, one_by_one
from outreach.contacts.summary import rebuild_summaries
from outreach.guard import Question, check, glance
from outreach.models import ContactAttempt, Direction

TURNS = 200
SUBJECT = "A question about your team"
BODY = "I noticed that your team is growing and wonder how you keep track of who wrote to whom, and when. " * 3
# The newest contact is older than every cooldown, so that the guard reads and compares as much as it ever does.
NEWEST, APART = timedelta(hours=30), timedelta(hours=7)

Ask = Callable[[User, Lead], object]


@dataclass(frozen=True)
class PersonSize:
    records: int
    attempts: int

    def __str__(self) -> str:
        records = f"{self.records} record{'s' if self.records != 1 else ''}"
        return f"{records}, {self.attempts:,} contacts"


SMALL, LARGE = PersonSize(1, 5), PersonSize(5, 5_000)


@dataclass
class GuardTimes:
    """One way to ask the guard: how many queries it takes and how long, for each size of person."""

    name: str
    queries: dict[PersonSize, int] = field(default_factory=dict)
    times: dict[PersonSize, Times] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.times[LARGE].p50 / self.times[SMALL].p50


def compare_persons(turns: int = TURNS) -> list[GuardTimes]:
    """Ask about a small and a large person in turn, so that a busy moment of the machine affects both."""
    ways: dict[str, Ask] = {
        "at a glance": lambda user, lead: glance(lead, user),
        "about one message": lambda user, lead: check(
            lead, Question(user, ContactMethod.EMAIL, subject=SUBJECT, body=BODY)
        ),
    }
    with two_persons() as (user, persons):
        return [ask_in_turn(GuardTimes(name), ask, user, persons, turns) for name, ask in ways.items()]


def ask_in_turn(
    guard_times: GuardTimes, ask: Ask, user: User, persons: dict[PersonSize, Lead], turns: int
) -> GuardTimes:
    for size, lead in persons.items():
        ask(user, lead)  # the first call has the statement planned
        with CaptureQueriesContext(connection) as queries:
            ask(user, lead)
        guard_times.queries[size], guard_times.times[size] = len(queries), Times()
    for _ in range(turns):
        for size, lead in persons.items():
            guard_times.times[size].took += one_by_one(ask, user, [lead])
    return guard_times


@contextmanager
def two_persons() -> Iterator[tuple[User, dict[PersonSize, Lead]]]:
    """A rep and two persons of their company, which are rolled back afterwards."""
    author, user = User.objects.filter(company__isnull=False).order_by("company_id", "id")[:2]
    with transaction.atomic():
        persons = {size: make_person(author, size) for size in (SMALL, LARGE)}
        yield user, persons
        transaction.set_rollback(True)


def make_person(author: User, size: PersonSize) -> Lead:
    """Records that share a mailbox, with contacts by several methods spread evenly over them; gives the first."""
    company, now = company_of(author), timezone.now()
    leads = [
        Lead(company=company, first_name="Dana", last_name=f"Bench {size.records}.{n}") for n in range(size.records)
    ]
    address = f"dana.{size.records}@bench.example"
    Lead.objects.bulk_create(leads)
    LeadIdentifier.objects.bulk_create(
        identifier
        for lead in leads
        for identifier in new_identifiers(lead, IdentifierKind.EMAIL, [(address, address)], since=now)
    )
    methods = [ContactMethod.EMAIL, ContactMethod.CALL, ContactMethod.LINKEDIN, ContactMethod.SMS, ContactMethod.EMAIL]
    ContactAttempt.objects.bulk_create(
        ContactAttempt(
            company=company, lead=leads[n % size.records], user=author, user_name=author.name,
            direction=Direction.OUTBOUND, method=methods[n % 5 - n // 5 % 5],
            subject=f"Message {n}", body=f"What was said in message {n}. " * 20,
            occurred_at=now - NEWEST - n * APART, created_at=now - NEWEST - n * APART,
        )
        for n in range(size.attempts)
    )  # fmt: skip
    rebuild_summaries([lead.id for lead in leads])
    return leads[0]
