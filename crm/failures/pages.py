"""The answers to a request that cannot be answered: a page in plain words, a problem for tools, a line for files."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.middleware import csrf
from django.shortcuts import render
from django.template.loader import render_to_string

from crm.api.problems import Problem, answer_problem
from crm.api.references import reference_of

API_ROOT = "/api/"
MOST_SHOWN = 20


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    sentence = why_bad(request, exception)
    if is_for_tools(request):
        return answer_problem(Problem("bad_request", sentence))
    # No context of the request: what is wrong may be the very host or body that it would read.
    return HttpResponse(render_to_string("400.html", {"sentence": sentence}), status=400)


def why_bad(request: HttpRequest, exception: Exception | None) -> str:
    if isinstance(exception, DisallowedHost) and settings.PRODUCTION:
        return "Tandem does not answer at this address. Use the one you were given."
    elif isinstance(exception, DisallowedHost):
        port = request.META.get("SERVER_PORT", "")
        return f"Tandem does not answer at this address. Open http://localhost:{port}/ instead."
    elif isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return "This is more than one page may send. Nothing was saved; go back and send less at once."
    else:
        return "The request arrived incomplete. Nothing was saved; go back and send it again."


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_for_tools(request):
        return answer_problem(Problem("forbidden"))
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_for_tools(request):
        return answer_problem(Problem("not_found"))
    elif request.path.startswith(settings.STATIC_URL):
        # What asked for a file shows no page, and a page costs the database a session and a user.
        return HttpResponse("There is no such file.", status=404, content_type="text/plain")
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Reads nothing of the request: what failed may be whatever it would read."""
    reference = reference_of(request)
    if is_for_tools(request):
        return answer_problem(Problem("internal_error", reference=reference))
    try:
        page = render_to_string("500.html", {"reference": reference})
    except Exception:
        # Such as a missing list of static files, without which no page can be made.
        sentence = f"Something went wrong here. It is our fault and has been noted, as {reference}."
        return HttpResponse(sentence, status=500, content_type="text/plain")
    return HttpResponse(page, status=500)


def is_for_tools(request: HttpRequest) -> bool:
    return request.path.startswith(API_ROOT)


WHY_NO_TOKEN = {
    csrf.REASON_NO_CSRF_COOKIE: "Your browser sent no cookie with it. Allow cookies for this address, then try again.",
    csrf.REASON_BAD_ORIGIN.partition(" - ")[0]: "It came from a page that is not Tandem's.",
    csrf.REASON_BAD_REFERER.partition(" - ")[0]: "It came from a page that is not Tandem's.",
}
WHY_OLD = "Somebody has signed in or out in this browser since the page was opened, so it was not taken."


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token does not fit: says why, shows what was typed, and lets it be sent once more.

    Once more only from a page of ours: another site could otherwise send a form and leave its user one press away.
    """
    vars(request)["failure_reason"] = reason.partition(" - ")[0].rstrip(".")
    values = [(name, value) for name, value in posted(request) if name != "csrfmiddlewaretoken"]
    is_secret = any("password" in name for name, _ in values)
    context = {
        "sentence": WHY_NO_TOKEN.get(reason.partition(" - ")[0], WHY_OLD),
        "typed": [] if is_secret else list(typed(values)),
        "values": values if may_send_again(request) and not is_secret else [],
        "path": request.get_full_path(),
        "opens_again": is_secret,
    }
    return render(request, "403_csrf.html", context, status=HTTPStatus.FORBIDDEN)


def posted(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.POST.lists() for value in values]


def may_send_again(request: HttpRequest) -> bool:
    origin = request.META.get("HTTP_ORIGIN", "")
    is_ours = origin == f"{request.scheme}://{request.get_host()}" or origin in settings.CSRF_TRUSTED_ORIGINS
    return is_ours and request.user.is_authenticated and not request.FILES


def typed(values: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The texts among the fields, with a word for each: what has a space in it was written by somebody."""
    texts = [(name, value) for name, value in values if " " in value.strip()]
    return ((name.replace("_", " ").capitalize(), value) for name, value in texts[:MOST_SHOWN])
