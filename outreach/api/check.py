"""Asking the guard before sending, without writing: about one person or hundreds, by id or by address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Body, Router, Schema
from pydantic import Discriminator, Field, StrictBool, Tag

from crm.api.answers import answer
from crm.api.auth import READING, require_write
from crm.api.fields import Id, StrictInput, Text
from crm.api.problems import Problem, invalid_field
from crm.api.schema import problems
from crm.api.times import moment
from crm.models import User
from crm.models.tenancy import company_id_of
from crm.pages.request import ApiRequest
from leads.api.address import KINDS, Address, read_address
from leads.api.shapes import Method
from leads.models import Lead, LeadIdentifier
from leads.person.reading import visible_leads
from outreach.api.shapes import (
    DIRECTION_WORDS,
    METHOD_WORDS,
    OUTBOUND,
    AnswerCode,
    Direction,
    ReasonOut,
    VerdictJson,
    verdict_json,
)
from outreach.guard import Answer, Question, Verdict
from outreach.guard.many import check_all
from outreach.live.claims import claim_person
from outreach.models import BODY_MAX, SUBJECT_MAX, Claim

router = Router(auth=READING, tags=["Guard"])

MOST = 500
# How a question names its person: a lead's id, or the kind and key of an address.
Key = UUID | tuple[str, str]


class QuestionIn(Address):
    """May I contact this person, by this method, with this message? Name the person in one way."""

    lead_id: Id | None = Field(None, description="A lead of your company.")
    method: Method = Field(description=METHOD_WORDS, examples=["email"])
    direction: Direction = Field(OUTBOUND, description=DIRECTION_WORDS)
    subject: Text | None = Field(None, max_length=SUBJECT_MAX, description="To compare with colleagues' messages.")
    body: Text | None = Field(None, max_length=BODY_MAX)


class CheckIn(QuestionIn):
    """A question about one person."""

    claim: StrictBool = Field(
        False, description="Also show colleagues that you are writing to this person now; logging frees it."
    )


class ChecksIn(StrictInput):
    """Questions about many."""

    checks: list[QuestionIn] = Field(min_length=1, max_length=MOST, description="The questions, one for each person.")


# Tags of the two kinds of body. With a space they cannot be names of fields, so they stay out of error messages.
ONE, MANY = "one question", "many questions"


def body_tag(body: object) -> str:
    return MANY if isinstance(body, dict) and "checks" in body else ONE


# As the published document has it; code made from the document may use it as a name.
TITLE = "Said"
OneOrMany = Annotated[Annotated[CheckIn, Tag(ONE)] | Annotated[ChecksIn, Tag(MANY)], Discriminator(body_tag)]


class ClaimOut(Schema):
    """What colleagues see until then."""

    method: Method
    expires_at: datetime


class CheckOut(Schema):
    """The guard's answer."""

    verdict: AnswerCode = Field(description="warn: logging it will need override_reason; block: it will be refused.")
    known: bool = Field(description="false: nobody here has this address, so no rule is against it.")
    lead_ids: list[UUID] = Field(description="The records of this person.")
    reasons: list[ReasonOut] = Field(description="Worst first; those that answer allow are notes.")
    allowed_from: datetime | None = Field(description="When the last block ends; null if none ends by itself.")
    claim: ClaimOut | None = Field(description="The claim, if one was asked for.")


class ChecksOut(Schema):
    """The guard's answers, in the order of the questions."""

    data: list[CheckOut]
    total: int


@dataclass(frozen=True)
class CheckResult:
    """The guard's verdict about one person and the person's records that are not deleted; no verdict: nobody known."""

    verdict: Verdict | None = None
    lead_ids: Sequence[UUID] = ()

    @property
    def known(self) -> bool:
        return self.verdict is not None

    def json(self, claim: Claim | None = None) -> dict[str, object]:
        return {
            "known": self.known,
            "lead_ids": self.lead_ids,
            **(verdict_json(self.verdict) if self.verdict else NO_VERDICT),
            "claim": claim_json(claim) if claim else None,
        }


NO_VERDICT: VerdictJson = {"verdict": str(Answer.ALLOW), "reasons": [], "allowed_from": None}


@router.post(
    "/contacts/check", response=CheckOut | ChecksOut, operation_id="check_contact",
    summary="May I contact this person?", openapi_extra=problems("not_found"),
)  # fmt: skip
def check(request: ApiRequest, data: Annotated[OneOrMany, Body(title=TITLE)]) -> HttpResponse:
    """The guard's answer without writing, for one person or up to 500: `{"checks": [...]}` is answered with `data` in
    the same order. Somebody nobody knows is `allow` with `known` false. A single `lead_id` that is none of your
    company's is a 404; among many it counts as unknown, so that one stale id does not spoil the others."""
    user = request.auth
    if isinstance(data, ChecksIn):
        results = ask(user, data.checks, "checks.{}.")
        return answer({"data": [result.json() for result in results], "total": len(results)})
    if data.claim:
        require_write(request)
    (result,) = ask(user, [data], "")
    if data.lead_id is not None and not result.known:
        raise Problem("not_found")
    claim = None
    if data.claim and result.lead_ids:
        claim = claim_person(lead_id=result.lead_ids[0], user=user, method=data.method)
    return answer(result.json(claim))


def claim_json(claim: Claim) -> dict[str, object]:
    return {"method": claim.method, "expires_at": moment(claim.expires_at)}


def ask(user: User, questions: Sequence[QuestionIn], prefix: str) -> list[CheckResult]:
    """Answer all questions, in as many queries as for one.

    prefix: what precedes a field's name in error messages; `{}` is the number of the question.
    """
    keys = [key_of(user, question, prefix.format(number)) for number, question in enumerate(questions)]
    leads = find_leads(user, keys)
    known = [
        (leads[key], guard_question(user, question))
        for key, question in zip(keys, questions, strict=True)
        if key in leads
    ]
    known_verdicts = iter(check_all(known))
    verdicts = [next(known_verdicts) if key in leads else None for key in keys]
    living = living_records(user, leads.values(), [verdict for verdict in verdicts if verdict])
    return [known_result(verdict, living) if verdict else CheckResult() for verdict in verdicts]


def guard_question(user: User, data: QuestionIn) -> Question:
    subject = " ".join((data.subject or "").split())
    return Question(user, data.method, data.direction, subject=subject, body=(data.body or "").strip())


def key_of(user: User, data: QuestionIn, prefix: str) -> Key:
    """How the question names its person. Raises Problem naming the field."""
    names = [name for name in ("lead_id", *KINDS) if getattr(data, name) is not None]
    if len(names) != 1:
        raise invalid_field(f"{prefix}lead_id", f"Name the person in one way: lead_id, {', '.join(KINDS)}.")
    (name,) = names
    return data.lead_id if data.lead_id is not None else read_address(user, name, getattr(data, name), prefix)


def find_leads(user: User, keys: Iterable[Key]) -> dict[Key, Lead]:
    """One record for each person that is known, a living one before a deleted one: its history counts all the same."""
    ids = {key for key in keys if isinstance(key, UUID)}
    addresses = {key for key in keys if not isinstance(key, UUID)}
    leads: dict[Key, Lead] = {lead.id: lead for lead in visible_leads(user, ids)} if ids else {}
    if addresses:
        identifiers = LeadIdentifier.objects.filter(
            company_id=company_id_of(user),
            kind__in={kind for kind, _ in addresses},
            person_key__in={key for _, key in addresses},
        )
        # Living records last, so that they win.
        for identifier in identifiers.select_related("lead").order_by("lead__deleted_at", "-lead_id"):
            leads[identifier.kind, identifier.person_key] = identifier.lead
    return leads


def living_records(user: User, leads: Iterable[Lead], verdicts: Iterable[Verdict]) -> set[UUID]:
    """The ids of all records of these persons that are not deleted."""
    living = {lead.id for lead in leads if lead.deleted_at is None}
    others = {record for verdict in verdicts for record in verdict.records} - living
    return living | {lead.id for lead in visible_leads(user, others)} if others else living


def known_result(verdict: Verdict, living: set[UUID]) -> CheckResult:
    return CheckResult(verdict, sorted(record for record in verdict.records if record in living))
