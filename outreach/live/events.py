"""Live events: what is in them, who receives them, and that they are sent only once the change is committed.

The browser receives `lead:contacted`, the channel layer carries `lead.contacted`. A frame is a small fact, ids and
names but never a message: the page reads the rest again with its viewer's own rights.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from crm.models import User
from crm.models.tenancy import company_id_of
from leads.models import Lead
from leads.person.records import records_of
from outreach.live import hub
from outreach.models import ChangeEvent, ColleagueNote, ContactAttempt

# A frame names at most so many other records of the person, which keeps it small.
ALSO_NAMED = 20
# A presence frame names fewer, and is sent again for those that are left.
RECORDS_NAMED = 10


class LiveEvent(enum.StrEnum):
    """What open pages hear. Of these the first three are kept as well, for the change feed and the webhooks."""

    CONTACTED = ChangeEvent.CONTACTED.value
    RESPONDED = ChangeEvent.RESPONDED.value
    CHANGED = ChangeEvent.CHANGED.value
    PRESENCE = "lead:presence"
    NOTE_ARRIVED = "note:arrived"
    NOTE_GONE = "note:gone"
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


def announce_contacted(attempt: ContactAttempt, *, also: Sequence[UUID] = ()) -> None:
    """Announce who has just contacted a lead, and how.

    attempt: just written, with its recorded_version. also: the person's other records, whose pages show it too.
    """
    announce(
        LiveEvent.CONTACTED,
        attempt.lead_id,
        attempt.company_id,
        attempt.recorded_version,
        also,
        attempt_id=str(attempt.id),
        method=attempt.method,
        direction=attempt.direction,
        user_id=text_id(attempt.user_id),
        user_name=attempt.user_name,
        occurred_at=moment(attempt.occurred_at),
    )


def announce_responded(attempt: ContactAttempt, *, also: Sequence[UUID] = ()) -> None:
    """Announce that an answer to this attempt was recorded or undone, and by whom."""
    recorder = attempt.changed_by
    announce(
        LiveEvent.RESPONDED,
        attempt.lead_id,
        attempt.company_id,
        attempt.recorded_version,
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
    """Announce that something else a viewer sees has changed: a void, an edit, the owner, the status."""
    announce(LiveEvent.CHANGED, lead.id, lead.company_id, version, also)


def announce_note(note: ColleagueNote, *, is_gone: bool = False) -> None:
    """Announce to the recipient alone that a colleague asks or answers: who and about which lead, not the text.

    is_gone: or has taken back what they wrote.
    """
    frame: dict[str, object] = {
        "note_id": str(note.id),
        # Not "lead_id": the lead has not changed, and its pages need not be read again.
        "about": str(note.lead_id),
        "lead_name": note.lead.name,
        "user_id": text_id(note.user_id),
        "user_name": note.user_name,
        "answer": note.in_reply_to_id is not None,
    }
    others = [record for record in records_of([note.lead_id])[note.lead_id] if record != note.lead_id]
    if others:
        # The note shows on the pages of all records of the person.
        frame["also"] = [str(other) for other in others[:ALSO_NAMED]]
    event = LiveEvent.NOTE_GONE if is_gone else LiveEvent.NOTE_ARRIVED
    send_after_commit(event, frame, [user_group(note.recipient_id)] if note.recipient_id else [])


def announce_policy(company_id: UUID) -> None:
    """Announce to every open page of the company that its limits have changed: pages read again what is allowed."""
    colleagues = User.objects.filter(company_id=company_id, is_active=True).values_list("id", flat=True)
    send_after_commit(LiveEvent.POLICY_CHANGED, {}, [*map(user_group, colleagues)])


def on_lead_changed(sender: type[Lead], lead: Lead, version: int, **kwargs: object) -> None:
    """Receives the signal of the verbs of a lead, which may not import this app."""
    announce_changed(lead, version)


def announce_presence(
    lead_id: UUID, records: Iterable[UUID], user: User, *, doing: str, was: str = "", method: str = ""
) -> None:
    """Announce to the pages of all records of the person who came, writes or left; to lists only who writes.

    doing, was: "writing", "viewing" or "left". The frame has no version: no stored contact has changed.
    """
    others = [record for record in records if record != lead_id]
    facts = {"user_id": str(user.id), "user_name": user.name, "doing": doing, "was": was, "method": method}
    lists = [company_group(company_id_of(user))] if "writing" in (doing, was) else []
    for start in range(0, max(len(others), 1), RECORDS_NAMED):
        also = others[start : start + RECORDS_NAMED]
        records_named = [str(record) for record in also]
        frame = {"lead_id": str(lead_id), "also": records_named, **facts}
        send_after_commit(LiveEvent.PRESENCE, frame, [*map(lead_group, [lead_id, *also]), *lists])


def announce(event: str, lead_id: UUID, company_id: UUID, version: int, also: Sequence[UUID], **facts: object) -> None:
    """Send the frame to the pages of the person's records and the company's lists after the commit, or never."""
    frame = {"lead_id": str(lead_id), **facts, "version": version}
    if also:
        # For lists that show other records of the person.
        frame["also"] = [str(other) for other in also[:ALSO_NAMED]]
    send_after_commit(event, frame, [lead_group(lead_id), *map(lead_group, also), company_group(company_id)])


def send_after_commit(event: str, frame: Mapping[str, object], groups: list[str]) -> None:
    """Send the event to these groups after the commit. Robust: an error here does not fail the answer to the write."""
    text = encode({"event": event, **frame})

    # A function and no partial: Django names it when it reports an error, and a partial has no name.
    def publish() -> None:
        hub.publish(layer_type(event), groups, text)

    transaction.on_commit(publish, robust=True)


def layer_type(event: str) -> str:
    """The type for the channel layer: Channels turns the dots of a type into underscores, but leaves a colon in."""
    return event.replace(":", ".")


def encode(frame: Mapping[str, object]) -> str:
    # As UTF-8: escaped, a long name in another script would make the frame three times as large.
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def text_id(user_id: UUID | None) -> str | None:
    return str(user_id) if user_id else None


def moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
