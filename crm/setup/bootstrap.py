"""Makes `.venv` from the locks and continues inside it.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crm.setup.packages import (
    LOCKS,
    ROOT,
    VENV_PYTHON,
    Lock,
    data_folder,
    install,
    is_inside,
    is_installed,
    shared_locks,
)
from crm.setup.start.holders import lock_holder
from crm.setup.start.steps import step

# What is wrong with a folder, not with us.
UNUSABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR}
# What these commands start is in the test lock.
TESTING = {"test", "bench"}


@contextmanager
def ended_by_ctrl_c() -> Iterator[None]:
    """Without a stack."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


@contextmanager
def in_plain_words() -> Iterator[None]:
    """A folder that cannot be used, or a full disk, ends the process with a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNUSABLE:
            raise
        where = error.filename or data_folder()
        advice = "Tandem keeps its packages and data there; TANDEM_DATA_DIR names another folder for the data."
        sys.exit(f"{where} cannot be written: {error.strerror}. {advice}")


def ensure_environment() -> None:
    """Return inside `.venv` with the locked packages; otherwise make it and start this command again in it.

    Does nothing when TANDEM_SKIP_BOOTSTRAP is set: an image or an environment of one's own has the packages.
    Ends the process with a sentence when the packages cannot be installed.
    """
    if os.environ.get("TANDEM_SKIP_BOOTSTRAP"):
        return
    keep_compiled_modules()
    locks = needed_locks(sys.argv[1:2])
    if not is_installed(locks):
        with only_one():
            # Another process may have finished the work while this one waited.
            if not is_installed(locks):
                install(locks)
    elif is_inside():
        return
    restart_inside()


def keep_compiled_modules() -> None:
    """Also where the shell says otherwise: without them each of our processes compiles for five seconds first."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def needed_locks(command: list[str]) -> list[Lock]:
    return LOCKS if TESTING.intersection(command) else LOCKS[:1]


@contextmanager
def only_one() -> Iterator[None]:
    import fcntl

    # Beside .venv, not in it: .venv may be removed while this is held.
    path = ROOT / ".data" / "venv.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with step("Another command is installing packages here", waits_for=lambda: waiting_for(path)):
                fcntl.flock(handle, fcntl.LOCK_EX)
        shared_locks.append(handle.fileno())
        yield
        shared_locks.remove(handle.fileno())


def waiting_for(lock: Path) -> str:
    """ "waiting for python3 manage.py test (process 4711)", where the system tells who holds this lock."""
    holder = lock_holder(lock)
    return holder and f"waiting for {holder}"


def restart_inside() -> None:
    # It would point the interpreter of .venv at the packages of another one.
    os.environ.pop("PYTHONHOME", None)
    sys.stdout.flush()
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.orig_argv[1:]])
