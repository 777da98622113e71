"""The guard: who may contact a person now, what it says, and what becomes of its answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from outreach.contacts.actions import (
    Refused,
    TooSoon,
    mark_responded,
    void_contact,
)
from outreach.guard import Answer, Question, check
from outreach.models import ContactAttempt, GuardDecision
from tests.support.factories import AttemptFactory
from tests.support.guarding import ago

pytest_plugins = ["tests.support.guard_fixtures"]
pytestmark = pytest.mark.django_db


def test_nothing_stands_in_the_way_of_a_first_contact(lead, alice):
    assert check(lead, Question(alice, "email")).answer == Answer.ALLOW


def test_inbound_is_always_recorded(lead, log, alice, bob):
    AttemptFactory(lead=lead, user=alice)
    lead.do_not_contact = True
    lead.save(update_fields=["do_not_contact"])
    assert log(bob, direction="inbound").direction == "inbound"


def test_what_was_already_sent_is_recorded_as_a_collision(lead, log, alice, bob):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(minutes=4))
    attempt = log(bob, reason="Sent before I looked", already_sent=True)
    decision = GuardDecision.objects.get(rule="cooldown")
    assert (decision.kind, decision.attempt, decision.reason) == (
        "collision",
        attempt,
        "Sent before I looked",
    )


def test_already_sent_needs_a_reason(lead, log, alice, bob):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(minutes=4))
    with pytest.raises(TooSoon):
        log(bob, already_sent=True)
    assert ContactAttempt.objects.count() == 1


def test_a_past_contact_that_broke_a_limit_is_recorded_with_a_reason(lead, log, alice, bob):
    """The truth is never refused: Bob did email an hour after Alice."""
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=3))
    with pytest.raises(Refused):
        log(bob, occurred_at=ago(hours=2))
    log(bob, occurred_at=ago(hours=2), reason="Sent from my phone")
    assert GuardDecision.objects.filter(kind="collision", rule="cooldown").count() == 1


def test_the_rep_who_was_answered_may_reply_at_once_and_colleagues_are_held(lead, log, alice, bob):
    sent = AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=5))
    mark_responded(attempt_id=sent.id, user=alice, responded=True, response_at=ago(hours=1))
    with pytest.raises(TooSoon):
        log(bob)
    assert log(alice).user == alice
    assert not GuardDecision.objects.filter(kind="overridden").exists()
    with pytest.raises(TooSoon):
        log(alice)


def test_an_inbound_reply_opens_the_conversation_for_the_rep_it_answers(lead, log, alice, bob):
    sent = AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=5))
    log(bob, direction="inbound", in_reply_to=sent.id)
    assert check(lead, Question(alice, "email")).answer == Answer.ALLOW
    assert check(lead, Question(bob, "email")).answer == Answer.BLOCK


def test_a_voided_contact_no_longer_stands_in_the_way(lead, log, alice, bob):
    attempt = log(alice)
    void_contact(attempt_id=attempt.id, user=alice, reason="wrong person")
    assert check(lead, Question(bob, "email")).answer == Answer.ALLOW


def test_each_refusal_is_kept_with_its_sentence_and_leaves_no_contact(lead, log, alice, bob):
    first = log(alice)
    with pytest.raises(TooSoon):
        log(bob)
    kept = GuardDecision.objects.get(rule="cooldown")
    assert (kept.kind, kept.user, kept.earlier_attempt, kept.attempt) == ("refused", bob, first, None)
    assert kept.allowed_from == first.occurred_at + timedelta(hours=24)
    assert ContactAttempt.objects.count() == 1


@pytest.mark.parametrize(("user_name", "status"), [("bob", 429), ("mona", 429)])
def test_a_refused_form_comes_back_with_the_words_the_verdict_and_the_way_out(
    lead, log, alice, signed_in, request, user_name, status
):
    log(alice, subject="Quick question")
    user = request.getfixturevalue(user_name)
    answer = signed_in(user).post(
        reverse("contact_new", args=[lead.id]),
        {"method": "email", "direction": "outbound", "subject": "My own words", "seen": "2"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == status
    assert 'value="My own words"' in answer.text
    assert "Email is allowed from" in answer.text
    assert "Quick question" in answer.text
    assert "Call instead" in answer.text and "I already sent it" in answer.text
    assert ("Override as manager" in answer.text) == user.is_manager


def test_the_dialog_asks_the_guard_for_the_method_chosen(lead, log, alice, bob, signed_in):
    log(alice)
    ask = signed_in(bob)
    address = reverse("contact_verdict", args=[lead.id])
    for method, answer in (("email", "block"), ("call", "allow")):
        text = ask.post(address, {"method": method, "direction": "outbound", "seen": lead.version + 1}).text
        assert f'data-answer="{answer}"' in text
    inbound = ask.post(address, {"method": "email", "direction": "inbound", "seen": lead.version + 1}).text
    assert 'data-answer="allow"' in inbound


def test_a_dialog_that_is_open_meanwhile_learns_what_is_new_and_which_ways_are_clear(lead, log, alice, bob, signed_in):
    seen = lead.version
    log(alice, subject="First")
    asked = {"method": "email", "direction": "outbound", "seen": seen, "reason": "topic", "note": "half a note"}
    text = signed_in(bob).post(reverse("contact_verdict", args=[lead.id]), asked).text
    assert "Email is allowed from" in text and "Call instead" in text
    assert f'name="seen" value="{seen + 1}"' in text
    assert 'value="half a note"' in text
    assert "First" in text.split('id="last-contacts"')[1]


def test_marks_of_the_guard_stand_on_the_timeline(lead, log, alice, bob, signed_in):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=2), subject="Quick question")
    log(bob, reason="Different topic")
    text = signed_in(alice).get(reverse("lead", args=[lead.id])).text
    assert "Logged anyway." in text and "Bob’s reason: “Different topic”" in text
