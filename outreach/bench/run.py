"""One whole run: the server and the bare SQL in turn, so that a busy moment of the machine affects both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import psycopg

from crm.models import User
from leads.models import Lead
from outreach.bench.browser import Browser, sign_in
from outreach.bench.database import connect
from outreach.bench.live import save_to_visible
from outreach.bench.load import LeadVersion, clear_leads, lead_versions
from outreach.bench.measure import Times, one_by_one, side_by_side
from outreach.bench.server import Server
from outreach.bench.works import Work, leads_for, works

SIDE_BY_SIDE = 4
READ_LEADS = 500


@dataclass(frozen=True)
class RunSize:
    """How much is measured: rounds, and in each of them calls alone, calls together, and contacts made visible."""

    rounds: int
    alone: int
    together: int
    visible: int

    @property
    def clear_leads(self) -> int:
        """How many leads the run logs contacts with: one for each call, by the server and as SQL, and to warm up."""
        return self.rounds * (2 * (self.alone + self.together) + self.visible) + 2 * (1 + SIDE_BY_SIDE)


@dataclass
class Result:
    """The times by name of the work."""

    server: dict[str, Times] = field(default_factory=dict)
    sql: dict[str, Times] = field(default_factory=dict)
    visible: Times = field(default_factory=Times)


@dataclass
class Bench:
    """What one run works with, and its times so far."""

    size: RunSize
    browsers: list[Browser]
    viewer: Browser
    connections: list[psycopg.Connection]
    reading: list[LeadVersion]
    writing: Iterator[LeadVersion]
    result: Result = field(default_factory=Result)

    def warm_up(self, all_works: list[Work]) -> None:
        """Not measured: the first requests of a process read templates and open connections."""
        for work in all_works:
            self.together(work, Times(), Times(), amount=SIDE_BY_SIDE)

    def round(self, all_works: list[Work]) -> None:
        for work in all_works:
            server = self.result.server.setdefault(work.name, Times())
            bare = self.result.sql.setdefault(work.name, Times())
            self.alone(work, server, bare)
            self.together(work, server, bare, amount=self.size.together)
        for _ in range(self.size.visible):
            took = save_to_visible(self.browsers[0], self.viewer, next(self.writing))
            self.result.visible.took.append(took)

    def alone(self, work: Work, server: Times, bare: Times) -> None:
        server.took += one_by_one(work.through_server, self.browsers[0], self.leads(work, self.size.alone))
        bare.took += one_by_one(work.as_sql, self.connections[0], self.leads(work, self.size.alone))

    def together(self, work: Work, server: Times, bare: Times, *, amount: int) -> None:
        server.rates.append(side_by_side(work.through_server, self.browsers, self.leads(work, amount)))
        bare.rates.append(side_by_side(work.as_sql, self.connections, self.leads(work, amount)))

    def leads(self, work: Work, amount: int) -> list[LeadVersion]:
        return leads_for(work, self.reading, self.writing, amount)


def run(server: Server, size: RunSize) -> Result:
    """Measure everything and return the times."""
    author, viewer = User.objects.order_by("id")[:2]
    with ExitStack() as stack:
        bench = Bench(
            size=size,
            browsers=[Browser(server.port, sign_in(author)) for _ in range(SIDE_BY_SIDE)],
            viewer=Browser(server.port, sign_in(viewer)),
            connections=[stack.enter_context(connect()) for _ in range(SIDE_BY_SIDE)],
            reading=lead_versions(Lead.objects.all(), READ_LEADS),
            writing=iter(clear_leads(size.clear_leads)),
        )
        all_works = works(author)
        bench.warm_up(all_works)
        for _ in range(size.rounds):
            bench.round(all_works)
    return bench.result
