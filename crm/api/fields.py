"""The types of what callers send and get, strict about JSON's own types: a number is no text, "true" no truth."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from ninja import Schema
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StrictStr,
)
from pydantic_core import CoreSchema, core_schema

from crm.text import clean_text

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)")
CANONICAL_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def read_moment(value: Any) -> datetime:
    """A moment with its zone, in UTC."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise ValueError("Give a date and time with a zone, such as 2026-02-10T14:30:00Z.")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("This is not a date we can store.") from error


def read_id(value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or not CANONICAL_UUID.fullmatch(value):
        raise ValueError("Give a UUID.")
    return UUID(value)


def read_text(value: Any) -> Any:
    """Text that can be stored and shown; what is no text is left to the type."""
    if not isinstance(value, str):
        return value
    try:
        return clean_text(value)
    except ValidationError as error:
        raise ValueError(error.messages[0]) from error


class OneOf:
    """For `Annotated[str, OneOf(*LeadStatus)]`: one of these codes. The document lists them where they are used."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(map(str, codes))

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(self.codes)


def either(codes: Iterable[str]) -> str:
    """ "email, call or other", for descriptions."""
    *others, last = map(str, codes)
    return f"{', '.join(others)} or {last}"


Moment = Annotated[datetime, BeforeValidator(read_moment)]
Id = Annotated[UUID, BeforeValidator(read_id)]
Text = Annotated[StrictStr, BeforeValidator(read_text)]

MOMENT_EXAMPLE = "2026-02-10T12:00:00Z"
ID_EXAMPLE = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


class StrictInput(BaseModel):
    """What a caller sends. A field we do not know is refused by its name, so that a slip of the pen is noticed.

    The framework's own Schema, made to read objects of the database, would look through all of it twice.
    """

    model_config = ConfigDict(extra="forbid")


class UserOut(Schema):
    """A user of the company."""

    id: UUID | None = Field(description="Null once the user was deleted.", examples=[ID_EXAMPLE])
    name: str = Field(description="First and last name, kept on the record.", examples=["Sarah Smith"])


class FieldError(Schema):
    """One field that cannot be taken."""

    field: str = Field(description="Its name; parts are joined by dots.", examples=["checks.3.email"])
    message: str = Field(description="What is wrong with it, in a sentence for people.")
    code: str = Field(description="The kind of fault, for programs.")


class ProblemOut(Schema):
    """Problem details, RFC 9457."""

    type: str = Field(description="The code as a URI.", examples=["urn:tandem:not_found"])
    title: str = Field(description="The status in words.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    code: str = Field(description="Stable, for programs to go by.", examples=["not_found"])
    detail: str = Field(description="A sentence for people.")
    errors: list[FieldError] = Field(default=[], description="Which fields are at fault.")
    reference: str = Field(default="", description="With internal_error: what our log calls it. Tell it whoever helps.")
