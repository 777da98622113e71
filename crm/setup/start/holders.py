"""Who holds a port or a lock, in words, where the system tells it cheaply: Linux by /proc, others by lsof.

Standard library only: a taken port is named before anything is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
LISTENS = "0A"
LSOF_SECONDS = 2


def port_holder(port: int) -> str:
    """ "node server.js (process 4711)"; empty when that cannot be known, as of another user's process."""
    pid = next(pids_at(port), None)
    return describe(pid) if pid else ""


def pids_at(port: int) -> Iterator[int]:
    if PROC.joinpath("net", "tcp").exists():
        sockets = {f"socket:[{inode}]" for inode in listening_inodes(port)}
        yield from (pid for pid in all_pids() if sockets and not sockets.isdisjoint(open_files(pid)))
    elif lsof := shutil.which("lsof"):
        yield from map(int, re.findall(r"^p(\d+)$", ask([lsof, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fp"]), re.M))


def listening_inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        try:
            lines = PROC.joinpath("net", table).read_text().splitlines()[1:]
        except OSError:
            continue
        for columns in map(str.split, lines):
            if columns[1].endswith(f":{port:04X}") and columns[3] == LISTENS:
                yield columns[9]


def all_pids() -> Iterator[int]:
    return (int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal())


def open_files(pid: int) -> Iterator[str]:
    try:
        for entry in os.scandir(PROC / str(pid) / "fd"):
            yield os.readlink(entry.path)
    except OSError:
        # It has ended, or it is somebody else's.
        return


def lock_holder(path: Path) -> str:
    """Who has locked this file, other than ourselves; empty when nobody has or it cannot be known."""
    try:
        status = path.stat()
        locks = PROC.joinpath("locks").read_text()
    except OSError:
        return ""
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    pids = [int(pid) for pid, where in re.findall(r"FLOCK +\S+ +WRITE +(\d+) +(\S+)", locks) if where == place]
    return next((describe(pid) for pid in pids if pid not in (0, os.getpid())), "")


def describe(pid: int) -> str:
    """The program and what it runs, without its other arguments: one of them may be a password."""
    words = command_of(pid)
    return f"{' '.join(words)} (process {pid})" if words else f"process {pid}"


def command_of(pid: int) -> list[str]:
    try:
        words = PROC.joinpath(str(pid), "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        words = ask(["ps", "-o", "command=", "-p", str(pid)]).split()
    words = [word for word in words if word]
    shown = [Path(word).name for word in words[:2] if not re.search(r"^-|[@=?]|://", word)]
    if words[1:2] == ["-m"]:
        shown += words[1:3]
    elif shown[1:] == ["manage.py"]:
        shown += words[2:3]
    return shown


def ask(command: list[str]) -> str:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=LSOF_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    return ended.stdout
