"""A token or a webhook's secret, shown once, is copied by a button."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_new_token_is_copied_by_a_button(alice, window):
    page = window(alice, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/profile/")
    page.get_by_label("Name", exact=True).fill("Laptop")
    page.get_by_role("button", name="Create a token").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#toast")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#secret-once").inner_text()


def test_where_the_browser_gives_no_clipboard_the_secret_stands_selected(mona, window):
    page = window(mona)
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto("/webhooks/")
    page.get_by_label("Address").fill("https://tool.example.com/hook")
    page.get_by_role("button", name="Add webhook").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#toast")).to_contain_text("Ctrl+C")
    assert page.evaluate("getSelection().toString()") == page.locator("#secret-once").inner_text()
