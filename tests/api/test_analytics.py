"""The founding document's analytics as JSON: its report and its three queries, by the numbers of the page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from leads.methods import ContactMethod
from outreach.models import ContactAttempt
from tests.support.api import Tool, assert_problem
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db

REPORT = "/analytics/outreach"
QUERIES = [f"{REPORT}/channels", f"{REPORT}/response-times", f"{REPORT}/top-performers"]


@pytest.fixture
def history(lead, alice, bob) -> None:
    """Ten emails by Alice, four of them answered after 18 hours; five calls by Bob, one to him."""
    at = timezone.now() - timedelta(days=3)
    answer = {"responded": True, "response_at": at + timedelta(hours=18)}
    rows = [("email", "outbound", alice, answer if number < 4 else {}) for number in range(10)]
    rows += [("call", "outbound", bob, {})] * 5 + [("sms", "inbound", bob, {})]
    ContactAttempt.objects.bulk_create(
        ContactAttempt(
            lead=lead,
            company=lead.company,
            user=user,
            user_name=user.name,
            method=method,
            direction=direction,
            occurred_at=at,
            **given,
        )  # fmt: skip
        for method, direction, user, given in rows
    )


def test_the_report_has_the_founding_shape_and_counts_both_directions_unless_asked(history, mona, alice):
    tool = Tool(mona)
    said = {**dict.fromkeys(ContactMethod.values, 0), "email": 10, "call": 5, "sms": 1}
    assert tool.get(REPORT).json() == {
        "total_attempts": 16, "by_method": said, "response_rate": 0.25, "avg_response_time_hours": 18.0,
    }  # fmt: skip
    outbound = tool.get(REPORT, direction="outbound", method="email", user_id=str(alice.id)).json()
    assert (outbound["total_attempts"], outbound["response_rate"]) == (10, 0.4)
    today = str(timezone.localdate())
    empty = tool.get(REPORT, from_date=today, to_date=today).json()
    assert (empty["total_attempts"], empty["response_rate"], empty["avg_response_time_hours"]) == (0, None, None)


def test_the_three_founding_queries(history, mona, alice):
    channels, times, performers = (Tool(mona).get(path).json()["data"] for path in QUERIES)
    assert channels[0] == {"method": "email", "total_attempts": 10, "responses": 4, "response_rate_percent": 40.0}
    assert [line["method"] for line in channels] == ["email", "call", "sms"]
    assert times == [{"method": "email", "avg_response_hours": 18.0, "responses": 4}]
    alices = {"user_id": str(alice.id), "rep_name": "Alice Jones", "total_attempts": 10, "responses": 4}
    assert performers == [{**alices, "response_rate_percent": 40.0}]


def test_page_and_json_say_the_same(history, mona, signed_in):
    report = signed_in(mona).get("/analytics/", {"direction": "all"}).context["report"]
    said = Tool(mona).get(REPORT).json()
    assert said["total_attempts"] == report.total.attempts
    assert said["response_rate"] == report.total.responses / report.total.attempts
    assert said["avg_response_time_hours"] == report.average / 3600


def test_a_rep_reads_their_own_numbers_and_a_stranger_none(history, bob, alice, charlie):
    assert Tool(bob).get(REPORT).json()["total_attempts"] == 6
    refused = Tool(bob).get(REPORT, user_id=str(alice.id))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "user_id")
    assert Tool(charlie).get(REPORT).json()["total_attempts"] == 0
    assert all(Tool(charlie).get(path).json() == {"data": []} for path in QUERIES)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"method": "pigeon"}, "method"),
        ({"from_date": "10.2.2026"}, "from_date"),
        ({"from_date": "2026-02-30"}, "from_date"),
        ({"to_date": "1999-01-01"}, "to_date"),
        ({"from_date": "2020-01-02", "to_date": "2020-01-01"}, "from_date"),
        ({"user_id": "me"}, "user_id"),
        ({"user_id": "00000000-0000-7000-8000-000000000000"}, "user_id"),
        ({"direction": "sideways"}, "direction"),
    ],
)
def test_what_cannot_be_read_is_named(history, mona, asked, field):
    for path in (REPORT, *QUERIES):
        answer = Tool(mona).get(path, **asked)
        assert_problem(answer, 422, "invalid")
        assert [one["field"].split(".")[-1] for one in answer.json()["errors"]] == [field]


def test_a_report_takes_few_queries_however_much_there_is(history, company, mona, django_assert_num_queries):
    tool = Tool(mona)
    tool.get(REPORT)
    with django_assert_num_queries(3):
        tool.get(REPORT)
    for number in range(5):
        UserFactory(company=company, first_name=f"R{number}")
    with django_assert_num_queries(3):
        tool.get(QUERIES[2])
