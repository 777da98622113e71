"""The dashboard in a real browser: filters in place, charts by keyboard, numbers that move while it is open."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from outreach.models import ContactAttempt
from tests.support.pages import is_live, log

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def history(lead, company, alice, bob) -> None:
    """One answered contact of each rep on each of the last days."""
    made = []
    for number in range(1, 13):
        at = timezone.now() - timedelta(days=number)
        answer = {"responded": True, "response_at": at + timedelta(hours=2)}
        for user in (alice, bob):
            common = {"lead": lead, "company": company, "user": user, "user_name": user.name, "method": "call"}
            made.append(ContactAttempt(**common, direction="outbound", occurred_at=at, **answer))
    ContactAttempt.objects.bulk_create(made)


def test_filters_charts_and_todays_numbers_work_in_place(history, lead, bob, mona, window):
    page = is_live(opened(window(mona), "/analytics/"))
    attempts = page.locator("#kpi-attempts .kpi-number")
    expect(attempts).to_have_text("24")
    # A filter changes the numbers and the address, and keeps the focus.
    page.locator("#id_user_id").focus()
    page.locator("#id_user_id").select_option(str(bob.id))
    expect(attempts).to_have_text("12")
    expect(page).to_have_url(re.compile(rf"\?user_id={bob.id}$"))
    expect(page.locator("#id_user_id")).to_be_focused()
    page.go_back()
    expect(attempts).to_have_text("24")
    # One stop for each chart, arrows between the days, a tip beside the bar.
    bars = page.locator("svg.bars a")
    expect(page.locator('svg.bars a[tabindex="0"]')).to_have_count(1)
    bars.last.focus()
    page.keyboard.press("ArrowLeft")
    expect(bars.nth(-2)).to_be_focused()
    expect(page.locator(".chart-tip")).to_contain_text("2 contacts")
    # The table stays open and the focus where it was while a colleague's contact moves the numbers.
    page.locator("#table-days > summary").click()
    bars.nth(-2).focus()
    log(opened(window(bob), "/analytics/"), lead)
    expect(attempts).to_have_text("25", timeout=10_000)
    expect(page.locator("#table-days")).to_have_attribute("open", "")
    expect(page.locator("svg.bars a").nth(-2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("2 contacts")


def test_the_numbers_filters_and_tables_are_there_without_javascript(history, bob, mona, window):
    page = opened(window(mona, java_script_enabled=False), "/analytics/")
    page.locator("#id_user_id").select_option(str(bob.id))
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#kpi-attempts .kpi-number")).to_have_text("12")
    page.locator("#table-days > summary").click()
    expect(page.locator("#table-days table")).to_be_visible()
    page.locator("#kpi-rate .kpi-number").click()
    expect(page.locator("h1")).to_have_text("12 answered contacts")
    page.get_by_role("link", name="Analytics").last.click()
    expect(page.locator("#kpi-attempts .kpi-number")).to_have_text("12")


def opened(page, path: str):
    page.goto(path)
    return page
