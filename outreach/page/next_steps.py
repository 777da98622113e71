"""What one can do instead of what the guard refused: wait for it, ask the colleague, record something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from crm import times
from crm.models import User
from outreach.followups.open_steps import NoteCard, OpenSteps, OwnReminder, read_steps
from outreach.guard import Answer, Review, Verdict
from outreach.models import Rule
from outreach.page.lead import colleagues

if TYPE_CHECKING:
    from outreach.page.records import PageLead


@dataclass(frozen=True)
class RemindStep:
    due_at: datetime
    words: str
    in_words: str


@dataclass(frozen=True)
class AskStep:
    """The colleague to ask about it."""

    id: UUID
    name: str
    first_name: str
    noted: bool  # this colleague noted that the person asked not to be contacted
    attempt_id: UUID | None
    note: NoteCard | None  # what was asked already


@dataclass(frozen=True)
class NextSteps:
    reminder: OwnReminder | None
    remind: RemindStep | None
    ask: AskStep | None


def next_steps(lead: PageLead, review: Review, method: str, user: User) -> NextSteps | None:
    """None when nothing blocks or warns about a contact that is happening now."""
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
    """When the last of what blocks or warns ends; None for what the person asked for, which has no end."""
    if verdict.answer == Answer.BLOCK:
        return verdict.allowed_from
    return max((reason.allowed_from for reason in verdict.held if reason.allowed_from), default=None)


def ask_step(lead: PageLead, review: Review, method: str, user: User, steps: OpenSteps) -> AskStep | None:
    """The colleague whose contact, claim or note blocks or warns; a manager where none of them can answer."""
    verdict = review.verdicts[method]
    active = [colleague for colleague in colleagues(lead) if colleague.id != user.id]
    by_id = {colleague.id: colleague for colleague in active}
    blocking = ((by_id[id], attempt_id) for id, attempt_id in blocking_users(review, verdict, user) if id in by_id)
    managers = ((colleague, None) for colleague in active if colleague.is_manager)
    blocker = next(blocking, None)
    recipient = blocker or next(managers, None)
    if recipient is None:
        return None
    who, attempt_id = recipient
    noted = blocker is not None and verdict.has(Rule.DO_NOT_CONTACT)
    note = next((note for note in steps.notes if note.mine and note.recipient_id == who.id), None)
    return AskStep(who.id, who.name, who.short_name, noted, attempt_id, note)


def blocking_users(review: Review, verdict: Verdict, user: User) -> Iterator[tuple[UUID | None, UUID | None]]:
    """The ids of users in the order of the reasons that block or warn, each with the id of the contact to ask about."""
    for reason in verdict.held:
        if reason.rule == Rule.DO_NOT_CONTACT:
            yield reason.who.id, None
        elif reason.rule == Rule.CLAIMED:
            yield from ((claim.user_id, None) for claim in review.facts.claims_of_others(user.id))
        elif reason.previous:
            # A contact with somebody else at the organization is no contact with this person.
            own = reason.previous.lead_id in review.facts.records
            yield reason.previous.user_id, reason.previous.id if own else None
