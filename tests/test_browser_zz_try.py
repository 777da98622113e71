import pytest
from playwright.sync_api import expect
from tests.browser import is_live
from outreach.actions import log_contact
from outreach.contact import Contact
pytest_plugins=["tests.browser"]
pytestmark=[pytest.mark.browser, pytest.mark.django_db(transaction=True)]
def test_try(window, alice, bob, lead):
    page = window(alice)
    page.goto(f"/leads/{lead.id}/")
    is_live(page)
    page.screenshot(path="/tmp/a.png")
    page.keyboard.press("e")
    expect(page.locator("#log-dialog")).to_be_visible()
    expect(page.locator("#id_subject")).to_be_focused()
    page.keyboard.type("Hello there")
    page.wait_for_timeout(500)
    page.screenshot(path="/tmp/b.png")
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    page.screenshot(path="/tmp/c.png")
    print(page.evaluate("document.activeElement.outerHTML.slice(0,200)"))
    page.get_by_text("Reopen").click()
    page.wait_for_timeout(500)
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(1000)
    page.screenshot(path="/tmp/d.png")
    print(page.evaluate("document.activeElement.outerHTML.slice(0,200)"), page.evaluate("Object.keys(localStorage)"))
    page.wait_for_timeout(500)
    print(window.problems)
