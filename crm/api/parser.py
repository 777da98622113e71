"""Reads bodies: JSON only, and whatever it is, never an error of ours."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from crm.api.problems import Problem

JSON_TYPES = {"application/json", "application/merge-patch+json"}


class JsonParser(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        """Raises Problem for another media type and for what is not JSON."""
        if request.content_type not in JSON_TYPES:
            raise Problem("unsupported_media_type")
        try:
            return json.loads(request.body)
        except (ValueError, RecursionError) as error:
            raise Problem("bad_json") from error
