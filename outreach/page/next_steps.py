"""What one can do instead of what the guard refused: wait for it, ask the colleague, record something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from crm import times
from crm.models import User
from leads.methods import ContactMethod
from leads.models import IdentifierKind
from outreach.followups.open_steps import NoteCard, OpenSteps, OwnReminder, read_steps
from outreach.guard import Answer, Review, Verdict
from outreach.guard.states import MethodState, method_states
from outreach.models import Rule
from outreach.page.lead import colleagues

if TYPE_CHECKING:
    from outreach.page.records import PageLead


# What one can do stands as so many buttons; all else is folded.
MOST_STEPS = 3
REACHED_BY: dict[str, list[ContactMethod]] = {
    IdentifierKind.EMAIL: [ContactMethod.EMAIL],
    IdentifierKind.PHONE: [ContactMethod.CALL, ContactMethod.SMS],
    IdentifierKind.PROFILE: [ContactMethod.LINKEDIN],
}


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
    is_named: bool = True  # the verdict names this colleague; else it is a manager who may know
    is_here: bool | None = None  # has a page of the person open now; None where nobody has looked


@dataclass(frozen=True)
class NextSteps:
    reminder: OwnReminder | None
    remind: RemindStep | None
    ask: AskStep | None
    # Of a blocked method: those that are clear, the best one first. What is more than fits stands folded.
    clear: list[MethodState]
    more_clear: list[MethodState]


def next_steps(lead: PageLead, review: Review, method: str, user: User) -> NextSteps | None:
    """None when nothing blocks or warns about a contact that is happening now."""
    verdict = review.verdicts[method]
    if verdict.answer == Answer.ALLOW or verdict.past:
        return None
    steps = read_steps(user, review.facts.records)
    reminder, remind = steps.reminder(method), remind_step(verdict)
    ask = ask_step(lead, review, method, user, steps)
    clear = clear_methods(lead, method_states(review, user)) if verdict.answer == Answer.BLOCK else []
    room = MOST_STEPS - bool(reminder or remind) - bool(ask)
    return NextSteps(reminder=reminder, remind=remind, ask=ask, clear=clear[:room], more_clear=clear[room:])


def clear_methods(lead: PageLead, states: list[MethodState]) -> list[MethodState]:
    """Those one has an address for come first, in the methods' own order."""
    reached = {method for row in lead.identifier_list for method in REACHED_BY[row["kind"]]}
    clear = [state for state in states if state.state == "clear"]
    return sorted(clear, key=lambda state: state.of not in reached)


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
    return AskStep(who.id, who.name, who.short_name, noted, attempt_id, note, blocker is not None, is_here(review, who))


def is_here(review: Review, colleague: User) -> bool:
    present = {present.user_id for present in review.facts.present}
    return colleague.id in present | {claim.user_id for claim in review.facts.claims}


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
