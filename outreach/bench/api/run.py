"""One run of the API's works: each server and the bare SQL in turn, sixteen calls at a time."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice

import psycopg

from crm.login.tokens import create_token
from crm.models import User
from outreach.bench.api.tool import Tool
from outreach.bench.api.works import AT_ONCE, ApiWork, api_works
from outreach.bench.database import connect
from outreach.bench.measure import Times, side_by_side
from outreach.bench.server import Server

BARE, WHOLE = "SQL", "whole SQL"


# By the name of the work, then by who did it: a server's name, BARE or WHOLE.
ApiResult = dict[str, dict[str, Times]]


@dataclass(frozen=True)
class Callers:
    """Sixteen callers by name: tools of each server, and connections for each kind of SQL."""

    tools: dict[str, list[Tool]]
    connections: dict[str, list[psycopg.Connection]]

    @property
    def names(self) -> list[str]:
        return [*self.tools, *self.connections]

    def measure(self, work: ApiWork, name: str, amount: int, times: Times) -> None:
        """So many calls by the callers of this name, added to `times`."""
        items = list(islice(work.items, amount))
        if name in self.tools:
            rate = side_by_side(work.through_server, self.tools[name][: work.at_once], items, times.took)
        else:
            call = work.as_sql if name == BARE else work.whole_as_sql
            rate = side_by_side(call, self.connections[name][: work.at_once], items, times.took)
        times.rates.append(rate)


def clear_needed(rounds: int, calls: int, servers: int) -> int:
    """How many leads contacts are logged with: one for each call, those that warm up included."""
    return (rounds * calls + AT_ONCE) * (servers + 2)


def run_api(servers: dict[str, list[Server]], rounds: int, calls: int) -> ApiResult:
    """Measure every work as bare SQL and by each of these names, its connections shared out among its servers."""
    user = User.objects.earliest("id")
    with ExitStack() as stack:
        secret = create_token(user=user, name="Bench")[1]
        callers = Callers(
            tools={
                name: [Tool(server.port, secret) for server in islice(cycle(several), AT_ONCE)]
                for name, several in servers.items()
            },
            connections={name: [stack.enter_context(connect()) for _ in range(AT_ONCE)] for name in (BARE, WHOLE)},
        )
        works = api_works(user, clear_needed(rounds, calls, len(servers)))
        result: ApiResult = {work.name: {name: Times() for name in callers.names} for work in works}
        for number in range(rounds + 1):
            for work in works:
                amount = work.at_once if number == 0 else max(calls * work.at_once // AT_ONCE, 4)
                for name in callers.names:
                    # Round 0 only warms up.
                    callers.measure(work, name, amount, Times() if number == 0 else result[work.name][name])
    return result


def report_api(result: ApiResult, servers: dict[str, list[Server]]) -> str:
    """The table at the end of a run."""
    heading = (
        f"{'work':<31}{'server':<17}{'p50 ms':>8}{'p95 ms':>8}{'per s':>7}"
        f"{'SQL per s':>11}{'ratio':>7}{'whole SQL':>11}{'ratio':>7}"
    )
    lines = [heading, "-" * len(heading)]
    for work, by_name in result.items():
        for name in servers:
            times = by_name[name]
            ratios = "".join(
                f"{sql.rate:>11.0f}{times.rate / sql.rate:>7.2f}" for sql in (by_name[BARE], by_name[WHOLE])
            )
            lines.append(f"{work:<31}{name:<17}{times.p50:>8.1f}{times.p95:>8.1f}{times.rate:>7.0f}{ratios}")
    memory = ", ".join(
        f"{name} {sum(server.peak_mib for server in several):.0f} MiB" for name, several in servers.items()
    )
    below = [
        f"{AT_ONCE} calls at a time, of the check of many 2; each ratio is of the rates. SQL is the bare work as one",
        "statement; whole SQL, one statement too, also reads all that the product's rules ask for.",
        f"Memory at most: {memory}.",
    ]
    return "\n".join([*lines, "", *below])
