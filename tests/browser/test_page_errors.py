"""The fixture that fails every browser test in which a page logged an error or broke the policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.support.browser import leave

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WRONG = {
    "an uncaught error": ("setTimeout(() => nobody.knows)", "Uncaught: ReferenceError: nobody is not defined"),
    "a promise nobody handles": ("void Promise.reject(new Error('never heard'))", "Uncaught: Error: never heard"),
    "an error that is logged": ("console.error('this is wrong')", "this is wrong"),
    "a style the policy refuses": ("document.body.setAttribute('style', 'color: red')", "Policy violation: style-src"),
    "a script the policy refuses": (
        "document.body.append(Object.assign(document.createElement('script'), { text: '1' }))",
        "Policy violation: script-src",
    ),
    "a picture the policy refuses": ("new Image().src = 'https://a.example/a.png'", "Policy violation: img-src"),
}


def expect_problem(page: Page, problems: list[str], words: str) -> None:
    """Wait until this was noted, and let the test pass all the same."""
    for _ in range(500):
        if any(words in problem for problem in problems):
            break
        page.wait_for_timeout(10)
    else:
        raise AssertionError(f"Not noted: {words}. What was: {problems}")
    # The browser writes of a violation, too, and may do so a moment later.
    page.close()
    problems.clear()


@pytest.mark.parametrize("what", WRONG)
def test_it_is_noted(window, alice, problems, what):
    script, words = WRONG[what]
    page = window(alice)
    page.goto("/leads/")
    page.evaluate(f"() => {{ {script} }}")
    expect_problem(page, problems, words)


def test_it_is_noted_in_a_tab_and_in_a_window_that_the_test_opens_itself(window, alice, address, browser, problems):
    page = window(alice)
    page.goto("/leads/")
    tab = page.context.new_page()
    tab.goto("/leads/")
    with page.expect_popup() as popup:
        page.evaluate("() => { open('/leads/') }")
    own = browser.new_page()
    own.goto(f"{address}/sign-in/")
    for opened in (tab, popup.value, own):
        opened.evaluate("() => console.error('from another')")
        expect_problem(opened, problems, "from another")


def test_it_is_noted_when_the_page_is_left_at_the_end(window, alice, problems):
    page = window(alice)
    page.goto("/leads/")
    page.evaluate("() => addEventListener('pagehide', () => { throw new Error('while leaving') })")
    leave(page.context)
    assert problems == ["Uncaught: Error: while leaving"]
    problems.clear()


@pytest.mark.logs("named by the test")
def test_what_the_test_names_is_let_through_and_an_uncaught_error_or_a_violation_is_not(window, alice, problems):
    page = window(alice)
    page.goto("/leads/")
    page.evaluate("() => console.error('named by the test')")
    page.evaluate("() => setTimeout(() => { throw new Error('named by the test') })")
    expect_problem(page, problems, "Uncaught: Error: named by the test")


def test_what_htmx_logs_of_its_own_failures_is_noted(window, alice, problems):
    page = window(alice)
    page.goto("/leads/")
    page.evaluate("() => htmx.ajax('get', '/leads/', '#nowhere').catch(() => {})")
    expect_problem(page, problems, "htmx:targetError")
