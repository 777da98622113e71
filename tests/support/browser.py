"""Pages in a real browser: a server of its own on the test database, and a window for each person."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, WebError, expect

from crm.models import User
from crm.setup.chromium import find_chromium

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ANSWERED = "Failed to load resource: the server responded with a status of "
# What is logged although nothing has failed: the answers by which a form or the guard refuses, and a request of htmx
# that is cut short because the page is left or the reader acts. htmx:afterRequest comes with the event that says why.
HARMLESS = (*(f"{ANSWERED}{code}" for code in (409, 422, 429)), "htmx:sendAbort", "htmx:afterRequest")
# Such a test is not tried again (tests/conftest.py).
WENT_WRONG = "A page went wrong. What the test makes fail on purpose it names: @pytest.mark.logs(...)."
# A violation is also told to the document, whatever the browser writes about it.
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
  console.error(`Policy violation: ${violatedDirective} refused ${blockedURI} at ${sourceFile}:${lineNumber}`);
}, true);
"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    chromium = find_chromium()
    if not chromium:
        pytest.skip("no Chromium")
    return {**browser_type_launch_args, "executable_path": chromium, "args": QUIET}


@pytest.fixture(scope="session")
def address(server: str) -> str:
    """Where Tandem is served for the browser tests: by the worker's one server."""
    # Playwright keeps a loop running in the thread of the test, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    expect.set_options(timeout=5_000)
    return server


@pytest.fixture(autouse=True)
def problems(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """What went wrong on any page of any window, however it was opened, until the last is closed. Fails the test.

    What the test itself makes fail it names: @pytest.mark.logs("net::ERR_FAILED"). An uncaught error and a violation
    of the policy cannot be named.
    """
    problems: list[str] = []
    if request.node.get_closest_marker("browser") is None:
        yield problems
        return
    # The windows are closed while the server still has its tables.
    request.getfixturevalue("transactional_db")
    browser: Browser = request.getfixturevalue("browser")
    named = HARMLESS + tuple(text for marker in request.node.iter_markers("logs") for text in marker.args)
    contexts: list[BrowserContext] = []

    def watch(context: BrowserContext) -> None:
        contexts.append(context)
        context.on("weberror", uncaught)
        context.on("console", logged)
        context.add_init_script(TELL_VIOLATIONS)

    def uncaught(found: WebError) -> None:
        problems.append(f"Uncaught: {found.error.name}: {found.error.message}")

    def logged(message: ConsoleMessage) -> None:
        is_violation = "olicy" in message.text
        if message.type in ("error", "warning") and (is_violation or not any(text in message.text for text in named)):
            problems.append(f"{message.text} ({message.location['url']})")

    browser.on("context", watch)
    try:
        yield problems
        for context in contexts:
            leave(context)
    finally:
        browser.remove_listener("context", watch)
    if problems:
        pytest.fail("\n".join([WENT_WRONG, *problems]), pytrace=False)


def leave(context: BrowserContext) -> None:
    """Close the window. What a page says while it is left the browser tells nobody, so it is asked just before."""
    for page in context.pages:
        # One that is on its way to the next page has been left already.
        with suppress(Error):
            page.evaluate("() => { dispatchEvent(new PageTransitionEvent('pagehide')) }")
    context.close()


@pytest.fixture
def window(address: str, browser: Browser) -> Callable[..., Page]:
    """A signed-in window of its own: window(alice).goto("/leads/"). It is closed at the end of the test."""

    def open_window(user: User, **options) -> Page:
        client = Client()
        client.force_login(user, backend="crm.login.access.CompanyBackend")
        context = browser.new_context(base_url=address, **options)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
        return context.new_page()

    return open_window
