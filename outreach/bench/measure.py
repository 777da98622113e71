"""Runs calls one after the other or several at a time, and measures how long they took."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import TypeVar

Caller = TypeVar("Caller")
Item = TypeVar("Item")


@dataclass
class Times:
    """Milliseconds of each call, and calls per second of each round with several at a time."""

    took: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return median(self.took)

    @property
    def p95(self) -> float:
        return quantiles(self.took, n=20, method="inclusive")[-1] if len(self.took) > 1 else self.took[0]

    @property
    def rate(self) -> float:
        return median(self.rates)


def one_by_one(call: Callable[[Caller, Item], object], caller: Caller, items: Iterable[Item]) -> list[float]:
    """Call once for each item; return the milliseconds of each call."""
    took = []
    for item in items:
        began = time.perf_counter()
        call(caller, item)
        took.append((time.perf_counter() - began) * 1_000)
    return took


def side_by_side(
    call: Callable[[Caller, Item], object], callers: Sequence[Caller], items: Sequence[Item],
    took: list[float] | None = None,
) -> float:  # fmt: skip
    """Work through all items with a thread for each caller; return calls per second.

    The next item goes to the caller that is free first. Raises what a call raised.
    took: a list to which the milliseconds of each call are added.
    """
    failures: list[Exception] = []
    # With a fixed share each, quick callers would end early and leave their server's worker idle.
    remaining = iter(items)

    def work(caller: Caller) -> None:
        try:
            times = one_by_one(call, caller, remaining)
            if took is not None:
                took.extend(times)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=[caller]) for caller in callers]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return len(items) / (time.perf_counter() - began)
