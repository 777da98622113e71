"""One message over HTTP: to the address that was checked, without following anybody, within seconds."""

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

# For each step; and for all of them together, so that an answer that drips in ends too.
STEP_SECONDS = 5
WHOLE_SECONDS = 10
MOST_READ = 16 * 1024
# Of a name that has several; the next is tried when one does not answer.
MOST_ADDRESSES = 2
AGENT = "Tandem-Webhooks/1"


@dataclass(frozen=True)
class Outcome:
    """What came of it: the status that was answered, or the error that came instead of an answer."""

    status: int | None = None
    error: str = ""

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class PinnedConnection(HTTPConnection):
    """Connects to the addresses it is given; the name is only for the certificate and the Host header."""

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
            # The handshake comes when `end` can reach the socket already.
            self.sock = context.wrap_socket(self.sock, server_hostname=self.target.host, do_handshake_on_connect=False)
            self.sock.do_handshake()
        if self.ended:
            # It came when there was nothing to cut off yet.
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
        """Cut it off, from another thread."""
        self.ended = True
        if self.sock is not None:
            with suppress(OSError):
                # Past the methods of a TLS socket, which are not for two threads: its reader sees the stream end.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def send(delivery: Delivery, *, seed: str, url: str) -> Outcome:
    """Post a delivery to its webhook's address. Never raises for anything the other side does."""
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
            # Cut off half-way through the headers, it looks like an answer without the rest of them.
            raise TimeoutError
        with suppress(OSError, HTTPException, ValueError):
            # The status has been said; what follows is read only for the sake of whoever is still writing it.
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
    """Time-outs of a socket begin anew with each byte; this one does not. Raises TimeoutError where it cut it off."""
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
    """A sentence for the log of people who look after the other tool."""
    if isinstance(error, TimeoutError):
        return f"No answer within {STEP_SECONDS} to {WHOLE_SECONDS} seconds."
    if isinstance(error, socket.gaierror):
        return "The name was not found."
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {getattr(error, 'verify_message', '') or error.reason or 'no reason given'}."
    if isinstance(error, OSError):
        return f"The connection failed: {error.strerror or 'it was closed'}."
    return "What was answered is not HTTP."
