"""Times in words: the browser goes on counting with the very words of the server."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Route, expect

from crm import times
from tests.support.factories import AttemptFactory

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BERLIN = ZoneInfo("Europe/Berlin")
PASSED = [
    *(timedelta(seconds=seconds) for seconds in (-30, 0, 59, 60, 61, 3_599, 3_600, 7_199, 86_399)),
    *(timedelta(days=1, hours=hours) for hours in range(0, 48, 3)),
    *(
        timedelta(days=days, hours=hours)
        for days in (12, 13, 14, 20, 21, 62, 63, 64, 100, 330, 400)
        for hours in (0, 12)
    ),
]


# The page comes from the test and not from the server, to whose sockets the browser then admits nothing.
@pytest.mark.logs("ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS")
@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 3, 29, 12, 0, tzinfo=UTC),  # the day the clocks went forward in Berlin
        datetime(2026, 11, 12, 23, 30, tzinfo=UTC),  # already the next day in Berlin
        datetime(2027, 1, 2, 0, 15, tzinfo=UTC),
    ],
)
def test_the_browser_says_what_the_server_says(window, alice, lead, now):
    page = window(alice, timezone_id="America/Los_Angeles")
    page.clock.set_fixed_time(now)
    page.route("**/profile/", lambda route: as_if_sent_at(now, route))
    page.goto("/profile/")
    moments = [now - passed for passed in PASSED]
    said = page.evaluate(
        """moments => {
            const times = moments.map((moment) => Object.assign(document.createElement("time"), { dateTime: moment }));
            times.forEach((time) => { time.dataset.ago = ""; document.body.append(time); });
            document.dispatchEvent(new Event("visibilitychange"));
            return times.map((time) => time.textContent);
        }""",
        json.loads(json.dumps([moment.isoformat() for moment in moments])),
    )
    assert said == [times.ago(moment, now, BERLIN) for moment in moments]


def as_if_sent_at(now: datetime, route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=re.sub(r'data-now="[^"]*"', f'data-now="{now.isoformat()}"', answer.text()))


def test_a_computer_whose_clock_is_far_off_shows_the_servers_times(window, alice, lead):
    AttemptFactory(lead=lead, user=alice, occurred_at=datetime.now(UTC) - timedelta(minutes=5, seconds=10))
    page = window(alice)
    page.clock.set_fixed_time(datetime.now(UTC) - timedelta(days=3))
    page.goto(f"/leads/{lead.id}/")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#timeline time[data-ago]")).to_have_text("5 min ago")


# The clock's leap makes the page try another connection.
@pytest.mark.logs("WebSocket is closed before the connection is established")
def test_an_open_page_goes_on_counting(window, alice, lead):
    AttemptFactory(lead=lead, user=alice, occurred_at=datetime.now(UTC) - timedelta(minutes=5, seconds=10))
    page = window(alice)
    page.clock.install()
    page.goto(f"/leads/{lead.id}/")
    ago = page.locator("#timeline time[data-ago]")
    expect(ago).to_have_text("5 min ago")
    page.clock.run_for(60_000)
    expect(ago).to_have_text("6 min ago")
