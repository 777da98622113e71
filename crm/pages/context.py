"""What every template may use."""

from __future__ import annotations

from django.http import HttpRequest

APP_NAME = "Tandem"


def product(request: HttpRequest) -> dict[str, object]:
    user = getattr(request, "user", None)
    return {"app_name": APP_NAME, "keys_on": bool(user and user.is_authenticated and user.shortcuts)}
