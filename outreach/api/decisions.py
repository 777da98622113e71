"""What the guard decided and what was done about it, for managers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from crm.api.answers import answer
from crm.api.auth import SIGNED_IN
from crm.api.fields import Id, OneOf, StrictInput, UserOut
from crm.api.schema import problems
from crm.api.times import moment
from crm.pages.request import ApiRequest
from leads.api.shapes import Method
from outreach.api.cursor import FIRST, Cursor, read_cursor, write_cursor
from outreach.api.shapes import DecisionCode, RuleCode
from outreach.models import GuardDecision, GuardDecisionQuerySet, ReviewVerdict

router = Router(auth=SIGNED_IN, tags=["Guard"])

MOST = 200


class DecisionOut(Schema):
    """One rule that stood in the way of one contact."""

    id: UUID
    kind: DecisionCode = Field(description="What became of the contact.")
    rule: RuleCode
    method: Method
    sentence: str = Field(description="What was shown.")
    reason: str = Field(description="Why it went ahead; empty for a refusal.")
    lead_id: UUID
    user: UserOut
    attempt_id: UUID | None = Field(description="The contact it let through.")
    earlier_attempt_id: UUID | None = Field(description="The contact that stood in the way.")
    allowed_from: datetime | None
    likeness: int | None
    created_at: datetime
    review: Annotated[str, OneOf("", *ReviewVerdict)] = Field(description="A manager's verdict; empty until reviewed.")
    review_note: str
    reviewed_at: datetime | None


class DecisionsOut(Schema):
    """Decisions, newest first."""

    data: list[DecisionOut]
    total: int = Field(description="How many there are by these filters.")
    next_cursor: str | None = Field(description="Give it as `cursor` for what comes after; null at the end.")


class DecisionFilters(StrictInput):
    """What the decisions are narrowed to, and their page."""

    kind: DecisionCode | None = Field(None, description="Only these.")
    rule: RuleCode | None = Field(None, description="Only this rule.")
    user_id: Id | None = Field(None, description="Only contacts of this user.")
    lead_id: Id | None = Field(None, description="Only contacts with this lead.")
    unreviewed: bool = Field(False, description="Only those a manager has yet to review.")
    limit: int = Field(50, ge=1, le=MOST, description="How many at most.")
    cursor: Cursor = None

    def narrow(self, decisions: GuardDecisionQuerySet) -> GuardDecisionQuerySet:
        values = {name: getattr(self, name) for name in ("kind", "rule", "user_id", "lead_id")}
        narrowed = decisions.filter(**{name: value for name, value in values.items() if value is not None})
        return narrowed.due() if self.unreviewed else narrowed


@router.get(
    "/decisions", response=DecisionsOut, operation_id="list_decisions", summary="The guard's decisions",
    openapi_extra=problems("forbidden", "invalid"),
)  # fmt: skip
def decisions(request: ApiRequest, filters: Query[DecisionFilters]) -> HttpResponse:
    """Refusals, overrides and collisions, newest first. For managers."""
    user = request.auth
    if not user.is_manager:
        raise PermissionDenied("Only managers read the guard's decisions.")
    narrowed = filters.narrow(GuardDecision.objects.visible_to(user))
    page = list(after(narrowed, filters.cursor).order_by("-created_at", "-id")[: filters.limit + 1])
    shown = page[: filters.limit]
    return answer(
        {
            "data": [decision_json(decision) for decision in shown],
            "total": narrowed.count(),
            "next_cursor": write_cursor(shown[-1].created_at, shown[-1].id) if len(page) > filters.limit else None,
        }
    )


def after(decisions: GuardDecisionQuerySet, cursor: str | None) -> GuardDecisionQuerySet:
    """Those older than where the cursor says the page before ended. Raises Problem for what is no cursor of ours."""
    at, last = read_cursor(cursor)
    return decisions if (at, last) == FIRST else decisions.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=last))


def decision_json(decision: GuardDecision) -> dict[str, object]:
    return {
        "id": decision.id,
        "kind": decision.kind,
        "rule": decision.rule,
        "method": decision.method,
        "sentence": decision.sentence,
        "reason": decision.reason,
        "lead_id": decision.lead_id,
        "user": {"id": decision.user_id, "name": decision.user_name},
        "attempt_id": decision.attempt_id,
        "earlier_attempt_id": decision.earlier_attempt_id,
        "allowed_from": moment(decision.allowed_from),
        "likeness": decision.likeness,
        "created_at": moment(decision.created_at),
        "review": decision.review,
        "review_note": decision.review_note,
        "reviewed_at": moment(decision.reviewed_at),
    }
