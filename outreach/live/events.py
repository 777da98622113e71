"""Live events: what they say, whom they reach, and that they leave only once the change is committed.

The browser hears `lead:contacted`, the layer carries `lead.contacted`. A frame is a small fact, ids and a
name but never a message: the page reads the rest again with its viewer's own rights.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from crm.models import User
from leads.models import Lead
from leads.person.records import records_of
from outreach.live import hub
from outreach.models import ChangeEvent, ColleagueNote, ContactAttempt

ALSO_NAMED = 20
# This one goes out again for those that are left over. A frame names at most so many other
# records, which keeps it small.
RECORDS_NAMED = 10


class LiveEvent(enum.StrEnum):
    """What open pages hear. Of these the first three are kept as well, for the change feed and the webhooks."""

    CONTACTED = ChangeEvent.CONTACTED.value
    RESPONDED = ChangeEvent.RESPONDED.value
    CHANGED = ChangeEvent.CHANGED.value
    PRESENCE = "lead:presence"
    NOTE_ARRIVED = "note:arrived"
    POLICY_CHANGED = "policy:changed"


def lead_group(lead_id: UUID) -> str:
    """The open pages of one lead."""
    return f"lead.{lead_id}"


def company_group(company_id: UUID) -> str:
    """The open lists of one company."""
    return f"company.{company_id}"


def user_group(user_id: UUID) -> str:
    """The open pages of one user, whatever they show."""
    return f"user.{user_id}"


def announce_contacted(attempt: ContactAttempt, version: int, *, also: Sequence[UUID] = ()) -> None:
    """Tell who has just contacted a lead, and how.

    version: the person's, once this contact was recorded. also: the person's other records, whose pages show it too.
    """
    announce(
        LiveEvent.CONTACTED,
        attempt.lead_id,
        attempt.company_id,
        version,
        also,
        attempt_id=str(attempt.id),
        method=attempt.method,
        direction=attempt.direction,
        user_id=text_id(attempt.user_id),
        user_name=attempt.user_name,
        occurred_at=moment(attempt.occurred_at),
    )


def announce_responded(attempt: ContactAttempt, version: int, *, also: Sequence[UUID] = ()) -> None:
    """Tell that an answer to this attempt was recorded or taken back, and by whom."""
    recorder = attempt.changed_by
    announce(
        LiveEvent.RESPONDED,
        attempt.lead_id,
        attempt.company_id,
        version,
        also,
        attempt_id=str(attempt.id),
        method=attempt.method,
        direction=attempt.direction,
        user_id=text_id(attempt.changed_by_id),
        user_name=recorder.name if recorder else "",
        responded=attempt.responded,
        response_at=moment(attempt.response_at),
    )


def announce_changed(lead: Lead, version: int, *, also: Sequence[UUID] = ()) -> None:
    """Tell that something else a viewer sees has changed: a void, an edit, the owner, the status."""
    announce(LiveEvent.CHANGED, lead.id, lead.company_id, version, also)


def announce_note(note: ColleagueNote) -> None:
    """Tell the recipient, and nobody else, that a colleague asks or answers. It says who and about whom, not what."""
    frame = {
        "event": LiveEvent.NOTE_ARRIVED,
        "note_id": str(note.id),
        # Not "lead_id": nothing has happened to the lead, and its pages need not be read again for it.
        "about": str(note.lead_id),
        "lead_name": note.lead.name,
        "user_id": text_id(note.user_id),
        "user_name": note.user_name,
        "answer": note.in_reply_to_id is not None,
    }
    others = [record for record in records_of([note.lead_id])[note.lead_id] if record != note.lead_id]
    if others:
        # It is open about the whole person, whichever record was named.
        frame["also"] = [str(other) for other in others[:ALSO_NAMED]]
    send_after_commit(LiveEvent.NOTE_ARRIVED, frame, [user_group(note.recipient_id)])


def announce_policy(company_id: UUID) -> None:
    """Tell every open page of the company that its limits are others now: what may be done is to be read again."""
    colleagues = User.objects.filter(company_id=company_id, is_active=True).values_list("id", flat=True)
    send_after_commit(LiveEvent.POLICY_CHANGED, {"event": LiveEvent.POLICY_CHANGED}, [*map(user_group, colleagues)])


def on_lead_changed(sender: type[Lead], lead: Lead, version: int, **kwargs: object) -> None:
    """The verbs of a lead, which must not know this app, say so by a signal of their own."""
    announce_changed(lead, version)


def announce_presence(
    lead_id: UUID, records: Iterable[UUID], user: User, *, doing: str, was: str = "", method: str = ""
) -> None:
    """Tell the pages of all records of the person who has come, writes or has gone; lists only who writes.

    doing, was: "writing", "viewing" or "left". It has no version: nothing that is kept has changed.
    """
    others = [record for record in records if record != lead_id]
    said = {"user_id": str(user.id), "user_name": user.name, "doing": doing, "was": was, "method": method}
    lists = [company_group(user.company_id)] if "writing" in (doing, was) else []
    for start in range(0, max(len(others), 1), RECORDS_NAMED):
        also = others[start : start + RECORDS_NAMED]
        frame = {"event": LiveEvent.PRESENCE, "lead_id": str(lead_id), "also": [str(record) for record in also], **said}
        send_after_commit(LiveEvent.PRESENCE, frame, [*map(lead_group, [lead_id, *also]), *lists])


def announce(event: str, lead_id: UUID, company_id: UUID, version: int, also: Sequence[UUID], **facts: object) -> None:
    """Send the frame to the pages of the person's records and the company's lists after the commit, or never."""
    frame = {"event": event, "lead_id": str(lead_id), **facts, "version": version}
    if also:
        # Rows of a list that shows other records of the person; a frame stays small.
        frame["also"] = [str(other) for other in also[:ALSO_NAMED]]
    send_after_commit(event, frame, [lead_group(lead_id), *map(lead_group, also), company_group(company_id)])


def send_after_commit(event: str, frame: dict[str, object], groups: list[str]) -> None:
    """robust: whatever goes wrong in here, the write has happened and is answered as such."""
    text = encode(frame)

    # A function and no partial: Django names it when it reports an error, and a partial has no name.
    def leave() -> None:
        hub.publish(layer_type(event), groups, text)

    transaction.on_commit(leave, robust=True)


def layer_type(event: str) -> str:
    """Channels names a handler by turning the dots of a type into underscores; a colon it leaves in."""
    return event.replace(":", ".")


def encode(frame: dict[str, object]) -> str:
    # As UTF-8: escaped, a long name in another script would make the frame three times as large.
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def text_id(user_id: UUID | None) -> str | None:
    return str(user_id) if user_id else None


def moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
