"""The tool at the other end of a webhook: a real HTTP server on this machine that notes what it is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

from django.core.management import call_command

from tests.support.feed import settled

ALL = ["lead:contacted", "lead:responded", "guard:override"]
Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Heard:
    """One request as it arrived."""

    path: str
    headers: Message
    body: str

    @property
    def said(self) -> dict:
        return json.loads(self.body)


@dataclass
class Receiver:
    """answers: what to do with the next requests; once they are used up, 204."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    @property
    def events(self) -> list[str]:
        return [one.headers["Tandem-Event"] for one in self.heard]


def status(code: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": "0", **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()

    return answer


def wait_for(event: threading.Event) -> Answer:
    """Say nothing until the event, so that whoever asked gives up."""
    return lambda handler: event.wait(10) and None


def drip(seconds: float, ended: threading.Event) -> Answer:
    """Say a byte again and again, each in good time, and never come to an end."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
            while not ended.wait(seconds):
                handler.wfile.write(b"x")
        except OSError:
            pass

    return answer


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            receiver.heard.append(Heard(self.path, self.headers, body))
            (receiver.answers.pop(0) if receiver.answers else status(204))(self)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook?tool=1"
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def deliver_all() -> None:
    """Gather and send what is due now."""
    settled()
    call_command("deliver_webhooks", once=True, stdout=StringIO())
