"""All notes a rep received and sent, as the page of notes lists them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import JSONObject

from crm.models import User
from crm.postgres.clock import DatabaseClock
from leads.models import Lead
from outreach.followups.open_steps import NOTE_FIELDS, NoteCard, answers_of, note_card
from outreach.models import ColleagueNote

MOST_LISTED = 100


@dataclass(frozen=True)
class Listed:
    """A question with its answer, and whom it is about; no address once the lead was deleted."""

    note: NoteCard
    lead_name: str
    lead_id: UUID | None

    @property
    def key(self) -> str:
        return str(self.note.id)


def list_notes(user: User, *, only: UUID | None = None) -> list[Listed]:
    """What is unread first, then the newest; at most a hundred, in one query."""
    unread = Q(recipient=user, read_at__isnull=True) | Exists(
        ColleagueNote.objects.filter(in_reply_to=OuterRef("pk")).unread_by(user)
    )
    found = ColleagueNote.objects.of(user).questions()
    if only is not None:
        found = found.filter(pk=only)
    ordered = found.annotate(is_unread=unread, now=DatabaseClock()).order_by("-is_unread", "-created_at", "-id")
    rows = ordered.values("now", json=JSONObject(**NOTE_FIELDS, **LEAD_FIELDS, answers=ArraySubquery(answers_of())))
    return [listed(row, user) for row in rows[:MOST_LISTED]]


LEAD_FIELDS = {name: f"lead__{name}" for name in ("first_name", "last_name", "organization", "deleted_at")}


def listed(row: dict, user: User) -> Listed:
    said = row["json"]
    lead = Lead(**{name: said[name] for name in ("first_name", "last_name", "organization")})
    return Listed(
        note=note_card(said, user, row["now"]),
        lead_name=lead.name,
        lead_id=None if said["deleted_at"] else UUID(said["lead_id"]),
    )
