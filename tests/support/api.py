"""A tool with a personal token, as it calls the API in tests."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.test import Client

from crm.login.tokens import create_token
from crm.models import Scope, User

ROOT = "/api/v1"


class Tool:
    """Calls as its user: `Tool(alice).post("/leads/…/contacts", {...})`."""

    def __init__(self, user: User, scope: str = Scope.WRITE) -> None:
        self.token, self.secret = create_token(user=user, name="A tool", scope=scope)
        self.client = Client()

    def get(self, path: str, **query: object) -> HttpResponse:
        return self.client.get(ROOT + path, query, headers=self.headers())

    def post(self, path: str, said: object, **headers: str) -> HttpResponse:
        return self.send("post", path, said, **headers)

    def patch(self, path: str, said: object, **headers: str) -> HttpResponse:
        return self.send("patch", path, said, **headers)

    def send(self, verb: str, path: str, said: object, **headers: str) -> HttpResponse:
        body = said if isinstance(said, str | bytes) else json.dumps(said)
        call = getattr(self.client, verb)
        return call(ROOT + path, body, content_type="application/json", headers=self.headers(**headers))

    def headers(self, **more: str) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.secret}", **named}
