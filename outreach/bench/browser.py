"""A small HTTP client that is signed in: one connection, a session cookie, a CSRF token."""

from __future__ import annotations

import http.client
import secrets
from importlib import import_module
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.middleware.csrf import CSRF_SECRET_LENGTH

from crm.models import User
from outreach.bench.server import HOST


def sign_in(user: User) -> str:
    """Make a login as the sign-in page does, and return its session key."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


class Browser:
    """Sends requests as the proxy in front of the server would, with the headers that say that they came over TLS."""

    def __init__(self, port: int, session_key: str) -> None:
        self.port = port
        self.token = secrets.token_hex(CSRF_SECRET_LENGTH // 2)
        self.cookies = f"{settings.SESSION_COOKIE_NAME}={session_key}; {settings.CSRF_COOKIE_NAME}={self.token}"
        self.headers = {
            "Host": settings.ALLOWED_HOSTS[0],
            "Origin": settings.ORIGINS[0],
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": HOST,
            "Cookie": self.cookies,
        }
        self.connection = http.client.HTTPConnection(HOST, port, timeout=30)

    def get(self, path: str, *, fragment: bool = False) -> bytes:
        return self.send("GET", path, None, {"HX-Request": "true"} if fragment else {})

    def post(self, path: str, fields: dict[str, object]) -> bytes:
        """Send a form as the page's script does."""
        body = urlencode({**fields, "csrfmiddlewaretoken": self.token})
        extra = {"HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, body, extra)

    def send(self, verb: str, path: str, body: str | None, extra: dict[str, str]) -> bytes:
        self.connection.request(verb, path, body=body, headers={**self.headers, **extra})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{verb} {path} was answered with {answer.status}.")
        return content


def lead_path(lead_id: UUID) -> str:
    return f"/leads/{lead_id}/"
