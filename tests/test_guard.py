"""The guard: who may contact a person now, what it says, and what becomes of its answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from outreach.actions import (
    DoNotContact,
    NeedsOverride,
    Refused,
    TooSoon,
    log_contact,
    mark_responded,
    void_contact,
)
from outreach.contact import Contact
from outreach.guard import Answer, Question, check
from outreach.models import ContactAttempt, ContactPolicy, GuardDecision, Rule
from tests.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db


def ago(**length: float):
    return timezone.now() - timedelta(**length)


@pytest.fixture
def log(lead):
    def write(user, method: str = "email", **more) -> ContactAttempt:
        said = {name: more.pop(name) for name in ("occurred_at", "direction", "in_reply_to", "subject") if name in more}
        return log_contact(lead_id=lead.id, user=user, contact=Contact(method, **said), **more)

    return write


def test_nothing_stands_in_the_way_of_a_first_contact(lead, alice):
    assert check(lead, Question(alice, "email")).answer == Answer.ALLOW


def test_an_email_within_24_hours_is_too_soon_whoever_sends_it(lead, log, alice, bob):
    first = AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=5), subject="Quick question")
    for user in (alice, bob):
        with pytest.raises(TooSoon) as refused:
            log(user, reason="They asked me to")
        verdict = refused.value.verdict
        assert verdict.allowed_from == first.occurred_at + timedelta(hours=24)
        assert "Alice Jones emailed this lead 5 h ago: «Quick question», no reply yet." in verdict.first.sentence
        assert "one email per 24 hours" in verdict.first.sentence


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
    assert decision.sentence.startswith("Alice Jones emailed this lead 2 days ago: «Quick question», no reply yet.")


def test_ones_own_follow_up_is_warned_about_too(lead, log, alice):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=2))
    with pytest.raises(NeedsOverride):
        log(alice)


def test_another_method_is_only_noted(lead, alice, bob):
    AttemptFactory(lead=lead, user=alice, method="call", occurred_at=ago(hours=1))
    verdict = check(lead, Question(bob, "email"))
    assert verdict.answer == Answer.ALLOW
    assert [reason.rule for reason in verdict.reasons] == [Rule.OTHER_METHOD]
    assert verdict.first.sentence == "Alice Jones called this lead 1 h ago, no reply yet."


def test_inbound_is_always_recorded(lead, log, alice, bob):
    AttemptFactory(lead=lead, user=alice)
    lead.do_not_contact = True
    lead.save(update_fields=["do_not_contact"])
    assert log(bob, direction="inbound").direction == "inbound"


@pytest.mark.parametrize(("whole", "methods", "method"), [(True, [], "call"), (False, ["sms"], "sms")])
def test_a_wish_not_to_be_contacted_is_overridden_by_nobody(lead, log, alice, mona, whole, methods, method):
    type(lead).objects.filter(pk=lead.pk).update(
        do_not_contact=whole, do_not_contact_methods=methods, do_not_contact_reason="Call my assistant"
    )
    for user in (alice, mona):
        with pytest.raises(DoNotContact, match="Dana Miller asked .* «Call my assistant»"):
            log(user, method, reason="They asked me to")
    assert GuardDecision.objects.filter(kind="refused", rule="do_not_contact").count() == 2


def test_a_manager_overrides_a_cooldown_and_a_rep_does_not(lead, log, alice, bob, mona):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=1))
    with pytest.raises(TooSoon):
        log(bob, reason="Following up")
    log(mona, reason="Following up")
    assert set(GuardDecision.objects.filter(kind="overridden").values_list("rule", flat=True)) == {
        "cooldown",
        "recent",
    }


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


def test_a_past_contact_just_before_a_colleagues_breaks_the_limit_too(lead, log, alice, bob):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=1))
    with pytest.raises(TooSoon):
        log(bob, occurred_at=ago(hours=2))


def test_a_past_contact_far_from_others_is_simply_recorded(lead, log, alice, bob):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=1))
    log(bob, occurred_at=ago(days=30))
    assert not GuardDecision.objects.exists()


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


def test_something_new_since_the_page_was_rendered_comes_back_once(lead, log, alice, bob):
    """A reason given for an older verdict does not pass; one given for the new verdict does."""
    seen = lead.version
    log(bob, "linkedin")
    with pytest.raises(NeedsOverride) as refused:
        log(alice, "linkedin", seen=seen, reason="Following up")
    assert refused.value.verdict.first.rule == Rule.UNSEEN
    assert refused.value.verdict.first.sentence.startswith(
        "New since you opened this page: Bob Smith wrote on LinkedIn"
    )
    log(alice, "linkedin", seen=seen + 1, reason="Following up")


def test_what_they_sent_meanwhile_is_shown_before_one_writes(lead, log, alice, bob):
    seen = lead.version
    log(bob, direction="inbound", subject="Please stop")
    with pytest.raises(NeedsOverride, match="New since you opened this page: Dana Miller sent an email"):
        log(alice, "call", seen=seen)


def test_a_companys_own_policy_replaces_the_defaults(lead, log, alice, bob, company):
    ContactPolicy.objects.create(company=company, method="call", cooldown_hours=72, cooldown_count=2, warning_days=0)
    log(alice, "call", occurred_at=ago(hours=30))
    log(bob, "call")
    with pytest.raises(TooSoon, match="2 calls per 3 days") as refused:
        log(alice, "call")
    assert timedelta(hours=41) < refused.value.verdict.allowed_from - timezone.now() < timedelta(hours=43)


def test_a_companys_policy_is_its_own(lead, alice, charlie, company):
    ContactPolicy.objects.create(company=charlie.company, method="call", cooldown_hours=72)
    AttemptFactory(lead=lead, user=alice, method="call", occurred_at=ago(hours=30))
    assert check(lead, Question(alice, "call")).answer == Answer.WARN


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
    assert "Too soon. Email is allowed from" in answer.text
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
    assert "Too soon" in text and "Call instead" in text
    assert f'name="seen" value="{seen + 1}"' in text
    assert 'value="half a note"' in text
    assert "First" in text.split('id="last-contacts"')[1]


def test_marks_of_the_guard_stand_on_the_timeline(lead, log, alice, bob, signed_in):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=2), subject="Quick question")
    log(bob, reason="Different topic")
    text = signed_in(alice).get(reverse("lead", args=[lead.id])).text
    assert "Logged anyway." in text and "Bob’s reason: “Different topic”" in text
