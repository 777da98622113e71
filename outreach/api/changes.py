"""The change feed: a tool that remembers one place follows all that happens, without a socket and without a gap."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from crm.api.answers import answer
from crm.api.auth import SIGNED_IN
from crm.api.fields import OneOf, StrictInput, UserOut
from crm.api.problems import invalid_field
from crm.api.schema import problems
from crm.api.times import moment
from crm.pages.request import ApiRequest
from leads.api.shapes import Method
from outreach.api.shapes import Direction
from outreach.models import ChangeEvent
from outreach.webhooks.changes import ChangeRow, FeedPlace, latest_place, read_changes

router = Router(auth=SIGNED_IN, tags=["Changes"])

MOST = 500
LATEST = "latest"
PLACE = re.compile(r"(\d{1,18})\.(\d{1,19})", re.ASCII)
LARGEST = 2**63 - 1


class ChangeOut(Schema):
    """Something that happened. It names no texts: read them with your own rights."""

    event: Annotated[str, OneOf(*ChangeEvent)]
    at: datetime
    lead_id: UUID
    attempt_id: UUID | None = Field(description="The contact it is about.")
    decision_id: UUID | None = Field(description="Of an override: the first of its decisions.")
    user: UserOut | None = Field(description="Who did it, where that is known.")
    method: Method | None = Field(description="The contact's.")
    direction: Direction | None = Field(description="The contact's.")
    responded: bool | None = Field(description="Whether they replied to the contact, as it is now.")
    response_at: datetime | None
    voided_at: datetime | None
    occurred_at: datetime | None = Field(description="When the contact happened.")


class ChangesOut(Schema):
    """What came after your place."""

    data: list[ChangeOut]
    next_after: str = Field(description="Your new place. Keep it, and give it as `after` next time.")


class ChangesFilters(StrictInput):
    """Where to read on."""

    after: str | None = Field(
        None, max_length=40, pattern=r"^([0-9]{1,18}\.[0-9]{1,19}|latest)$",
        description="`next_after` of the call before; `latest` for the end of the feed now; nothing for its beginning.",
    )  # fmt: skip
    limit: int = Field(100, ge=1, le=MOST, description="How many at most.")


@router.get(
    "/changes", response=ChangesOut, operation_id="list_changes", summary="What has happened since",
    openapi_extra=problems("invalid"),
)  # fmt: skip
def changes(request: ApiRequest, params: Query[ChangesFilters]) -> HttpResponse:
    """In the order in which it became visible, each change once, none left out. Ask again with `next_after`, at once
    while `data` is full and else after a pause. A transaction that is still open holds back what began after it for a
    moment."""
    place = read_place(params.after)
    rows = read_changes(request.auth.company_id, place, params.limit)
    last = rows[-1].place if rows else place
    return answer({"data": [change_json(row) for row in rows], "next_after": f"{last.xid}.{last.id}"})


def read_place(text: str | None) -> FeedPlace:
    """The place a caller names; the beginning for nothing. Raises Problem for what is no place of ours."""
    if text is None:
        return FeedPlace()
    if text == LATEST:
        return latest_place()
    match = PLACE.fullmatch(text)
    if match is None or int(match[2]) > LARGEST:
        raise invalid_field("after", "Give next_after of the call before, latest, or nothing.")
    return FeedPlace(int(match[1]), int(match[2]))


def change_json(row: ChangeRow) -> dict[str, object]:
    return {
        "event": row.event,
        "at": moment(row.at),
        "lead_id": row.lead_id,
        "attempt_id": row.attempt_id,
        "decision_id": row.decision_id,
        "user": {"id": row.user_id, "name": row.user_name or ""} if row.user_id else None,
        "method": row.method,
        "direction": row.direction,
        "responded": row.responded,
        "response_at": moment(row.response_at),
        "voided_at": moment(row.voided_at),
        "occurred_at": moment(row.occurred_at),
    }
