"""What holds for every request: the company's time, honest answers, nothing kept by caches."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.loader import render_to_string
from django.utils import timezone

from crm.api.problems import answer_problem, as_problem
from crm.failures.pages import is_for_tools
from crm.postgres.busy import BUSY, RETRY_AFTER_SECONDS

Handler = Callable[[HttpRequest], HttpResponse]


BROKEN_COOKIE = "A cookie of this site is damaged. Delete the cookies of this site and try again."


def refuse_nonsense(get_response: Handler) -> Handler:
    """Refuse with a 400 what no page of ours sends and what would make later code fail: the reason in plain words."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            request.GET  # noqa: B018 - read here first, where an exception is still an answer
        except SuspiciousOperation:
            return HttpResponseBadRequest("Too many parameters in this address.", content_type="text/plain")
        # A quoted cookie may hold any character; the database stores no NUL and so knows no such session.
        if any("\0" in value for value in request.COOKIES.values()):
            return HttpResponseBadRequest(BROKEN_COOKIE, content_type="text/plain")
        return get_response(request)

    return middleware


def use_company_time(get_response: Handler) -> Handler:
    """Show and read times in the company's own zone."""

    def middleware(request: HttpRequest) -> HttpResponse:
        company = request.user.company if request.user.is_authenticated else None
        with timezone.override(zoneinfo.ZoneInfo(company.time_zone) if company else timezone.get_default_timezone()):
            return get_response(request)

    return middleware


def answer_honestly(get_response: Handler) -> Handler:
    """Keep pages of signed-in users out of caches."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


class BusyMiddleware:
    """A database that is away, full or locked for too long is answered with 503 and Retry-After, never a 500."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            # The first read of every request; from here on the view's own errors arrive below.
            request.user.is_authenticated  # noqa: B018
        except BUSY as error:
            return busy(request, error)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return busy(request, error) if isinstance(error, BUSY) else None


def busy(request: HttpRequest, error: Exception) -> HttpResponse:
    if is_for_tools(request):
        return answer_problem(as_problem(error))
    response = HttpResponse(render_to_string("503.html"), status=503)
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response
