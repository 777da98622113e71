"""The record is append-only in the database itself, whatever path a write takes."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from crm.models import User
from outreach.contacts.actions import log_contact, mark_responded, void_contact
from outreach.contacts.contact import Contact
from outreach.models import ContactAttempt, ContactAttemptEvent, GuardDecision
from tests.support.factories import AttemptFactory, LeadFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(lead, alice) -> ContactAttempt:
    return AttemptFactory(lead=lead, user=alice, subject="As it was said")


def refused(sql: str, *parameters) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
    except DatabaseError:
        return True
    return False


@pytest.mark.parametrize(
    "change",
    [
        "subject = 'other'", "body = 'other'", "user_name = 'Nobody'", "method = 'sms'", "direction = 'inbound'",
        "occurred_at = now()", "created_at = now()", "metadata = '{\"a\": 1}'", "external_id = 'x'",
        "lead_version = 9",
    ],
)  # fmt: skip
def test_what_was_said_cannot_be_changed_even_by_sql(attempt, change):
    assert refused(f"UPDATE outreach_contactattempt SET {change} WHERE id = %s", attempt.id)


def test_an_attempt_cannot_be_moved_to_another_lead_or_author(attempt, company, bob):
    other = LeadFactory(company=company)
    assert refused("UPDATE outreach_contactattempt SET lead_id = %s WHERE id = %s", other.id, attempt.id)
    assert refused("UPDATE outreach_contactattempt SET user_id = %s WHERE id = %s", bob.id, attempt.id)


@pytest.mark.parametrize("table", ["outreach_contactattempt", "outreach_guarddecision", "outreach_contactattemptevent"])
def test_history_can_be_neither_deleted_nor_truncated(lead, alice, attempt, table):
    log_contact(lead_id=lead.id, user=alice, contact=Contact("email"), reason="Again", already_sent=True)
    mark_responded(attempt_id=attempt.id, user=alice, responded=True)
    assert refused(f"DELETE FROM {table}")
    assert refused(f"TRUNCATE {table} CASCADE")


def test_bulk_paths_do_not_slip_past(attempt):
    with pytest.raises(DatabaseError), transaction.atomic():
        ContactAttempt.objects.update(subject="other")
    with pytest.raises(DatabaseError), transaction.atomic():
        ContactAttempt.objects.all()._raw_delete("default")


def test_a_decision_cannot_be_changed(lead, alice, bob):
    AttemptFactory(lead=lead, user=alice)
    log_contact(lead_id=lead.id, user=bob, contact=Contact("email"), reason="Sent", already_sent=True)
    assert refused("UPDATE outreach_guarddecision SET reason = 'other'")
    assert GuardDecision.objects.exists()


def test_each_answer_and_void_leaves_who_when_before_and_after(attempt, alice, mona):
    mark_responded(attempt_id=attempt.id, user=alice, responded=True)
    void_contact(attempt_id=attempt.id, user=mona, reason="wrong person")
    trail = {
        label: list(
            ContactAttemptEvent.objects.filter(pgh_label=label)
            .order_by("pgh_id")
            .values_list("responded", "void_reason", "changed_by")
        )
        for label in ("before", "after")
    }
    assert trail == {
        "before": [(False, "", None), (True, "", alice.id)],
        "after": [(True, "", alice.id), (True, "wrong person", mona.id)],
    }
    assert ContactAttemptEvent.objects.filter(pgh_created_at__isnull=True).count() == 0


def test_a_deleted_user_leaves_the_attempt_with_the_authors_name(lead, company):
    leaver = UserFactory(company=company, first_name="Lee", last_name="Ver")
    attempt = AttemptFactory(lead=lead, user=leaver)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM crm_user WHERE id = %s", [leaver.id])
    attempt.refresh_from_db()
    assert (attempt.user_id, attempt.user_name, attempt.company_id) == (None, "Lee Ver", company.id)
    assert not User.objects.filter(pk=leaver.id).exists()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"method": "fax"}, "attempt_method_known"),
        ({"direction": "sideways"}, "attempt_direction_known"),
        ({"responded": True}, "attempt_responded_has_a_time"),
        ({"responded": True, "response_at": "2001-01-01T00:00Z"}, "attempt_response_not_before_contact"),
        ({"voided_at": "2026-01-01T00:00Z"}, "attempt_void_has_a_reason"),
    ],
)
def test_the_database_refuses_nonsense(lead, alice, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        AttemptFactory(lead=lead, user=alice, **fields)
