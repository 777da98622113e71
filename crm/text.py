"""The one cleaner of text and the one cleaner of JSON, used by every door; and how a count is written."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

if TYPE_CHECKING:
    # Only the stubs take the types of what is set and read.
    CharField = models.CharField[str, str]
    TextField = models.TextField[str, str]
else:
    CharField, TextField = models.CharField, models.TextField

JSON_MAX_BYTES = 16_384
JSON_MAX_DEPTH = 8
JSON_MAX_KEYS = 100
JSON_MAX_NUMBER = 10**15

# Control characters but tab and line feed, lone surrogates, and the directional overrides and isolates, which can make
# one name look like another. The rest of Unicode's format characters (joiners in emoji, Arabic and Indic scripts) carry
# meaning and stay.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 contact", "0 contacts", "1,000 contacts". many: where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def clean_text(value: str) -> str:
    """Return the text in Unicode NFC with line ends as \\n.

    Raises ValidationError for what PostgreSQL cannot store or a page cannot show: NUL, lone surrogates,
    control characters other than tab and line feed, and bidirectional overrides.
    """
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    forbidden = FORBIDDEN.search(text)
    if forbidden:
        raise ValidationError(
            "Contains a character that cannot be stored (U+%(code)s). Remove it and try again.",
            code="bad_character",
            params={"code": f"{ord(forbidden[0]):04X}"},
        )
    return text


def clean_json_object(value: object) -> dict[str, object]:
    """Return the object as it may be stored as metadata.

    Raises ValidationError unless it is an object of at most 16 kB, 8 levels, 100 keys, with clean text and
    finite numbers below 10^15.
    """
    if not isinstance(value, dict):
        raise ValidationError("Must be an object of names and values.", code="not_an_object")
    budget = [JSON_MAX_KEYS]
    cleaned = clean_json_members(value, depth=1, budget=budget)
    if len(json.dumps(cleaned, ensure_ascii=False).encode()) > JSON_MAX_BYTES:
        raise ValidationError("Must be at most 16 kB.", code="too_large")
    return cleaned


def clean_json_value(value: object, *, depth: int, budget: list[int]) -> object:
    if depth > JSON_MAX_DEPTH:
        raise ValidationError("Must be at most 8 levels deep.", code="too_deep")
    if isinstance(value, dict):
        return clean_json_members(value, depth=depth, budget=budget)
    if isinstance(value, list):
        return [clean_json_value(item, depth=depth + 1, budget=budget) for item in value]
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return clean_json_number(value)
    return value


def clean_json_members(value: dict[object, object], *, depth: int, budget: list[int]) -> dict[str, object]:
    budget[0] -= len(value)
    if budget[0] < 0:
        raise ValidationError("Must have at most 100 keys.", code="too_many_keys")
    return {clean_text(str(key)): clean_json_value(item, depth=depth + 1, budget=budget) for key, item in value.items()}


def clean_json_number(value: float) -> float:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValidationError("Numbers must be finite.", code="not_finite")
    if abs(value) >= JSON_MAX_NUMBER:
        raise ValidationError("Numbers must have at most 15 digits.", code="number_too_large")
    return value


class CleanCharField(CharField):
    """A CharField whose validation refuses what PostgreSQL or a page cannot take."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return clean_text(value) if isinstance(value, str) else value


class CleanTextField(TextField):
    """A TextField whose validation refuses what PostgreSQL or a page cannot take."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return clean_text(value) if isinstance(value, str) else value
