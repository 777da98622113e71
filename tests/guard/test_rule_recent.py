"""The rule `recent`: a contact by this method within the warning window asks for a reason."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from crm import times
from outreach.contacts.actions import NeedsOverride, mark_responded
from outreach.guard import Answer, Question, check
from outreach.models import ContactPolicy, GuardDecision, Rule
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.guarding import ago

pytest_plugins = ["tests.support.guard_fixtures"]
pytestmark = pytest.mark.django_db


def test_an_email_after_24_hours_needs_a_reason_for_a_week_and_then_nothing(lead, log, alice, bob):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=24, minutes=1))
    with pytest.raises(NeedsOverride):
        log(bob)
    other = LeadFactory(company=lead.company)
    AttemptFactory(lead=other, user=alice, occurred_at=ago(days=7, minutes=1))
    assert check(other, Question(bob, "email")).answer == Answer.ALLOW


def test_a_warning_is_passed_with_a_reason_that_is_kept(lead, log, alice, bob):
    earlier = AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=2), subject="Quick question")
    attempt = log(bob, reason="Different topic")
    decision = GuardDecision.objects.get()
    assert (decision.kind, decision.rule, decision.reason) == ("overridden", "recent", "Different topic")
    assert (decision.earlier_attempt, decision.attempt, decision.user) == (earlier, attempt, bob)
    at = times.lasting(earlier.occurred_at, ZoneInfo(lead.company.time_zone))
    assert decision.sentence.startswith(f"Alice Jones emailed this lead on {at}: “Quick question”, no reply by then.")


def test_ones_own_follow_up_is_warned_about_too(lead, log, alice):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=2))
    with pytest.raises(NeedsOverride):
        log(alice)


def test_a_companys_policy_is_its_own(lead, alice, charlie, company):
    ContactPolicy.objects.create(company=charlie.company, method="call", cooldown_hours=72)
    AttemptFactory(lead=lead, user=alice, method="call", occurred_at=ago(hours=30))
    assert check(lead, Question(alice, "call")).answer == Answer.WARN


def test_it_says_from_when_it_is_clear_and_looks_both_ways_from_a_past_moment(lead, alice, bob):
    sent = AttemptFactory(lead=lead, user=alice, method="call", occurred_at=ago(days=2))
    assert check(lead, Question(bob, "call")).reason(Rule.RECENT).allowed_from == sent.occurred_at + timedelta(days=7)
    assert check(lead, Question(bob, "call", when=ago(days=8))).has(Rule.RECENT)
    assert not check(lead, Question(bob, "call", when=ago(days=10))).has(Rule.RECENT)


def test_it_is_off_at_no_days_and_silent_in_a_conversation(lead, alice, bob, company):
    sent = AttemptFactory(lead=lead, user=alice, method="call", occurred_at=ago(days=2))
    mark_responded(attempt_id=sent.id, user=alice, responded=True)
    assert not check(lead, Question(alice, "call")).has(Rule.RECENT)
    assert check(lead, Question(bob, "call")).has(Rule.RECENT)
    ContactPolicy.objects.create(company=company, method="call", warning_days=0)
    assert not check(lead, Question(bob, "call")).has(Rule.RECENT)
