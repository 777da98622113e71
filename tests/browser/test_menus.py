"""Menus by keyboard: opened and walked by the arrow keys, closed by Escape and by going on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.pages import open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_menu_is_walked_by_the_arrow_keys_and_closed_by_escape(window, alice, lead):
    page = open_live(window(alice), f"/leads/{lead.id}/")
    summary, items = page.locator("#lead-status summary"), page.locator("#lead-status .menu-item")
    summary.focus()
    for key, at in [("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", -1), ("Home", 0), ("End", -1)]:
        page.keyboard.press(key)
        expect(items.nth(at)).to_be_focused()
    page.keyboard.press("Escape")
    expect(summary).to_be_focused()
    expect(items.first).to_be_hidden()


def test_a_menu_closes_when_the_focus_goes_on(window, alice, lead):
    page = open_live(window(alice), f"/leads/{lead.id}/")
    page.locator("#lead-status summary").focus()
    page.keyboard.press("End")
    expect(page.locator("#lead-status .menu-item").last).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#lead-status .menu-item").first).to_be_hidden()
