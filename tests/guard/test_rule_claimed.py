"""The rule `claimed`: a colleague who is writing to the person now is told, and may be passed with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from outreach.contacts.actions import NeedsOverride
from outreach.guard import Question, check
from outreach.guard.sentences import sentence
from outreach.models import Claim, GuardDecision, Rule
from tests.support.guarding import log_to

pytest_plugins = ["tests.support.guard_fixtures"]
pytestmark = pytest.mark.django_db


def claim(lead, user, minutes: int = 5) -> Claim:
    return Claim.objects.create(
        company=lead.company,
        lead=lead,
        user=user,
        user_name=user.name,
        method="email",
        expires_at=timezone.now() + timedelta(minutes=minutes),
    )


def test_a_colleague_who_is_writing_needs_a_reason_and_locks_nobody_out(make, alice, bob):
    first, second = make(email="dana@x.example"), make(email="dana@x.example")
    claim(first, alice)
    with pytest.raises(NeedsOverride) as refused:
        log_to(second, bob, method="call")
    reason = refused.value.verdict.first
    assert (reason.rule, reason.previous) == (Rule.CLAIMED, None)
    assert "Alice Jones is writing an email to this person now" in sentence(reason)
    log_to(second, bob, method="call", reason="they called me back")
    decision = GuardDecision.objects.get(kind="overridden")
    assert (decision.rule, decision.earlier_attempt) == ("claimed", None)
    assert (decision.colleague_name, decision.colleague_method, decision.method) == ("Alice Jones", "email", "call")
    assert "Alice Jones was writing an email to this person" in decision.sentence


def test_ones_own_claim_an_expired_one_and_a_past_contact_are_free(make, alice, bob):
    lead = make(email="dana@x.example")
    claim(lead, bob)
    assert not check(lead, Question(bob, "email")).has(Rule.CLAIMED)
    assert not check(lead, Question(alice, "email", when=timezone.now() - timedelta(days=1))).has(Rule.CLAIMED)
    Claim.objects.update(expires_at=timezone.now())
    assert not check(lead, Question(alice, "email")).has(Rule.CLAIMED)


def test_logging_frees_ones_claim_and_nobody_elses(make, alice, bob):
    first, second = make(email="dana@x.example"), make(email="dana@x.example")
    claim(first, bob)
    claim(second, alice)
    log_to(first, alice, reason="agreed with Bob")
    assert [left.user for left in Claim.objects.all()] == [bob]
