"""How many contacts a company logs per second, with the daily summary and without it.

By 16 writers that only insert, and by the form sent to the server as often as one process can answer it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import psycopg
from django.db import connection

from crm.models import User
from crm.models.ids import new_id
from outreach.bench import sql
from outreach.bench.browser import Browser, sign_in
from outreach.bench.database import connect
from outreach.bench.load import LeadVersion
from outreach.bench.measure import side_by_side
from outreach.bench.run import SIDE_BY_SIDE
from outreach.bench.server import Server
from outreach.bench.works import post_contact

WRITERS = 16
ROUNDS = 3
BARE_EACH, POSTS_EACH = 160, 40
BARE, POST = f"bare SQL, {WRITERS} writers", f"POST, {SIDE_BY_SIDE} at a time"


@dataclass
class Rates:
    """Contacts per second of each round, with the triggers that keep the summary and without them."""

    kept: list[float] = field(default_factory=list)
    without: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(self.kept) / median(self.without)


def needed() -> int:
    """How many leads contacts are logged with, each once."""
    return 2 * ROUNDS * (BARE_EACH + POSTS_EACH) + SIDE_BY_SIDE


def measure(users: list[User], server: Server, leads: Iterator[LeadVersion]) -> dict[str, Rates]:
    """In turn with the triggers and without: as one bare statement, and through the server."""
    rates = {BARE: Rates(), POST: Rates()}
    writers = [Writer(connect(), users[number % len(users)]) for number in range(WRITERS)]
    # One rep in several windows: of several reps the guard would warn that they send the same text.
    browsers = [Browser(server.port, sign_in(users[0])) for _ in range(SIDE_BY_SIDE)]
    side_by_side(post_contact, browsers, list(take(leads, SIDE_BY_SIDE)))
    for _ in range(ROUNDS):
        for is_kept in (True, False):
            switch(is_kept)
            bare, posts = list(take(leads, BARE_EACH)), list(take(leads, POSTS_EACH))
            add_rate(rates[BARE], is_kept, side_by_side(log, writers, bare))
            add_rate(rates[POST], is_kept, side_by_side(post_contact, browsers, posts))
    switch(True)
    return rates


@dataclass(frozen=True)
class Writer:
    connection: psycopg.Connection
    user: User


def log(writer: Writer, lead: LeadVersion) -> None:
    params = {"company": writer.user.company_id, "user": writer.user.id, "user_name": writer.user.name}
    # Without a text: the guard would find it similar to that of the form.
    params |= {"attempt": new_id(), "lead": lead.id, "subject": "", "body": ""}
    writer.connection.execute(sql.LOG_EMAIL.encode(), params)


def take(leads: Iterator[LeadVersion], amount: int) -> Iterator[LeadVersion]:
    return (next(leads) for _ in range(amount))


def add_rate(rates: Rates, is_kept: bool, rate: float) -> None:
    (rates.kept if is_kept else rates.without).append(rate)


def switch(is_kept: bool) -> None:
    """Turn the triggers that keep the summary on or off."""
    with connection.cursor() as cursor:
        for event in ("insert", "update"):
            verb = "ENABLE" if is_kept else "DISABLE"
            cursor.execute(f"ALTER TABLE outreach_contactattempt {verb} TRIGGER analytics_on_{event}")
