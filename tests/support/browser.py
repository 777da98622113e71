"""Pages in a real browser: a server of its own on the test database, and a window for each person."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

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
# What the browser and htmx note of a failed request; that the page deals with it is for the test to say.
EXPECTED = ("Failed to load resource", "WebSocket connection to ", "Response Status Error Code", "htmx:")


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


@pytest.fixture
def window(address: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """A signed-in window of its own: window(alice).goto("/leads/"). Nothing may go wrong in any of them."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_window(user: User, **options) -> Page:
        client = Client()
        client.force_login(user, backend="crm.login.access.CompanyBackend")
        context = browser.new_context(base_url=address, **options)
        contexts.append(context)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"{error.name}: {error.message}"))
        page.on("console", lambda said: note(said.type, said.text))
        return page

    def note(kind: str, text: str) -> None:
        if kind in ("error", "warning") and not text.startswith(EXPECTED):
            problems.append(text)

    yield open_window
    for context in contexts:
        context.close()
    assert problems == []
