"""What is kept of a rule that stood in a contact's way, whichever door it came by."""

from __future__ import annotations

from datetime import datetime

from crm.models import User
from leads.models import Lead
from outreach.guard import Reason
from outreach.guard.sentences import stored_sentence
from outreach.models import SENTENCE_MAX, ContactAttempt, DecisionKind, GuardDecision


def decision_of(
    held: Reason,
    *,
    kind: DecisionKind,
    lead: Lead,
    user: User | None,
    user_name: str,
    method: str,
    attempt: ContactAttempt | None,
    reason: str,
    now: datetime,
) -> GuardDecision:
    """The decision about one reason, not saved. reason: why the user went ahead, empty for a refusal."""
    return GuardDecision(
        company_id=lead.company_id,
        lead_id=lead.id,
        user=user,
        user_name=user_name,
        kind=kind,
        rule=held.rule,
        method=method,
        sentence=stored_sentence(held)[:SENTENCE_MAX],
        earlier_attempt_id=held.previous.id if held.previous else None,
        attempt=attempt,
        reason=reason,
        allowed_from=held.allowed_from,
        likeness=held.likeness,
        created_at=now,
    )
