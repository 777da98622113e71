"""The first seconds of `up`: its port before anything else, then the time that Python takes to load the product.

Standard library only.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack

from crm.setup.start.port import check_port
from crm.setup.start.steps import step


def begin_up(argv: list[str]) -> None:
    """For `up`: end the process with a sentence when its port cannot be had, and choose what the settings serve."""
    if is_up(argv):
        check_port(argv[2:])
        # As Ctrl-C would: with an end to what was started, and nothing left half made. The server has a way of its own.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        # As users see it, or with what whoever works on the code needs. Read by crm/settings.py.
        os.environ["TANDEM_DEBUG_PAGES" if "--debug" in argv else "TANDEM_COLLECTED"] = "1"


def is_up(argv: list[str]) -> bool:
    return argv[1:2] == ["up"] and not {"-h", "--help"}.intersection(argv)


class Loading(ExitStack):
    """A step from here to wherever the command says that it is loaded."""

    def begin(self, argv: list[str]) -> None:
        if is_up(argv):
            self.enter_context(step("Loading Tandem"))

    def end(self) -> None:
        self.close()


loading = Loading()
