"""Asking the guard before sending: about one person or hundreds, by id or by address, and without writing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body, Router, Schema
from pydantic import Discriminator, Field, Tag

from crm.api.answers import answer
from crm.api.auth import READING, require_write
from crm.api.fields import Id, Said, Text, Truth
from crm.api.problems import Problem, invalid_field
from crm.api.schema import problems
from crm.api.times import moment
from crm.models import User
from leads.api.address import KINDS, Address, read_address
from leads.api.shapes import Method
from leads.models import Lead, LeadIdentifier
from leads.person.reading import visible_leads
from outreach.api.shapes import DIRECTION_WORDS, METHOD_WORDS, OUTBOUND, AnswerCode, Direction, ReasonOut, verdict_json
from outreach.guard import Answer, Question, Verdict
from outreach.guard.many import check_all
from outreach.live.claims import claim_person
from outreach.models import BODY_MAX, SUBJECT_MAX, Claim

router = Router(auth=READING, tags=["Guard"])

MOST = 500
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

    claim: Truth = Field(
        False, description="Also show colleagues that you are writing to this person now; logging frees it."
    )


class ChecksIn(Said):
    """Questions about many."""

    checks: list[QuestionIn] = Field(min_length=1, max_length=MOST, description="The questions, one for each person.")


# Kinds of a body; with a space they are no names of fields, which keeps them out of errors.
ONE, MANY = "one question", "many questions"


def which(said: object) -> str:
    return MANY if isinstance(said, dict) and "checks" in said else ONE


OneOrMany = Annotated[Annotated[CheckIn, Tag(ONE)] | Annotated[ChecksIn, Tag(MANY)], Discriminator(which)]


class ClaimOut(Schema):
    """What colleagues see until then."""

    method: Method
    expires_at: datetime


class CheckOut(Schema):
    """The guard's answer."""

    verdict: AnswerCode = Field(description="warn: logging it will need override_reason; block: it will be refused.")
    known: bool = Field(description="false: nobody here has this address, so nothing stands in the way.")
    lead_ids: list[UUID] = Field(description="The records of this person.")
    reasons: list[ReasonOut] = Field(description="Worst first; those that answer allow are notes.")
    allowed_from: datetime | None = Field(description="When the last block ends; null if none ends by itself.")
    claim: ClaimOut | None = Field(description="The claim, if one was asked for.")


class ChecksOut(Schema):
    """The guard's answers, in the order of the questions."""

    data: list[CheckOut]
    total: int


@router.post(
    "/contacts/check", response=CheckOut | ChecksOut, operation_id="check_contact",
    summary="May I contact this person?", openapi_extra=problems("not_found"),
)  # fmt: skip
def check(request: HttpRequest, said: Body[OneOrMany]) -> HttpResponse:
    """The guard's answer without writing, for one person or up to 500: `{"checks": [...]}` is answered with `data` in
    the same order. Somebody nobody knows is `allow` with `known` false. A single `lead_id` that is none of your
    company's is a 404; among many it counts as unknown, so that one stale id does not spoil the others."""
    user = request.auth
    if isinstance(said, ChecksIn):
        found = ask(user, said.checks, "checks.{}.")
        return answer({"data": found, "total": len(found)})
    if said.claim:
        require_write(request)
    (found,) = ask(user, [said], "")
    if said.lead_id is not None and not found["known"]:
        raise Problem("not_found")
    if said.claim and found["lead_ids"]:
        claim = claim_person(lead_id=found["lead_ids"][0], user=user, method=said.method)
        found["claim"] = claim_json(claim)
    return answer(found)


def claim_json(claim: Claim) -> dict[str, object]:
    return {"method": claim.method, "expires_at": moment(claim.expires_at)}


def ask(user: User, asked: Sequence[QuestionIn], within: str) -> list[dict[str, object]]:
    """Answer all of them, in as many queries as for one."""
    keys = [key_of(user, one, within.format(number)) for number, one in enumerate(asked)]
    leads = find_leads(user, keys)
    known = [(leads[key], question(user, one)) for key, one in zip(keys, asked, strict=True) if key in leads]
    verdicts = iter(check_all(known))
    found = [next(verdicts) if key in leads else None for key in keys]
    living = living_records(user, leads.values(), [verdict for verdict in found if verdict])
    return [said_of(verdict, living) if verdict else dict(UNKNOWN) for verdict in found]


ALLOW = str(Answer.ALLOW)
UNKNOWN = {"verdict": ALLOW, "known": False, "lead_ids": [], "reasons": [], "allowed_from": None, "claim": None}


def question(user: User, said: QuestionIn) -> Question:
    subject = " ".join((said.subject or "").split())
    return Question(user, said.method, said.direction, subject=subject, body=(said.body or "").strip())


def key_of(user: User, said: QuestionIn, within: str) -> Key:
    """How the person is meant: a lead's id, or the kind and key of an address. Raises Problem naming the field."""
    given = [name for name in ("lead_id", *KINDS) if getattr(said, name) is not None]
    if len(given) != 1:
        raise invalid_field(f"{within}lead_id", f"Name the person in one way: lead_id, {', '.join(KINDS)}.")
    (field,) = given
    return said.lead_id if field == "lead_id" else read_address(user, field, getattr(said, field), within)


def find_leads(user: User, keys: Iterable[Key]) -> dict[Key, Lead]:
    """One record for each person that is known, a living one before a deleted one: its history counts all the same."""
    ids = {key for key in keys if isinstance(key, UUID)}
    addresses = {key for key in keys if not isinstance(key, UUID)}
    found: dict[Key, Lead] = {lead.id: lead for lead in visible_leads(user, ids)} if ids else {}
    if addresses:
        named = LeadIdentifier.objects.filter(
            company_id=user.company_id,
            kind__in={kind for kind, _ in addresses},
            person_key__in={key for _, key in addresses},
        )
        # The living last, so that they win.
        for one in named.select_related("lead").order_by("lead__deleted_at", "-lead_id"):
            found[one.kind, one.person_key] = one.lead
    return found


def living_records(user: User, leads: Iterable[Lead], verdicts: Iterable[Verdict]) -> set[UUID]:
    """Of all records of these persons, those that have pages."""
    living = {lead.id for lead in leads if lead.deleted_at is None}
    others = {record for verdict in verdicts for record in verdict.records} - living
    return living | {lead.id for lead in visible_leads(user, others)} if others else living


def said_of(verdict: Verdict, living: set[UUID]) -> dict[str, object]:
    records = sorted(record for record in verdict.records if record in living)
    return {"known": True, "lead_ids": records, **verdict_json(verdict), "claim": None}
