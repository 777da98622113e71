"""What a review says about a contact in one sentence: who, how, and how long after whom."""

from __future__ import annotations

from datetime import timedelta

from crm import times
from leads.methods import ContactMethod
from outreach.models import ContactAttempt, DecisionKind, Direction, GuardDecision, Rule

DAY = timedelta(days=1)


def title(decision: GuardDecision) -> str:
    """ "Bob Smith and Alice Jones both emailed Kenji Mori", "Priya Shah emailed Rosa Duarte 2 days after Alice Jones".

    decision: the gravest about the contact, with the contact, the lead and the earlier contact.
    """
    attempt, earlier = contact_of(decision), decision.earlier_attempt
    if decision.rule == Rule.DO_NOT_CONTACT:
        return f"{did(decision)}, who asked not to be contacted"
    if earlier is None:
        return f"{did(decision)} while {decision.colleague_name or 'a colleague'} was writing"
    length, order = apart(attempt, earlier), order_of(attempt, earlier)
    if earlier.direction == Direction.INBOUND:
        return f"{did(decision)} {length} after a message from them"
    if Rule(decision.rule).words.about_others:
        earlier_did = ContactMethod(earlier.method).words.did
        return f"{did(decision)} {length} {order} {earlier.user_name} {earlier_did} {earlier.lead.name} there"
    if attempt.user_id is not None and attempt.user_id == earlier.user_id:
        return f"{did(decision)} again, {length} apart"
    if decision.kind == DecisionKind.COLLISION and earlier.method == decision.method:
        return f"{attempt.user_name} and {earlier.user_name} both {words(decision)} {decision.lead.name}"
    return f"{did(decision)} {length} {order} {earlier.user_name}"


def contact_of(decision: GuardDecision) -> ContactAttempt:
    """The contact it let through, which every decision but a refusal has."""
    assert decision.attempt is not None, "A refusal let no contact through."
    return decision.attempt


def did(decision: GuardDecision) -> str:
    return f"{contact_of(decision).user_name} {words(decision)} {decision.lead.name}"


def words(decision: GuardDecision) -> str:
    return ContactMethod(decision.method).words.did


def order_of(attempt: ContactAttempt, earlier: ContactAttempt) -> str:
    """A contact may be logged long after it happened, and so lie before the one it was held against."""
    return "after" if attempt.occurred_at >= earlier.occurred_at else "before"


def apart(attempt: ContactAttempt, earlier: ContactAttempt) -> str:
    """ "6 min", "5 h", "2 days"; of days the nearest number, so that 46 hours are two."""
    length = abs(attempt.occurred_at - earlier.occurred_at)
    return times.span(length if length < DAY else round(length / DAY) * DAY, parts=1)
