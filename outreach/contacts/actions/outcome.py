"""What becomes of a verdict: a refusal, an override, or a collision that is recorded all the same."""

from __future__ import annotations

from crm.models import User
from outreach.guard import Answer, Verdict
from outreach.guard.sentences import sentence
from outreach.models import ContactAttempt, DecisionKind, Rule


class Refused(Exception):
    """The guard refused the contact. Its verdict says who, when, which rule, and from when it is allowed."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(sentence(verdict.first) if verdict.first else "Refused")
        self.verdict = verdict


class NeedsOverride(Refused):
    """The guard warns: it may be logged with a reason."""


class TooSoon(Refused):
    """A limit blocks until `verdict.allowed_from`."""


class DoNotContact(Refused):
    """The person asked not to be contacted."""


class AlreadyLogged(Exception):
    """This idempotency key already logged another contact."""

    def __init__(self, attempt: ContactAttempt) -> None:
        super().__init__("This form has already logged a contact.")
        self.attempt = attempt


def refused(verdict: Verdict) -> Refused:
    """The exception for this verdict."""
    if verdict.has(Rule.DO_NOT_CONTACT):
        return DoNotContact(verdict)
    return TooSoon(verdict) if verdict.answer == Answer.BLOCK else NeedsOverride(verdict)


def decide(verdict: Verdict, user: User, reason: str, already_sent: bool) -> DecisionKind | None:
    """What is done about the verdict: refused, overridden or recorded as a collision; None where it allows.

    reason: why the user goes ahead; already_sent: it has happened and is recorded whatever the verdict.
    """
    if verdict.answer == Answer.ALLOW:
        return None
    if not reason.strip():
        return DecisionKind.REFUSED
    if already_sent:
        return DecisionKind.COLLISION
    if verdict.has(Rule.UNSEEN):
        # The reason was given for an older verdict: what is new must be seen first.
        return DecisionKind.REFUSED
    if verdict.answer == Answer.WARN or may_override(verdict, user):
        return DecisionKind.OVERRIDDEN
    if verdict.past:
        return DecisionKind.COLLISION
    return DecisionKind.REFUSED


def may_override(verdict: Verdict, user: User) -> bool:
    """Whether the user may override this block: managers a cooldown, nobody what the person asked for."""
    return user.is_manager and not verdict.has(Rule.DO_NOT_CONTACT)
