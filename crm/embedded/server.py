"""Starts the embedded server on the first connection of any process."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import stat
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from django.db.utils import OperationalError

from crm.embedded import processes
from crm.embedded.keeper import spawn_keeper
from crm.embedded.locks import exclusive, opened
from crm.embedded.place import Place, find_place, programs
from crm.setup.environment import data_folder

DATABASE = "tandem"
USER = "postgres"
PATIENCE = 60


@dataclass
class Running:
    """The server this process uses. `lock` tells the keeper so, and is never closed while it does."""

    process: psutil.Process
    sockets: Path
    lock: int


running: Running | None = None
one_thread = threading.Lock()


def ensure() -> Path:
    """Start the server unless it runs, and return the folder of its socket.

    Call it before any connection that does not go through Django. After the first time it only looks whether
    the server is still there, so a killed server comes back with the next connection. Raises OperationalError
    with a sentence when it cannot be started.
    """
    global running
    with one_thread:
        if running is None or not processes.is_alive(running.process):
            try:
                running = join()
            except (OSError, subprocess.SubprocessError) as error:
                raise OperationalError(f"The embedded PostgreSQL cannot be used: {error}.") from error
        return running.sockets


def join() -> Running:
    place = find_place(data_folder())
    with exclusive(place.home / "start.lock", patience=PATIENCE):
        # First, so that a start which is interrupted leaves no server that nobody stops.
        lock = hold(place)
        try:
            spawn_keeper(place.home)
            process = usable_server(place) or start(place)
        except BaseException:
            os.close(lock)
            raise
    if running:
        os.close(running.lock)
    return Running(process, processes.socket_folder(place.cluster), lock)


def hold(place: Place) -> int:
    lock = opened(place.home / "users.lock")
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def usable_server(place: Place) -> psutil.Process | None:
    process = processes.server_of(place.cluster)
    if process is None:
        return None
    elif became_ready(process, place) and processes.has_socket(place.cluster):
        return process
    else:
        # Its socket was deleted, or it is ending.
        processes.stop(process)
        return None


def became_ready(process: psutil.Process, place: Place) -> bool:
    processes.wait(lambda: processes.is_ready(place.cluster) or not processes.is_alive(process), PATIENCE)
    return processes.is_alive(process) and processes.is_ready(place.cluster)


def start(place: Place) -> psutil.Process:
    prepare_sockets(place)
    clear_stale_locks(place)
    if not (place.cluster / "PG_VERSION").exists():
        create_cluster(place)
    # -w waits until the server takes connections.
    quietly: list[str | Path] = ["-w", "-s", f"-t{PATIENCE}", "-l", place.log]
    options = f"-c listen_addresses= -c port={processes.PORT} -k {place.sockets}"
    run(place, "pg_ctl", "start", *quietly, "-D", place.cluster, "-o", options)
    process = processes.server_of(place.cluster)
    if process is None:
        raise ChildProcessError(f"it ended right after its start; see {place.log}")
    return process


def prepare_sockets(place: Place) -> None:
    """Whoever can enter the folder may connect as the superuser, so it must be ours and closed to others."""
    try:
        place.sockets.mkdir(mode=0o700)
        os.chown(place.sockets, place.uid, place.gid)
    except FileExistsError:
        status = place.sockets.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != place.uid or status.st_mode & 0o077:
            raise PermissionError(f"{place.sockets} was made by somebody else; remove it") from None


def clear_stale_locks(place: Place) -> None:
    """Remove what a killed server left: PostgreSQL takes it for running when its process id is in use again."""
    socket_lock = processes.socket_lock(place.sockets)
    orphan = processes.named_in(socket_lock, place.cluster)
    if orphan:
        # Its data folder was deleted under it; it has nothing left to save.
        processes.stop(orphan, how=signal.SIGQUIT)
    (place.cluster / "postmaster.pid").unlink(missing_ok=True)
    socket_lock.unlink(missing_ok=True)


def create_cluster(place: Place) -> None:
    """Make an empty database under another name first, so that an interrupted one is never taken for complete."""
    draft = place.home / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    encoding = ["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    run(place, "initdb", "-D", draft, "-U", USER, "-A", "trust", *encoding)
    run(place, "postgres", "--single", "-D", draft, "postgres", stdin=f"CREATE DATABASE {DATABASE};\n")
    draft.rename(place.cluster)


def run(place: Place, program: str, *arguments: str | Path, stdin: str = "") -> None:
    """Run a program of PostgreSQL as the owner of the data; raises ChildProcessError with what it printed."""
    result = subprocess.run(
        [programs(place) / program, *arguments],
        **as_owner(place),
        input=stdin,
        text=True,
        capture_output=True,
        cwd="/",
        env=environment(),
    )
    if result.returncode:
        raise ChildProcessError(f"{program} failed: {(result.stderr or result.stdout).strip()}")


def as_owner(place: Place) -> dict[str, Any]:
    """The arguments of subprocess.run that make a program run as the owner of the data."""
    if place.uid == os.geteuid():
        return {}
    else:
        return {"user": place.uid, "group": place.gid, "extra_groups": []}


def environment() -> dict[str, str]:
    # PGPORT, PGDATA and their like are meant for another server.
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
