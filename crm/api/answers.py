"""Answers as JSON. They are sent as they are, not checked against their schemas: tests hold the two together."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpResponse

CONTENT_TYPE = "application/json"


def answer(data: object, status: int = 200, **headers: str) -> HttpResponse:
    body = json.dumps(data, ensure_ascii=False, default=plain, separators=(",", ":"))
    return answer_text(body, status, **headers)


def answer_text(body: str, status: int = 200, **headers: str) -> HttpResponse:
    """For a body that the database has already written as JSON."""
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def plain(value: object) -> str:
    """The text for what JSON has no type for. Raises TypeError for anything but a UUID."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON of its own here.")
