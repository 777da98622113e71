"""The works that are measured, each through the server and as bare SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import psycopg

from crm.models import User
from crm.models.ids import new_id
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.bench import sql
from outreach.bench.browser import Browser, lead_path
from outreach.bench.load import LeadVersion
from outreach.page.contact_form import LogContactForm

SUBJECT = "How you take orders today"
BODY = "Hello,\n\nyour site says customers order by phone. We move exactly that to a portal.\n\nBest regards"


@dataclass(frozen=True)
class Work:
    name: str
    through_server: Callable[[Browser, LeadVersion], object]
    as_sql: Callable[[psycopg.Connection, LeadVersion], object]
    writes: bool = False


def works(user: User) -> list[Work]:
    """The works of one rep."""
    common = {
        "company": user.company_id,
        "user": user.id,
        "user_name": user.name,
        "methods": ContactMethod.values,
        "subject": SUBJECT,
        "body": BODY,
    }

    def run(statement: str) -> Callable[[psycopg.Connection, LeadVersion], object]:
        def execute(connection: psycopg.Connection, lead: LeadVersion) -> object:
            return fetch_some(connection, statement, {**common, "lead": lead.id, "attempt": new_id()})

        return execute

    return [
        Work("lead list, 50 rows", lambda browser, lead: browser.get("/leads/"), run(sql.LEAD_LIST)),
        Work("lead page", lambda browser, lead: browser.get(lead_path(lead.id)), run(sql.LEAD_PAGE)),
        Work("timeline fragment", get_timeline, run(sql.TIMELINE)),
        Work("log a contact", post_contact, run(sql.LOG_EMAIL), writes=True),
    ]


def fetch_some(connection: psycopg.Connection, statement: str, params: dict[str, object]) -> Sequence[object]:
    return require_some(connection.execute(statement.encode(), params).fetchall())


def require_some(rows: Sequence[object]) -> Sequence[object]:
    """These rows. Raises RuntimeError if there are none: the statement has measured nothing."""
    if not rows:
        raise RuntimeError("The statement found nothing to do.")
    return rows


def get_timeline(browser: Browser, lead: LeadVersion) -> object:
    return browser.get(f"{lead_path(lead.id)}timeline/", fragment=True)


def post_contact(browser: Browser, lead: LeadVersion) -> object:
    return browser.post(f"{lead_path(lead.id)}contacts/new/", contact_fields(lead))


def contact_fields(lead: LeadVersion) -> dict[str, object]:
    """The fields the dialog sends for an email, with an idempotency key of its own."""
    form = LogContactForm.fresh(Lead(id=lead.id, version=lead.version), ContactMethod.EMAIL, [])
    initial = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    filled = {name: value for name, value in initial.items() if value not in (None, "", False)}
    return {**filled, "subject": SUBJECT, "body": BODY}


def leads_for(work: Work, reading: list[LeadVersion], writing: Iterator[LeadVersion], amount: int) -> list[LeadVersion]:
    """Leads to work on: one that is written to is used once, those that are read may come again."""
    if work.writes:
        return [next(writing) for _ in range(amount)]
    return [reading[number % len(reading)] for number in range(amount)]
