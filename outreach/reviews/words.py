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
    earlier = decision.earlier_attempt
    if decision.rule == Rule.DO_NOT_CONTACT:
        return f"{did(decision)}, who asked not to be contacted"
    if earlier is None:
        return f"{did(decision)} while {claimant(decision)} was writing"
    if earlier.direction == Direction.INBOUND:
        return f"{did(decision)} {apart(decision)} after a message from them"
    if is_of_another_person(decision):
        return f"{did(decision)} {apart(decision)} {order(decision)} {act(earlier)} {earlier.lead.name} there"
    if is_ones_own(decision):
        return f"{did(decision)} again, {apart(decision)} apart"
    if decision.kind == DecisionKind.COLLISION and earlier.method == decision.method:
        return f"{decision.attempt.user_name} and {earlier.user_name} both {words(decision)} {decision.lead.name}"
    return f"{did(decision)} {apart(decision)} {order(decision)} {earlier.user_name}"


def did(decision: GuardDecision) -> str:
    return f"{decision.attempt.user_name} {words(decision)} {decision.lead.name}"


def claimant(decision: GuardDecision) -> str:
    """Who had the dialog open."""
    return decision.colleague_name or "a colleague"


def words(decision: GuardDecision) -> str:
    return ContactMethod(decision.method).words.did


def act(attempt: ContactAttempt) -> str:
    return f"{attempt.user_name} {ContactMethod(attempt.method).words.did}"


def is_of_another_person(decision: GuardDecision) -> bool:
    return Rule(decision.rule).words.about_others


def is_ones_own(decision: GuardDecision) -> bool:
    own = decision.attempt.user_id
    return own is not None and own == decision.earlier_attempt.user_id


def order(decision: GuardDecision) -> str:
    """A contact may be logged long after it happened, and so lie before the one it was held against."""
    return "after" if decision.attempt.occurred_at >= decision.earlier_attempt.occurred_at else "before"


def apart(decision: GuardDecision) -> str:
    """ "6 min", "5 h", "2 days"; of days the nearest number, so that 46 hours are two."""
    length = abs(decision.attempt.occurred_at - decision.earlier_attempt.occurred_at)
    return times.span(length if length < DAY else round(length / DAY) * DAY, parts=1)
