"""The rule `do_not_contact`: what the person asked for holds for everybody, on all their records."""

from __future__ import annotations

import pytest

from leads.actions import set_do_not_contact
from outreach.contacts.actions import DoNotContact
from outreach.guard import Answer, Question, check
from outreach.models import GuardDecision, Rule
from tests.support.factories import AttemptFactory
from tests.support.guarding import log_to

pytest_plugins = ["tests.support.guard_fixtures"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("whole", "methods", "method"), [(True, [], "call"), (False, ["sms"], "sms")])
def test_a_wish_not_to_be_contacted_is_overridden_by_nobody(lead, log, alice, mona, whole, methods, method):
    type(lead).objects.filter(pk=lead.pk).update(
        do_not_contact=whole, do_not_contact_methods=methods, do_not_contact_reason="Call my assistant"
    )
    for user in (alice, mona):
        with pytest.raises(DoNotContact, match="Dana Miller asked .* “Call my assistant”"):
            log(user, method, reason="They asked me to")
    assert GuardDecision.objects.filter(kind="refused", rule="do_not_contact").count() == 2


def test_a_wish_holds_on_all_records(make, alice):
    first, second = make(email="dana@x.example"), make(email="dana@x.example")
    set_do_not_contact(lead_id=first.id, user=alice, whole=False, methods=["call"], reason="by mail only")
    with pytest.raises(DoNotContact) as refused:
        log_to(second, alice, method="call")
    assert "Dana Miller asked us not to call" in str(refused.value) and "by mail only" in str(refused.value)


def test_a_method_that_was_not_refused_stays_free_and_a_manager_lifts_the_rest(lead, log, alice, mona):
    set_do_not_contact(lead_id=lead.id, user=alice, whole=False, methods=["sms", "call"], reason="by mail only")
    log(alice, "email")
    with pytest.raises(DoNotContact):
        log(alice, "call")
    set_do_not_contact(lead_id=lead.id, user=mona, whole=False, methods=[], reason="")
    log(alice, "call")


def test_it_comes_before_every_other_rule_and_never_ends(lead, log, alice, bob):
    AttemptFactory(lead=lead, user=alice)
    set_do_not_contact(lead_id=lead.id, user=alice, whole=True, methods=[], reason="")
    verdict = check(lead, Question(bob, "email"))
    assert (verdict.first.rule, verdict.answer, verdict.allowed_from) == (Rule.DO_NOT_CONTACT, Answer.BLOCK, None)


def test_what_was_sent_against_it_is_recorded_as_a_collision(lead, log, alice, bob):
    set_do_not_contact(lead_id=lead.id, user=alice, whole=True, methods=[], reason="")
    sent = log(bob, reason="I had not seen it", already_sent=True)
    assert GuardDecision.objects.filter(kind="collision", rule="do_not_contact", attempt=sent).exists()
