"""The company's limits, to read. Managers change them on their page, where they see what a change would do."""

from __future__ import annotations

from dataclasses import asdict

from django.conf import settings
from django.http import HttpResponse
from ninja import Router, Schema
from pydantic import Field

from crm.api.answers import answer
from crm.api.auth import SIGNED_IN
from crm.models.tenancy import company_of
from crm.pages.request import ApiRequest
from leads.api.shapes import for_each_method
from outreach.policies.policy import read_policy

router = Router(auth=SIGNED_IN, tags=["Guard"])


class MethodPolicyOut(Schema):
    """One method's limits."""

    cooldown_hours: int = Field(description="Within these hours only so many outbound contacts; 0: no cooldown.")
    cooldown_count: int = Field(description="How many contacts the hours admit, whoever makes them.")
    warning_days: int = Field(description="An earlier contact within these days needs a reason; 0: no warning.")


class MethodsOut(for_each_method(MethodPolicyOut)):  # type: ignore[misc]  # the base is made from the methods
    """By method."""


class PolicyOut(Schema):
    """The limits the guard goes by."""

    methods: MethodsOut
    organization_days: int = Field(description="A colleague's contact at the same organization within them is told.")
    organization_warns: bool = Field(description="It needs a reason instead.")
    similarity_percent: int = Field(description="A message so much like a colleague's needs a reason.")
    similarity_days: int = Field(description="With messages of so many days it is compared.")
    claim_minutes: int = Field(description="For how long a claim holds unless renewed.")


@router.get("/policy", response=PolicyOut, operation_id="read_policy", summary="The guard's limits")
def policy(request: ApiRequest) -> HttpResponse:
    """What holds in your company now."""
    return answer({**asdict(read_policy(company_of(request.auth))), "similarity_days": settings.SIMILARITY_DAYS})
