"""The request as our views meet it: of somebody signed in, with what the middleware adds."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from crm.models import User


class SignedInRequest(HttpRequest):
    """For annotations only. LoginRequiredMiddleware lets nobody else in, so `user` is one of ours."""

    user: User
    htmx: HtmxDetails
