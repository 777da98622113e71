"""The OpenAPI document: what the framework finds in the code, and what holds for every operation."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from crm.api.fields import ProblemOut
from crm.api.idempotency import HEADER, KEY, LONGEST_KEY
from crm.api.problems import CODES, CONTENT_TYPE

REF = "#/components/schemas/"
ANY_WRITE = ["bad_json", "csrf_failed", "read_only_token", "too_large", "unsupported_media_type", "invalid"]
ANY_CALL = ["bad_request", "unauthenticated", "no_company", "rate_limited", "internal_error", "busy"]
ONCE = ["still_running", "idempotency_key_reused"]


def problems(*codes: str) -> dict[str, object]:
    """For `openapi_extra`: the errors that an operation has beside those of every call."""
    return {"x-codes": list(codes)}


class DescribedAPI(NinjaAPI):
    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        schema["components"]["schemas"].update(problem_schemas())
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                describe(path, method, operation)
        return schema


def problem_schemas() -> dict[str, object]:
    schema = ProblemOut.model_json_schema(ref_template=REF + "{model}")
    return {**schema.pop("$defs"), "Problem": schema}


def describe(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add the errors of the operation, each with its codes, and the Idempotency-Key header where it is taken."""
    codes = [*ANY_CALL, *operation.pop("x-codes", ())]
    for parameter in operation.get("parameters", ()):
        describe_parameter(parameter)
    if "{" in path:
        codes.append("not_found")
    if operation.get("parameters"):
        codes.append("invalid")
    if "requestBody" in operation:
        codes += ANY_WRITE
    if operation.pop("x-once", False):
        codes += ONCE
        operation["parameters"] = [*operation.get("parameters", ()), key_parameter()]
    operation["responses"] = {
        **{str(status): answer for status, answer in operation["responses"].items()},
        **error_responses(dict.fromkeys(codes)),
    }


IDS = {"lead_id": "A lead of your company.", "contact_id": "A contact with a lead of your company."}


def describe_parameter(parameter: dict[str, Any]) -> None:
    """A parameter may be left out but cannot be null: an address has no null."""
    kinds = [kind for kind in parameter["schema"].get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        parameter["schema"] = {**parameter["schema"], **kinds[0]}
        del parameter["schema"]["anyOf"]
    parameter.setdefault("description", IDS.get(parameter["name"], ""))


def key_parameter() -> dict[str, object]:
    return {
        "in": "header",
        "name": HEADER,
        "required": False,
        "description": "Makes a retry safe: the same key, address and body again give the first answer.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": f"^{KEY.pattern}$"},
        "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
    }


def error_responses(codes: Mapping[str, None]) -> dict[str, dict[str, Any]]:
    """By status, with an example for each code."""
    responses: dict[str, dict[str, Any]] = {}
    for code in codes:
        status, meaning = CODES[code]
        content = {"schema": {"$ref": f"{REF}Problem"}, "examples": {}}
        answer = responses.setdefault(str(status), {"description": "", "content": {CONTENT_TYPE: content}})
        answer["description"] = f"{answer['description']}\n- `{code}`: {meaning}".strip()
        answer["content"][CONTENT_TYPE]["examples"][code] = {"value": example(code)}
    return responses


def example(code: str) -> dict[str, object]:
    status, meaning = CODES[code]
    problem = {"type": f"urn:tandem:{code}", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    return {**problem, "detail": meaning, "errors": []}
