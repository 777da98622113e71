"""The bar of every page, in a real browser: the same things in the same places, and live wherever one is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.pages import is_live, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/leads/", "/leads/{lead}/", "/leads/new/", "/leads/{lead}/edit/", "/leads/{lead}/contacts/new/", "/notes/",
    "/analytics/", "/analytics/rows/?show=people", "/policy/", "/profile/", "/password/", "/review/", "/webhooks/",
]  # fmt: skip
REFUSED = ["/review/", "/webhooks/"]
FIXED = [".find", "#live-mark", "#notes-link", ".bar .account"]
WORDS = [("live", "Live"), ("connecting", "Connecting"), ("down", "Not live, trying again"), ("down", "Signed out")]


def places(page: Page) -> list[tuple[float, float]]:
    """Where the things stand that must not move, and how wide they are."""
    boxes = [page.locator(path).bounding_box() for path in FIXED]
    return [(round(box["x"]), round(box["width"])) for box in boxes]


@pytest.mark.logs("the server responded with a status of 403")
@pytest.mark.parametrize("width", [390, 1280])
def test_find_live_notes_and_menu_stand_in_the_same_place_on_every_page(lead, alice, mona, window, width):
    for user, paths in ((mona, PAGES), (alice, REFUSED)):
        page = window(user, viewport={"width": width, "height": 700})
        page.goto("/leads/")
        expected = places(page)
        for path in paths:
            page.goto(path.format(lead=lead.id))
            assert places(page) == expected, path
            is_live(page)
            assert places(page) == expected, f"{path}, live"


def test_a_page_that_is_not_there_has_the_whole_bar_and_a_socket(alice, signed_in):
    text = signed_in(alice).get("/leads/nobody/").text
    for part in ('data-socket="/ws/me/"', "data-find", 'id="live-mark"', 'id="notes-link"', 'class="account"'):
        assert part in text


@pytest.mark.parametrize("width", [320, 720, 1280])
def test_whatever_the_live_mark_says_and_however_many_notes_there_are_nothing_moves(alice, window, width):
    page = window(alice, viewport={"width": width, "height": 700})
    open_live(page, "/leads/")
    expected = places(page)
    for state, words in WORDS:
        page.evaluate(
            """([state, words]) => {
                const mark = document.getElementById('live-mark');
                mark.dataset.state = state;
                mark.querySelector('[data-live-words]').textContent = words;
            }""",
            [state, words],
        )
        assert places(page) == expected, words
        if width > 700:
            assert page.locator(".live").evaluate(
                "mark => mark.scrollWidth <= mark.clientWidth && mark.offsetHeight < 44"
            )
    for count in (1, 23, 456):
        page.evaluate(
            """count => {
                const number = document.querySelector('[data-unread-count]');
                number.hidden = false;
                number.firstChild.textContent = count;
            }""",
            count,
        )
        assert places(page) == expected, count


@pytest.mark.logs("the server responded with a status of 403")
@pytest.mark.parametrize("path", ["/profile/", "/review/"])
def test_a_note_arrives_on_a_page_that_follows_nothing_else(lead, alice, bob, window, path):
    page, other = open_live(window(alice), path), window(bob)
    other.goto(f"/leads/{lead.id}/notes/")
    other.locator("#id_recipient_id").select_option(str(alice.id))
    other.locator("#id_text").fill("May I?")
    other.get_by_role("button", name="Ask").click()
    expect(page.locator("#toast")).to_contain_text("Bob Smith asks you about Dana Miller")
    expect(page.locator("#notes-link")).to_contain_text("1 unread")


def test_a_manager_finds_policy_and_webhooks_under_settings_and_nowhere_else(mona, window):
    page = window(mona)
    page.goto("/leads/")
    page.get_by_label("Mona Fischer, menu").click()
    for name in ("Policy", "Webhooks"):
        expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
    settings = page.get_by_label("Main").get_by_role("link", name="Settings")
    settings.click()
    expect(page).to_have_url("/policy/")
    pills = page.get_by_label("Settings", exact=True)
    expect(pills.get_by_role("link", name="Policy")).to_have_attribute("aria-current", "page")
    pills.get_by_role("link", name="Webhooks").click()
    expect(page).to_have_url("/webhooks/")
    expect(pills.get_by_role("link", name="Webhooks")).to_have_attribute("aria-current", "page")
    expect(settings).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("width", [390, 700])
def test_what_a_narrow_bar_has_no_room_for_is_in_the_menu(mona, window, width):
    page = window(mona, viewport={"width": width, "height": 700})
    page.goto("/leads/")
    page.get_by_label("Mona Fischer, menu").click()
    page.get_by_role("link", name="Settings").click()
    expect(page).to_have_url("/policy/")


def test_a_rep_reads_the_policy_from_the_menu_and_has_no_settings(alice, window):
    page = window(alice)
    page.goto("/leads/")
    expect(page.get_by_role("link", name="Settings")).to_have_count(0)
    page.get_by_label("Alice Jones, menu").click()
    page.get_by_role("link", name="Policy").click()
    expect(page.get_by_role("heading", name="Policy", exact=True)).to_be_visible()


def test_the_lists_own_search_filters_the_list_and_has_no_key(alice, window):
    page = window(alice)
    page.goto("/leads/")
    page.keyboard.press("/")
    expect(page.locator("[data-find]")).to_be_focused()
    expect(page.locator("#id_q")).not_to_have_attribute("data-key", "/")
    expect(page.locator(".filters kbd")).to_have_count(0)
