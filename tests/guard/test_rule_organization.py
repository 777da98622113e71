"""The rule `organization`: a colleague's contact with somebody else there is told, or asks for a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from outreach.contacts.actions import NeedsOverride
from outreach.guard import Answer, Question, check, glance
from outreach.guard.sentences import sentence
from outreach.models import CompanyPolicy, Rule
from tests.support.factories import AttemptFactory
from tests.support.guarding import log_to

pytest_plugins = ["tests.support.guard_fixtures"]
pytestmark = pytest.mark.django_db


def test_a_colleagues_contact_at_the_same_organization_is_a_note(make, alice, bob):
    kim, dana = make("Berg", email="kim@acme.example"), make("Miller", email="dana@acme.example")
    AttemptFactory(lead=kim, user=alice, method="call", occurred_at=timezone.now() - timedelta(days=3))
    verdict = check(dana, Question(bob, "email"))
    assert (verdict.answer, verdict.notes[0].rule) == (Answer.ALLOW, Rule.ORGANIZATION)
    assert sentence(verdict.notes[0]) == "Alice Jones called Dana Berg at the same organization 3 days ago."
    assert not check(dana, Question(alice, "email")).has(Rule.ORGANIZATION)


def test_the_policy_may_want_a_reason_for_it(make, alice, bob, company):
    kim, dana = make("Berg", "Acme"), make("Miller", "Acme")
    sent = AttemptFactory(lead=kim, user=alice, occurred_at=timezone.now() - timedelta(days=9))
    CompanyPolicy.objects.create(company=company, organization_warns=True, organization_days=10)
    with pytest.raises(NeedsOverride) as refused:
        log_to(dana, bob)
    reason = refused.value.verdict.first
    assert (reason.rule, reason.previous.id) == (Rule.ORGANIZATION, sent.id)
    assert "one colleague per organization in 10 days: clear from" in sentence(reason)
    assert glance(dana, bob).verdicts["email"].answer == Answer.WARN


@pytest.mark.parametrize("shared", ["free mail", "another organization", "too long ago"])
def test_no_organization_is_shared_by_chance(make, alice, bob, shared):
    domain = "gmail.com" if shared == "free mail" else "acme.example"
    other = "acme.test" if shared == "another organization" else domain
    kim, dana = make("Berg", email=f"kim@{domain}"), make("Miller", email=f"dana@{other}")
    at = timezone.now() - timedelta(days=15 if shared == "too long ago" else 1)
    AttemptFactory(lead=kim, user=alice, occurred_at=at)
    assert not check(dana, Question(bob, "email")).has(Rule.ORGANIZATION)
