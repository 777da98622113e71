"""Whose failed sign-in this was: the account and the address that django-axes counts by."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

from crm.models import normalise_login


def account(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """The account however it was typed, or each spelling of an email would have attempts of its own."""
    typed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return normalise_login(typed)[:255]


def address(request: HttpRequest) -> str | None:
    """The client's address. Only what our own outermost proxy appended counts; anybody can write the rest."""
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if 0 < settings.TRUSTED_PROXIES <= len(hops):
        forwarded = hops[-settings.TRUSTED_PROXIES].strip()
    else:
        forwarded = ""
    return valid(forwarded) or valid(request.META.get("REMOTE_ADDR", ""))


def valid(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None
