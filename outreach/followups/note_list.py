"""All notes a rep received and sent, as the page of notes lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import JSONObject

from crm.models import User
from crm.postgres.clock import DatabaseClock
from leads.models import Lead
from outreach.followups.open_steps import NOTE_FIELDS, NoteCard, answers_of, note_card
from outreach.models import ColleagueNote

PAGE_SIZE = 100


@dataclass(frozen=True)
class ListedNote:
    """A question with its answer, and whom it is about; no address once the lead was deleted."""

    note: NoteCard
    lead_name: str
    lead_id: UUID | None

    @property
    def key(self) -> str:
        return str(self.note.id)


def list_notes(user: User, *, only: UUID | None = None, skip: int = 0) -> tuple[list[ListedNote], bool]:
    """A page of notes, in one query: unread ones first, then the newest; and whether there are more.

    Args:
        only: the id of the one note to list.
        skip: how many notes stand before this page.
    """
    unread = Q(recipient=user, read_at__isnull=True) | Exists(
        ColleagueNote.objects.filter(in_reply_to=OuterRef("pk")).unread_by(user)
    )
    questions = ColleagueNote.objects.of(user).questions()
    if only is not None:
        questions = questions.filter(pk=only)
    ordered = questions.annotate(is_unread=unread, now=DatabaseClock()).order_by("-is_unread", "-created_at", "-id")
    rows = ordered.values("now", json=JSONObject(**NOTE_FIELDS, **LEAD_FIELDS, answers=ArraySubquery(answers_of())))
    found = list(rows[skip : skip + PAGE_SIZE + 1])
    return [listed(row, user) for row in found[:PAGE_SIZE]], len(found) > PAGE_SIZE


LEAD_FIELDS = {name: f"lead__{name}" for name in ("first_name", "last_name", "organization", "deleted_at")}


def listed(row: Mapping[str, Any], user: User) -> ListedNote:
    note = row["json"]
    lead = Lead(**{name: note[name] for name in ("first_name", "last_name", "organization")})
    return ListedNote(
        note=note_card(note, user, row["now"]),
        lead_name=lead.name,
        lead_id=None if note["deleted_at"] else UUID(note["lead_id"]),
    )
