"""Asking the guard about many people at once, each with a message of its own: as `check`, in few queries."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from leads.models import Lead
from outreach.guard import reading
from outreach.guard.check import judge
from outreach.guard.facts import read_facts, read_nearby
from outreach.guard.question import Question
from outreach.guard.verdict import Answer, Verdict
from outreach.models import Direction


def check_all(questions: Sequence[tuple[Lead, Question]]) -> list[Verdict]:
    """Answer each of these questions of one user about leads of one company, as `check` does, in two queries."""
    leads = list({lead.id: lead for lead, _ in questions}.values())
    facts = {of_lead.lead.id: of_lead for of_lead in read_facts(leads)}
    verdicts = [judge(question, facts[lead.id]) for lead, question in questions]
    # As in `check`: nothing that colleagues wrote changes the others.
    is_open = [
        verdict.answer != Answer.BLOCK and question.direction == Direction.OUTBOUND
        for verdict, (_, question) in zip(verdicts, questions, strict=True)
    ]
    if not any(is_open):
        return verdicts
    still_open = list(compress(questions, is_open))
    compares = any(question.has_text for _, question in still_open)
    nearby = {lead.id: facts[lead.id] for lead, _ in still_open}
    read_nearby(list(nearby.values()), still_open[0][1].user, reading.NEARBY if compares else reading.NEARBY_CONTACTS)
    return [
        judge(question, facts[lead.id]) if open_ else verdict
        for verdict, open_, (lead, question) in zip(verdicts, is_open, questions, strict=True)
    ]
