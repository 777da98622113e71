"""One message over HTTP: to the address that was checked, without following redirects, within seconds."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from django.core.exceptions import ValidationError

from outreach.models import Delivery
from outreach.webhooks.signing import secret_of, signature
from outreach.webhooks.target import PORTS, NotAllowed, Target, read_url, resolve

# For each step (connect, handshake, read), and for all together, so that an answer that comes byte by byte ends too.
STEP_SECONDS = 5
WHOLE_SECONDS = 10
MOST_READ = 16 * 1024
# How many addresses of one name are tried; the next when one does not answer.
MOST_ADDRESSES = 2
AGENT = "Tandem-Webhooks/1"


@dataclass(frozen=True)
class Outcome:
    """The status that was answered, or the error instead of an answer."""

    status: int | None = None
    error: str = ""

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class PinnedConnection(HTTPConnection):
    """Connects only to the addresses it is given; the name is for the certificate and the Host header."""

    def __init__(self, target: Target, addresses: list[str]) -> None:
        super().__init__(target.host, target.port, timeout=STEP_SECONDS)
        self.default_port = PORTS["https" if target.tls else "http"]
        self.target = target
        self.addresses = addresses
        self.ended = False

    def connect(self) -> None:
        self.sock = self.reach()
        if self.target.tls:
            context = ssl.create_default_context()
            # The handshake comes after this assignment, so that `end` can interrupt it too.
            self.sock = context.wrap_socket(self.sock, server_hostname=self.target.host, do_handshake_on_connect=False)
            self.sock.do_handshake()
        if self.ended:
            # `end` was called before there was a socket to shut down.
            raise TimeoutError

    def reach(self) -> socket.socket:
        failed: OSError = OSError("The name says no address.")
        for address in self.addresses[:MOST_ADDRESSES]:
            try:
                return socket.create_connection((address, self.port), timeout=self.timeout)
            except OSError as error:
                failed = error
        raise failed

    def end(self) -> None:
        """Interrupt the connection, from another thread."""
        self.ended = True
        if self.sock is not None:
            with suppress(OSError):
                # The plain socket's method: those of a TLS socket are not for two threads. The reader sees the end.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def send(delivery: Delivery, *, seed: str, url: str) -> Outcome:
    """Post a message to its webhook's address. Never raises for anything the other side does."""
    try:
        target = read_url(url)
        return Outcome(status=post(target, resolve(target), delivery, seed))
    except NotAllowed as error:
        return Outcome(error=f"Not called: {error}")
    except ValidationError as error:
        return Outcome(error=f"Not called: {error.messages[0]}")
    except (OSError, HTTPException, ValueError) as error:
        return Outcome(error=explain(error))


def post(target: Target, addresses: list[str], delivery: Delivery, seed: str) -> int:
    connection = PinnedConnection(target, addresses)
    with ended_in_time(connection), closing(connection):
        connection.connect()
        connection.request("POST", target.path, delivery.payload.encode(), headers(delivery, seed))
        answer = connection.getresponse()
        if connection.ended:
            # Interrupted half-way through the headers, it looks like an answer with fewer headers.
            raise TimeoutError
        with suppress(OSError, HTTPException, ValueError):
            # The status is known; the body is read only so that the other side can finish writing.
            answer.read(MOST_READ)
        return answer.status


def headers(delivery: Delivery, seed: str) -> dict[str, str]:
    timestamp = str(int(time.time()))
    return {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "Tandem-Event": delivery.event,
        "Tandem-Delivery": str(delivery.id),
        "Tandem-Timestamp": timestamp,
        "Tandem-Signature": signature(secret_of(seed), timestamp, delivery.payload),
    }


@contextmanager
def ended_in_time(connection: PinnedConnection) -> Iterator[None]:
    """A limit for the whole exchange: a socket's own time-out begins anew with each byte. Raises TimeoutError."""
    timer = threading.Timer(WHOLE_SECONDS, connection.end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, HTTPException, ValueError) as error:
        if connection.ended:
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()


def explain(error: Exception) -> str:
    """A sentence for the log, for people who look after the other tool."""
    if isinstance(error, TimeoutError):
        return f"No answer within {STEP_SECONDS} to {WHOLE_SECONDS} seconds."
    if isinstance(error, socket.gaierror):
        return "The name was not found."
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {getattr(error, 'verify_message', '') or error.reason or 'no reason given'}."
    if isinstance(error, OSError):
        return f"The connection failed: {error.strerror or 'it was closed'}."
    return "What was answered is not HTTP."
