"""Errors in one shape: problem details (RFC 9457) with a stable code, and the field where one is at fault."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as SchemaError

from crm.api.answers import plain
from crm.api.references import new_reference
from crm.postgres.busy import BUSY, RETRY_AFTER_SECONDS

logger = logging.getLogger("django.request")

CONTENT_TYPE = "application/problem+json"

# Every code there is, with its status and what it means. Codes are never renamed.
CODES: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request is not whole, or came to an address that is not ours; detail says which."),
    "bad_json": (400, "The body is not JSON."),
    "unauthenticated": (401, "Give a personal token, as Authorization: Bearer tandem_…, or a session cookie."),
    "csrf_failed": (403, "With a session cookie each write carries the X-CSRFToken header."),
    "read_only_token": (403, "This token may read only."),
    "no_company": (403, "Staff without a company have no leads."),
    "forbidden": (403, "This is for managers, or for whoever wrote it."),
    "do_not_contact": (403, "The person asked not to be contacted; nobody overrides it."),
    "not_found": (404, "There is nothing of that id in your company."),
    "method_not_allowed": (405, "This address knows other methods; see Allow."),
    "needs_override": (409, "The guard warns: send it again with override_reason, or with already_sent."),
    "duplicate_person": (409, "Somebody is here already with the same address; allow_duplicate makes a second record."),
    "still_running": (409, "The first call with this Idempotency-Key has not ended yet; try again in a moment."),
    "too_large": (413, "A body has at most 2 MB."),
    "unsupported_media_type": (415, "Send application/json."),
    "invalid": (422, "Some fields cannot be taken; errors names each."),
    "idempotency_key_reused": (422, "This Idempotency-Key was used for another body."),
    "cooldown": (429, "The person was contacted too recently; Retry-After and allowed_from say from when."),
    "rate_limited": (429, "This token has made too many calls; Retry-After says when to go on."),
    "internal_error": (500, "Something went wrong on our side; it was noted."),
    "busy": (503, "The database is busy or away; nothing was written. Try again."),
}


class Problem(Exception):
    """Raised for anything that is answered with an error: one of CODES, and what this case adds to it."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: Iterable[Mapping[str, str]] = (),
        headers: dict[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(code)
        self.code, self.detail, self.errors = code, detail, list(errors)
        self.headers, self.more = headers or {}, more


def answer_problem(problem: Problem) -> HttpResponse:
    status, meaning = CODES[problem.code]
    body: dict[str, object] = {
        "type": f"urn:tandem:{problem.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": problem.code,
        "detail": problem.detail or meaning,
    }
    if problem.errors:
        body["errors"] = problem.errors
    text = json.dumps({**body, **problem.more}, ensure_ascii=False, default=plain)
    return HttpResponse(text, status=status, content_type=CONTENT_TYPE, headers=problem.headers)


def error(field: str, message: str, code: str = "invalid") -> dict[str, str]:
    """One entry of `errors`."""
    return {"field": field, "message": message, "code": code}


def invalid_field(field: str, message: str) -> Problem:
    return Problem("invalid", errors=[error(field, message)])


def as_problem(raised: Exception) -> Problem:
    """What any exception is answered with."""
    if isinstance(raised, Problem):
        return raised
    if isinstance(raised.__cause__, Problem):
        # The framework wraps what its parser raises.
        return raised.__cause__
    if isinstance(raised, AuthenticationError):
        return Problem("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    if isinstance(raised, SchemaError):
        return Problem("invalid", errors=[schema_error(fault) for fault in raised.errors])
    if isinstance(raised, DjangoValidationError):
        return Problem("invalid", errors=field_errors(raised))
    if isinstance(raised, Http404 | ObjectDoesNotExist):
        return Problem("not_found")
    if isinstance(raised, PermissionDenied):
        return Problem("forbidden", str(raised))
    if isinstance(raised, RequestDataTooBig):
        return Problem("too_large")
    if isinstance(raised, BUSY):
        return Problem("busy", headers={"Retry-After": RETRY_AFTER_SECONDS})
    reference = new_reference()
    logger.error("An API call failed, reference %s.", reference, exc_info=raised)
    return Problem("internal_error", reference=reference)


def schema_error(fault: Mapping[str, Any]) -> dict[str, str]:
    """One entry of `errors` from one of pydantic's.

    Its place, ("body", <the parameter's name>, "checks", 3, "email"), becomes what the caller knows: checks.3.email.
    """
    source, *place = fault["loc"]
    place = place[1:] if source == "body" or len(place) > 1 else place
    # Names with a space are the kinds of body a union has, not fields.
    names = [str(part) for part in place if " " not in str(part)]
    return error(".".join(names) or source, fault["msg"].removeprefix("Value error, "), fault["type"])


# Fields that the verbs call by another name than the API.
RENAMED = {"reason": "override_reason", NON_FIELD_ERRORS: "body"}


def field_errors(raised: DjangoValidationError) -> list[dict[str, str]]:
    by_field = raised.error_dict if hasattr(raised, "error_dict") else {NON_FIELD_ERRORS: raised.error_list}
    return [
        error(RENAMED.get(field, field), message, fault.code or "invalid")
        for field, faults in by_field.items()
        for fault in faults
        for message in fault.messages
    ]


def register(api: NinjaAPI) -> None:
    """Answer everything that is raised inside the API in this shape."""

    def handle(request: HttpRequest, raised: Exception | type[Exception]) -> HttpResponse:
        assert isinstance(raised, Exception)
        problem = as_problem(raised)
        if "reference" in problem.more:
            # For the line that the log has of each failed request.
            vars(request)["failure_reference"] = problem.more["reference"]
        return answer_problem(problem)

    for kind in (Exception, Http404, HttpError, SchemaError):
        api.add_exception_handler(kind, handle)
