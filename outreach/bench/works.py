"""What is measured: each work once through the server and once as bare SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import psycopg

from crm.models import User
from crm.models.ids import new_id
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.bench import sql
from outreach.bench.browser import Browser, lead_path
from outreach.page.contact_form import LogContactForm

SUBJECT = "How you take orders today"
BODY = "Hello,\n\nyour site says customers order by phone. We move exactly that to a portal.\n\nBest regards"

Place = tuple[UUID, int]  # a lead and its version


@dataclass(frozen=True)
class Work:
    name: str
    through_server: Callable[[Browser, Place], object]
    as_sql: Callable[[psycopg.Connection, Place], object]
    writes: bool = False


def works(user: User) -> list[Work]:
    """The works of one rep."""
    given = {
        "company": user.company_id,
        "user": user.id,
        "user_name": user.name,
        "methods": ContactMethod.values,
    }

    def run(statement: str, **more: Callable[[Place], object]) -> Callable[[psycopg.Connection, Place], object]:
        def execute(connection: psycopg.Connection, place: Place) -> object:
            parameters = {**given, "lead": place[0], **{name: make(place) for name, make in more.items()}}
            return fetched(connection, statement, parameters)

        return execute

    log = {"attempt": lambda place: new_id(), "subject": lambda place: SUBJECT, "body": lambda place: BODY}
    return [
        Work("lead list, 50 rows", lambda browser, place: browser.get("/leads/"), run(sql.LEAD_LIST)),
        Work("lead page", lambda browser, place: browser.get(lead_path(place[0])), run(sql.LEAD_PAGE)),
        Work("timeline fragment", get_timeline, run(sql.TIMELINE)),
        Work("log a contact", post_contact, run(sql.LOG_EMAIL, **log), writes=True),
    ]


def fetched(connection: psycopg.Connection, statement: str, parameters: dict[str, object]) -> list[tuple]:
    return found(connection.execute(statement, parameters).fetchall())


def found(rows: list[tuple]) -> list[tuple]:
    if not rows:
        raise RuntimeError("The statement found nothing to do.")
    return rows


def get_timeline(browser: Browser, place: Place) -> object:
    return browser.get(f"{lead_path(place[0])}timeline/", fragment=True)


def post_contact(browser: Browser, place: Place) -> object:
    return browser.post(f"{lead_path(place[0])}contacts/new/", contact_fields(place))


def contact_fields(place: Place) -> dict[str, object]:
    """The fields the dialog sends for an email, with a key of its own."""
    lead_id, version = place
    form = LogContactForm.fresh(Lead(id=lead_id, version=version), ContactMethod.EMAIL, [])
    fresh = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    given = {name: value for name, value in fresh.items() if value not in (None, "", False)}
    return {**given, "subject": SUBJECT, "body": BODY}


def places_for(work: Work, reading: list[Place], writing: Iterator[Place], amount: int) -> list[Place]:
    """Leads to work on: each is written to once; those that are read may come again."""
    if work.writes:
        return [next(writing) for _ in range(amount)]
    return [reading[number % len(reading)] for number in range(amount)]
