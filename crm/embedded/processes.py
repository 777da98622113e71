"""Which process is the embedded server: what its lock files say, checked against what runs."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil

PORT = 5432


def server_of(cluster: Path) -> psutil.Process | None:
    """The running server of this cluster, as its own pid file names it."""
    return named_in(cluster / "postmaster.pid", cluster)


def named_in(lock_file: Path, cluster: Path) -> psutil.Process | None:
    """The process a lock file names, if it is this cluster's server: numbers are reused after a crash."""
    try:
        process = psutil.Process(int(lines(lock_file)[0]))
        ours = is_alive(process) and serves(process, cluster)
    except (IndexError, ValueError, psutil.Error):
        return None
    return process if ours else None


def serves(process: psutil.Process, cluster: Path) -> bool:
    command = process.cmdline()
    return bool(command) and Path(command[0]).name == "postgres" and str(cluster) in command


def is_alive(process: psutil.Process) -> bool:
    # A zombie is a server that has ended and whose parent has not asked for its exit code, as happens in containers.
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def is_ready(cluster: Path) -> bool:
    return lines(cluster / "postmaster.pid")[7:8] == ["ready"]


def socket_folder(cluster: Path) -> Path:
    """Where the running server listens. It may have been started by a process with another temporary folder."""
    return Path(lines(cluster / "postmaster.pid")[4])


def has_socket(cluster: Path) -> bool:
    """Whether the socket is there: a cleaner of temporary files may have deleted it."""
    return socket_lock(socket_folder(cluster)).exists()


def socket_lock(sockets: Path) -> Path:
    return sockets / f".s.PGSQL.{PORT}.lock"


def lines(lock_file: Path) -> list[str]:
    try:
        return [line.strip() for line in lock_file.read_text().splitlines()]
    except OSError:
        return []


def stop(process: psutil.Process, *, how: int = signal.SIGINT, patience: float = 60) -> None:
    """Stop the server and wait until it is gone. SIGINT ends sessions and saves; SIGQUIT gives up at once.

    By signal, since the programs may have been removed together with `.venv`.
    """
    try:
        process.send_signal(how)
        wait(lambda: not is_alive(process), patience)
    except psutil.NoSuchProcess:
        pass


def wait(done: Callable[[], bool], patience: float) -> bool:
    """Wait until it is done, at most so many seconds; False when they have passed."""
    give_up = time.monotonic() + patience
    while not done():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True
