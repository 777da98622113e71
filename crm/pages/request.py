"""The request as our views and the API's operations get it, with what middleware and authentication add."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from crm.models import User


class SignedInRequest(HttpRequest):
    """For annotations only. LoginRequiredMiddleware lets nobody else in, so `user` is one of ours."""

    user: User
    htmx: HtmxDetails


class ApiRequest(HttpRequest):
    """For annotations only. The API's authentication lets nobody else in, so `auth` is one of ours, with a company."""

    auth: User
