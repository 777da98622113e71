"""What the guard decided and what was done about it, for managers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from crm.api.answers import answer
from crm.api.auth import SIGNED_IN
from crm.api.fields import Id, OneOf, Person, Said
from crm.api.schema import problems
from crm.api.times import moment
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
    user: Person
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


class DecisionFilters(Said):
    """What the decisions are narrowed to, and their page."""

    kind: DecisionCode | None = Field(None, description="Only these.")
    rule: RuleCode | None = Field(None, description="Only this rule.")
    user_id: Id | None = Field(None, description="Only contacts of this user.")
    lead_id: Id | None = Field(None, description="Only contacts with this lead.")
    unreviewed: bool = Field(False, description="Only those a manager has yet to review.")
    limit: int = Field(50, ge=1, le=MOST, description="How many at most.")
    cursor: Cursor = None

    def narrow(self, decisions: GuardDecisionQuerySet) -> GuardDecisionQuerySet:
        said = {name: getattr(self, name) for name in ("kind", "rule", "user_id", "lead_id")}
        narrowed = decisions.filter(**{name: value for name, value in said.items() if value is not None})
        return narrowed.due() if self.unreviewed else narrowed


@router.get(
    "/decisions", response=DecisionsOut, operation_id="list_decisions", summary="The guard's decisions",
    openapi_extra=problems("forbidden", "invalid"),
)  # fmt: skip
def decisions(request: HttpRequest, asked: Query[DecisionFilters]) -> HttpResponse:
    """Refusals, overrides and collisions, newest first. For managers."""
    user = request.auth
    if not user.is_manager:
        raise PermissionDenied("Only managers read the guard's decisions.")
    found = asked.narrow(GuardDecision.objects.visible_to(user))
    page = list(after(found, asked.cursor).order_by("-created_at", "-id")[: asked.limit + 1])
    shown = page[: asked.limit]
    return answer(
        {
            "data": [decision_json(one) for one in shown],
            "total": found.count(),
            "next_cursor": write_cursor(shown[-1].created_at, shown[-1].id) if len(page) > asked.limit else None,
        }
    )


def after(found: GuardDecisionQuerySet, text: str | None) -> GuardDecisionQuerySet:
    at, last = read_cursor(text)
    return found if (at, last) == FIRST else found.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=last))


def decision_json(one: GuardDecision) -> dict[str, object]:
    return {
        "id": one.id,
        "kind": one.kind,
        "rule": one.rule,
        "method": one.method,
        "sentence": one.sentence,
        "reason": one.reason,
        "lead_id": one.lead_id,
        "user": {"id": one.user_id, "name": one.user_name},
        "attempt_id": one.attempt_id,
        "earlier_attempt_id": one.earlier_attempt_id,
        "allowed_from": moment(one.allowed_from),
        "likeness": one.likeness,
        "created_at": moment(one.created_at),
        "review": one.review,
        "review_note": one.review_note,
        "reviewed_at": moment(one.reviewed_at),
    }
