"""Stops the server when its last user is gone, even when that user was killed."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

from crm.embedded import processes
from crm.embedded.locks import exclusive, opened, taken

ROOT = Path(__file__).resolve().parent.parent.parent
spawned: list[subprocess.Popen[bytes]] = []


def spawn_keeper(home: Path) -> None:
    """Start a keeper unless one runs. It inherits the lock that says so, already taken."""
    lock = opened(home / "keeper.lock")
    if taken(lock):
        # A session of its own, so that Ctrl-C and a closed terminal do not end it, and none of our pipes,
        # so that whoever reads our output sees its end.
        keeper = subprocess.Popen(
            [sys.executable, "-m", "crm.embedded.keeper", str(home)],
            cwd=ROOT,
            pass_fds=[lock],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        spawned.append(keeper)
    os.close(lock)


def keep(home: Path) -> None:
    """Wait until no process holds the users' lock any more, then stop the server."""
    os.chdir("/")
    users = opened(home / "users.lock")
    while True:
        fcntl.flock(users, fcntl.LOCK_EX)
        if was_replaced(users, home / "users.lock") or stopped(home):
            return
        # Somebody is just starting; let them in and wait again.
        fcntl.flock(users, fcntl.LOCK_UN)
        time.sleep(0.1)


def was_replaced(handle: int, path: Path) -> bool:
    """True when the data folder was deleted meanwhile: what is there now has a keeper of its own."""
    try:
        return not os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return True


def stopped(home: Path) -> bool:
    """Stop the server; False when another process is just starting it."""
    try:
        with exclusive(home / "start.lock", patience=0):
            server = processes.server_of(home / "cluster")
            if server:
                processes.stop(server)
            return True
    except TimeoutError:
        return False


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
