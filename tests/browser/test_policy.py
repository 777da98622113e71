"""The policy page in a real browser: edited by keyboard, previewed while typing, saved, contested, on a phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from crm.models import Role
from outreach.models import ContactPolicy
from outreach.policies.policy import DEFAULTS, MethodLimits, read_policy, set_policy
from tests.support.days import day_words
from tests.support.factories import AttemptFactory, UserFactory
from tests.support.pages import accessible, fits

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def history(lead, alice, bob) -> list[datetime]:
    """Bob wrote 29 hours after Alice; when each did."""
    moments = [timezone.now() - timedelta(hours=hours) for hours in (30, 1)]
    AttemptFactory(lead=lead, user=alice, occurred_at=moments[0], subject="Hello")
    AttemptFactory(lead=lead, user=bob, occurred_at=moments[1])
    return moments


def opened(page: Page) -> Page:
    """The page once its first count has come."""
    page.goto("/policy/")
    expect(page.locator(".policy-sum[role=status]")).to_be_visible()
    return page


def type_number(page: Page, label: str, value: str) -> None:
    """As a keyboard does: select what stands there and type over it."""
    page.get_by_label(label, exact=True).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(value)


def test_a_manager_changes_a_limit_by_keyboard_seeing_beforehand_what_it_would_have_done(
    history, company, mona, window
):
    page = opened(window(mona))
    expect(page.locator(".policy-sum")).to_contain_text("1 of 2 contacts in the last 30 days would have been warned")
    type_number(page, "Email, in hours", "48")
    expect(page.locator(".policy-sum")).to_contain_text("0 of 2 contacts in the last 30 days")
    expect(page.locator(".policy-sum")).to_contain_text("1 refused. Now: 1 warned, 0 refused.")
    expect(page.locator("#words-email")).to_have_text(
        "1 email per 48 h, was 1 per 24 h; asks for a reason within 7 days."
    )
    expect(page.get_by_label("Email, in hours", exact=True)).to_be_focused()
    assert not ContactPolicy.objects.exists()
    page.locator(".policy-held summary").press("Enter")
    alices, bobs = history
    words = f"They would have read: Alice Jones emailed this lead {day_words(alices, company, seen=bobs)}"
    expect(page.locator(".policy-held li")).to_contain_text(words)
    page.get_by_label("Email, in hours", exact=True).press("Enter")
    expect(page.get_by_text("Saved. Email: 1 per 48 h, was 1 per 24 h.")).to_be_visible()
    entry = page.locator(".policy-entries > li").first
    expect(entry).to_contain_text("You")
    expect(entry).to_contain_text("Email: 1 per 48 h, was 1 per 24 h")
    expect(page.locator(".policy-rules")).to_contain_text("1 per 48 h")
    assert read_policy(company).methods["email"].cooldown_hours == 48


def test_each_number_is_reached_by_tab_in_the_order_it_is_read(mona, window):
    page = opened(window(mona))
    page.get_by_label("Email, at most", exact=True).focus()
    for label in ("Email, in hours", "Email, a reason within days", "LinkedIn, in hours"):
        page.keyboard.press("Tab")
        expect(page.get_by_label(label, exact=True)).to_be_focused()


def test_a_number_out_of_bounds_is_told_while_typing_and_again_at_its_field(company, mona, window):
    page = opened(window(mona))
    type_number(page, "Shown as writing, minutes", "90")
    expect(page.locator("#policy-preview-body")).to_contain_text(
        "Shown as writing, minutes: Use a whole number from 1 to 60."
    )
    page.keyboard.press("Enter")
    field = page.get_by_label("Shown as writing, minutes", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("1 to 60 Use a whole number from 1 to 60.")
    expect(field).to_have_value("90")
    assert read_policy(company) == DEFAULTS


def test_of_two_managers_the_second_sees_the_firsts_change_and_keeps_what_he_typed(company, mona, window):
    max_ = UserFactory(company=company, first_name="Max", last_name="Roth", role=Role.MANAGER)
    page = opened(window(max_))
    type_number(page, "Email, in hours", "6")
    theirs = replace(DEFAULTS, methods={**DEFAULTS.methods, "email": MethodLimits(12, 1, 7)}, claim_minutes=9)
    set_policy(user=mona, policy=theirs)
    page.get_by_role("button", name="Save policy").press("Enter")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Mona Fischer has changed the policy since you opened this page")
    expect(notice).to_contain_text("Email: 1 per 12 h, was 1 per 24 h")
    expect(notice).to_contain_text("Email: 1 per 6 h, was 1 per 12 h")
    expect(page.get_by_label("Email, in hours", exact=True)).to_have_value("6")
    expect(page.get_by_label("Shown as writing, minutes", exact=True)).to_have_value("9")
    page.get_by_role("button", name="Save policy").press("Enter")
    expect(page.get_by_text("Saved. Email: 1 per 6 h, was 1 per 12 h.")).to_be_visible()
    assert (read_policy(company).methods["email"].cooldown_hours, read_policy(company).claim_minutes) == (6, 9)


@pytest.mark.parametrize("width", [320, 390, 1024, 1440])
def test_it_fits_every_width_and_is_accessible(history, mona, window, width):
    page = window(mona, viewport={"width": width, "height": 844}, has_touch=width < 640)
    set_policy(user=mona, policy=replace(DEFAULTS, organization_warns=True))
    opened(page)
    type_number(page, "Email, in hours", "48")
    expect(page.locator("#words-email")).to_contain_text("was 1 per 24 h")
    page.locator(".policy-held summary").click()
    fits(page)
    page.evaluate("scrollTo(0, 0)")  # nothing half under the bar
    accessible(page)
    page.get_by_role("button", name="Save policy").click()
    expect(page.get_by_text("Saved. Email")).to_be_visible()


def test_on_a_phone_every_number_is_large_enough_for_a_thumb(mona, window):
    page = opened(window(mona, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True))
    boxes = [field.bounding_box() for field in page.locator("#policy-form input:not([type=hidden])").all()]
    assert all(box["height"] >= 44 or box["width"] <= 24 for box in boxes)  # a radio's label is its target
    assert all(
        box["height"] >= 44 for box in [one.bounding_box() for one in page.locator(".policy-choice label").all()]
    )


def test_without_javascript_the_preview_button_counts_and_saves_nothing(history, company, mona, window):
    page = window(mona, java_script_enabled=False)
    page.goto("/policy/")
    page.get_by_label("Email, in hours", exact=True).fill("48")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".policy-sum b")).to_contain_text("1 refused")
    expect(page.get_by_label("Email, in hours", exact=True)).to_have_value("48")
    assert read_policy(company) == DEFAULTS
    page.get_by_role("button", name="Save policy").click()
    expect(page.get_by_text("Saved. Email: 1 per 48 h")).to_be_visible()


def test_a_rep_reads_it(alice, window):
    page = window(alice)
    page.goto("/leads/")
    page.get_by_label("Alice Jones, menu").click()
    page.get_by_role("link", name="Policy").click()
    expect(page.locator(".policy-rules")).to_contain_text("1 per 24 h")
    expect(page.locator("form.policy-form")).to_have_count(0)
