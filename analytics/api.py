"""The numbers of the dashboard as JSON, in the shapes of the founding document: from the same form and functions."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from ninja import Query, Router, Schema
from pydantic import BeforeValidator, Field

from analytics.numbers import founding
from analytics.numbers.filters import ALL_DIRECTIONS, ReportFilters, ReportForm
from crm.api.answers import answer
from crm.api.auth import SIGNED_IN
from crm.api.fields import Id, OneOf, StrictInput
from crm.api.problems import Problem, error
from crm.api.schema import problems
from crm.models import User
from crm.pages.request import ApiRequest
from leads.api.shapes import Method, for_each_method
from outreach.models import Direction

router = Router(auth=SIGNED_IN, tags=["Analytics"])

ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def read_day(value: Any) -> date:
    if isinstance(value, str) and ISO_DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("Give a day such as 2026-02-10.")


Day = Annotated[date, BeforeValidator(read_day)]


class OutreachFilters(StrictInput):
    """Which contacts are counted. Without days the last 30; both ends are included."""

    method: Method | None = Field(None, description="Only this method.")
    from_date: Day | None = Field(
        None, description="The first day, by the company's time zone; from 2000.", examples=["2026-02-01"]
    )
    to_date: Day | None = Field(None, description="The last day; today without it.", examples=["2026-02-28"])
    user_id: Id | None = Field(None, description="Only contacts of this user. Reps always read their own.")
    direction: Annotated[str, OneOf(*Direction, ALL_DIRECTIONS)] | None = Field(None, description="All without it.")

    def filters(self, viewer: User) -> ReportFilters:
        """As the dashboard's own form reads them. Raises Problem naming the fields it refuses."""
        data = QueryDict(mutable=True)
        data.update({name: str(value) for name, value in self.model_dump(exclude_none=True).items()})
        form = ReportForm(data, viewer=viewer, direction=ALL_DIRECTIONS)
        if not form.is_valid():
            raise Problem("invalid", errors=form_errors(form))
        return form.filters()


def form_errors(form: ReportForm) -> list[dict[str, str]]:
    return [error(name, str(message)) for name, messages in form.errors.items() for message in messages]


class ByMethod(for_each_method(int)):  # type: ignore[misc]  # the base is made from the methods
    """Contacts by each method, those without any included."""


class OutreachOut(Schema):
    """How much was done, and what came of it."""

    total_attempts: int = Field(examples=[245])
    by_method: ByMethod
    response_rate: float | None = Field(description="A fraction: 0.35 is 35 %; null without contacts.", examples=[0.35])
    avg_response_time_hours: float | None = Field(description="Null without an answer.", examples=[18.5])


class Rate(Schema):
    """Contacts and how many of them were answered."""

    total_attempts: int
    responses: int
    response_rate_percent: float = Field(examples=[35.12])


class ChannelOut(Rate):
    """One method's rate."""

    method: Method


class ChannelsOut(Schema):
    """Each method that was used, the most used first."""

    data: list[ChannelOut]


class TimeOut(Schema):
    """How long one method's answers took."""

    method: Method
    avg_response_hours: float
    responses: int


class TimesOut(Schema):
    """Each method that was answered."""

    data: list[TimeOut]


class PerformerOut(Rate):
    """One rep's rate."""

    user_id: UUID
    rep_name: str


class PerformersOut(Schema):
    """The reps with the best rates, at most 10, each with at least 10 contacts; ties by contacts."""

    data: list[PerformerOut]


@router.get(
    "/analytics/outreach", response=OutreachOut, operation_id="read_outreach", summary="Outreach in numbers",
    openapi_extra=problems("invalid"),
)  # fmt: skip
def outreach(request: ApiRequest, params: Query[OutreachFilters]) -> HttpResponse:
    """The company's contacts; a rep reads their own."""
    return answer(founding.outreach(params.filters(request.auth)))


@router.get(
    "/analytics/outreach/channels", response=ChannelsOut, operation_id="read_channels",
    summary="Response rate by method", openapi_extra=problems("invalid"),
)  # fmt: skip
def channels(request: ApiRequest, params: Query[OutreachFilters]) -> HttpResponse:
    """The founding query "Response Rate by Channel"."""
    return answer({"data": founding.by_channel(params.filters(request.auth))})


@router.get(
    "/analytics/outreach/response-times", response=TimesOut, operation_id="read_response_times",
    summary="Average response time by method", openapi_extra=problems("invalid"),
)  # fmt: skip
def response_times(request: ApiRequest, params: Query[OutreachFilters]) -> HttpResponse:
    """The founding query "Average Response Time"."""
    return answer({"data": founding.response_time(params.filters(request.auth))})


@router.get(
    "/analytics/outreach/top-performers", response=PerformersOut, operation_id="read_top_performers",
    summary="Reps with the best response rates", openapi_extra=problems("invalid"),
)  # fmt: skip
def top_performers(request: ApiRequest, params: Query[OutreachFilters]) -> HttpResponse:
    """The founding query "Top Performers"; a rep reads their own line."""
    return answer({"data": founding.top_performers(params.filters(request.auth))})
