"""How many contacts 16 writers of one company log a second, with the daily summary and without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import psycopg
from django.db import connection

from crm.ids import new_id
from crm.models import User
from outreach.bench import sql
from outreach.bench.browser import Browser, sign_in
from outreach.bench.database import connect
from outreach.bench.measure import side_by_side
from outreach.bench.server import Server
from outreach.bench.works import BODY, SUBJECT, Place, post_contact

WRITERS = 16
ROUNDS = 4
BARE_EACH, POSTS_EACH = 240, 48


@dataclass
class Rates:
    """Contacts per second of each round."""

    kept: list[float] = field(default_factory=list)
    without: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(self.kept) / median(self.without)


def needed() -> int:
    """How many leads are written to, each once."""
    return 2 * ROUNDS * (BARE_EACH + POSTS_EACH) + WRITERS


def measure(users: list[User], server: Server, places: Iterator[Place]) -> dict[str, Rates]:
    """By turns with the triggers and without: as one bare statement, and through the server."""
    found = {"one bare statement": Rates(), "POST to one server process": Rates()}
    writers = [Writer(connect(), users[number % len(users)]) for number in range(WRITERS)]
    browsers = [Browser(server.port, sign_in(users[number % len(users)])) for number in range(WRITERS)]
    side_by_side(post_contact, browsers, [next(places) for _ in range(WRITERS)])
    for _ in range(ROUNDS):
        for is_kept in (True, False):
            switch(is_kept)
            bare, posts = (list(take(places, amount)) for amount in (BARE_EACH, POSTS_EACH))
            note(found["one bare statement"], is_kept, side_by_side(log, writers, bare))
            note(found["POST to one server process"], is_kept, side_by_side(post_contact, browsers, posts))
    switch(True)
    return found


@dataclass(frozen=True)
class Writer:
    connection: psycopg.Connection
    user: User


def log(writer: Writer, place: Place) -> None:
    given = {"company": writer.user.company_id, "user": writer.user.id, "user_name": writer.user.name}
    given |= {"id": new_id(), "lead": place[0], "subject": SUBJECT, "body": BODY}
    writer.connection.execute(sql.LOG_CONTACT, given)


def take(places: Iterator[Place], amount: int) -> Iterator[Place]:
    return (next(places) for _ in range(amount))


def note(rates: Rates, is_kept: bool, rate: float) -> None:
    (rates.kept if is_kept else rates.without).append(rate)


def switch(is_kept: bool) -> None:
    with connection.cursor() as cursor:
        for event in ("insert", "update"):
            verb = "ENABLE" if is_kept else "DISABLE"
            cursor.execute(f"ALTER TABLE outreach_contactattempt {verb} TRIGGER analytics_on_{event}")
