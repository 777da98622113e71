"""What is open between one rep and one person: their reminders, and the questions asked and received about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject, Now

from crm import times
from crm.models import User, initials, tint
from crm.postgres.clock import DatabaseClock
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.followups.reminders import PendingReminders, ReadReminder
from outreach.guard import Review
from outreach.guard.states import MethodState, method_states
from outreach.models import ColleagueNote, Reminder

# A question that nobody answered for so long is only on the page of notes, no longer on the lead's page.
ASKED_WITHIN = timedelta(days=30)
MOST_SHOWN = 5


@dataclass(frozen=True)
class OwnReminder:
    """One of the viewer's reminders of this person, due or not."""

    id: UUID
    lead_id: UUID
    method: str
    label: str
    due_at: datetime
    due_words: str
    due: bool


@dataclass(frozen=True)
class NoteCard:
    """A note as one of its two people sees it."""

    id: UUID
    lead_id: UUID
    mine: bool
    recipient_id: UUID | None
    who: str
    whom: str
    initials: str
    tint: int
    at: datetime
    at_words: str
    text: str
    unread: bool
    can_answer: bool
    answer: NoteCard | None = None


@dataclass(frozen=True)
class OpenSteps:
    now: datetime
    reminders: list[OwnReminder]
    notes: list[NoteCard]
    unread: int

    def reminder(self, method: str) -> OwnReminder | None:
        return next((reminder for reminder in self.reminders if reminder.method == method), None)


def steps_context(review: Review, user: User) -> dict[str, object]:
    """For the lead's page. What the guard has read says whether there is anything to read here."""
    if not review.facts.has_pending(user.id):
        return {"open_steps": OpenSteps(review.facts.now, [], [], 0), "next_reminder": None}
    steps = read_steps(user, review.facts.records)
    return {"open_steps": steps, "next_reminder": next_reminder(steps)}


def next_reminder(steps: OpenSteps) -> datetime | None:
    return min((reminder.due_at for reminder in steps.reminders if not reminder.due), default=None)


def read_steps(user: User, records: Sequence[UUID]) -> OpenSteps:
    """Reminders, notes and the number of unread notes in one query."""
    row = (
        User.objects.filter(pk=user.pk)
        .annotate(
            now=DatabaseClock(),
            reminder_list=ArraySubquery(reminders_of(user, records)),
            note_list=ArraySubquery(notes_of(user, records)),
            unread=Coalesce(Subquery(unread_of(user)), 0),
        )
        .values("now", "reminder_list", "note_list", "unread")
        .get()
    )
    now = row["now"]
    return OpenSteps(
        now=now,
        reminders=[own_reminder(read_reminder(fields), now) for fields in row["reminder_list"]],
        notes=[note_card(fields, user, now) for fields in row["note_list"]],
        unread=row["unread"],
    )


def reminders_of(user: User, records: Sequence[UUID]) -> QuerySet[Reminder, Any]:
    pending = Reminder.objects.pending_of(user).filter(lead_id__in=records).order_by("due_at")
    return pending.values(json=JSONObject(id="id", lead_id="lead_id", method="method", due_at="due_at"))


def notes_of(user: User, records: Sequence[UUID]) -> QuerySet[ColleagueNote, Any]:
    """Questions without an answer, and those of the viewer whose answer they have not read."""
    answers = ColleagueNote.objects.filter(in_reply_to=OuterRef("pk"))
    open_ones = ~Exists(answers) | Exists(answers.unread_by(user))
    recent = ColleagueNote.objects.of(user).questions().filter(lead_id__in=records, created_at__gt=Now() - ASKED_WITHIN)
    newest = recent.filter(open_ones).order_by("-created_at")[:MOST_SHOWN]
    return newest.values(json=JSONObject(**NOTE_FIELDS, answers=ArraySubquery(answers_of())))


def answers_of() -> QuerySet[ColleagueNote, Any]:
    return ColleagueNote.objects.filter(in_reply_to=OuterRef("pk")).values(json=JSONObject(**NOTE_FIELDS))


NOTE_FIELDS = {
    name: name
    for name in (
        "id", "lead_id", "user_id", "user_name", "recipient_id", "recipient_name", "text", "created_at", "read_at",
    )
}  # fmt: skip


def unread_of(user: User) -> QuerySet[ColleagueNote, Any]:
    """The number of notes this user has not read, counted by the index of unread notes."""
    unread = ColleagueNote.objects.visible_to(user).unread_by(user).order_by()
    return unread.values("recipient").annotate(count=Count("pk")).values("count")


def read_reminder(fields: Mapping[str, str]) -> Reminder:
    due_at = datetime.fromisoformat(fields["due_at"])
    return Reminder(id=UUID(fields["id"]), lead_id=UUID(fields["lead_id"]), method=fields["method"], due_at=due_at)


def own_reminder(reminder: Reminder, now: datetime) -> OwnReminder:
    return OwnReminder(
        id=reminder.id,
        lead_id=reminder.lead_id,
        method=reminder.method,
        label=ContactMethod(reminder.method).label,
        due_at=reminder.due_at,
        due_words=times.from_when(reminder.due_at, now),
        due=reminder.due_at <= now,
    )


def note_card(row: Mapping[str, Any], viewer: User, now: datetime) -> NoteCard:
    at, author = datetime.fromisoformat(row["created_at"]), read_id(row["user_id"])
    recipient = read_id(row["recipient_id"])
    mine, received = author == viewer.id, recipient == viewer.id
    answer = next((note_card(fields, viewer, now) for fields in row.get("answers", [])), None)
    return NoteCard(
        id=UUID(row["id"]),
        lead_id=UUID(row["lead_id"]),
        mine=mine,
        recipient_id=recipient,
        who="You" if mine else row["user_name"],
        whom="you" if received else row["recipient_name"],
        initials=initials(row["user_name"]),
        tint=tint(author),
        at=at,
        at_words=times.ago(at, now),
        text=row["text"],
        unread=received and row["read_at"] is None,
        can_answer=received and answer is None and author is not None and "answers" in row,
        answer=answer,
    )


def read_id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


@dataclass(frozen=True)
class DueReminder:
    """A reminder that is due, with what the guard answers now."""

    id: UUID
    lead: Lead
    label: str
    state: MethodState
    words: str
    then: datetime | None
    then_words: str
    tomorrow_words: str


def due_reminder(reminder: Reminder, review: Review, viewer: User) -> DueReminder:
    (state,) = [state for state in method_states(review, viewer) if state.method == reminder.method]
    verdict = review.verdicts[reminder.method]
    then = verdict.allowed_from
    return DueReminder(
        id=reminder.id,
        lead=reminder.lead,
        label=state.label,
        state=state,
        words=re_checked(state, then, verdict.now),
        then=then,
        then_words=times.from_when(then, verdict.now) if then else "",
        tomorrow_words=f"tomorrow {times.clock(reminder.due_at)}",
    )


@dataclass(frozen=True)
class ComingReminder:
    """A reminder that is not yet due, with its day."""

    id: UUID
    lead: Lead
    method: str
    label: str
    due_at: datetime
    due_words: str


def coming_reminder(reminder: ReadReminder) -> ComingReminder:
    return ComingReminder(
        id=reminder.id,
        lead=reminder.lead,
        method=reminder.method,
        label=ContactMethod(reminder.method).label,
        due_at=reminder.due_at,
        due_words=times.coming(reminder.due_at, reminder.read_at),
    )


def reminders_context(
    pending: PendingReminders, reviews: Mapping[UUID, Review], viewer: User, *, is_coming_shown: bool
) -> dict[str, object]:
    """For the list's reminders: those due with the guard's answer of now, and where asked for those to come."""
    return {
        "reminders": [due_reminder(reminder, reviews[reminder.lead_id], viewer) for reminder in pending.due],
        "coming": [coming_reminder(reminder) for reminder in pending.coming] if is_coming_shown else [],
        "is_coming_shown": is_coming_shown,
        # Where the answer to a form of this list leads.
        "back": "reminders" if is_coming_shown else "list",
        "pending": pending,
    }


def re_checked(state: MethodState, then: datetime | None, now: datetime) -> str:
    """ "Email is clear now", "Bob Smith emailed 2 h ago, allowed from Thu 14:00"."""
    if state.state == "clear":
        return f"{state.label} is clear now"
    if state.state == "warn":
        return f"{state.why}, needs a reason"
    return f"{state.why}, allowed from {times.from_when(then, now)}" if then else state.why
