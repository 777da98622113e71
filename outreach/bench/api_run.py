"""One run of the API's works: each server and the bare SQL take turns, sixteen calls at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from itertools import islice

from crm.models import User
from crm.tokens import create_token
from outreach.bench.api_tool import Tool
from outreach.bench.api_works import AT_ONCE, ApiWork, api_works
from outreach.bench.database import connect
from outreach.bench.measure import Times, side_by_side
from outreach.bench.server import Server

BARE = "SQL"


# By the name of the work, then by who did it: a server's name or BARE.
ApiResult = dict[str, dict[str, Times]]


def clear_needed(rounds: int, calls: int, servers: int) -> int:
    """Logging takes a lead of its own for each call, and for each that warms up."""
    return (rounds * calls + AT_ONCE) * (servers + 1)


def run_api(servers: dict[str, Server], rounds: int, calls: int) -> ApiResult:
    """Measure every work with each of these servers and as bare SQL."""
    user = User.objects.order_by("id").first()
    with ExitStack() as stack:
        secret = create_token(user=user, name="Bench")[1]
        callers: dict[str, list] = {
            name: [Tool(server.port, secret) for _ in range(AT_ONCE)] for name, server in servers.items()
        }
        callers[BARE] = [stack.enter_context(connect()) for _ in range(AT_ONCE)]
        works = api_works(user, clear_needed(rounds, calls, len(servers)))
        result: ApiResult = {work.name: {name: Times() for name in callers} for work in works}
        for number in range(rounds + 1):
            for work in works:
                amount = work.at_once if number == 0 else max(calls * work.at_once // AT_ONCE, 4)
                for name, team in callers.items():
                    measure(work, name, team, amount, Times() if number == 0 else result[work.name][name])
    return result


def measure(work: ApiWork, name: str, team: list, amount: int, times: Times) -> None:
    """So many calls by one team, added to its times."""
    items = list(islice(work.items, amount))
    times.rates.append(side_by_side(work_of(work, name), team[: work.at_once], items, times.took))


def work_of(work: ApiWork, name: str) -> Callable[[object, object], object]:
    return work.as_sql if name == BARE else work.through_server


def report_api(result: ApiResult, servers: dict[str, Server]) -> str:
    """The table at the end of a run."""
    heading = f"{'work':<31}{'server':<22}{'p50 ms':>8}{'p95 ms':>8}{'per s':>8}{'SQL per s':>11}{'ratio':>7}"
    lines = [heading, "-" * len(heading)]
    for work, by_name in result.items():
        bare = by_name[BARE]
        for name in servers:
            found = by_name[name]
            lines.append(
                f"{work:<31}{name:<22}{found.p50:>8.1f}{found.p95:>8.1f}{found.rate:>8.0f}"
                f"{bare.rate:>11.0f}{found.rate / bare.rate:>7.2f}"
            )
    memory = ", ".join(f"{name} {server.peak_mib:.0f} MiB" for name, server in servers.items())
    below = [
        f"{AT_ONCE} calls at a time, of the check of many 2; ratio is of the rates.",
        f"Memory at most: {memory}.",
    ]
    return "\n".join([*lines, "", *below])
