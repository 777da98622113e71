"""Answers as JSON. They go out as they are: the schemas describe them, and tests hold the two together."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpResponse

CONTENT_TYPE = "application/json"


def answer(said: object, status: int = 200, **headers: str) -> HttpResponse:
    body = json.dumps(said, ensure_ascii=False, default=plain, separators=(",", ":"))
    return answer_text(body, status, **headers)


def answer_text(body: str, status: int = 200, **headers: str) -> HttpResponse:
    """For a body that the database has put together."""
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def plain(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON of its own here.")
