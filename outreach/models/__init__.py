"""The record of every contact, what the guard decided about it, each company's policy, and presence at a lead."""

from outreach.models.attempts import (
    BODY_MAX,
    CHANGEABLE,
    SUBJECT_MAX,
    ContactAttempt,
    ContactAttemptQuerySet,
    Direction,
)
from outreach.models.changes import Change, ChangeEvent
from outreach.models.decisions import (
    REVIEW_FIELDS,
    SENTENCE_MAX,
    DecisionKind,
    GuardDecision,
    GuardDecisionQuerySet,
    ReviewVerdict,
    RuleShown,
)
from outreach.models.live import PRESENCE_SECONDS, Claim, Presence
from outreach.models.policy import COMPANY_LIMITS, LIMITS, CompanyPolicy, ContactPolicy, default_limits
from outreach.models.rules import Rule
from outreach.models.steps import NOTE_MAX, ColleagueNote, Reminder
from outreach.models.webhooks import ERROR_MAX, TEST_EVENT, URL_MAX, WEBHOOK_EVENTS, Delivery, Webhook

__all__ = [
    "BODY_MAX", "CHANGEABLE", "COMPANY_LIMITS", "ERROR_MAX", "LIMITS", "NOTE_MAX", "PRESENCE_SECONDS", "REVIEW_FIELDS",
    "SENTENCE_MAX", "SUBJECT_MAX", "TEST_EVENT", "URL_MAX", "WEBHOOK_EVENTS", "Change", "ChangeEvent", "Claim",
    "ColleagueNote", "CompanyPolicy", "ContactAttempt", "ContactAttemptQuerySet", "ContactPolicy", "DecisionKind",
    "Delivery", "Direction", "GuardDecision", "GuardDecisionQuerySet", "Presence", "Reminder", "ReviewVerdict", "Rule",
    "RuleShown", "Webhook", "default_limits",
]  # fmt: skip
