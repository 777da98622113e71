"""A small client with a personal token: one kept connection, as a tool on another machine has it."""

from __future__ import annotations

import http.client
import json

from django.conf import settings

from outreach.bench.server import HOST


class Tool:
    """Speaks to the server as if through the proxy in front of it."""

    def __init__(self, port: int, secret: str) -> None:
        self.headers = {
            "Host": settings.ALLOWED_HOSTS[0],
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": HOST,
            "Authorization": f"Bearer {secret}",
            "Content-Type": "application/json",
        }
        self.connection = http.client.HTTPConnection(HOST, port, timeout=30)

    def get(self, path: str) -> bytes:
        return self.send("GET", path, None)

    def post(self, path: str, said: object) -> bytes:
        return self.send("POST", path, json.dumps(said))

    def send(self, verb: str, path: str, body: str | None) -> bytes:
        self.connection.request(verb, f"/api/v1{path}", body=body, headers=self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{verb} {path} was answered with {answer.status}: {content[:300]!r}")
        return content
