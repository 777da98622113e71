"""The API's JSON of contacts and of the guard's answers, and its schema."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypedDict
from uuid import UUID

from ninja import Schema
from pydantic import Field

from crm.api.fields import ID_EXAMPLE, MOMENT_EXAMPLE, OneOf, UserOut, either
from crm.api.times import moment
from leads.api.shapes import Method
from leads.methods import ContactMethod
from outreach import models
from outreach.guard import Answer, Previous, Reason, Verdict
from outreach.guard.sentences import sentence
from outreach.models import ContactAttempt, DecisionKind, Rule

OUTBOUND = str(models.Direction.OUTBOUND)
Direction = Annotated[str, OneOf(*models.Direction)]
RuleCode = Annotated[str, OneOf(*Rule)]
AnswerCode = Annotated[str, OneOf(*Answer)]
DecisionCode = Annotated[str, OneOf(*DecisionKind)]
# What a contact may have on record beside it.
WentAheadCode = Annotated[str, OneOf(*(kind for kind in DecisionKind if kind != DecisionKind.REFUSED))]
METHOD_WORDS = f"How: {either(ContactMethod)}."
DIRECTION_WORDS = f"Who began it: {'; '.join(f'{one}, {one.meaning}' for one in models.Direction)}."


class AttemptOut(Schema):
    """A contact as it is on record. What was said is never changed; a mistake is voided."""

    id: UUID = Field(examples=[ID_EXAMPLE])
    lead_id: UUID = Field(description="The lead's record it is on; the same person may have others.")
    user_id: UUID | None = Field(description="Who did it; null once the user was deleted.")
    user: UserOut
    method: Method = Field(description=METHOD_WORDS)
    direction: Direction = Field(description=DIRECTION_WORDS)
    subject: str = Field(examples=["Quick question about your tech stack"])
    body: str = Field(examples=["Hi John, I noticed you're using..."])
    responded: bool = Field(description="Whether they replied to it.")
    response_at: datetime | None = Field(description="When they replied.")
    metadata: dict[str, Any] = Field(description="As it was given.", examples=[{"thread_id": "thread_456"}])
    external_id: str = Field(description="The message's own id; once per company and method.")
    in_reply_to: UUID | None = Field(description="Of an inbound contact: which of ours it answers.")
    occurred_at: datetime = Field(description="When it happened.", examples=[MOMENT_EXAMPLE])
    created_at: datetime = Field(description="When it was recorded.", examples=[MOMENT_EXAMPLE])
    voided_at: datetime | None = Field(description="When it was voided as a mistake; it counts no more.")


class LoggedOut(AttemptOut):
    """A contact just logged."""

    decision: WentAheadCode | None = Field(
        description="What went on record beside it: a warning overridden, or a rule broken by what was already sent."
    )


def attempt_json(attempt: ContactAttempt) -> dict[str, object]:
    return {
        "id": attempt.id,
        "lead_id": attempt.lead_id,
        "user_id": attempt.user_id,
        "user": {"id": attempt.user_id, "name": attempt.user_name},
        "method": attempt.method,
        "direction": attempt.direction,
        "subject": attempt.subject,
        "body": attempt.body,
        "responded": attempt.responded,
        "response_at": moment(attempt.response_at),
        "metadata": attempt.metadata,
        "external_id": attempt.external_id,
        "in_reply_to": attempt.in_reply_to_id,
        "occurred_at": moment(attempt.occurred_at),
        "created_at": moment(attempt.created_at),
        "voided_at": moment(attempt.voided_at),
    }


class PreviousOut(Schema):
    """The earlier contact a reason speaks of."""

    id: UUID
    lead_id: UUID
    user: UserOut
    method: Method
    direction: Direction
    subject: str
    occurred_at: datetime
    responded: bool
    response_at: datetime | None


class ReasonOut(Schema):
    """What one rule found."""

    rule: RuleCode
    answer: AnswerCode = Field(description="allow: only a note.")
    sentence: str = Field(description="For people.", examples=["Alice Jones emailed this lead 2 days ago."])
    previous: PreviousOut | None = Field(description="The earlier contact, where there is one.")
    allowed_from: datetime | None = Field(description="From when this rule is silent; null if never or unknown.")
    likeness: int | None = Field(description="How alike two messages are, in percent, where they were compared.")


def reason_json(reason: Reason) -> dict[str, object]:
    return {
        "rule": reason.rule.value,
        "answer": reason.answer.value,
        "sentence": sentence(reason),
        "previous": previous_json(reason.previous) if reason.previous else None,
        "allowed_from": moment(reason.allowed_from),
        "likeness": reason.likeness,
    }


def previous_json(previous: Previous) -> dict[str, object]:
    return {
        "id": str(previous.id),
        "lead_id": str(previous.lead_id),
        "user": {"id": str(previous.user_id) if previous.user_id else None, "name": previous.user_name},
        "method": previous.method,
        "direction": previous.direction,
        "subject": previous.subject,
        "occurred_at": moment(previous.occurred_at),
        "responded": previous.responded,
        "response_at": moment(previous.response_at),
    }


class VerdictJson(TypedDict):
    """What the answers of a check and of a refusal have in common."""

    verdict: str
    reasons: list[dict[str, object]]
    allowed_from: str | None


def verdict_json(verdict: Verdict) -> VerdictJson:
    return {
        "verdict": verdict.answer.value,
        "reasons": [reason_json(reason) for reason in verdict.reasons],
        "allowed_from": moment(verdict.allowed_from),
    }
