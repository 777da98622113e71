"""The rule `similar`: a message much like a colleague's to this person or organization asks for a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from outreach.contacts.actions import NeedsOverride, mark_responded
from outreach.guard import Question, check
from outreach.guard.sentences import sentence
from outreach.models import CompanyPolicy, GuardDecision, Rule
from tests.support.factories import AttemptFactory
from tests.support.guarding import PITCH, log_to

pytest_plugins = ["tests.support.guard_fixtures"]
pytestmark = pytest.mark.django_db


def test_a_colleagues_message_to_this_person_by_another_method_needs_a_reason(make, alice, bob):
    lead = make(email="dana@x.example")
    AttemptFactory(lead=lead, user=alice, subject="Quick question", body=f"Hi Dana,\n{PITCH}\nBest, Alice")
    with pytest.raises(NeedsOverride) as refused:
        log_to(lead, bob, method="linkedin", body=f"Dear Dana, {PITCH} Regards, Bob", subject="Quick question")
    reason = refused.value.verdict.first
    assert (reason.rule, reason.likeness) == (Rule.SIMILAR, reason.likeness)
    assert reason.likeness >= 90
    assert f"{reason.likeness} % like what Alice Jones wrote to this lead just now: “Quick question”." in sentence(
        reason
    )
    log_to(lead, bob, method="linkedin", body=PITCH, subject="Quick question", reason="agreed with Alice")
    assert GuardDecision.objects.get(kind="overridden").likeness >= 90


@pytest.mark.parametrize("change", ["own words", "another text", "a call", "long ago", "they answered", "threshold"])
def test_nothing_is_similar_that_should_not_be(make, alice, bob, company, change):
    lead = make(email="dana@x.example")
    author = bob if change == "own words" else alice
    at = timezone.now() - timedelta(days=31 if change == "long ago" else 9)
    sent = AttemptFactory(lead=lead, user=author, subject="Hello", body=PITCH, occurred_at=at)
    body = "Thank you for the call. The contract is attached, please sign both copies by Friday." * 2
    if change == "they answered":
        mark_responded(attempt_id=sent.id, user=bob, responded=True)
        AttemptFactory(lead=lead, user=bob, direction="inbound", in_reply_to=None, subject="Hi Bob")
    if change == "threshold":
        CompanyPolicy.objects.create(company=company, similarity_percent=100)
    said = body if change == "another text" else PITCH + (" And more of our own." if change == "threshold" else "")
    verdict = check(lead, Question(bob, "call" if change == "a call" else "linkedin", subject="Hello", body=said))
    assert not verdict.has(Rule.SIMILAR)


def test_the_same_template_to_somebody_at_the_same_organization_is_similar(make, alice, bob):
    kim, dana = make("Berg", "Acme Ltd."), make("Miller", "ACME Limited")
    AttemptFactory(lead=kim, user=alice, subject="Quick question", body=f"Hi Kim,\n{PITCH}")
    verdict = check(dana, Question(bob, "email", subject="Quick question", body=f"Hi Dana,\n{PITCH}"))
    assert verdict.reason(Rule.SIMILAR).previous.lead_id == kim.id
    assert "wrote to Dana Berg at the same organization" in sentence(verdict.reason(Rule.SIMILAR))


def test_whoever_a_person_wrote_to_may_answer_with_the_words_a_colleague_used_elsewhere(make, alice, bob, mona):
    """Nobody of us has ever written to this person; they wrote to Bob, and Bob answers with the usual text."""
    kim, dana = make("Berg", "Acme Ltd."), make("Miller", "ACME Limited")
    AttemptFactory(lead=kim, user=alice, subject="Quick question", body=f"Hi Kim,\n{PITCH}")
    log_to(dana, bob, direction="inbound", subject="What is Tandem?")
    answer = {"subject": "Quick question", "body": f"Hi Dana,\n{PITCH}"}
    assert check(dana, Question(mona, "email", **answer)).has(Rule.SIMILAR), "A colleague is asked for a reason."
    verdict = check(dana, Question(bob, "email", **answer))
    assert not verdict.has(Rule.SIMILAR), (
        f"The rep a person wrote to first is held back from answering: {sentence(verdict.reason(Rule.SIMILAR))}"
    )
    log_to(dana, bob, **answer)
