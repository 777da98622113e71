"""What is said of an edit: what was saved, and what somebody else was faster with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leads.addresses import Identifiers
from leads.models import IdentifierKind, Lead

LONGEST = 80
# One and several.
COUNTED = {
    IdentifierKind.EMAIL: ("email", "emails"),
    IdentifierKind.PHONE: ("phone", "phones"),
    IdentifierKind.PROFILE: ("LinkedIn profile", "LinkedIn profiles"),
}


def saved_words(labels: Sequence[str], typed: Identifiers, before: Mapping[IdentifierKind, list[str]]) -> str:
    """ "Saved: job title, 1 phone added." labels: of the fields that changed; before: the addresses there were."""
    parts = [label.lower() for label in labels]
    for kind, pairs in typed.items():
        parts += counted_changes(kind, [value for value, _ in pairs], before[IdentifierKind(kind)])
    return f"Saved: {', '.join(parts)}." if parts else "Nothing was changed."


def counted_changes(kind: str, values: Sequence[str], before: Sequence[str]) -> list[str]:
    one, several = COUNTED[IdentifierKind(kind)]
    added = sum(value not in before for value in values)
    removed = sum(value not in values for value in before)
    if added == removed == 0:
        return [f"order of {several}"]
    counts = [(added, "added"), (removed, "removed")]
    return [f"{count} {one if count == 1 else several} {what}" for count, what in counts if count]


def overtaken_words(lead: Lead, name: str) -> str:
    """What somebody else has made of this field meanwhile."""
    value = getattr(lead, f"get_{name}_display", None)
    now = str(value() if value else (getattr(lead, name) or "")).strip()
    if name == "owner":
        now = lead.owner.name if lead.owner else "Nobody"
    shown = now if len(now) <= LONGEST else f"{now[: LONGEST - 1]}…"
    changed = f"Somebody changed this to “{shown}” meanwhile." if now else "Somebody emptied this meanwhile."
    return f"{changed} Save again to keep what you typed."
