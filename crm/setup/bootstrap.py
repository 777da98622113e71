"""Makes `.venv` from the locks and continues inside it.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from crm.setup.packages import LOCKS, ROOT, VENV_PYTHON, Lock, install, is_inside, is_installed

OLDEST = (3, 11)
# What these commands start is in the test lock.
TESTING = {"test", "bench"}


def ensure_environment() -> None:
    """Return inside `.venv` with the locked packages; otherwise make it and start this command again in it.

    Does nothing when TANDEM_SKIP_BOOTSTRAP is set: an image or an environment of one's own has the packages.
    Ends the process with a sentence when Python is too old or the packages cannot be installed.
    """
    check_python()
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


def check_python() -> None:
    if sys.version_info < OLDEST:
        version = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"Tandem needs Python 3.11 or newer; this is Python {version} ({sys.executable}).")
    if os.name != "posix":
        sys.exit("Tandem runs on Linux and macOS. On Windows, run it inside WSL.")


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
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def restart_inside() -> None:
    # It would point the interpreter of .venv at the packages of another one.
    os.environ.pop("PYTHONHOME", None)
    sys.stdout.flush()
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.orig_argv[1:]])
