"""A tool with a personal token, as it calls the API in tests."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.test import Client

from crm.login.tokens import create_token
from crm.models import Scope, User
from tests.support.telling import Body, describe_answer

ROOT = "/api/v1"


class Tool:
    """Calls as its user: `Tool(alice).post("/leads/…/contacts", {...})`."""

    def __init__(self, user: User, scope: str = Scope.WRITE) -> None:
        self.token, self.secret = create_token(user=user, name="A tool", scope=scope)
        self.client = Client()

    def get(self, path: str, **query: object) -> HttpResponse:
        return with_body(self.client.get(ROOT + path, query, headers=self.headers()))

    def post(self, path: str, body: object, **headers: str) -> HttpResponse:
        return self.send("post", path, body, **headers)

    def patch(self, path: str, body: object, **headers: str) -> HttpResponse:
        return self.send("patch", path, body, **headers)

    def send(self, verb: str, path: str, body: object, **headers: str) -> HttpResponse:
        """body: what is to be JSON, or the raw body."""
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        call = getattr(self.client, verb)
        return with_body(call(ROOT + path, data, content_type="application/json", headers=self.headers(**headers)))

    def headers(self, **more: str) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.secret}", **named}


def with_body(answer: HttpResponse) -> HttpResponse:
    """The answer, whose `json()` says what it is when a field is missing."""
    parse = answer.json

    def read() -> object:
        values = parse()
        return Body(values, answer) if isinstance(values, dict) else values

    answer.json = read
    return answer


def assert_problem(answer: HttpResponse, status: int, code: str) -> Body:
    """The answer is this problem; its body. A failure prints what was answered instead."""
    values = answer.json() if "json" in answer["Content-Type"] else {}
    answered = (answer.status_code, values.get("code", "no problem"))
    assert answered == (status, code), f"{status} {code} was expected, not {describe_answer(answer)}"
    return values
