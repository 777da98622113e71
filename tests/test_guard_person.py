"""The guard looks at the person, whatever record, address or method: similar, claimed, organization, memory."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from leads.actions import create_lead, delete_lead, update_lead
from outreach.actions import DoNotContact, NeedsOverride, Refused, TooSoon, log_contact, mark_responded, void_contact
from outreach.contact import Contact
from outreach.guard import Answer, Question, check, glance, review
from outreach.models import Claim, CompanyPolicy, ContactAttempt, ContactPolicy, GuardDecision, Rule
from tests.factories import AttemptFactory, LeadFactory
from tests.test_person import reached_by

pytestmark = pytest.mark.django_db

PITCH = (
    "I noticed your team runs Postgres and is hiring data engineers. Curious how you keep outreach history in one "
    "place today, and whether two people ever write to the same customer by accident."
)


@pytest.fixture
def make(alice):
    def create(last_name: str = "Miller", organization: str = "", **values: str):
        fields = {"first_name": "Dana", "last_name": last_name, "organization": organization}
        return create_lead(user=alice, fields=fields, identifiers=reached_by(**values))

    return create


def log(lead, user, method="email", **said) -> ContactAttempt:
    contact = {name: said.pop(name) for name in ("subject", "body", "direction", "in_reply_to") if name in said}
    return log_contact(lead_id=lead.id, user=user, contact=Contact(method, **contact), **said)


def test_an_email_to_one_record_holds_back_all_records_of_the_person(make, alice, bob):
    first, second = make(email="dana@x.example"), make("M.", "Acme Ltd", email="Dana+work@x.example")
    sent = log(first, alice, subject="Hello")
    with pytest.raises(TooSoon) as refused:
        log(second, bob)
    reason = refused.value.verdict.first
    assert (reason.previous.id, reason.previous.lead_id) == (sent.id, first.id)
    assert "Alice Jones emailed this person as Dana Miller just now: «Hello», no reply yet." in reason.sentence
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.contact_count, second.contact_count) == (1, 0)
    assert first.version == second.version


def test_asking_takes_two_queries_for_any_number_of_records(make, bob, django_assert_num_queries):
    records = [make(email="dana@x.example") for _ in range(5)]
    for record in records:
        AttemptFactory(lead=record, user=bob)
    question = Question(bob, "linkedin", subject="Hello", body=PITCH)
    with django_assert_num_queries(2):
        check(records[0], question)
    with django_assert_num_queries(1):
        glance(records[0], bob)


def test_the_person_may_answer_on_another_record_than_the_one_written_to(make, alice, bob):
    first, second = make(email="dana@x.example"), make(email="dana@x.example")
    sent = AttemptFactory(lead=first, user=alice, occurred_at=timezone.now() - timedelta(hours=3))
    log(second, bob, direction="inbound", in_reply_to=sent.id, subject="Re: Hello")
    sent.refresh_from_db()
    assert sent.responded
    log(second, alice, subject="Thank you")
    with pytest.raises(Refused):
        log(first, bob)


def test_what_was_recorded_on_another_record_is_unseen(make, alice, bob):
    first, second = make(email="dana@x.example"), make(email="dana@x.example")
    second.refresh_from_db()
    log(first, alice, method="call", subject="A first talk")
    with pytest.raises(NeedsOverride) as refused:
        log(second, bob, method="linkedin", seen=second.version)
    assert refused.value.verdict.first.rule == Rule.UNSEEN
    assert "Alice Jones called this person as Dana Miller" in refused.value.verdict.first.sentence


def test_a_deleted_lead_made_again_is_still_the_same_person(make, alice, bob):
    first = make(email="dana@x.example")
    log(first, alice)
    delete_lead(lead_id=first.id, user=alice)
    with pytest.raises(TooSoon):
        log(make(email="DANA@x.example"), bob)


def test_an_address_moved_to_another_record_takes_its_history_along(make, alice, bob):
    """The record keeps its own history too: neither door opens."""
    first = make(email="dana@x.example")
    log(first, alice)
    update_lead(lead_id=first.id, user=alice, fields={}, identifiers=reached_by(email="dana@home.example"))
    again = make(email="dana@x.example")
    for lead in (again, first):
        with pytest.raises(TooSoon):
            log(lead, bob)


def test_what_was_said_after_an_address_was_given_up_is_not_said_to_it(make, alice, bob):
    first = make(email="dana@x.example")
    update_lead(lead_id=first.id, user=alice, fields={}, identifiers=reached_by(email="kim@x.example"))
    log(first, alice)
    log(make(email="dana@x.example"), bob)


def test_a_voided_contact_on_another_record_holds_nobody_back(make, alice, bob):
    first, second = make(email="dana@x.example"), make(email="dana@x.example")
    void_contact(attempt_id=log(first, alice).id, user=alice, reason="wrong Dana")
    log(second, bob)


def test_another_companys_record_with_the_same_address_counts_for_nothing(make, charlie, alice):
    theirs = create_lead(user=charlie, fields={"last_name": "Miller"}, identifiers=reached_by(email="dana@x.example"))
    log(theirs, charlie)
    log(make(email="dana@x.example"), alice)


def test_a_wish_holds_on_all_records(make, alice):
    from leads.actions import set_do_not_contact

    first, second = make(email="dana@x.example"), make(email="dana@x.example")
    set_do_not_contact(lead_id=first.id, user=alice, whole=False, methods=["call"], reason="by mail only")
    with pytest.raises(DoNotContact) as refused:
        log(second, alice, method="call")
    assert "Dana Miller asked us not to call" in str(refused.value) and "by mail only" in str(refused.value)


# similar


def test_a_colleagues_message_to_this_person_by_another_method_needs_a_reason(make, alice, bob):
    lead = make(email="dana@x.example")
    AttemptFactory(lead=lead, user=alice, subject="Quick question", body=f"Hi Dana,\n{PITCH}\nBest, Alice")
    with pytest.raises(NeedsOverride) as refused:
        log(lead, bob, method="linkedin", body=f"Dear Dana, {PITCH} Regards, Bob", subject="Quick question")
    reason = refused.value.verdict.first
    assert (reason.rule, reason.likeness) == (Rule.SIMILAR, reason.likeness)
    assert reason.likeness >= 90
    assert (
        f"{reason.likeness} % like what Alice Jones wrote to this lead just now: «Quick question»." in reason.sentence
    )
    log(lead, bob, method="linkedin", body=PITCH, subject="Quick question", reason="agreed with Alice")
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
    assert "wrote to Dana Berg at the same organization" in verdict.reason(Rule.SIMILAR).sentence


# organization


def test_a_colleagues_contact_at_the_same_organization_is_a_note(make, alice, bob):
    kim, dana = make("Berg", email="kim@acme.example"), make("Miller", email="dana@acme.example")
    AttemptFactory(lead=kim, user=alice, method="call", occurred_at=timezone.now() - timedelta(days=3))
    verdict = check(dana, Question(bob, "email"))
    assert (verdict.answer, verdict.notes[0].rule) == (Answer.ALLOW, Rule.ORGANIZATION)
    assert verdict.notes[0].sentence == "Alice Jones called Dana Berg at the same organization 3 days ago."
    assert not check(dana, Question(alice, "email")).has(Rule.ORGANIZATION)


def test_the_policy_may_want_a_reason_for_it(make, alice, bob, company):
    kim, dana = make("Berg", "Acme"), make("Miller", "Acme")
    sent = AttemptFactory(lead=kim, user=alice, occurred_at=timezone.now() - timedelta(days=9))
    CompanyPolicy.objects.create(company=company, organization_warns=True, organization_days=10)
    with pytest.raises(NeedsOverride) as refused:
        log(dana, bob)
    reason = refused.value.verdict.first
    assert (reason.rule, reason.previous.id) == (Rule.ORGANIZATION, sent.id)
    assert "one colleague per organization in 10 days: clear from" in reason.sentence
    assert glance(dana, bob).verdicts["email"].answer == Answer.WARN


@pytest.mark.parametrize("shared", ["free mail", "another organization", "too long ago"])
def test_no_organization_is_shared_by_chance(make, alice, bob, shared):
    domain = "gmail.com" if shared == "free mail" else "acme.example"
    other = "acme.test" if shared == "another organization" else domain
    kim, dana = make("Berg", email=f"kim@{domain}"), make("Miller", email=f"dana@{other}")
    at = timezone.now() - timedelta(days=15 if shared == "too long ago" else 1)
    AttemptFactory(lead=kim, user=alice, occurred_at=at)
    assert not check(dana, Question(bob, "email")).has(Rule.ORGANIZATION)


# claimed


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
        log(second, bob, method="call")
    reason = refused.value.verdict.first
    assert (reason.rule, reason.previous) == (Rule.CLAIMED, None)
    assert "Alice Jones is writing an email to this person now" in reason.sentence
    log(second, bob, method="call", reason="they called me back")
    decision = GuardDecision.objects.get(kind="overridden")
    assert (decision.rule, decision.earlier_attempt) == ("claimed", None)


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
    log(first, alice, reason="agreed with Bob")
    assert [left.user for left in Claim.objects.all()] == [bob]


# a policy that changes


def policy(company, **limits) -> ContactPolicy:
    found, _ = ContactPolicy.objects.get_or_create(company=company, method="email")
    for name, value in limits.items():
        setattr(found, name, value)
    found.save()
    return found


def test_a_loosened_limit_keeps_closed_what_a_stored_contact_closed(make, alice, bob, company):
    lead, other = make(email="dana@x.example"), make(email="kim@x.example")
    sent = log(lead, alice)
    policy(company, cooldown_hours=1)
    (reason,) = check(lead, Question(bob, "email")).held[:1]
    assert (reason.rule, reason.allowed_from) == (Rule.COOLDOWN, sent.occurred_at + timedelta(hours=24))
    policy(company, cooldown_hours=0)
    assert check(lead, Question(bob, "email")).allowed_from == sent.occurred_at + timedelta(hours=24)
    log(other, alice)
    assert check(other, Question(bob, "email")).answer == Answer.WARN


def test_a_tightened_limit_holds_at_once(make, alice, bob, company):
    lead = make(email="dana@x.example")
    AttemptFactory(lead=lead, user=alice, occurred_at=timezone.now() - timedelta(hours=30))
    assert check(lead, Question(bob, "email")).answer == Answer.WARN
    policy(company, cooldown_hours=48)
    assert check(lead, Question(bob, "email")).answer == Answer.BLOCK


def test_every_record_of_the_person_is_named_in_a_review(make, alice):
    first, second = make("One", email="dana@x.example"), make("Two", email="dana@x.example")
    facts = review(first, Question(alice, "email")).facts
    assert set(facts.records) == {first.id, second.id}
    assert facts.names[second.id] == "Dana Two"
    assert set(review(LeadFactory(company=first.company), Question(alice, "email")).facts.records) != set(facts.records)
