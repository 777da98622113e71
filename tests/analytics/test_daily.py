"""The daily summary is kept by the database: by verbs, bulk inserts and raw SQL alike, and stays exact under races."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from analytics.invariants import daily_numbers
from analytics.models import DailySummary
from crm.models import Company
from crm.models.ids import NOBODY
from outreach.contacts.actions import log_contact, mark_responded, void_contact
from outreach.contacts.contact import Contact
from outreach.models import ContactAttempt
from tests.support.factories import AttemptFactory, LeadFactory, UserFactory

pytestmark = pytest.mark.django_db

JANUARY = datetime(2026, 1, 10, 12, tzinfo=UTC)


def drift() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(daily_numbers())
        return cursor.fetchall()


def numbers() -> list[tuple]:
    rows = DailySummary.objects.order_by("day", "method", "direction").values_list(
        "day", "method", "direction", "attempts", "responses", "response_seconds"
    )
    return [(f"{day:%d.%m.}", *rest) for day, *rest in rows]


def test_a_contact_its_answer_their_undo_and_a_void_are_counted_at_once(lead, alice):
    attempt = log_contact(lead_id=lead.id, user=alice, contact=Contact("call", occurred_at=JANUARY), reason="late")
    assert numbers() == [("10.01.", "call", "outbound", 1, 0, 0)]
    mark_responded(attempt_id=attempt.id, user=alice, responded=True, response_at=JANUARY + timedelta(hours=2))
    assert numbers() == [("10.01.", "call", "outbound", 1, 1, 7200)]
    mark_responded(attempt_id=attempt.id, user=alice, responded=False)
    assert numbers() == [("10.01.", "call", "outbound", 1, 0, 0)]
    void_contact(attempt_id=attempt.id, user=alice, reason="wrong Dana")
    assert numbers() == [("10.01.", "call", "outbound", 0, 0, 0)] and not drift()


def test_bulk_inserts_and_raw_sql_do_not_slip_past(lead, alice):
    common = {"lead": lead, "company": lead.company, "user_name": "x", "method": "sms", "direction": "outbound"}
    rows = [ContactAttempt(**common, user=user, occurred_at=JANUARY) for user in (alice, alice, None)]
    ContactAttempt.objects.bulk_create(rows)
    assert sorted(DailySummary.objects.values_list("rep", "attempts")) == [(NOBODY, 1), (alice.id, 2)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outreach_contactattempt SET responded = true, response_at = occurred_at")
    assert not drift()
    assert sum(DailySummary.objects.values_list("responses", flat=True)) == 3


def test_another_time_zone_moves_contacts_to_the_days_they_are_on_there(company, lead, alice):
    AttemptFactory(lead=lead, user=alice, occurred_at=datetime(2026, 1, 10, 22, 30, tzinfo=UTC))
    assert numbers()[0][0] == "10.01."
    Company.objects.filter(pk=company.pk).update(time_zone="Asia/Kolkata")
    assert numbers()[0][0] == "11.01." and not drift()


def test_a_user_that_is_deleted_leaves_what_was_done(lead, company):
    gone = UserFactory(company=company)
    AttemptFactory(lead=lead, user=gone)
    gone.delete()
    assert not drift()
    assert DailySummary.objects.get(rep=NOBODY).attempts == 1


def test_the_command_repairs_what_drifted_and_puts_parts_together(lead, alice):
    for _ in range(3):
        AttemptFactory(lead=lead, user=alice, occurred_at=JANUARY)
    part = DailySummary.objects.get()
    DailySummary.objects.create(
        company=lead.company, day=part.day, rep=part.rep, method=part.method, direction=part.direction, attempts=2
    )
    DailySummary.objects.create(
        company=lead.company, day="2019-01-01", rep=NOBODY, method="sms", direction="inbound", attempts=1
    )
    assert len(drift()) == 2
    out = StringIO()
    call_command("rebuild_outreach_summary", company="Northwind", stdout=out)
    assert "2 numbers had drifted." in out.getvalue()
    assert numbers() == [("10.01.", "email", "outbound", 3, 0, 0)] and not drift()


def test_check_invariants_finds_and_repairs_a_wrong_number(lead, alice):
    AttemptFactory(lead=lead, user=alice, occurred_at=JANUARY)
    DailySummary.objects.update(attempts=2)
    out = StringIO()
    with pytest.raises(Exception, match="1 violation"):
        call_command("check_invariants", stdout=out)
    assert "2026-01-10 email outbound" in out.getvalue()
    call_command("check_invariants", fix=True, stdout=StringIO())
    assert not drift()


@pytest.mark.django_db(transaction=True)
def test_writers_of_one_day_never_wait_for_each_other_nor_for_a_rebuild(lead, company, alice, bob):
    """Each in a transaction that stays open, in opposite orders: with one row for each key they would deadlock."""
    other = LeadFactory(company=company)
    AttemptFactory(lead=lead, user=alice, occurred_at=JANUARY)
    AttemptFactory(lead=other, user=bob, occurred_at=JANUARY)
    both, failed = threading.Barrier(3, timeout=10), []

    def write(leads, users) -> None:
        try:
            with transaction.atomic():
                AttemptFactory(lead=leads[0], user=users[0], occurred_at=JANUARY)
                both.wait()
                row = {"user_name": "x", "method": "email", "direction": "outbound", "occurred_at": JANUARY}
                ContactAttempt.objects.bulk_create(
                    [ContactAttempt(lead=leads[0], company=company, user=users[1], **row)]
                )
                both.wait()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    writers = [
        threading.Thread(target=write, args=([lead], [alice, bob])),
        threading.Thread(target=write, args=([other], [bob, alice])),
    ]
    for writer in writers:
        writer.start()
    both.wait()
    call_command("rebuild_outreach_summary", stdout=StringIO())
    both.wait()
    for writer in writers:
        writer.join()
    assert not failed and not drift()
    assert sum(DailySummary.objects.values_list("attempts", flat=True)) == 6
