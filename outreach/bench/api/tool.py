"""A small client with a personal token and one connection, like a tool on another machine."""

from __future__ import annotations

import json
import socket
import time

from django.conf import settings

from outreach.bench.server import HOST

# Servers close a connection that has been idle for longer, as it is while other callers are measured.
IDLE_SECONDS = 5


class Tool:
    """Sends requests as the proxy in front of the server would.

    Sixteen of these share the cores with the server, so of an answer only the status and the length are parsed.
    """

    def __init__(self, port: int, secret: str) -> None:
        self.port = port
        headers = {
            "Host": settings.ALLOWED_HOSTS[0],
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": HOST,
            "Authorization": f"Bearer {secret}",
            "Content-Type": "application/json",
        }
        self.headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.connect()

    def connect(self) -> None:
        self.connection = socket.create_connection((HOST, self.port), timeout=30)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.connection.makefile("rb")
        self.used = time.monotonic()

    def get(self, path: str) -> bytes:
        return self.send("GET", path, b"")

    def post(self, path: str, data: object) -> bytes:
        return self.send("POST", path, json.dumps(data).encode())

    def send(self, verb: str, path: str, body: bytes) -> bytes:
        if time.monotonic() - self.used > IDLE_SECONDS:
            self.answers.close()
            self.connection.close()
            self.connect()
        head = f"{verb} /api/v1{path} HTTP/1.1\r\n{self.headers}Content-Length: {len(body)}\r\n\r\n"
        self.connection.sendall(head.encode() + body)
        status, content = self.answer()
        self.used = time.monotonic()
        if status >= 400:
            raise RuntimeError(f"{verb} {path} was answered with {status}: {content[:300]!r}")
        return content

    def answer(self) -> tuple[int, bytes]:
        """The status and the body of the answer that comes next."""
        status, length = int(self.answers.readline().split()[1]), 0
        while (line := self.answers.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return status, self.answers.read(length)
