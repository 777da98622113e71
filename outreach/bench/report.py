"""The table at the end of a run, plain enough for a README."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence

from outreach.bench.database import server_version
from outreach.bench.guard import LARGE, SMALL, GuardTimes
from outreach.bench.run import SIDE_BY_SIDE, Result, RunSize
from outreach.bench.server import Server

HEADING = f"{'work':<20}{'p50 ms':>8}{'p95 ms':>8}{'per s':>8}  {'SQL p50':>8}{'SQL per s':>11}{'ratio':>7}"


def report(
    result: Result, guard: Sequence[GuardTimes], server: Server, size: RunSize, *, leads: int, attempts: int
) -> str:  # fmt: skip
    parts = introduction(size, leads, attempts), table(result), guard_table(guard), below(result, server)
    return "\n\n".join("\n".join(part) for part in parts)


def introduction(size: RunSize, leads: int, attempts: int) -> Iterator[str]:
    yield f"{leads:,} leads, {attempts:,} contacts; one daphne process in production settings."
    yield (
        f"Python {platform.python_version()}, PostgreSQL {server_version()}, {os.cpu_count()} cores; "
        f"{size.rounds} rounds, the server and the bare SQL by turns."
    )


def table(result: Result) -> Iterator[str]:
    yield HEADING
    yield "-" * len(HEADING)
    for name, server in result.server.items():
        bare = result.sql[name]
        yield (
            f"{name:<20}{server.p50:>8.1f}{server.p95:>8.1f}{server.rate:>8.0f}  "
            f"{bare.p50:>8.2f}{bare.rate:>11.0f}{server.rate / bare.rate:>7.2f}"
        )
    visible = result.visible
    yield f"{'save to visible':<20}{visible.p50:>8.1f}{visible.p95:>8.1f}"


def guard_table(guard: Sequence[GuardTimes]) -> Iterator[str]:
    """How long the guard takes for a person with little history and for one with much."""
    yield f"{'asking the guard':<20}{'queries':>8}{str(SMALL):>22}{'queries':>9}{str(LARGE):>27}{'ratio':>7}"
    for way in guard:
        small, large = (f"p50 {way.times[size].p50:.2f} ms" for size in (SMALL, LARGE))
        yield f"{way.name:<20}{way.queries[SMALL]:>8}{small:>22}{way.queries[LARGE]:>9}{large:>27}{way.ratio:>7.2f}"


def below(result: Result, server: Server) -> Iterator[str]:
    yield f"Milliseconds are of one call at a time, rates of {SIDE_BY_SIDE} at a time; ratio is of the rates."
    yield "Save to visible is from sending the form to its event at a colleague's open page."
    yield f"Memory of the server: {server.idle_mib:.0f} MiB idle, {server.peak_mib:.0f} MiB at most."
