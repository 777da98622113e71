"""What one can do instead of what the guard refused: wait for it, ask the colleague, record something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm import times
from crm.models import User
from leads.models import Lead
from outreach.followups.open_steps import NoteCard, OpenSteps, OwnReminder, read_steps
from outreach.guard import Answer, Review, Verdict
from outreach.models import Rule
from outreach.page.lead import colleagues


@dataclass(frozen=True)
class RemindStep:
    due_at: datetime
    words: str
    in_words: str


@dataclass(frozen=True)
class AskStep:
    """Whom to ask about it, and what has been asked already."""

    id: UUID
    name: str
    first_name: str
    noted: bool
    attempt_id: UUID | None
    asked: NoteCard | None


@dataclass(frozen=True)
class NextSteps:
    reminder: OwnReminder | None
    remind: RemindStep | None
    ask: AskStep | None


def next_steps(lead: Lead, review: Review, method: str, user: User) -> NextSteps | None:
    """None when nothing stands in the way of a contact that is happening now."""
    verdict = review.verdicts[method]
    if verdict.answer == Answer.ALLOW or verdict.past:
        return None
    steps = read_steps(user, review.facts.records)
    return NextSteps(
        reminder=steps.reminder(method),
        remind=remind_step(verdict),
        ask=ask_step(lead, review, method, user, steps),
    )


def remind_step(verdict: Verdict) -> RemindStep | None:
    at = clear_from(verdict)
    if at is None or at <= verdict.now:
        return None
    return RemindStep(at, times.from_when(at, verdict.now), times.span(at - verdict.now))


def clear_from(verdict: Verdict) -> datetime | None:
    """When the last of what stands in the way ends; None for a wish, which has no end."""
    if verdict.answer == Answer.BLOCK:
        return verdict.allowed_from
    return max((reason.allowed_from for reason in verdict.held if reason.allowed_from), default=None)


def ask_step(lead: Lead, review: Review, method: str, user: User, steps: OpenSteps) -> AskStep | None:
    """The colleague whose contact, claim or note stands in the way; a manager where that is nobody who can answer."""
    verdict = review.verdicts[method]
    active = [colleague for colleague in colleagues(lead) if colleague.id != user.id]
    by_id = {colleague.id: colleague for colleague in active}
    in_the_way = next((found for found in whose(review, verdict, method, user) if found[0] in by_id), None)
    managers = [(colleague.id, None) for colleague in active if colleague.is_manager]
    found = in_the_way or next(iter(managers), None)
    if found is None:
        return None
    who, attempt_id = by_id[found[0]], found[1]
    noted = in_the_way is not None and verdict.has(Rule.DO_NOT_CONTACT)
    asked = next((note for note in steps.notes if note.mine and note.recipient_id == who.id), None)
    return AskStep(who.id, who.name, who.short_name, noted, attempt_id, asked)


def whose(review: Review, verdict: Verdict, method: str, user: User) -> Iterator[tuple[UUID | None, UUID | None]]:
    """Users in the order of what holds this contact back, each with the contact to ask about."""
    for reason in verdict.held:
        if reason.rule == Rule.DO_NOT_CONTACT:
            yield review.facts.wish(method)[0].by_id, None
        elif reason.rule == Rule.CLAIMED:
            yield from ((claim.user_id, None) for claim in review.facts.claims_of_others(user.id))
        elif reason.previous:
            # A contact with somebody else at the organization is no contact with this person.
            own = reason.previous.lead_id in review.facts.records
            yield reason.previous.user_id, reason.previous.id if own else None
