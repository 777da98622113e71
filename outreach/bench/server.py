"""The application server as its users get it: one daphne process in production settings, on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

HOST = "127.0.0.1"
STARTS_WITHIN = 30
SAMPLE_SECONDS = 0.05
MIB = 1024 * 1024


class Server:
    """A running server and what memory it takes."""

    def __init__(self, process: subprocess.Popen, port: int) -> None:
        self.port = port
        self.process = psutil.Process(process.pid)
        self.idle_mib = self.peak_mib = 0.0
        self.stopped = threading.Event()

    def sample(self) -> float:
        """The resident memory of the process now, in MiB."""
        return self.process.memory_info().rss / MIB

    def watch(self) -> None:
        while not self.stopped.wait(SAMPLE_SECONDS):
            try:
                self.peak_mib = max(self.peak_mib, self.sample())
            except psutil.NoSuchProcess:
                return


@contextmanager
def running_server() -> Iterator[Server]:
    """Start daphne with this process' own environment and settings, and end it afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "daphne", "-v", "0", "-b", HOST, "-p", str(port), "crm.asgi:application"]
    process = subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL)
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
        return trial.getsockname()[1]


def wait_until_ready(process: subprocess.Popen, port: int) -> None:
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
