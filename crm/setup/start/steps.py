"""Whatever takes a while is named before it begins and ends visibly.

On a terminal one line that counts the seconds; elsewhere a plain line at the beginning and one at the end.
Standard library only: the first steps come before anything is installed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import NoReturn

ERASE = "\r\033[K"
SECONDS_BEFORE_A_REASON = 1.0


class Terminated(SystemExit):
    """Raised by SIGTERM, so that a command ends as by Ctrl-C: what it started too, and nothing left half made."""


def end_by_term(number: int, frame: object) -> NoReturn:
    """The handler of that signal."""
    raise Terminated(128 + number)


# In words what a step waits for just now, or nothing.
Reason = Callable[[], str]


class Ending:
    """How a step ended, where no exception tells it."""

    word = "done"


@contextmanager
def step(title: str, *, waits_for: Reason = lambda: "") -> Iterator[Ending]:
    """Say what begins, and how it ended. After a second `waits_for` may say what it waits for."""
    began, over = monotonic(), Event()
    watcher = Thread(target=watch, args=[title, waits_for, began, over], daemon=True)
    this, ending = Ending(), "failed"
    try:
        say(f"{title} …", end="" if on_a_terminal() else "\n")
        watcher.start()
        yield this
        ending = this.word
    except (KeyboardInterrupt, Terminated):
        ending = "stopped"
        raise
    finally:
        over.set()
        # Ctrl-C may come before it has begun.
        if watcher.is_alive():
            watcher.join()
        finish(title, ending, monotonic() - began)


def watch(title: str, waits_for: Reason, began: float, over: Event) -> None:
    """Count the seconds on a terminal; say what is waited for once it is known, and again when it changes."""
    told = ""
    while not over.wait(SECONDS_BEFORE_A_REASON):
        reason = waits_for()
        if on_a_terminal():
            seconds = f"{monotonic() - began:.0f} s"
            say(f"{ERASE}{title} … {', '.join(filter(None, [seconds, reason]))}", end="")
        elif reason and reason != told:
            say(f"{title}: {reason} …")
            told = reason


def finish(title: str, ending: str, seconds: float) -> None:
    words = f"{ending}, {seconds:.0f} s" if seconds >= 1 else ending
    if on_a_terminal():
        say(f"{ERASE}{title} … {words}")
    else:
        say(f"{title}: {words}")


def on_a_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def say(text: str, *, end: str = "\n") -> None:
    try:
        print(text, end=end, flush=True)
    except UnicodeEncodeError:
        # A shell without UTF-8 has no "…".
        print(text.encode("ascii", "replace").decode().replace("?", "..."), end=end, flush=True)
