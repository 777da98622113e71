"""What a test does with a page that is open in a real browser."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from typing import TypeVar

from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from leads.models import Lead

Held = TypeVar("Held")

# Whoever goes on although a colleague has the dialog open says why.
ANYWAY = {"reason": "asked", "act": "override"}

# What WCAG 2.2 A and AA ask; best practices beyond it are not counted as faults.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    # Of these axe asks only for the size of targets when told to.
    "rules": {"target-size": {"enabled": True}},
    # axe would also describe every element that is right, which takes most of its time.
    "resultTypes": ["violations"],
}
THEMES = ["light", "dark"]


def accessible(page: Page, about: str = "", *, themes: Sequence[str] = THEMES) -> None:
    """axe finds nothing on the page as it stands, in these themes."""
    for theme in themes:
        # Half-way through a fade the colours are not yet their own.
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        # Half a megabyte, which one page needs to read only once.
        script = "0" if page.evaluate("'axe' in window") else AXE_SCRIPT
        found = Axe(script).run(page, options=RULES)
        assert found.violations_count == 0, f"{about} in the {theme} theme: {found.generate_report()}"


def large_enough(page: Page, about: str = "") -> None:
    """Everything that can be pressed is as large as WCAG 2.2 asks, or has room around it."""
    found = Axe().run(page, options={"runOnly": {"type": "rule", "values": ["target-size"]}})
    assert found.violations_count == 0, f"{about}: {found.generate_report()}"


def fits(page: Page, about: str = "") -> None:
    """The page as it stands has nothing to scroll sideways for."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{about} is {wide} px too wide"


def is_live(page: Page) -> Page:
    """The page once its socket is open."""
    expect(page.locator("#live-mark")).to_have_attribute("data-state", "live")
    return page


def open_live(page: Page, path: str) -> Page:
    """The page at this path, once it hears what others do."""
    page.goto(path)
    return is_live(page)


def catch(page: Page, pattern: str, handler: Callable[[Route], object]) -> None:
    """page.route, done only when it holds: a busy browser lets the open page's requests pass for a moment longer."""
    page.route(pattern, handler)
    page.route("**/is-caught", lambda route: route.fulfill(body="yes"))
    page.wait_for_function("async () => await (await fetch('/is-caught')).text() === 'yes'")


def first(page: Page, held: list[Held]) -> Held:
    """The request that is being held back, once it has come."""
    while not held:
        page.wait_for_timeout(10)
    return held[0]


def log(page: Page, lead: Lead, **said: str) -> None:
    """Log a contact as the page's user from somewhere else: another tab, another tool."""
    token = json.loads(page.locator("body").get_attribute("hx-headers"))["X-CSRFToken"]
    form = {"method": "call", "direction": "outbound", "key": uuid.uuid4().hex, **said}
    answer = page.request.post(
        f"/leads/{lead.id}/contacts/new/", form=form, headers={"X-CSRFToken": token}, max_redirects=0
    )
    assert answer.status == 302, answer.text()


def without_key(route: Route) -> None:
    """For a question about the verdict: without the form's key it cannot be answered "that is logged already"."""
    pairs = (route.request.post_data or "").split("&")
    route.continue_(post_data="&".join(pair for pair in pairs if not pair.startswith("key=")))
