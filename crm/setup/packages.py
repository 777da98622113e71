"""Installs the locked packages into `.venv`: uv by pip, the rest by uv.

uv comes from the lock itself, with its hash. It takes 2 s for what takes pip 20 s (52 packages from a warm cache, two
cores). The plain alternative is `use_pip` alone, which is also what happens where uv cannot install.
Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crm.setup.pip_settings import uv_environment
from crm.setup.start.steps import end_by_term, step

Lock = Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
# What running needs, and what tests add.
LOCKS: list[Lock] = [ROOT / "locks" / "run.txt", ROOT / "locks" / "test.txt"]
# Which locks were installed whole: the SHA-256 of each, by its name. Missing while an install is under way.
STAMP = VENV / ".lock-hash"
# What the installers print: shown only by what it means.
LOG = ROOT / ".data" / "install.log"
# Handles of locks that last until the installers have ended too.
shared_locks: list[int] = []
PIN_OF_UV = re.compile(r"^uv==.*?[^\\]$", re.MULTILINE | re.DOTALL)
PIP = [str(VENV_PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
UV = [str(VENV / "bin" / "uv"), "pip"]
# The locks name every package, so there is nothing to resolve.
AS_LOCKED = ["--require-hashes", "--no-deps"]


def data_folder() -> Path:
    """Where local data lives: the embedded database, the development key, joined and collected static files."""
    return Path(os.environ.get("TANDEM_DATA_DIR") or ROOT / ".data").absolute()


def is_installed(locks: list[Lock]) -> bool:
    done = installed_locks()
    return all(done.get(lock.name) == lock_hash(lock) for lock in locks)


def installed_locks() -> dict[str, str]:
    """What the stamp says; empty without one, and for one of another form, which an older Tandem wrote."""
    if is_whole():
        try:
            stamp = json.loads(STAMP.read_text())
        except ValueError:
            stamp = None
        return stamp if isinstance(stamp, dict) else {}
    else:
        return {}


def is_whole() -> bool:
    """False after an install that was interrupted: what it left cannot be trusted."""
    return VENV_PYTHON.exists() and has_packages() and STAMP.is_file()


def has_packages() -> bool:
    """An upgrade of the system's Python leaves packages behind in the folder of the old version."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return not is_inside() or (VENV / "lib" / version / "site-packages").is_dir()


def is_inside() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()


def lock_hash(lock: Lock) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def install(locks: list[Lock]) -> None:
    """Bring `.venv` to these locks, and make it first unless it is whole; ends the process when that fails."""
    LOG.unlink(missing_ok=True)
    with ended_by_term():
        done = installed_locks()
        if not is_whole():
            make_venv()
        hashes = {lock.name: lock_hash(lock) for lock in locks}
        STAMP.unlink(missing_ok=True)
        install_packages([lock for lock in locks if done.get(lock.name) != hashes[lock.name]])
        STAMP.write_text(json.dumps(done | hashes))


def make_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit("This Python cannot make virtual environments. Install it first: apt install python3-venv")
    with step("Making .venv, once"):
        shutil.rmtree(VENV, ignore_errors=True)
        require(run([base_python(), "-m", "venv", str(VENV)]), "Making .venv failed")


def base_python() -> str:
    """The interpreter outside `.venv`, for when this one is about to be removed."""
    return getattr(sys, "_base_executable", None) or sys.executable


def install_packages(locks: list[Lock]) -> None:
    files = [part for lock in locks for part in ("-r", str(lock))]
    title = f"Installing the packages of {' and '.join(str(lock.relative_to(ROOT)) for lock in locks)}"
    with step(title) as ending:
        done = install_uv() and use_uv(files)
        ending.word = "done" if done else "failed"
    if not done:
        with step("uv could not install them; pip tries, which takes half a minute longer"):
            require(use_pip(files), "The packages could not be installed")


def require(done: bool, otherwise: str) -> None:
    """End the process with a sentence and the likely cause unless it is done."""
    if not done:
        report = f"What was printed is in {LOG}." if LOG.exists() else ""
        sys.exit(" ".join(filter(None, [f"{otherwise}:", cause(), report, "Run the same command to try again."])))


# What the installers print, and what it means.
CAUSES = {
    r"No space left|os error 28|Errno 28": "the disk is full.",
    r"Read-only file system|Permission denied|os error 13|Errno 13|Errno 30": f"{ROOT} cannot be written.",
    r"resolv|Connection refused|unreachable|Max retries|NewConnectionError|timed out|ConnectTimeout|ProxyError|"
    r"dns error|error sending request|Failed to establish": "the package index cannot be reached. Is there a network?",
    r"No matching distribution|no version of": "the package index does not have them.",
    r"do not match|hash mismatch|Hash mismatch": "a package is not the one that the lock names.",
}


def cause() -> str:
    """What made an installer fail, from what it printed."""
    printed = LOG.read_text(errors="replace") if LOG.exists() else ""
    return next((words for pattern, words in CAUSES.items() if re.search(pattern, printed)), "see what was printed.")


def install_uv() -> bool:
    """Only as a wheel: to build it would take a compiler and a quarter of an hour."""
    requirement = ROOT / ".data" / "uv.txt"
    requirement.write_text(uv_pin())
    return run([*PIP, "install", "-qq", "--no-compile", *AS_LOCKED, "--only-binary=:all:", "-r", str(requirement)])


def uv_pin() -> str:
    """The lines of the lock that pin uv: its version and its hashes."""
    pin = PIN_OF_UV.search(LOCKS[0].read_text())
    return pin.group() if pin else ""


def use_uv(files: list[str]) -> bool:
    where = ["--python", str(VENV_PYTHON)]
    return run([*UV, "install", "--quiet", *where, *AS_LOCKED, *files], uv_environment(PIP))


def use_pip(files: list[str]) -> bool:
    # Modules are compiled when they are first used, which most of them never are: a third of the time.
    return run([*PIP, "install", "--no-compile", *AS_LOCKED, *files])


def run(command: list[str], environment: dict[str, str] | None = None) -> bool:
    """Run it with its output kept for when it fails. It shares our lock: were we killed, it would still be at work."""
    with LOG.open("a") as log:
        try:
            ended = subprocess.run(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=shared_locks,
            )
        except OSError as error:
            log.write(f"{error}\n")
            return False
    return ended.returncode == 0


@contextmanager
def ended_by_term() -> Iterator[None]:
    """SIGTERM ends this process as Ctrl-C does, and what it has started with it."""
    former = signal.signal(signal.SIGTERM, end_by_term)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
