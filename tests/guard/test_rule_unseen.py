"""The rule `unseen`: what was recorded after the page was rendered is shown before one goes on, once."""

from __future__ import annotations

import pytest

from outreach.contacts.actions import NeedsOverride, void_contact
from outreach.guard import Question, check
from outreach.guard.sentences import sentence
from outreach.models import Rule
from tests.support.guarding import log_to

pytest_plugins = ["tests.support.guard_fixtures"]
pytestmark = pytest.mark.django_db


def test_something_new_since_the_page_was_rendered_comes_back_once(lead, log, alice, bob):
    """A reason given for an older verdict does not pass; one given for the new verdict does."""
    seen = lead.version
    log(bob, "linkedin")
    with pytest.raises(NeedsOverride) as refused:
        log(alice, "linkedin", seen=seen, reason="Following up")
    assert refused.value.verdict.first.rule == Rule.UNSEEN
    assert sentence(refused.value.verdict.first).startswith(
        "New since you opened this page: Bob Smith wrote on LinkedIn"
    )
    log(alice, "linkedin", seen=seen + 1, reason="Following up")


def test_what_they_sent_meanwhile_is_shown_before_one_writes(lead, log, alice, bob):
    seen = lead.version
    log(bob, direction="inbound", subject="Please stop")
    with pytest.raises(NeedsOverride, match="New since you opened this page: Dana Miller sent an email"):
        log(alice, "call", seen=seen)


def test_what_was_recorded_on_another_record_is_unseen(make, alice, bob):
    first, second = make(email="dana@x.example"), make(email="dana@x.example")
    second.refresh_from_db()
    log_to(first, alice, method="call", subject="A first talk")
    with pytest.raises(NeedsOverride) as refused:
        log_to(second, bob, method="linkedin", seen=second.version)
    assert refused.value.verdict.first.rule == Rule.UNSEEN
    assert "Alice Jones called this person as Dana Miller" in sentence(refused.value.verdict.first)


def test_nothing_is_unseen_that_was_there_or_was_voided_or_that_they_sent_us(lead, log, alice, bob):
    seen = lead.version
    called = log(bob, "call")
    void_contact(attempt_id=called.id, user=bob, reason="wrong person")
    lead.refresh_from_db()
    assert not check(lead, Question(alice, "email"), seen=seen).has(Rule.UNSEEN)
    log(bob, "linkedin")
    lead.refresh_from_db()
    assert check(lead, Question(alice, "email"), seen=seen).has(Rule.UNSEEN)
    assert not check(lead, Question(alice, "email"), seen=lead.version).has(Rule.UNSEEN)
    assert not check(lead, Question(alice, "email", direction="inbound"), seen=seen).has(Rule.UNSEEN)
