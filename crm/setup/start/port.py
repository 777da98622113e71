"""The port of `up`: read, looked at and claimed before anything else is started, installed or waited for.

Standard library only.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import NoReturn

from crm.setup.packages import data_folder
from crm.setup.start.holders import lock_holder, port_holder

HOST = "127.0.0.1"
# "localhost" may mean this one too, and would then lead to whoever listens there.
HOST_6 = "::1"
DEFAULT_PORT = "8000"
FIRST_FREE_TO_ALL = 1024
LAST_PORT = 65_535
TRIES = 100
SECONDS_TO_ANSWER = 0.3

# Open while this process lives: by its lock another `up` knows that Tandem has this port already.
claims: list[int] = []


class PlainParser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.exit(f"{message[:1].upper()}{message[1:]}. `python3 manage.py up --help` says what there is.")


def check_port(arguments: list[str]) -> None:
    """End the process with a sentence when `up` with these arguments cannot have its port; else claim it."""
    parser = PlainParser(prog="manage.py up", add_help=False, allow_abbrev=False)
    add_port(parser)
    # The command itself reads the rest.
    try:
        port = port_number(parser.parse_known_args(arguments)[0].port)
    except ArgumentTypeError as error:
        parser.error(str(error))
    claim(port)
    problem = port_problem(port)
    if problem:
        sys.exit(problem)


def add_port(parser: ArgumentParser) -> None:
    default = os.environ.get("PORT") or DEFAULT_PORT
    parser.add_argument("--port", default=default, metavar="N")


def port_number(text: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text[:6]) <= LAST_PORT:
        return int(text)
    else:
        raise ArgumentTypeError(f"a port is a number from 1 to {LAST_PORT}, not {text!r}")


def claim(port: int) -> None:
    """Say to every other `up` of this data that Tandem is at this port; ends the process if one has said so."""
    path = data_folder() / f"up-{port}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(already(port, lock_holder(path)))
    claims.append(handle)


def already(port: int, holder: str) -> str:
    other = f"A second one beside it takes another port: --port {free_port(port)}."
    who = f", by {holder}" if holder else ""
    if answers(HOST, port):
        return f"Tandem is already running here{who}: http://localhost:{port}/\n{other}"
    else:
        return f"Tandem is being started here already{who}, for http://localhost:{port}/\n{other}"


def port_problem(port: int) -> str:
    """Why nothing can be served at this port, and what to do instead; empty when it can."""
    reason = why_not(port)
    return reason and f"{reason} Use --port {free_port(port)}."


def why_not(port: int) -> str:
    refusal = refused(socket.AF_INET, HOST, port)
    if refusal is None:
        # On some systems one may bind beside somebody who listens on every address.
        taken = answers(HOST, port) or answers(HOST_6, port)
    else:
        taken = refusal.errno == errno.EADDRINUSE
    if taken:
        return f"Port {port} is taken by {port_holder(port) or 'another program'}."
    elif refusal is None:
        return ""
    elif refusal.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} is not open to you; those from {FIRST_FREE_TO_ALL} on are."
    elif refusal.errno == errno.EADDRNOTAVAIL:
        return f"This machine has no address {HOST} to serve at: its loopback network is down."
    else:
        return f"Port {port} cannot be used: {refusal.strerror}."


def refused(family: socket.AddressFamily, host: str, port: int) -> OSError | None:
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
            trial.listen(1)
        except OSError as error:
            return error
    return None


def answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=SECONDS_TO_ANSWER).close()
    except OSError:
        return False
    return True


def free_port(port: int) -> int:
    """The next port after this one that could be had; one of those open to everybody."""
    first = max(port + 1, int(DEFAULT_PORT)) if port < FIRST_FREE_TO_ALL else port + 1
    candidates = [number for number in range(first, first + TRIES) if number <= LAST_PORT] or [int(DEFAULT_PORT)]
    free = (number for number in candidates if refused(socket.AF_INET, HOST, number) is None)
    return next((number for number in free if not answers(HOST_6, number)), candidates[0])
