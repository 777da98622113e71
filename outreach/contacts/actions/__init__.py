"""The verbs. Nothing else creates or changes an attempt."""

from outreach.contacts.actions.log import log_contact, logged_before
from outreach.contacts.actions.outcome import (
    AlreadyLogged,
    DoNotContact,
    NeedsOverride,
    Refused,
    TooSoon,
    may_override,
)
from outreach.contacts.actions.respond import mark_responded
from outreach.contacts.actions.undo import last_change, undo_change, undo_contact, undo_status
from outreach.contacts.actions.void import may_void, void_contact

__all__ = [
    "AlreadyLogged",
    "DoNotContact",
    "NeedsOverride",
    "Refused",
    "TooSoon",
    "last_change",
    "log_contact",
    "logged_before",
    "mark_responded",
    "may_override",
    "may_void",
    "undo_change",
    "undo_contact",
    "undo_status",
    "void_contact",
]
