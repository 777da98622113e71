"""The application server as its users get it: one daphne process in production settings, on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

HOST = "127.0.0.1"
STARTS_WITHIN = 30
SAMPLE_SECONDS = 0.05
LOOKS = 40
MIB = 1024 * 1024


class Server:
    """A running server and what memory it takes."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.port = port
        self.process = psutil.Process(process.pid)
        # With its worker, once that has started. Looking for it is slow, so it is done only until it is found.
        self.family, self.looks = [self.process], 0
        self.idle_mib = self.peak_mib = 0.0
        self.stopped = threading.Event()

    def sample(self) -> float:
        """The resident memory of the process and its worker now, in MiB."""
        if len(self.family) == 1 and self.looks < LOOKS:
            self.looks += 1
            self.family = [self.process, *self.process.children()]
        return float(sum(process.memory_info().rss for process in self.family)) / MIB

    def watch(self) -> None:
        """Keep `peak_mib` up to date until the server is stopped."""
        while not self.stopped.wait(SAMPLE_SECONDS):
            try:
                self.peak_mib = max(self.peak_mib, self.sample())
            except psutil.NoSuchProcess:
                return


def daphne(port: int) -> list[str]:
    """One ASGI process."""
    return ["daphne", "-v", "0", "-b", HOST, "-p", str(port), "crm.asgi:application"]


def granian(port: int) -> list[str]:
    """One WSGI worker of two threads: while one waits for the disk, the other goes on.

    Each worker is a server of its own: of sixteen open connections to one port, one worker may get all.
    """
    worker = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "2", "--log-level", "warning"]
    return ["granian", *worker, "--host", HOST, "--port", str(port), "crm.wsgi:application"]


@contextmanager
def running_server(command: Callable[[int], list[str]] = daphne) -> Iterator[Server]:
    """Start a server with this process' environment and settings, and stop it afterwards."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", *command(port)], env=os.environ, stdout=subprocess.DEVNULL)
    server = Server(process, port)
    try:
        wait_until_ready(process, port)
        server.idle_mib = server.sample()
        threading.Thread(target=server.watch, daemon=True).start()
        yield server
    finally:
        server.stopped.set()
        process.terminate()
        process.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind((HOST, 0))
        return int(trial.getsockname()[1])


def wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    """Raises RuntimeError if the server ends, or does not listen within STARTS_WITHIN seconds."""
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended at once with exit code {process.returncode}.")
        try:
            with socket.create_connection((HOST, port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"The server did not start within {STARTS_WITHIN} s.")
