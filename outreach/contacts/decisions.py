"""What is kept of a rule that warned about a contact or blocked it, in the dialog, the API or an import."""

from __future__ import annotations

from datetime import datetime

from crm.models import User
from leads.models import Lead
from outreach.guard import Reason
from outreach.guard.sentences import stored_sentence
from outreach.models import SENTENCE_MAX, ContactAttempt, DecisionKind, GuardDecision, Rule


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
    is_claim = held.rule == Rule.CLAIMED
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
        colleague_name=held.who.name if is_claim else "",
        colleague_method=held.method if is_claim else "",
        created_at=now,
    )
