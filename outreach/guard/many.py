"""Asking the guard about many people at once, each with a message of its own: as `check`, in few queries."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from django.conf import settings

from crm.models import User
from crm.postgres.prepared import Prepared
from leads.models import Lead
from outreach.guard import reading
from outreach.guard.check import judge
from outreach.guard.facts import TAKE, Facts, read, read_facts
from outreach.guard.question import Question
from outreach.guard.verdict import Answer, Verdict
from outreach.models import Direction


def neighbours(body: int, texts: int) -> str:
    """As reading.NEIGHBOURS, for each lead by its own organization."""
    days = reading.NEIGHBOUR_DAYS
    inner = reading.attempts(
        "a.user_id IS DISTINCT FROM %(user)s::uuid AND a.occurred_at <= moment.asked"
        f" AND a.occurred_at > moment.asked - make_interval(days => {days})",
        "DESC", str(texts),
    )  # fmt: skip
    return reading.part(
        "neighbour",
        f""" FROM moment CROSS JOIN asked JOIN leads_lead AS own ON own.id = asked.lead_id CROSS JOIN LATERAL (
            SELECT lead.*, 'infinity'::timestamptz AS until, lead.id AS lead_id
            FROM leads_lead AS lead
            WHERE lead.organization_keys && own.organization_keys AND lead.company_id = %(company)s::uuid
              AND lead.last_contacted_at > moment.asked - make_interval(days => {days})
              AND NOT EXISTS (
                SELECT FROM record WHERE record.root = asked.lead_id AND record.lead_id = lead.id)
            ORDER BY lead.last_contacted_at DESC
            LIMIT {reading.NEIGHBOURS_READ}
        ) AS lead
        CROSS JOIN LATERAL (
            SELECT found.* FROM (SELECT lead.id AS lead_id, lead.until) AS record CROSS JOIN LATERAL ({inner}) AS found
        ) AS a""",
        root="asked.lead_id", words=reading.NAME, **reading.attempt(body),
    )  # fmt: skip


WITH_TEXTS = Prepared(
    reading.BASE + reading.TEXTS + " UNION ALL " + neighbours(reading.BODY_COMPARED, reading.TEXTS_OF_A_NEIGHBOUR)
)
# Where nothing is to be compared, the newest contact of each neighbour says it all.
WITHOUT_TEXTS = Prepared(reading.BASE + neighbours(0, 1))


def check_all(asked: Sequence[tuple[Lead, Question]]) -> list[Verdict]:
    """Answer each of these questions of one user about leads of one company, as `check` does, in two queries."""
    leads = list({lead.id: lead for lead, _ in asked}.values())
    facts = {found.lead.id: found for found in read_facts(leads)}
    verdicts = [judge(question, facts[lead.id]) for lead, question in asked]
    # As in `check`: nothing that colleagues wrote changes the others.
    is_open = [
        verdict.answer != Answer.BLOCK and question.direction == Direction.OUTBOUND
        for verdict, (_, question) in zip(verdicts, asked, strict=True)
    ]
    if not any(is_open):
        return verdicts
    still = list(compress(asked, is_open))
    compares = any(question.subject or question.body for _, question in still)
    wanted = {lead.id: facts[lead.id] for lead, _ in still}
    read_nearby_all(list(wanted.values()), still[0][1].user, WITH_TEXTS if compares else WITHOUT_TEXTS)
    return [
        judge(question, facts[lead.id]) if open_ else verdict
        for verdict, open_, (lead, question) in zip(verdicts, is_open, asked, strict=True)
    ]


def read_nearby_all(facts: Sequence[Facts], user: User, statement: Prepared) -> None:
    more = {
        "user": user.id,
        "similar_days": settings.SIMILARITY_DAYS,
        "organization_days": facts[0].company.organization_days,
    }
    by_lead = {found.lead.id: found for found in facts}
    for row in read(statement, [found.lead for found in facts], facts[0].asked, more):
        TAKE[row.part](by_lead[row.root], row)
