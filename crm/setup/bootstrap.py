"""Makes `.venv` from the lock and continues inside it.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.txt"
STAMP = VENV / ".lock-hash"
OLDEST = (3, 11)


def ensure_environment() -> None:
    """Return inside `.venv` with the locked packages; otherwise make it and start this command again in it.

    Does nothing when TANDEM_SKIP_BOOTSTRAP is set: an image or an environment of one's own has the packages.
    Ends the process with a sentence when Python is too old or the packages cannot be installed.
    """
    check_python()
    if os.environ.get("TANDEM_SKIP_BOOTSTRAP"):
        return
    if not is_current():
        with only_one():
            # Another process may have finished the work while this one waited.
            if not is_current():
                install()
    elif is_inside():
        return
    restart_inside()


def check_python() -> None:
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"Tandem needs Python 3.11 or newer; this is Python {found} ({sys.executable}).")
    if os.name != "posix":
        sys.exit("Tandem runs on Linux and macOS. On Windows, run it inside WSL.")


def is_current() -> bool:
    return VENV_PYTHON.exists() and has_packages() and STAMP.is_file() and STAMP.read_text() == lock_hash()


def has_packages() -> bool:
    """An upgrade of the system's Python leaves packages behind in the folder of the old version."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return not is_inside() or (VENV / "lib" / version / "site-packages").is_dir()


def is_inside() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()


def lock_hash() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


@contextmanager
def only_one() -> Iterator[None]:
    import fcntl

    # Beside .venv, not in it: .venv may be removed while this is held.
    path = ROOT / ".data" / "venv.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def install() -> None:
    if STAMP.is_file() and VENV_PYTHON.exists() and has_packages():
        print("The lock has changed; updating .venv …", flush=True)
    else:
        # Without a stamp the last install was interrupted, and what it left cannot be trusted.
        print("Setting up .venv, once; this takes about half a minute …", flush=True)
        make_venv()
    wanted = lock_hash()
    STAMP.unlink(missing_ok=True)
    install_packages()
    STAMP.write_text(wanted)


def make_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit("This Python cannot make virtual environments. Install it first: apt install python3-venv")
    shutil.rmtree(VENV, ignore_errors=True)
    run([base_python(), "-m", "venv", str(VENV)])


def base_python() -> str:
    """The interpreter outside `.venv`, for when this one is about to be removed."""
    return getattr(sys, "_base_executable", None) or sys.executable


def install_packages() -> None:
    # The lock names every package, so there is nothing to resolve. Modules are compiled when they are first used, which
    # most of them never are: a third of the time.
    pip = [str(VENV_PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "-qq"]
    run([*pip, "install", "--no-compile", "--require-hashes", "--no-deps", "-r", str(LOCK)])


def run(command: list[str]) -> None:
    try:
        code = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode
    except KeyboardInterrupt:
        sys.exit(130)
    if code:
        sys.exit(f"Setting up .venv failed (exit code {code}); see above. Run the same command to try again.")


def restart_inside() -> None:
    # It would point the interpreter of .venv at the packages of another one.
    os.environ.pop("PYTHONHOME", None)
    sys.stdout.flush()
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.orig_argv[1:]])
