"""Each invariant is broken behind the product's back, and the command names it."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from crm.invariants import all_invariants
from crm.models import User
from leads.methods import ContactMethod
from leads.models import IdentifierKind, Lead, LeadIdentifier, LeadStatus
from outreach.contacts.actions import log_contact, mark_responded, void_contact
from outreach.contacts.contact import Contact
from outreach.models import ContactAttempt, ContactPolicy, Direction
from tests.support.factories import AttemptFactory, LeadFactory

HOURS_AGO = [timedelta(hours=hours) for hours in range(200)]


def check(**options: object) -> str:
    """What the command prints, however it ends."""
    out = StringIO()
    try:
        call_command("check_invariants", stdout=out, **options)
    except CommandError as error:
        out.write(str(error))
    return out.getvalue()


def broken(report: str) -> list[str]:
    """The sentences of the invariants with offenders."""
    lines = [line.split(maxsplit=2) for line in report.splitlines()]
    return [line[2] for line in lines if len(line) == 3 and line[0].isdigit() and line[1] not in ("0", "violations")]


def sql(statement: str, *parameters: object) -> None:
    """Write as nobody may: past the triggers, in this test's transaction alone."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        tables = ("outreach_contactattempt", "outreach_guarddecision", "outreach_contactattemptevent")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, parameters)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def drop(table: str, constraint: str) -> None:
    sql(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


def email(lead: Lead, user: User, ago: timedelta, **fields: object) -> ContactAttempt:
    at = timezone.now() - ago
    return AttemptFactory(lead=lead, user=user, occurred_at=at, created_at=at, **fields)


@pytest.fixture
def attempt(lead: Lead, alice: User) -> ContactAttempt:
    return log_contact(lead_id=lead.id, user=alice, contact=Contact(method="email", subject="Hello"))


def test_what_the_product_writes_breaks_nothing(lead: Lead, alice: User, bob: User, mona: User) -> None:
    first = log_contact(lead_id=lead.id, user=alice, contact=Contact(method="email", subject="Hello"))
    mark_responded(attempt_id=first.id, user=alice, responded=True)
    log_contact(lead_id=lead.id, user=alice, contact=Contact(method="email", subject="In conversation"))
    log_contact(lead_id=lead.id, user=bob, contact=Contact(method="email"), reason="Already sent", already_sent=True)
    log_contact(lead_id=lead.id, user=mona, contact=Contact(method="email"), reason="Urgent")
    call = log_contact(lead_id=lead.id, user=bob, contact=Contact(method="call", body="Wrong number"))
    void_contact(attempt_id=call.id, user=bob, reason="Wrong person")
    mark_responded(attempt_id=first.id, user=alice, responded=False)
    assert "0 violations" in check()


def test_a_wrong_count_is_found(attempt: ContactAttempt) -> None:
    sql("UPDATE leads_lead SET contact_count = 7")
    report = check()
    assert broken(report) == ["A lead counts each attempt that was not voided, once."]
    assert str(attempt.lead_id) in report
    assert report.endswith("1 violation")


def test_a_lost_attempt_is_missed(attempt: ContactAttempt) -> None:
    sql("DELETE FROM outreach_contactattempt")
    assert "A lead counts each attempt that was not voided, once." in broken(check())


@pytest.mark.parametrize(
    "change", ["last_contacted_at = last_contacted_at - interval '1 s'", "last_contact_method = 'call'"]
)
def test_a_wrong_last_contact_is_found(attempt: ContactAttempt, change: str) -> None:
    sql(f"UPDATE leads_lead SET {change}")
    assert broken(check()) == ["A lead's last contact is its newest attempt, with that method and rep."]


def test_a_wrong_last_response_is_found(attempt: ContactAttempt) -> None:
    sql("UPDATE leads_lead SET last_response_at = now()")
    assert broken(check()) == ["A lead's last response is the newest of its attempts' responses."]


def test_a_status_off_the_ladder_is_found(attempt: ContactAttempt) -> None:
    sql("UPDATE leads_lead SET status = %s", LeadStatus.CONVERTED)
    assert broken(check()) == ["A lead's status is what people chose, lifted by what happened since."]


def test_a_link_between_companies_is_found(attempt: ContactAttempt, charlie: User) -> None:
    for column in ("user_id", "lead_id"):
        drop("outreach_contactattempt", f"outreach_contactattempt_{column}_of_company")
    drop("leads_lead", "leads_lead_last_contacted_by_id_of_company")
    sql("UPDATE outreach_contactattempt SET user_id = %s", charlie.id)
    sql("UPDATE leads_lead SET last_contacted_by_id = %s", charlie.id)
    report = check()
    # Written past the triggers, which keep the daily numbers too.
    assert broken(report) == ["No row links two companies.", "Each day's numbers equal a recount of its attempts."]
    assert f"outreach_contactattempt {attempt.id}" in report


TOO_CLOSE = "No contacts lie closer than the policy allows without a decision or a conversation."


def test_two_emails_too_close_are_found(lead: Lead, alice: User, bob: User) -> None:
    email(lead, alice, HOURS_AGO[30])
    later = email(lead, bob, HOURS_AGO[10])
    report = check()
    assert broken(report) == [TOO_CLOSE]
    assert str(later.id) in report


def test_two_emails_far_enough_apart_are_fine(lead: Lead, alice: User, bob: User) -> None:
    email(lead, alice, HOURS_AGO[30])
    email(lead, bob, HOURS_AGO[5])
    assert "0 violations" in check()


def test_two_emails_to_one_person_by_two_records_are_found(lead: Lead, alice: User, bob: User) -> None:
    twin = LeadFactory(company=lead.company)
    for record in (lead, twin):
        address = {"value": "dana@acme.example", "normalised": "dana@acme.example"}
        LeadIdentifier.objects.create(company=lead.company, lead=record, kind=IdentifierKind.EMAIL, **address)
    AttemptFactory(lead=lead, user=alice)
    AttemptFactory(lead=twin, user=bob)
    assert broken(check()) == [TOO_CLOSE]


def test_two_leads_that_prove_to_be_one_person_later_are_fine(lead: Lead, alice: User, bob: User) -> None:
    twin = LeadFactory(company=lead.company)
    email(lead, alice, HOURS_AGO[6])
    email(twin, bob, HOURS_AGO[5])
    for record in (lead, twin):
        address = {"value": "dana@acme.example", "normalised": "dana@acme.example"}
        LeadIdentifier.objects.create(company=lead.company, lead=record, kind=IdentifierKind.EMAIL, **address)
    assert "0 violations" in check()


def test_a_reply_in_a_conversation_is_fine_for_the_rep_who_was_answered(lead: Lead, alice: User, bob: User) -> None:
    answered = {"responded": True, "response_at": timezone.now() - HOURS_AGO[8]}
    email(lead, alice, HOURS_AGO[10], **answered, response_recorded_at=timezone.now() - HOURS_AGO[8])
    email(lead, alice, HOURS_AGO[7])
    assert TOO_CLOSE not in broken(check())
    email(lead, bob, HOURS_AGO[6])
    assert TOO_CLOSE in broken(check())


def test_an_answer_recorded_only_afterwards_excuses_nothing(lead: Lead, alice: User) -> None:
    answered = {"responded": True, "response_at": timezone.now() - HOURS_AGO[8]}
    email(lead, alice, HOURS_AGO[10], **answered, response_recorded_at=timezone.now())
    email(lead, alice, HOURS_AGO[7])
    assert TOO_CLOSE in broken(check())


def test_an_inbound_message_begins_a_conversation(lead: Lead, alice: User) -> None:
    email(lead, alice, HOURS_AGO[10])
    email(lead, alice, HOURS_AGO[8], direction=Direction.INBOUND)
    email(lead, alice, HOURS_AGO[7])
    assert "0 violations" in check()


def test_the_companys_own_policy_counts(lead: Lead, alice: User) -> None:
    limits = {"cooldown_hours": 48, "cooldown_count": 2, "created_at": timezone.now() - HOURS_AGO[50]}
    ContactPolicy.objects.create(company=lead.company, method=ContactMethod.CALL, **limits)
    for ago in (40, 30):
        email(lead, alice, HOURS_AGO[ago], method=ContactMethod.CALL)
    assert "0 violations" in check()
    email(lead, alice, HOURS_AGO[20], method=ContactMethod.CALL)
    assert broken(check()) == [TOO_CLOSE]


def test_a_limit_that_was_tightened_since_accuses_nobody(lead: Lead, alice: User) -> None:
    for ago in (40, 10):
        email(lead, alice, HOURS_AGO[ago])
    ContactPolicy.objects.create(company=lead.company, method=ContactMethod.EMAIL, cooldown_hours=48)
    assert "0 violations" in check()


def test_an_override_without_its_facts_is_found(lead: Lead, alice: User, bob: User) -> None:
    email(lead, alice, HOURS_AGO[50])
    log_contact(lead_id=lead.id, user=bob, contact=Contact(method="email"), reason="Different topic")
    assert "0 violations" in check()
    sql("UPDATE outreach_guarddecision SET reason = '  '")
    told = "An override has a user, a reason and an earlier attempt of the same company, or a claim."
    assert broken(check()) == [told]


def test_a_response_before_its_contact_is_found(attempt: ContactAttempt) -> None:
    drop("outreach_contactattempt", "attempt_response_not_before_contact")
    sql("UPDATE outreach_contactattempt SET responded = true, response_at = occurred_at - interval '1 day'")
    assert "A response has a time exactly when there is one, and never before its contact." in broken(check())


def test_a_time_in_the_future_is_found(lead: Lead, alice: User) -> None:
    email(lead, alice, -timedelta(hours=1))
    assert broken(check()) == ["No recorded time lies in the future."]


def test_a_change_past_the_audit_is_found(attempt: ContactAttempt) -> None:
    sql("UPDATE outreach_contactattempt SET voided_at = clock_timestamp(), void_reason = 'Unseen'")
    assert "Each change of an attempt left audit rows, and the last of them is its present state." in broken(check())


def test_a_lost_audit_row_is_missed(attempt: ContactAttempt, alice: User) -> None:
    mark_responded(attempt_id=attempt.id, user=alice, responded=True)
    assert "0 violations" in check()
    sql("DELETE FROM outreach_contactattemptevent WHERE pgh_label = 'before'")
    assert broken(check()) == ["Each change of an attempt left audit rows, and the last of them is its present state."]


def test_a_trigger_that_is_off_is_found(attempt: ContactAttempt) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE outreach_contactattempt DISABLE TRIGGER USER")
    report = check(company="Northwind")
    assert broken(report) == ["The triggers that keep history append-only are in place."]
    assert "pgtrigger_append_only" in report


def test_one_key_on_two_attempts_is_found(lead: Lead, alice: User) -> None:
    sql("DROP INDEX attempt_idempotency_key")
    AttemptFactory(lead=lead, user=alice, method="call", idempotency_key="once")
    AttemptFactory(lead=lead, user=alice, method="sms", idempotency_key="once")
    report = check()
    assert broken(report) == [
        "An idempotency key wrote one attempt; a message id is recorded once per company and method."
    ]
    assert report.endswith("2 violations")


def test_a_version_ahead_of_its_lead_is_found(attempt: ContactAttempt) -> None:
    sql("UPDATE leads_lead SET version = 1")
    sentence = "A lead's version rises with each commit of contacts, and none is ahead of the lead."
    assert broken(check()) == [sentence]


def test_a_password_in_clear_is_found(alice: User) -> None:
    sql("UPDATE crm_user SET password = 'secret' WHERE id = %s", alice.id)
    assert broken(check()) == ["No password is stored in clear."]


def test_another_company_is_left_out_when_one_is_named(attempt: ContactAttempt, charlie: User) -> None:
    sql("UPDATE leads_lead SET contact_count = 7")
    assert "0 violations" in check(company="Rival")
    assert "1 violation" in check(company="Northwind")
    assert "There is no company named Nobody." in check(company="Nobody")


def test_fix_repairs_what_drifted_and_nothing_else(attempt: ContactAttempt, alice: User) -> None:
    sql("UPDATE leads_lead SET contact_count = 7, status = 'lost', last_contact_method = 'sms'")
    report = check(fix=True)
    assert "Drifted summaries repaired: 1" in report
    assert "0 violations" in report
    lead = Lead.objects.get(pk=attempt.lead_id)
    assert (lead.contact_count, lead.status, lead.last_contact_method) == (1, "contacted", "email")


def test_only_five_offenders_are_named(lead: Lead) -> None:
    LeadFactory.create_batch(7, company=lead.company)
    sql("UPDATE leads_lead SET last_response_at = now()")
    assert "and 3 more" in check()


def test_each_number_of_the_promise_is_there() -> None:
    assert {known.number for known in all_invariants()} == set(range(1, 12))


def test_the_exit_code_says_whether_anything_was_found(attempt: ContactAttempt) -> None:
    call_command("check_invariants", stdout=StringIO())
    sql("UPDATE leads_lead SET contact_count = 7")
    with pytest.raises(CommandError) as error:
        call_command("check_invariants", stdout=StringIO())
    assert error.value.returncode == 1
