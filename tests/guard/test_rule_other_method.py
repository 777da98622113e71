"""The rule `other_method`: a contact another way is told, and holds nobody back."""

from __future__ import annotations

import pytest

from outreach.guard import Answer, Question, check
from outreach.guard.sentences import sentence
from outreach.models import Rule
from tests.support.factories import AttemptFactory
from tests.support.guarding import ago

pytest_plugins = ["tests.support.guard_fixtures"]
pytestmark = pytest.mark.django_db


def test_another_method_is_only_noted(lead, alice, bob):
    AttemptFactory(lead=lead, user=alice, method="call", occurred_at=ago(hours=1))
    verdict = check(lead, Question(bob, "email"))
    assert verdict.answer == Answer.ALLOW
    assert [reason.rule for reason in verdict.reasons] == [Rule.OTHER_METHOD]
    assert sentence(verdict.first) == "Alice Jones called this lead 1 h ago, no reply yet."


def test_it_tells_the_newest_way_within_the_window_and_never_asks_for_a_reason(lead, alice, bob):
    AttemptFactory(lead=lead, user=alice, method="sms", occurred_at=ago(days=2))
    AttemptFactory(lead=lead, user=bob, method="linkedin", occurred_at=ago(days=1))
    verdict = check(lead, Question(bob, "call"))
    assert (verdict.answer, verdict.reason(Rule.OTHER_METHOD).previous.method) == (Answer.ALLOW, "linkedin")


def test_what_lies_before_the_window_or_came_from_them_is_not_told(lead, alice, bob):
    AttemptFactory(lead=lead, user=alice, method="sms", occurred_at=ago(days=8))
    AttemptFactory(lead=lead, user=alice, method="call", direction="inbound", occurred_at=ago(days=1))
    assert not check(lead, Question(bob, "email")).has(Rule.OTHER_METHOD)
