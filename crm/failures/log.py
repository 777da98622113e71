"""What the log says of requests: a line for each that failed, and a stack, once, for what nobody expected.

Quiet: requests that went well, browsers that left before their answer, and what the framework says beside our line.
A line names no value of a query and no text that somebody typed.
The settings of logging name this module, so it imports nothing of ours: there are no models yet.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from time import monotonic

from django.conf import settings
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("tandem.requests")

Handler = Callable[[HttpRequest], HttpResponse]

LONGEST_PATH = 120
# An address that is none of ours may hold anything: an email address, a phone number, a token.
PERSONAL = re.compile(r"[^/]*(?:@|%40)[^/]*|\+?\d[\d .()-]{6,}\d(?![\w-])|[\w-]{40,}")


def tell_of_failures(get_response: Handler) -> Handler:
    """Outermost middleware: one line for each answer from 400 on."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = monotonic()
        response = get_response(request)
        if response.status_code >= 400:
            milliseconds = round((monotonic() - began) * 1_000)
            level = logging.ERROR if response.status_code >= 500 else logging.WARNING
            logger.log(level, "%s", line(request, response, milliseconds))
        return response

    return middleware


def line(request: HttpRequest, response: HttpResponse, milliseconds: int) -> str:
    reason, reference = getattr(request, "failure_reason", ""), getattr(request, "failure_reference", "")
    parts = [
        f"{response.status_code} {request.method} {shown_path(request)}",
        f"{milliseconds:,} ms",
        who(request),
        reason,
        f"reference {reference}" if reference else "",
    ]
    return ", ".join(filter(None, parts))


def shown_path(request: HttpRequest) -> str:
    """The path, and of its query the names alone."""
    path = request.path if request.resolver_match else PERSONAL.sub("…", request.path)
    shown = path if len(path) <= LONGEST_PATH else f"{path[:LONGEST_PATH]}…"
    names = "&".join(sorted(known_names(request)))
    # A line break in an address must not become one in the log.
    whole = "".join(character if character.isprintable() else "�" for character in shown)
    return f"{whole}?{names}" if names else whole


def known_names(request: HttpRequest) -> set[str]:
    try:
        return {name for name in request.GET if re.fullmatch(r"[a-z_]{1,30}", name)}
    except Exception:
        # The query itself may be what is wrong.
        return set()


def who(request: HttpRequest) -> str:
    """Who was signed in, if that is known by now: the log asks the database nothing."""
    user = getattr(request, "auth", None) or getattr(request, "_cached_user", None)
    if user is None or not getattr(user, "is_authenticated", False):
        return ""
    return f"user {user.pk}" if settings.PRODUCTION else str(user.email)


class Unexpected(logging.Filter):
    """For Django's logger of requests: a fault of ours keeps its stack; our own line says everything else."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.exc_info or getattr(record, "status_code", 500) < 500:
            return False
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            record.msg = "A request failed, reference %s: %s %s"
            record.args = (getattr(request, "failure_reference", ""), request.method, shown_path(request))
        return True


class Suspicious(logging.Filter):
    """For Django's loggers of what no page of ours sends: a line without a stack, and none beside our own."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        return record.name != "django.security.csrf"


class Present(logging.Filter):
    """For the server's logger: that a browser left before its answer is no failure."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "took too long to shut down" not in str(record.msg)
