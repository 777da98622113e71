"""The guard looks at the person, whatever record, address or method: similar, claimed, organization, memory."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from leads.actions import create_lead, delete_lead, update_lead
from outreach.contacts.actions import Refused, TooSoon, void_contact
from outreach.guard import Question, check, glance, review
from outreach.guard.sentences import sentence
from tests.leads.test_person import reached_by
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.guarding import PITCH, log_to

pytest_plugins = ["tests.support.guard_fixtures"]
pytestmark = pytest.mark.django_db


def test_an_email_to_one_record_holds_back_all_records_of_the_person(make, alice, bob):
    first, second = make(email="dana@x.example"), make("M.", "Acme Ltd", email="Dana+work@x.example")
    sent = log_to(first, alice, subject="Hello")
    with pytest.raises(TooSoon) as refused:
        log_to(second, bob)
    reason = refused.value.verdict.first
    assert (reason.previous.id, reason.previous.lead_id) == (sent.id, first.id)
    assert "Alice Jones emailed this person as Dana Miller just now: “Hello”, no reply yet." in sentence(reason)
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
    log_to(second, bob, direction="inbound", in_reply_to=sent.id, subject="Re: Hello")
    sent.refresh_from_db()
    assert sent.responded
    log_to(second, alice, subject="Thank you")
    with pytest.raises(Refused):
        log_to(first, bob)


def test_a_deleted_lead_made_again_is_still_the_same_person(make, alice, bob):
    first = make(email="dana@x.example")
    log_to(first, alice)
    delete_lead(lead_id=first.id, user=alice)
    with pytest.raises(TooSoon):
        log_to(make(email="DANA@x.example"), bob)


def test_an_address_moved_to_another_record_takes_its_history_along(make, alice, bob):
    """The record keeps its own history too: neither door opens."""
    first = make(email="dana@x.example")
    log_to(first, alice)
    update_lead(lead_id=first.id, user=alice, fields={}, identifiers=reached_by(email="dana@home.example"))
    again = make(email="dana@x.example")
    for lead in (again, first):
        with pytest.raises(TooSoon):
            log_to(lead, bob)


def test_what_was_said_after_an_address_was_given_up_is_not_said_to_it(make, alice, bob):
    first = make(email="dana@x.example")
    update_lead(lead_id=first.id, user=alice, fields={}, identifiers=reached_by(email="kim@x.example"))
    log_to(first, alice)
    log_to(make(email="dana@x.example"), bob)


def test_a_voided_contact_on_another_record_holds_nobody_back(make, alice, bob):
    first, second = make(email="dana@x.example"), make(email="dana@x.example")
    void_contact(attempt_id=log_to(first, alice).id, user=alice, reason="wrong Dana")
    log_to(second, bob)


def test_another_companys_record_with_the_same_address_counts_for_nothing(make, charlie, alice):
    theirs = create_lead(user=charlie, fields={"last_name": "Miller"}, identifiers=reached_by(email="dana@x.example"))
    log_to(theirs, charlie)
    log_to(make(email="dana@x.example"), alice)


def test_every_record_of_the_person_is_named_in_a_review(make, alice):
    first, second = make("One", email="dana@x.example"), make("Two", email="dana@x.example")
    facts = review(first, Question(alice, "email")).facts
    assert set(facts.records) == {first.id, second.id}
    assert facts.names[second.id] == "Dana Two"
    assert set(review(LeadFactory(company=first.company), Question(alice, "email")).facts.records) != set(facts.records)
