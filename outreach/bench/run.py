"""One whole run: the server and the bare SQL take turns, so that a noisy moment hits both."""

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
from outreach.bench.load import clear_leads
from outreach.bench.measure import Times, one_by_one, side_by_side
from outreach.bench.server import Server
from outreach.bench.works import Place, Work, places_for, works

SIDE_BY_SIDE = 4
READ_LEADS = 500


@dataclass(frozen=True)
class Size:
    """How much is measured in each round."""

    rounds: int
    alone: int
    together: int
    visible: int

    @property
    def clear_leads(self) -> int:
        """Logging takes a lead for each call, through the server and as SQL; and one more each to warm up."""
        return self.rounds * (2 * (self.alone + self.together) + self.visible) + 2 * (1 + SIDE_BY_SIDE)


@dataclass
class Result:
    """The times by name of the work."""

    server: dict[str, Times] = field(default_factory=dict)
    sql: dict[str, Times] = field(default_factory=dict)
    visible: Times = field(default_factory=Times)


@dataclass
class Bench:
    """Everything one run needs at hand."""

    size: Size
    browsers: list[Browser]
    viewer: Browser
    connections: list[psycopg.Connection]
    reading: list[Place]
    writing: Iterator[Place]
    result: Result = field(default_factory=Result)

    def warm_up(self, each: list[Work]) -> None:
        """The first requests of a process read templates and open connections, once."""
        for work in each:
            self.together(work, Times(), Times(), amount=SIDE_BY_SIDE)

    def round(self, each: list[Work]) -> None:
        for work in each:
            server = self.result.server.setdefault(work.name, Times())
            bare = self.result.sql.setdefault(work.name, Times())
            self.alone(work, server, bare)
            self.together(work, server, bare, amount=self.size.together)
        for _ in range(self.size.visible):
            took = save_to_visible(self.browsers[0], self.viewer, next(self.writing))
            self.result.visible.took.append(took)

    def alone(self, work: Work, server: Times, bare: Times) -> None:
        server.took += one_by_one(work.through_server, self.browsers[0], self.places(work, self.size.alone))
        bare.took += one_by_one(work.as_sql, self.connections[0], self.places(work, self.size.alone))

    def together(self, work: Work, server: Times, bare: Times, *, amount: int) -> None:
        server.rates.append(side_by_side(work.through_server, self.browsers, self.places(work, amount)))
        bare.rates.append(side_by_side(work.as_sql, self.connections, self.places(work, amount)))

    def places(self, work: Work, amount: int) -> list[Place]:
        return places_for(work, self.reading, self.writing, amount)


def run(server: Server, size: Size) -> Result:
    """Measure everything and return the times."""
    author, viewer = User.objects.order_by("id")[:2]
    with ExitStack() as stack:
        bench = Bench(
            size=size,
            browsers=[Browser(server.port, sign_in(author)) for _ in range(SIDE_BY_SIDE)],
            viewer=Browser(server.port, sign_in(viewer)),
            connections=[stack.enter_context(connect()) for _ in range(SIDE_BY_SIDE)],
            reading=list(Lead.objects.order_by("id").values_list("id", "version")[:READ_LEADS]),
            writing=iter(clear_leads(size.clear_leads)),
        )
        each = works(author)
        bench.warm_up(each)
        for _ in range(size.rounds):
            bench.round(each)
    return bench.result
