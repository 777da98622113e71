"""Asking the guard: for one contact about to be logged, and for every method at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from crm.models import User
from leads.methods import METHODS
from leads.models import Lead
from outreach.guard.facts import Facts, read_facts, read_nearby
from outreach.guard.parts import Previous
from outreach.guard.question import Question
from outreach.guard.rules import RULES, Finder, other_method
from outreach.guard.verdict import Answer, Verdict
from outreach.models import ContactAttempt, Direction

UNSEEN_SHOWN = 3


def check(lead: Lead, question: Question, *, seen: int | None = None) -> Verdict:
    """Answer for one contact. A verb calls it under the person's lock, so that the answer is still true when it writes.

    seen: the person's version the page was rendered with; None when there was no page.
    """
    (facts,) = read_facts([lead], when=question.when)
    if seen is not None and seen < lead.version:
        question = replace(question, unseen=recorded_since(facts.records, seen))
    verdict = judge(question, facts)
    if verdict.answer == Answer.BLOCK or question.direction != Direction.OUTBOUND:
        # Nothing that colleagues wrote could change it, and a person many reach for at once waits for it.
        return verdict
    read_nearby([facts], question.user)
    return judge(question, facts)


@dataclass(frozen=True)
class Review:
    """The guard's answer for every method, and the facts behind it."""

    facts: Facts
    verdicts: dict[str, Verdict]


def glance(lead: Lead, user: User) -> Review:
    """Answer for every method at once, as the lead page shows it before anything is written."""
    (facts,) = read_facts([lead])
    if facts.company.organization_warns:
        read_nearby([facts], user)
    return Review(facts, {method: judge(Question(user, method), facts) for method in METHODS})


def review(lead: Lead, question: Question, *, seen: int | None = None) -> Review:
    """Answer for every method at once, as the dialog shows it.

    seen: as in `check`; what is unseen is said where the question is asked, for its own method.
    """
    (facts,) = read_facts([lead], when=question.when)
    read_nearby([facts], question.user)
    verdicts = {method: judge(replace(question, method=method), facts) for method in METHODS}
    if seen is not None and seen < lead.version:
        unseen = recorded_since(facts.records, seen)
        verdicts[question.method] = judge(replace(question, unseen=unseen), facts)
    return Review(facts, verdicts)


def review_all(leads: Sequence[Lead], user: User) -> list[Review]:
    """Answer for every method of each of these leads, for lists, from one read. Texts, neighbours and notes are
    left out."""
    questions = [Question(user, method) for method in METHODS]
    return [
        Review(facts, {question.method: judge(question, facts, WITHOUT_NOTES) for question in questions})
        for facts in read_facts(leads)
    ]


# A list shows what warns or blocks, and no notes.
WITHOUT_NOTES = [rule for rule in RULES if rule is not other_method]


def judge(question: Question, facts: Facts, rules: Sequence[Finder] = RULES) -> Verdict:
    """Only outbound contacts are judged; what the person sends us is always recorded."""
    outbound = question.direction == Direction.OUTBOUND
    reasons = [rule(question, facts) for rule in rules] if outbound else []
    return Verdict(
        now=facts.now,
        past=question.past,
        reasons=[reason for reason in reasons if reason],
        records=facts.records,
        holds_claim=any(claim.user_id == question.user.id for claim in facts.claims),
        reminded=facts.is_reminded(question.user.id, question.method),
    )


def recorded_since(records: Sequence[UUID], version: int) -> list[Previous]:
    """Attempts recorded on any record of the person after it had this version, newest first."""
    since = ContactAttempt.objects.live().filter(lead_id__in=records, lead_version__gt=version)
    return [as_previous(attempt) for attempt in since.order_by("-lead_version")[:UNSEEN_SHOWN]]


def as_previous(attempt: ContactAttempt) -> Previous:
    return Previous(
        id=attempt.id,
        lead_id=attempt.lead_id,
        user_id=attempt.user_id,
        user_name=attempt.user_name,
        method=attempt.method,
        direction=attempt.direction,
        occurred_at=attempt.occurred_at,
        responded=attempt.responded,
        response_at=attempt.response_at,
        subject=attempt.subject,
        body=attempt.body,
    )
