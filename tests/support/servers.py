"""The application as users get it: daphne in a process of its own, on the test database."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


@contextmanager
def served(log: Path = Path(os.devnull), **environment: str) -> Iterator[str]:
    """A server process on a free port of this machine; gives its address, http://127.0.0.1:port.

    What it prints goes to `log`.
    """
    port = free_port()
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0", "crm.asgi:application"]
    variables = {**os.environ, "DB_NAME": connection.settings_dict["NAME"], **environment}
    # Without compiled modules each start takes five seconds longer.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=output)
    try:
        wait_until_ready(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(port: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The server did not start (exit code {process.poll()}).")
        time.sleep(0.05)


def answers(port: int) -> bool:
    try:
        http = HTTPConnection("127.0.0.1", port, timeout=2)
        http.request("GET", "/healthz")
        return http.getresponse().status == 200
    except OSError:
        return False
