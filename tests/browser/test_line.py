"""Whether a page is live: seen within seconds on a network that froze, and all colours grey until the guard could be
asked again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.network import Network, network
from tests.support.pages import ANYWAY, catch, first, is_live, log, open_live

pytest_plugins = ["tests.support.browser"]
# Requests that a lost line or a failing server leaves without an answer.
LOST = (
    "net::ERR_",
    "WebSocket connection to",
    "htmx:sendError",
    "htmx:timeout",
    "with a status of 500",
    "Error Code 500",
)
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.logs(*LOST)]

COUNT = "document.addEventListener('line:heard', () => { window.heard = (window.heard ?? 0) + 1; })"


@pytest.fixture
def between(address: str) -> Iterator[Network]:
    with network(address) as between:
        yield between


@pytest.fixture
def page(window, alice, lead, between) -> Page:
    """Alice on the lead's page, over a network that may freeze; the page's timers go as the test wants them to."""
    page = window(alice)
    page.clock.install()
    open_live(page, f"{between.address}/leads/{lead.id}/")
    page.evaluate(COUNT)
    return page


def is_down(page: Page) -> None:
    expect(page.locator("#live-mark")).to_have_attribute("data-state", "down")
    expect(page.locator("#live-mark")).to_contain_text("Not live, trying again")
    expect(page.locator("html")).to_have_attribute("data-line", "down")


def is_up(page: Page) -> None:
    is_live(page)
    expect(page.locator("html")).not_to_have_attribute("data-line", "down")


def hears(page: Page) -> None:
    """Something has come since this was asked last."""
    page.wait_for_function("() => window.heard > 0", polling=50)
    page.evaluate("window.heard = 0")


def test_a_frozen_network_shows_within_ten_seconds_and_what_thaws_is_live_at_once(page, between, lead, window, bob):
    page.keyboard.press("e")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "allow")
    between.freeze()
    page.clock.run_for(9_500)
    is_down(page)
    other = window(bob)
    other.goto("/profile/")
    log(other, lead, method="email", **ANYWAY)
    between.thaw()
    page.clock.run_for(10_000)
    is_up(page)
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "block")


def test_a_server_that_is_busy_for_three_seconds_stays_live(page, between):
    page.evaluate("document.addEventListener('live:down', () => { window.wasDown = true; })")
    for _ in range(3):
        between.freeze()
        page.evaluate("window.heard = 0")
        page.clock.run_for(7_000)
        is_up(page)
        between.thaw()
        hears(page)
    assert not page.evaluate("window.wasDown")


def test_a_hidden_tab_raises_no_alarm_and_asks_as_soon_as_it_is_seen(page, between):
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => window.isAway ?? true, configurable: true })")
    between.freeze()
    page.clock.run_for(20_000)
    is_up(page)
    page.evaluate("window.isAway = false; document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.run_for(5_500)
    is_down(page)
    between.thaw()
    page.clock.run_for(10_000)
    is_up(page)


def test_a_computer_that_slept_asks_before_it_believes_its_clock(page):
    page.clock.fast_forward(3_600_000)
    hears(page)
    is_up(page)


def test_a_verdict_that_could_not_be_asked_again_does_not_stay_green(window, alice, lead):
    """The line lives, and the server fails on the very question."""
    page = window(alice)
    page.clock.install()
    open_live(page, f"/leads/{lead.id}/")
    page.keyboard.press("e")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "allow")
    catch(page, "**/contacts/verdict/**", lambda route: route.fulfill(status=500, body="Broken"))
    page.evaluate("htmx.trigger('#log-asks', 'verdict:ask')")
    is_down(page)
    page.unroute_all()
    page.clock.run_for(10_000)
    is_up(page)


def test_the_colours_come_back_only_with_the_answer(window, alice, lead):
    page = open_live(window(alice), f"/leads/{lead.id}/")
    page.keyboard.press("e")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "allow")
    page.context.set_offline(True)
    is_down(page)
    held: list[Route] = []
    page.route("**/contacts/verdict/**", lambda route: held.append(route))
    page.context.set_offline(False)
    first(page, held)
    is_down(page)
    # An earlier one may have been cut short by the next.
    held[-1].continue_()
    is_up(page)


def test_a_closed_dialog_waits_for_no_answer(window, alice, lead):
    page = open_live(window(alice), f"/leads/{lead.id}/")
    page.keyboard.press("e")
    catch(page, "**/contacts/verdict/**", lambda route: route.fulfill(status=500, body="Broken"))
    expect(page.locator("#verdict")).to_be_visible()
    page.evaluate("htmx.trigger('#log-asks', 'verdict:ask')")
    is_down(page)
    page.keyboard.press("Escape")
    is_up(page)


SPOKEN = "body > .unseen[role=status], dialog > .unseen[role=status]"


def test_the_mark_says_changes_alone_and_presence_is_said_once(window, alice, bob, mona, lead):
    page = open_live(window(alice), f"/leads/{lead.id}/")
    mark = page.locator("#live-mark")
    expect(mark).to_have_attribute("role", "status")
    # What it begins with is no news.
    expect(mark).to_have_attribute("aria-live", "polite")
    page.evaluate(HEARD_WORDS)
    other = open_live(window(bob), f"/leads/{lead.id}/")
    expect(page.locator("#presence")).to_contain_text("Bob is viewing")
    said(page, "Bob is viewing")
    open_live(window(mona), f"/leads/{lead.id}/")
    said(page, "Mona is viewing")
    other.keyboard.press("e")
    said(page, "Bob is writing an email")
    other.keyboard.press("Escape")
    said(page, "Bob is no longer writing")
    expected = ["Bob is viewing", "Mona is viewing", "Bob is writing an email", "Bob is no longer writing"]
    assert page.evaluate("window.spoken") == expected


def test_an_open_dialog_says_that_the_line_is_lost_and_back(window, alice, lead):
    page = open_live(window(alice), f"/leads/{lead.id}/")
    page.keyboard.press("e")
    expect(page.locator("#log-dialog")).to_be_visible()
    page.evaluate(HEARD_WORDS)
    page.context.set_offline(True)
    said(page, "Not live, trying again")
    assert page.locator(SPOKEN).evaluate("region => region.closest('dialog')?.id") == "log-dialog"
    page.context.set_offline(False)
    said(page, "Live")


HEARD_WORDS = """() => {
    window.spoken = [];
    const region = document.querySelector("body > .unseen[role=status]");
    new MutationObserver(() => { if (region.textContent) spoken.push(region.textContent); })
        .observe(region, { childList: true });
}"""


def said(page: Page, words: str) -> None:
    page.wait_for_function("(words) => window.spoken.at(-1) === words", arg=words)
