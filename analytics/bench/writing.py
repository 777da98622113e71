"""How many contacts a company logs a second, with the daily summary and without it: 16 writers that do nothing but
insert, and the form sent to the server as often as one process can take it."""

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
from outreach.bench.measure import side_by_side
from outreach.bench.run import SIDE_BY_SIDE
from outreach.bench.server import Server
from outreach.bench.works import Place, post_contact

WRITERS = 16
ROUNDS = 3
BARE_EACH, POSTS_EACH = 160, 40
BARE, POST = f"bare SQL, {WRITERS} writers", f"POST, {SIDE_BY_SIDE} at a time"


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
    return 2 * ROUNDS * (BARE_EACH + POSTS_EACH) + SIDE_BY_SIDE


def measure(users: list[User], server: Server, places: Iterator[Place]) -> dict[str, Rates]:
    """By turns with the triggers and without: as one bare statement, and through the server."""
    found = {BARE: Rates(), POST: Rates()}
    writers = [Writer(connect(), users[number % len(users)]) for number in range(WRITERS)]
    # One rep in several windows: of several the guard would say that they send the same text.
    browsers = [Browser(server.port, sign_in(users[0])) for _ in range(SIDE_BY_SIDE)]
    side_by_side(post_contact, browsers, list(take(places, SIDE_BY_SIDE)))
    for _ in range(ROUNDS):
        for is_kept in (True, False):
            switch(is_kept)
            bare, posts = list(take(places, BARE_EACH)), list(take(places, POSTS_EACH))
            note(found[BARE], is_kept, side_by_side(log, writers, bare))
            note(found[POST], is_kept, side_by_side(post_contact, browsers, posts))
    switch(True)
    return found


@dataclass(frozen=True)
class Writer:
    connection: psycopg.Connection
    user: User


def log(writer: Writer, place: Place) -> None:
    given = {"company": writer.user.company_id, "user": writer.user.id, "user_name": writer.user.name}
    # Without a text, which the guard would find much like that of the form.
    given |= {"attempt": new_id(), "lead": place[0], "subject": "", "body": ""}
    writer.connection.execute(sql.LOG_EMAIL, given)


def take(places: Iterator[Place], amount: int) -> Iterator[Place]:
    return (next(places) for _ in range(amount))


def note(rates: Rates, is_kept: bool, rate: float) -> None:
    (rates.kept if is_kept else rates.without).append(rate)


def switch(is_kept: bool) -> None:
    with connection.cursor() as cursor:
        for event in ("insert", "update"):
            verb = "ENABLE" if is_kept else "DISABLE"
            cursor.execute(f"ALTER TABLE outreach_contactattempt {verb} TRIGGER analytics_on_{event}")
