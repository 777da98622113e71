"""The addresses of the API as Django serves them, and the door by which a call with a token comes in.

**The tools' door** (`let_tools_in`) is a middleware that hands a call with an `Authorization` header straight to its
operation: the middlewares behind it read a session, a form's token and a page's messages, which a tool has not.
SKIPPED lists them with what takes their place; tests/api/test_door.py holds each line.

Gain (November 2026, two busy cores, tests/crm/gains.py; processor time of Python and PostgreSQL together): without it
reading one lead takes 1.3 times as long (10.4 ms instead of 8.1), the guard's check of one person 1.15 times.
Plain alternative: take the line "crm.api.door.let_tools_in" out of settings.MIDDLEWARE. Answers stay the same but
for an X-Frame-Options more, and a Host outside ALLOWED_HOSTS is refused; nothing else names the function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path, resolve
from ninja import NinjaAPI

from crm.api.auth import use_of
from crm.api.docs import docs
from crm.api.problems import Problem, answer_problem

View = Callable[..., HttpResponse]
Handler = Callable[[HttpRequest], HttpResponse]

ROOT = "/api/v1/"
# Nothing in an answer is there to be shown, run or framed.
CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'"

# The middlewares that a call with a token does not go through, and for each what takes its place.
SKIPPED = {
    "csp.middleware.CSPMiddleware": "ApiView gives each answer a stricter policy, CONTENT_POLICY.",
    "django.contrib.sessions.middleware.SessionMiddleware": "A tool has no session: its cookies are neither read nor"
    " set, and no operation reads request.session.",
    "django.middleware.common.CommonMiddleware": "The door sets Content-Length. Addresses of the API end without a"
    " slash, so none is added. The Host is not compared with ALLOWED_HOSTS, and no answer is made from it.",
    "django.middleware.csrf.CsrfViewMiddleware": "Another site can make a browser send a cookie, never a token; and a"
    " call with an Authorization header is never let in by its cookie.",
    "django.contrib.auth.middleware.AuthenticationMiddleware": "PersonalToken finds the user, as request.auth; no"
    " operation reads request.user.",
    "django.contrib.auth.middleware.LoginRequiredMiddleware": "Every operation names who may call it (SIGNED_IN or"
    " READING in crm/api/auth.py) and answers anybody else with a 401.",
    "django.contrib.messages.middleware.MessageMiddleware": "Messages are shown by pages; no operation adds one.",
    "django.middleware.clickjacking.XFrameOptionsMiddleware": "CONTENT_POLICY forbids frames (frame-ancestors).",
    "django_htmx.middleware.HtmxMiddleware": "Fragments are for pages; no operation reads request.htmx.",
    "crm.middleware.BusyMiddleware": "as_problem (crm/api/problems.py) answers a busy database with 503 and"
    " Retry-After, also when it is away while the token is looked up.",
    "crm.middleware.answer_honestly": "ApiView sets Cache-Control: no-store; an answer never leads to the login page.",
    "crm.login.ended.keep_to_its_user": "No open page calls with a token, and none of these calls signs out.",
    "crm.middleware.use_company_time": "Answers give times in UTC; sentences and days take the zone of the caller's"
    " company by name, never the active one.",
    "axes.middleware.AxesMiddleware": "It answers failed sign-ins, and no password is tried here: a token has 192"
    " random bits, and calls with it are limited by the minute.",
}


def addresses(api: NinjaAPI) -> tuple[list[URLPattern | URLResolver], str, str]:
    """All addresses of the API, for one `path()` of the root map."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        # The framework lists plain patterns, each with its view.
        assert isinstance(pattern, URLPattern) and pattern.callback is not None
        pattern.callback = ApiView(pattern.callback)
    beside = [path("docs", docs, name="docs"), re_path("", ApiView(not_found))]
    return [*patterns, *beside], app_name, namespace


@dataclass(frozen=True)
class ApiView:
    """A view of the API: it decides itself who may come in, and always answers in JSON, with the limits of calls."""

    view: View

    # Read by Django's middlewares when a call comes with a session.
    login_required = False
    csrf_exempt = True

    def __call__(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            response = self.view(request, *args, **kwargs)
        except Http404:
            response = answer_problem(Problem("not_found"))
        if response.status_code == 405:
            response = answer_problem(Problem("method_not_allowed", headers={"Allow": response["Allow"]}))
        use = use_of(request)
        for name, value in (use.headers() if use else {}).items():
            response[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        return response


def not_found(request: HttpRequest) -> HttpResponse:
    """Any address under the root that is no operation."""
    raise Http404


def let_tools_in(get_response: Handler) -> Handler:
    """Middleware: a call of the API with an Authorization header goes straight to its operation, past SKIPPED."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "HTTP_AUTHORIZATION" in request.META and request.path_info.startswith(ROOT):
            match = resolve(request.path_info)
            # The docs beside the operations are a page.
            if isinstance(match.func, ApiView):
                request.resolver_match = match
                response = match.func(request, *match.args, **match.kwargs)
                # Without it some servers would send the answer in chunks.
                response.headers["Content-Length"] = str(len(response.content))
                return response
        return get_response(request)

    return middleware
