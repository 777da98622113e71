"""The addresses of the API as Django serves them: no login page, no HTML errors, and the limits in the headers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, re_path, resolve
from ninja import NinjaAPI

from crm.api.docs import docs
from crm.api.problems import Problem, answer_problem

View = Callable[..., HttpResponse]
Handler = Callable[[HttpRequest], HttpResponse]

ROOT = "/api/v1/"
# Nothing in an answer is there to be shown, run or framed.
POLICY = "default-src 'none'; frame-ancestors 'none'"


def addresses(api: NinjaAPI) -> tuple[list, str, str]:
    """All addresses of the API, for one `path()` of the root map."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        pattern.callback = guarded(pattern.callback)
    beside = [path("docs", docs, name="docs"), re_path("", guarded(nothing))]
    return [*patterns, *beside], app_name, namespace


def guarded(view: View) -> View:
    """The API answers for itself who may come in, and always in JSON."""

    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            response = answer_problem(Problem("not_found"))
        if response.status_code == 405:
            response = answer_problem(Problem("method_not_allowed", headers={"Allow": response["Allow"]}))
        use = getattr(request, "api_use", None)
        for name, value in (use.headers() if use else {}).items():
            response[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Content-Security-Policy"] = POLICY
        return response

    answer.login_required = False
    answer.csrf_exempt = True
    answer.takes_tokens = True
    return wraps(view)(answer) if hasattr(view, "__name__") else answer


def let_tools_in(get_response: Handler) -> Handler:
    """Whoever brings a token goes straight to the operation: what stands in between reads a session, a form's token
    and a page's messages, which a tool has not, and takes longer than the operation itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "HTTP_AUTHORIZATION" in request.META and request.path_info.startswith(ROOT):
            found = resolve(request.path_info)
            if getattr(found.func, "takes_tokens", False):
                request.resolver_match = found
                response = found.func(request, *found.args, **found.kwargs)
                # As Django's own middleware does for pages; some servers would send the answer in chunks without.
                response.headers["Content-Length"] = str(len(response.content))
                return response
        return get_response(request)

    return middleware


def nothing(request: HttpRequest) -> HttpResponse:
    raise Http404
