"""File locks. The kernel drops them with the process, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def opened(path: Path) -> int:
    # For reading only: of two users who share a server, one made the file and the other may not write it.
    return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)


def taken(handle: int, kind: int = fcntl.LOCK_EX) -> bool:
    """Take the lock if it is free; False when another process has it."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True


@contextmanager
def exclusive(path: Path, *, patience: float) -> Iterator[None]:
    """Hold the lock; raises TimeoutError when another process keeps it for longer than `patience` seconds."""
    handle = opened(path)
    try:
        give_up = time.monotonic() + patience
        while not taken(handle):
            if time.monotonic() > give_up:
                raise TimeoutError(f"another process has held {path} for {patience:.0f} s")
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)
