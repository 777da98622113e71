"""Taking an act back: the page that confirms it carries a signed note of what was done and what stood before.

Whether it can still be taken back the verb of the undo decides, under its lock: what somebody has changed since stays.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core import signing

from crm.models import User

# The button is there for seconds; without JavaScript, and under a pointer, it stays longer.
GOOD_FOR = timedelta(hours=1)


class Act(enum.StrEnum):
    """What can be taken back."""

    CONTACT_LOGGED = "contact_logged"
    CONTACT_CHANGED = "contact_changed"
    STATUS = "status"
    OWNER = "owner"
    DO_NOT_CONTACT = "do_not_contact"
    LEAD_MADE = "lead_made"
    REMINDER_SET = "reminder_set"
    REMINDER_DONE = "reminder_done"
    NOTE_SENT = "note_sent"
    NOTE_READ = "note_read"
    REVIEWED = "reviewed"


class ChangedSince(Exception):
    """It cannot be taken back any more. The text says why, for the user to read."""


def note_of(user: User, act: Act, **facts: object) -> str:
    """The note of an act this user has done, for this user alone to send back."""
    return signing.dumps([act, facts], serializer=Plain, salt=salt(user), compress=True)


def read_note(user: User, note: str) -> tuple[Act, Mapping[str, Any]]:
    """The act and its facts. Raises ChangedSince for a note that is too old, of somebody else, or no note."""
    try:
        act, facts = signing.loads(note, serializer=Plain, salt=salt(user), max_age=GOOD_FOR)
    except signing.SignatureExpired as error:
        raise ChangedSince("It is too long ago") from error
    except signing.BadSignature as error:
        raise ChangedSince("This page is out of date") from error
    return Act(act), facts


class Plain(signing.JSONSerializer):
    """Ids and times as text."""

    def dumps(self, obj: object) -> bytes:
        return json.dumps(obj, default=plain, separators=(",", ":")).encode()


def plain(fact: object) -> str:
    return fact.isoformat() if isinstance(fact, datetime) else str(fact)


def salt(user: User) -> str:
    return f"undo {user.pk}"


def moment(text: str | None) -> datetime | None:
    """A time of a note's facts."""
    return datetime.fromisoformat(text) if text else None


def identity(text: str | None) -> UUID | None:
    """An id of a note's facts."""
    return UUID(text) if text else None
