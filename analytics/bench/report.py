"""The tables at the end of a run, plain enough for a README."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from statistics import median

from analytics.bench.writing import Rates
from outreach.bench.database import server_version


def report(attempts: int, times: dict[str, dict[str, float]], rates: dict[str, Rates], sizes: dict[str, float]) -> str:
    return "\n".join([introduction(attempts), "", *reading(times), *writing(rates), "", *disk(sizes)])


def introduction(attempts: int) -> str:
    return (
        f"{attempts:,} contacts of one company in a year. Python {platform.python_version()}, "
        f"PostgreSQL {server_version()}, {os.cpu_count()} cores."
    )


def reading(times: dict[str, dict[str, float]]) -> Iterator[str]:
    for days, took in times.items():
        heading = f"{f'{days}, in ms':<26}{'here':>9}{'founding':>10}{'ratio':>8}"
        yield from (heading, "-" * len(heading))
        for name, ours in took.items():
            if name.startswith("founding "):
                continue
            theirs = took.get(f"founding {name}")
            yield f"{name:<26}{ours:>9.2f}" + (f"{theirs:>10.2f}{theirs / ours:>7.1f}x" if theirs else "")
        yield ""


def writing(rates: dict[str, Rates]) -> Iterator[str]:
    heading = f"{'contacts logged per s':<28}{'with':>8}{'without':>9}{'ratio':>7}"
    yield heading
    yield "-" * len(heading)
    for name, rate in rates.items():
        yield f"{name:<28}{median(rate.kept):>8.0f}{median(rate.without):>9.0f}{rate.ratio:>7.2f}"


def disk(sizes: dict[str, float]) -> Iterator[str]:
    yield "On disk with indexes, in MiB: " + ", ".join(f"{name} {size:,.1f}" for name, size in sizes.items()) + "."
