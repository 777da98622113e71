"""The first seconds of `up`: its port before anything else, then the time that Python takes to load the product.

Standard library only.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack

from crm.setup.start.port import check_port
from crm.setup.start.steps import end_by_term, step

# Here and not with the command: whoever asks for it waits for no packages.
USAGE = """usage: python3 manage.py up [--port N] [--debug]

Serves Tandem on this machine, for trying it out and for working on it.

The first time it makes what it needs: .venv with the locked packages, a PostgreSQL of its own and a demo story. After
that it starts within seconds, with the data that was there. It names what it waits for, prints where to go and as whom
to sign in, and then shows the requests that failed. Ctrl-C ends it.

  --port N   where to serve it, 8000 unless told; PORT in the environment says so too
  --debug    for work on the code: Django's own error pages, and styles and scripts as they are on disk

DATABASE_URL and REDIS_URL name servers of your own instead; TANDEM_DATA_DIR another folder for the data than .data."""


def begin_up(argv: list[str]) -> None:
    """For `up`: end the process with a sentence when its port cannot be had, and choose what the settings serve."""
    if argv[1:2] == ["up"] and {"-h", "--help"}.intersection(argv):
        print(USAGE)
        sys.exit()
    elif is_up(argv):
        check_port(argv[2:])
        signal.signal(signal.SIGTERM, end_by_term)  # the server has a way of its own
        # As users see it, or with what whoever works on the code needs. Read by crm/settings.py.
        os.environ["TANDEM_DEBUG_PAGES" if "--debug" in argv else "TANDEM_COLLECTED"] = "1"


def is_up(argv: list[str]) -> bool:
    return argv[1:2] == ["up"]


class Loading(ExitStack):
    """A step from here to wherever the command says that it is loaded."""

    def begin(self, argv: list[str]) -> None:
        if is_up(argv):
            self.enter_context(step("Loading Tandem"))

    def end(self) -> None:
        self.close()


loading = Loading()
