"""The rule `cooldown`: as many contacts by a method as the policy admits within its hours, then no more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models import User
from outreach.contacts.actions import TooSoon
from outreach.guard import Answer, Question, check
from outreach.guard.sentences import sentence
from outreach.models import ContactPolicy, GuardDecision, Rule
from tests.support.factories import AttemptFactory
from tests.support.guarding import ago, log_to, policy

pytest_plugins = ["tests.support.guard_fixtures"]
pytestmark = pytest.mark.django_db


def test_an_email_within_24_hours_is_too_soon_whoever_sends_it(lead, log, alice, bob):
    first = AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=5), subject="Quick question")
    for user in (alice, bob):
        with pytest.raises(TooSoon) as refused:
            log(user, reason="They asked me to")
        verdict = refused.value.verdict
        assert verdict.allowed_from == first.occurred_at + timedelta(hours=24)
        assert "Alice Jones emailed this lead 5 h ago: “Quick question”, no reply yet." in sentence(verdict.first)
        assert "one email per 24 hours" in sentence(verdict.first)


def test_a_manager_overrides_a_cooldown_and_a_rep_does_not(lead, log, alice, bob, mona):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=1))
    with pytest.raises(TooSoon):
        log(bob, reason="Following up")
    log(mona, reason="Following up")
    assert set(GuardDecision.objects.filter(kind="overridden").values_list("rule", flat=True)) == {
        "cooldown",
        "recent",
    }


def test_a_past_contact_just_before_a_colleagues_breaks_the_limit_too(lead, log, alice, bob):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=1))
    with pytest.raises(TooSoon):
        log(bob, occurred_at=ago(hours=2))


def test_a_companys_own_policy_replaces_the_defaults(lead, log, alice, bob, company):
    ContactPolicy.objects.create(company=company, method="call", cooldown_hours=72, cooldown_count=2, warning_days=0)
    log(alice, "call", occurred_at=ago(hours=30))
    log(bob, "call")
    with pytest.raises(TooSoon, match="2 calls per 3 days") as refused:
        log(alice, "call")
    assert timedelta(hours=41) < refused.value.verdict.allowed_from - timezone.now() < timedelta(hours=43)


def test_a_past_contact_far_from_others_is_simply_recorded(lead, log, alice, bob):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=1))
    log(bob, occurred_at=ago(days=30))
    assert not GuardDecision.objects.exists()


def test_a_loosened_limit_keeps_closed_what_a_stored_contact_closed(make, alice, bob, company):
    lead, other = make(email="dana@x.example"), make(email="kim@x.example")
    sent = log_to(lead, alice)
    policy(company, cooldown_hours=1)
    (reason,) = check(lead, Question(bob, "email")).held[:1]
    assert (reason.rule, reason.allowed_from) == (Rule.COOLDOWN, sent.occurred_at + timedelta(hours=24))
    policy(company, cooldown_hours=0)
    assert check(lead, Question(bob, "email")).allowed_from == sent.occurred_at + timedelta(hours=24)
    log_to(other, alice)
    assert check(other, Question(bob, "email")).answer == Answer.WARN


def sentences(lead, user: User) -> list[str]:
    """What blocks the user's email to this lead now, or asks for a reason."""
    return [sentence(reason) for reason in check(lead, Question(user, "email")).held]


# The row of the audit bears the time its transaction began, and counts only for what was recorded before.
@pytest.mark.django_db(transaction=True)
def test_a_limit_the_rival_company_loosened_blocks_no_contact_of_ours(make, alice, bob, charlie):
    """The rival's limit of three days is gone; ours was a day all the time, and is over."""
    theirs = policy(charlie.company, cooldown_hours=72, warning_days=0)
    ours = policy(alice.company, cooldown_hours=24, warning_days=0)
    ContactPolicy.objects.filter(pk__in=[theirs.pk, ours.pk]).update(created_at=ago(days=30))
    lead = make(email="dana@x.example")
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=30))
    policy(charlie.company, cooldown_hours=0)
    assert sentences(lead, bob) == [], "A former limit of the rival company holds our contact back."


@pytest.mark.django_db(transaction=True)
def test_the_rival_companys_first_limits_bring_no_former_default_upon_us(make, alice, bob, charlie):
    """The rival leaves the default of 24 hours today; we did so long ago."""
    ours = policy(alice.company, cooldown_hours=0, warning_days=0)
    ContactPolicy.objects.filter(pk=ours.pk).update(created_at=ago(days=30))
    lead = make(email="dana@x.example")
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=3))
    policy(charlie.company, cooldown_hours=0)
    assert sentences(lead, bob) == [], "The default that the rival company left today holds our contact back."


def test_a_tightened_limit_holds_at_once(make, alice, bob, company):
    lead = make(email="dana@x.example")
    AttemptFactory(lead=lead, user=alice, occurred_at=timezone.now() - timedelta(hours=30))
    assert check(lead, Question(bob, "email")).answer == Answer.WARN
    policy(company, cooldown_hours=48)
    assert check(lead, Question(bob, "email")).answer == Answer.BLOCK


def test_only_email_has_a_cooldown_unless_the_policy_says_so(lead, alice, bob):
    for method in ("email", "linkedin", "call", "sms", "other"):
        AttemptFactory(lead=lead, user=alice, method=method, occurred_at=ago(minutes=5))
        assert check(lead, Question(bob, method)).has(Rule.COOLDOWN) == (method == "email")


def test_it_ends_to_the_second(lead, alice, bob):
    sent = AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=23, minutes=59))
    verdict = check(lead, Question(bob, "email"))
    assert verdict.allowed_from == sent.occurred_at + timedelta(hours=24)
    assert check(lead, Question(bob, "email", when=verdict.allowed_from)).answer == Answer.WARN
