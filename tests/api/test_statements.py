"""What each operation asks of the database: few statements, and as many for a long history as for a short one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from outreach.models import ContactAttempt
from tests.support.api import Tool
from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tool(alice) -> Tool:
    tool = Tool(alice)
    # The first call of a minute also notes that the token was used.
    tool.get("/policy")
    return tool


def statements(call, *arguments: object, **headers: str) -> list[str]:
    """All statements of a call, savepoints left out. Prepared ones are noted without their text."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = call(*arguments, **headers)
    assert answer.status_code < 400 or answer.json()["code"] in ("needs_override", "cooldown"), answer.content
    return [sql for sql in (str(query["sql"]) for query in captured) if "SAVEPOINT" not in sql]


def history(lead, user, length: int) -> None:
    at = timezone.now() - timedelta(days=30)
    ContactAttempt.objects.bulk_create(
        ContactAttempt(
            company=lead.company, lead=lead, user=user, user_name=user.name, method="call", direction="outbound",
            occurred_at=at + timedelta(minutes=number), created_at=at + timedelta(minutes=number),
        )
        for number in range(length)
    )  # fmt: skip


def test_logging_takes_six(tool, lead):
    """Token, lock, guard, what colleagues wrote, insert, summary."""
    found = statements(tool.post, f"/leads/{lead.id}/contacts", {"method": "email", "subject": "Hello"})
    assert len(found) == 6, found


def test_logging_with_a_key_takes_two_more(tool, lead):
    found = statements(tool.post, f"/leads/{lead.id}/contacts", {"method": "email"}, Idempotency_Key="k")
    assert len(found) == 8, found


def test_a_refusal_takes_no_more(tool, lead, bob):
    AttemptFactory(lead=lead, user=bob)
    found = statements(tool.post, f"/leads/{lead.id}/contacts", {"method": "email"})
    # Token, lock, guard, and the decisions on record.
    assert len(found) == 4, found


def test_a_page_of_the_history_takes_two_however_long_it_is(tool, company, alice):
    short, long = LeadFactory(company=company), LeadFactory(company=company)
    history(short, alice, 10)
    history(long, alice, 300)
    for lead in (short, long):
        assert len(statements(tool.get, f"/leads/{lead.id}/contacts")) == 2
        assert len(statements(tool.get, f"/leads/{lead.id}/contacts?method=call&limit=5")) == 2


def test_a_page_reads_no_more_rows_of_a_long_history_than_of_a_short_one(tool, company, alice):
    """The plan itself: the page ends where its rows end."""
    lead = LeadFactory(company=company)
    history(lead, alice, 3_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE outreach_contactattempt")
        cursor.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        before = rows_read(cursor)
        tool.get(f"/leads/{lead.id}/contacts", limit=50)
        assert rows_read(cursor) - before <= 60


def rows_read(cursor) -> int:
    """Rows of the attempts that this transaction has fetched so far, by index or not."""
    cursor.execute(
        "SELECT COALESCE(pg_stat_get_xact_tuples_returned('outreach_contactattempt'::regclass), 0)"
        " + COALESCE(pg_stat_get_xact_tuples_fetched('outreach_contactattempt'::regclass), 0)"
    )
    return cursor.fetchone()[0]


def test_marking_a_response_takes_eight(tool, lead, alice):
    attempt = AttemptFactory(lead=lead, user=alice)
    found = statements(tool.patch, f"/contacts/{attempt.id}/responded", {"responded": True})
    # Token, whose attempt, lock, records again, attempt, update, and the summary's lock and recount.
    assert len(found) == 8, found


@pytest.mark.parametrize(
    ("path", "count"), [("/leads/{lead}", 3), ("/leads", 4), ("/leads/lookup?email=a@b.example", 2), ("/policy", 3)]
)
def test_reading_takes(tool, lead, path, count):
    assert len(statements(tool.get, path.format(lead=lead.id))) == count
