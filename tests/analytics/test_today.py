"""Between the company's midnight and that of UTC, "today" is the company's day: on the page and in the API."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.models import Company
from tests.analytics.test_page import number
from tests.support.api import Tool
from tests.support.factories import AttemptFactory
from tests.support.moved_clock import MovedClock

pytestmark = pytest.mark.django_db

# East of Greenwich the new day has begun already, west of it the old one goes on.
BETWEEN = [
    ("Europe/Berlin", datetime(2026, 3, 10, 23, 30, tzinfo=UTC), date(2026, 3, 11)),
    ("America/New_York", datetime(2026, 3, 11, 2, 30, tzinfo=UTC), date(2026, 3, 10)),
    ("Pacific/Chatham", datetime(2026, 3, 10, 10, 30, tzinfo=UTC), date(2026, 3, 11)),
]
A_DAY = timedelta(days=1)


@pytest.fixture(params=BETWEEN, ids=[zone for zone, _, _ in BETWEEN])
def today(request, company: Company, lead, alice) -> date:
    """What the company calls today at that moment; there was one contact, ten minutes ago."""
    zone, now, day = request.param
    company.time_zone = zone
    company.save()
    AttemptFactory(lead=lead, user=alice, occurred_at=now - timedelta(minutes=10))
    MovedClock(now)
    return day


def test_the_api_counts_what_happened_today(today, mona):
    tool = Tool(mona)

    def counted(first: date, last: date) -> int:
        answer = tool.get("/analytics/outreach", from_date=first.isoformat(), to_date=last.isoformat())
        assert answer.status_code == 200, f"{first} to {last}: {answer.text}"
        return answer.json()["total_attempts"]

    assert counted(today, today) == 1, "What was done ten minutes ago is not counted as of today."
    assert counted(today - A_DAY, today - A_DAY) == 0, "What was done today is counted as of yesterday."
    assert counted(today + A_DAY, today + A_DAY) == 0, "What was done today is counted as of tomorrow."


def test_without_a_last_day_the_report_ends_with_the_companys_today(today, mona, signed_in):
    page = signed_in(mona).get("/analytics/")
    assert page.context["report"].filters.span.last == today
    assert number(page.text, "attempts") == "1"
    by_api = Tool(mona).get("/analytics/outreach", from_date=today.isoformat()).json()
    assert by_api["total_attempts"] == 1, "From today on, without a last day, today is not counted."


def test_the_link_to_todays_numbers_and_the_last_day_to_choose_are_the_companys(today, mona, signed_in):
    client = signed_in(mona)
    page = client.get("/analytics/")
    assert page.context["today_url"] == f"/analytics/?from_date={today}"
    assert f'max="{today}"' in page.text, "The date fields end with another day than the company's."
    assert number(client.get(page.context["today_url"]).text, "attempts") == "1"
    assert page.context["report"].filters.is_live


def test_a_report_of_yesterday_is_over(today, mona, signed_in):
    page = signed_in(mona).get("/analytics/", {"from_date": today - A_DAY, "to_date": today - A_DAY})
    assert not page.context["report"].filters.is_live, "A report of yesterday is held to change still."
    assert number(page.text, "attempts") == "0"
