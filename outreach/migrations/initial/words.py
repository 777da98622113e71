"""The closed sets as they were when the tables were made."""

from __future__ import annotations

from django.conf import settings

USER = settings.AUTH_USER_MODEL

METHOD_CHOICES = [("email", "Email"), ("linkedin", "LinkedIn"), ("call", "Call"), ("sms", "SMS"), ("other", "Other")]
METHODS = [method for method, _ in METHOD_CHOICES]

DIRECTION_CHOICES = [("outbound", "Outbound"), ("inbound", "Inbound")]
DIRECTIONS = [direction for direction, _ in DIRECTION_CHOICES]

RULE_CHOICES = [
    ("do_not_contact", "Do not contact"),
    ("cooldown", "Cooldown"),
    ("unseen", "Unseen"),
    ("similar", "Similar message"),
    ("recent", "Recent"),
    ("claimed", "Claimed"),
    ("organization", "Same organization"),
    ("other_method", "Other method"),
]
RULES = [rule for rule, _ in RULE_CHOICES]

EVENT_CHOICES = [
    ("lead:contacted", "A contact was logged"),
    ("lead:responded", "An answer was recorded or taken back"),
    ("lead:changed", "A lead was made, edited or deleted, or a contact voided"),
    ("guard:override", "A contact went ahead against the guard"),
]
