"""Logging a contact and marking an answer: the founding writes, through the verbs of the pages."""

from __future__ import annotations

import math
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpResponse
from ninja import Router
from pydantic import Field, StrictBool, StrictInt

from crm.api.answers import answer
from crm.api.auth import SIGNED_IN
from crm.api.fields import ID_EXAMPLE, MOMENT_EXAMPLE, Id, Moment, StrictInput, Text
from crm.api.idempotency import once
from crm.api.problems import Problem, answer_problem, invalid_field
from crm.api.schema import problems
from crm.pages.request import ApiRequest
from leads.api.shapes import Method
from outreach.api.shapes import (
    DIRECTION_WORDS,
    METHOD_WORDS,
    OUTBOUND,
    AttemptOut,
    Direction,
    LoggedOut,
    attempt_json,
    verdict_json,
)
from outreach.contacts import actions
from outreach.contacts.contact import EXTERNAL_ID_MAX, REASON_MAX, Contact
from outreach.guard import Verdict
from outreach.models import BODY_MAX, SUBJECT_MAX, ContactAttempt
from outreach.page.forms import LARGEST_VERSION

router = Router(auth=SIGNED_IN, tags=["Contacts"])

# What has happened is never refused, so this stands for the reason of a tool that gives none.
ALREADY_SENT = "Already sent"


class ContactIn(StrictInput):
    """One contact with the lead."""

    method: Method = Field(description=METHOD_WORDS, examples=["email"])
    direction: Direction = Field(OUTBOUND, description=DIRECTION_WORDS)
    subject: Text | None = Field(None, max_length=SUBJECT_MAX, examples=["Quick question about your tech stack"])
    body: Text | None = Field(None, max_length=BODY_MAX, examples=["Hi John, I noticed you're using..."])
    metadata: dict[str, Any] | None = Field(
        None, description="Whatever belongs to it: at most 16 kB, 8 levels and 100 keys.",
        examples=[{"email_id": "msg_123", "thread_id": "thread_456"}],
    )  # fmt: skip
    occurred_at: Moment | None = Field(
        None, description="When it happened, if not now; never in the future.", examples=[MOMENT_EXAMPLE]
    )
    responded: StrictBool | None = Field(None, description="They have replied already.")
    response_at: Moment | None = Field(None, description="When they replied.", examples=[MOMENT_EXAMPLE])
    in_reply_to: Id | None = Field(
        None, description="Of an inbound contact: which of ours it answers.", examples=[ID_EXAMPLE]
    )
    external_id: Text | None = Field(
        None, max_length=EXTERNAL_ID_MAX, description="The message's own id; recorded once per company and method."
    )
    override_reason: Text | None = Field(
        None, max_length=REASON_MAX, description="Why to go ahead although the guard warns.", examples=["Asked me to"]
    )
    already_sent: StrictBool = Field(
        False,
        description="It has happened: record it whatever the verdict, as a collision where it breaks a rule.",
    )
    seen_version: StrictInt | None = Field(
        None,
        ge=0,
        le=LARGEST_VERSION,
        description="The lead's version you go by; anything newer is shown to you first.",
    )

    def contact(self) -> Contact:
        """As the verb takes it. Raises Problem for a response time with `responded` false."""
        if self.response_at is not None and self.responded is False:
            raise invalid_field("response_at", "Leave it out unless they responded.")
        return Contact(
            method=self.method,
            direction=self.direction,
            subject=self.subject or "",
            body=self.body or "",
            occurred_at=self.occurred_at,
            responded=bool(self.responded) or self.response_at is not None,
            response_at=self.response_at,
            in_reply_to=self.in_reply_to,
            metadata=self.metadata,
            external_id=self.external_id or "",
        )

    def reason(self) -> str:
        return self.override_reason or (ALREADY_SENT if self.already_sent else "")


@router.post(
    "/leads/{uuid:lead_id}/contacts", response={201: LoggedOut}, operation_id="log_contact",
    summary="Log a contact",
    openapi_extra={**problems("needs_override", "cooldown", "do_not_contact"), "x-once": True},
)  # fmt: skip
@once
def log(request: ApiRequest, lead_id: UUID, data: ContactIn) -> HttpResponse:
    """Verdict and insert are one transaction: of many at once exactly the allowed number get through.

    A refusal writes no contact and says why in `verdict`, `reasons` and `allowed_from`: 409 `needs_override` (send it
    again with `override_reason`), 429 `cooldown` (managers may override), 403 `do_not_contact`. What was already sent
    is recorded whatever the verdict with `already_sent`. The lead's summary and status follow by themselves, and every
    open page of the lead hears `lead:contacted`.
    """
    reason = data.reason()
    try:
        attempt = actions.log_contact(
            lead_id=lead_id,
            user=request.auth,
            contact=data.contact(),
            seen=data.seen_version,
            reason=reason,
            already_sent=data.already_sent,
        )
    except actions.Refused as refused:
        return answer_refusal(refused)
    except IntegrityError as error:
        raise explain(error) from error
    return answer({**attempt_json(attempt), "decision": decision(attempt) if reason else None}, status=201)


def decision(attempt: ContactAttempt) -> str | None:
    return attempt.decisions.values_list("kind", flat=True).first()


def explain(error: IntegrityError) -> Exception:
    """Two contacts logged at once with one message id but different persons: neither lock saw the other."""
    if "attempt_external_id" in str(error):
        return invalid_field("external_id", "A contact with this message id is already logged.")
    return error


CODES = {
    actions.NeedsOverride: "needs_override",
    actions.TooSoon: "cooldown",
    actions.DoNotContact: "do_not_contact",
}


def answer_refusal(refused: actions.Refused) -> HttpResponse:
    """Returned, not raised: the refusal is on record, so `once` must keep its answer for a retry."""
    verdict = refused.verdict
    code = CODES[type(refused)]
    headers = retry_after(verdict) if code == "cooldown" else {}
    return answer_problem(Problem(code, str(refused), headers=headers, **verdict_json(verdict)))


def retry_after(verdict: Verdict) -> dict[str, str]:
    """Whole seconds until the last block ends; nothing for one that never does."""
    if verdict.allowed_from is None:
        return {}
    return {"Retry-After": str(max(math.ceil((verdict.allowed_from - verdict.now).total_seconds()), 1))}


class RespondedIn(StrictInput):
    """Whether they replied."""

    responded: StrictBool = Field(description="false takes it back.", examples=[True])
    response_at: Moment | None = Field(
        None, description="When they replied; now if left out.", examples=["2026-02-10T14:30:00Z"]
    )


@router.patch(
    "/contacts/{uuid:contact_id}/responded", response=AttemptOut, operation_id="mark_responded",
    summary="Mark a response", openapi_extra={"x-once": True},
)  # fmt: skip
@once
def responded(request: ApiRequest, contact_id: UUID, data: RespondedIn) -> HttpResponse:
    """Record that the person answered this outbound contact, or take it back. Saying the same again changes nothing."""
    if data.response_at is not None and not data.responded:
        raise invalid_field("response_at", "Leave it out unless they responded.")
    attempt = actions.mark_responded(
        attempt_id=contact_id, user=request.auth, responded=data.responded, response_at=data.response_at
    )
    return answer(attempt_json(attempt))
