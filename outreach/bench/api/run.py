"""One run of the API's works: each server and the bare SQL take turns, sixteen calls at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from itertools import cycle, islice

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


def clear_needed(rounds: int, calls: int, servers: int) -> int:
    """Logging takes a lead of its own for each call, and for each that warms up."""
    return (rounds * calls + AT_ONCE) * (servers + 2)


def run_api(servers: dict[str, list[Server]], rounds: int, calls: int) -> ApiResult:
    """Measure every work as bare SQL and by each of these names, its connections shared out among its servers."""
    user = User.objects.order_by("id").first()
    with ExitStack() as stack:
        secret = create_token(user=user, name="Bench")[1]
        callers: dict[str, list] = {
            name: [Tool(server.port, secret) for server in islice(cycle(several), AT_ONCE)]
            for name, several in servers.items()
        }
        for name in (BARE, WHOLE):
            callers[name] = [stack.enter_context(connect()) for _ in range(AT_ONCE)]
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
    return {BARE: work.as_sql, WHOLE: work.whole_as_sql}.get(name, work.through_server)


def report_api(result: ApiResult, servers: dict[str, list[Server]]) -> str:
    """The table at the end of a run."""
    heading = (
        f"{'work':<31}{'server':<17}{'p50 ms':>8}{'p95 ms':>8}{'per s':>7}"
        f"{'SQL per s':>11}{'ratio':>7}{'whole SQL':>11}{'ratio':>7}"
    )
    lines = [heading, "-" * len(heading)]
    for work, by_name in result.items():
        for name in servers:
            found = by_name[name]
            beside = "".join(
                f"{sql.rate:>11.0f}{found.rate / sql.rate:>7.2f}" for sql in (by_name[BARE], by_name[WHOLE])
            )
            lines.append(f"{work:<31}{name:<17}{found.p50:>8.1f}{found.p95:>8.1f}{found.rate:>7.0f}{beside}")
    memory = ", ".join(
        f"{name} {sum(server.peak_mib for server in several):.0f} MiB" for name, several in servers.items()
    )
    below = [
        f"{AT_ONCE} calls at a time, of the check of many 2; each ratio is of the rates. SQL is the bare work as one",
        "statement; whole SQL, one statement too, also reads all that the product's rules ask for.",
        f"Memory at most: {memory}.",
    ]
    return "\n".join([*lines, "", *below])
