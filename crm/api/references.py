"""A fault of ours has a reference: whoever met it reads it on the page, and the log shows its stack beside it."""

from __future__ import annotations

import secrets

from django.http import HttpRequest

# Without letters and digits that are read for one another.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_reference() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def reference_of(request: HttpRequest) -> str:
    """The reference of what went wrong with this request, the same each time it is asked for."""
    reference: str = vars(request).setdefault("failure_reference", new_reference())
    return reference
