"""Open pages follow what others do, in real browsers: without reload, without getting in anybody's way."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.pages import ANYWAY, is_live, log, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(window, alice, lead) -> Page:
    """Alice on the lead's page."""
    return open_live(window(alice), f"/leads/{lead.id}/")


@pytest.fixture
def other(window, bob, lead) -> Page:
    """Bob, somewhere else."""
    other = window(bob)
    other.goto("/profile/")
    return other


def test_a_colleagues_contact_appears_and_is_said_once(page, other, lead):
    log(other, lead, method="email", subject="From Bob")
    entry = page.locator("#timeline .entry", has_text="From Bob")
    expect(entry).to_be_visible()
    expect(entry).to_have_class(re.compile("is-fresh"))
    expect(page.locator("#toast")).to_have_text("Bob Smith just emailed this lead")
    expect(page.locator('.guard-row[data-method="email"]')).to_contain_text("cooling until")
    expect(page.locator("#lead-details")).to_contain_text("Bob Smith")
    expect(page.locator("#lead-status")).to_contain_text("Contacted")


def test_an_answer_and_a_void_are_followed_too(page, other, lead):
    log(other, lead, method="email", subject="From Bob")
    other.goto(f"/leads/{lead.id}/")
    other.keyboard.press("r")
    expect(page.locator("#timeline")).to_contain_text("Replied")
    expect(page.locator("#toast")).to_have_text("Bob Smith just recorded a reply of this lead")


def test_ones_own_act_in_another_tab_is_followed_without_a_word(page, lead):
    tab = page.context.new_page()
    tab.goto(f"/leads/{lead.id}/")
    log(tab, lead, subject="From the other tab")
    expect(page.locator("#timeline")).to_contain_text("From the other tab")
    expect(page.locator("#toast")).to_be_hidden()


def test_ones_own_act_is_not_read_again(page):
    reads: list[str] = []
    page.on("request", lambda request: reads.append(request.url) if "/live/" in request.url else None)
    log_by_keyboard(page, "c")
    expect(page.locator("#timeline .entry")).to_have_count(1)
    page.wait_for_timeout(300)
    assert reads == []


def test_a_burst_is_read_in_few_requests(page, other, lead):
    reads: list[str] = []
    page.on("request", lambda request: reads.append(request.url) if "/live/" in request.url else None)
    for number in range(6):
        log(other, lead, method="other", subject=f"Number {number}", reason="other", note="again", act="override")
    expect(page.locator("#timeline .entry")).to_have_count(6)
    assert len(reads) <= 6


def test_the_filter_of_the_timeline_stays(page, other, lead):
    log(other, lead, method="linkedin", subject="A message")
    expect(page.locator("#timeline .entry")).to_have_count(1)
    page.locator("#show-linkedin").click()
    expect(page.locator("#timeline")).to_have_attribute("data-method", "linkedin")
    log(other, lead, method="call", subject="A call")
    expect(page.locator("#show-all")).to_contain_text("2")
    expect(page.locator("#timeline .entry")).to_have_count(1)
    log_by_keyboard(page, "s")
    expect(page.locator("#show-all")).to_contain_text("3")
    expect(page.locator("#timeline .entry")).to_have_count(1)


def test_focus_an_open_menu_and_the_place_one_reads_at_stay(page, other, lead, bob):
    for day in range(1, 31):
        AttemptFactory(lead=lead, user=bob, method="call", body=f"Day {day}", occurred_at=days_ago(day))
    page.reload()
    is_live(page)
    page.get_by_role("link", name="Show older").click()
    expect(page.locator("#timeline .entry")).to_have_count(30)
    entry = page.locator("#timeline .entry", has_text="Day 25")
    entry.scroll_into_view_if_needed()
    entry.get_by_role("link").first.focus()
    before = entry.bounding_box()["y"]
    log(other, lead, method="sms", subject="New on top")
    expect(page.locator("#timeline .entry")).to_have_count(31)
    assert abs(entry.bounding_box()["y"] - before) < 2
    expect(entry.get_by_role("link").first).to_be_focused()

    page.keyboard.press("Home")
    page.evaluate("scrollTo(0, 0)")
    page.locator("#lead-status summary").click()
    log(other, lead, method="linkedin", subject="One more")
    expect(page.locator("#timeline")).to_contain_text("One more")
    expect(page.locator("#lead-status .menu-list")).to_be_visible()
    expect(page.locator("#lead-status summary")).to_be_focused()


@pytest.mark.logs("net::ERR_INTERNET_DISCONNECTED", "htmx:sendError")
def test_a_page_that_was_offline_says_so_keeps_the_draft_and_catches_up(page, other, lead):
    page.keyboard.press("e")
    page.locator("#id_body").fill("Written on the train")
    page.context.set_offline(True)
    expect(page.locator("#live-mark")).to_have_attribute("data-state", "down")
    expect(page.locator("#live-mark")).to_contain_text("Not live, trying again")
    log(other, lead, method="email", subject="Meanwhile", **ANYWAY)
    page.context.set_offline(False)
    expect(page.locator("#live-mark")).to_have_attribute("data-state", "live")
    expect(page.locator("#timeline")).to_contain_text("Meanwhile")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "block")
    expect(page.locator("#id_body")).to_have_value("Written on the train")


def test_a_commit_between_page_and_socket_is_shown(window, alice, other, lead):
    page = window(alice)
    waiting: list[WebSocketRoute] = []
    page.route_web_socket("**/ws/leads/*/", lambda socket: waiting.append(socket))
    page.goto(f"/leads/{lead.id}/")
    log(other, lead, subject="In between")
    expect(page.locator("#live-mark")).to_have_attribute("data-state", "connecting")
    waiting[0].send('{"event":"hello","version":2}')
    expect(page.locator("#timeline")).to_contain_text("In between")


def test_a_line_that_cannot_be_opened_again_counts_as_down_and_the_page_asks_every_minute(window, alice, other, lead):
    page = window(alice)
    page.clock.install()
    sockets: list[WebSocketRoute] = []
    page.route_web_socket("**/ws/leads/*/", lambda socket: said_hello(socket, sockets))
    open_live(page, f"/leads/{lead.id}/")
    page.unroute_all()
    page.route_web_socket("**/ws/leads/*/", lambda socket: socket.close(code=1011))
    page.clock.run_for(9_500)
    expect(page.locator("#live-mark")).to_have_attribute("data-state", "down")
    log(other, lead, subject="While down")
    page.clock.run_for(60_000)
    expect(page.locator("#timeline")).to_contain_text("While down")


def said_hello(socket: WebSocketRoute, sockets: list[WebSocketRoute]) -> None:
    sockets.append(socket)
    socket.send('{"event":"hello","version":1}')


WAKES = {
    "visibilitychange": "document.dispatchEvent(new Event('visibilitychange'))",
    "online": "window.dispatchEvent(new Event('online'))",
    "pageshow": "window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
}


@pytest.mark.parametrize("event", WAKES)
def test_a_tab_that_slept_re_reads_as_soon_as_it_wakes_by_each_event_alone(window, alice, other, lead, event):
    """Its socket looks open and says nothing: what came meanwhile is learnt from the event, not from the line."""
    page = window(alice)
    page.route_web_socket("**/ws/leads/*/", lambda socket: said_hello(socket, []))
    open_live(page, f"/leads/{lead.id}/")
    log(other, lead, subject="While the tab slept")
    page.wait_for_timeout(500)
    expect(page.locator("#timeline")).not_to_contain_text("While the tab slept")
    page.evaluate(WAKES[event])
    expect(page.locator("#timeline"), f"{event} woke the tab, and the page did not re-read.").to_contain_text(
        "While the tab slept"
    )


@pytest.mark.parametrize(("code", "words"), [(4401, "Signed out"), (4403, "No access"), (4404, "No longer here")])
def test_a_line_the_server_ended_is_not_tried_again(window, alice, lead, code, words):
    page = window(alice)
    sockets: list[WebSocketRoute] = []

    def refuse(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.close(code=code)

    page.route_web_socket("**/ws/leads/*/", refuse)
    # What the page asks when its login is said to have ended.
    page.route("**/signed-in/", lambda route: route.fulfill(json={"user": None, "token": ""}))
    page.goto(f"/leads/{lead.id}/")
    expect(page.locator("#live-mark")).to_contain_text(words)
    page.wait_for_timeout(1_500)
    assert len(sockets) == 1


def test_the_list_shows_the_row_anew_in_its_place(window, alice, bob, company):
    leads = [LeadFactory(company=company) for _ in range(3)]
    page, other = window(alice), window(bob)
    open_live(page, "/leads/")
    other.goto("/profile/")
    order = page.locator("tr[data-lead]").evaluate_all("rows => rows.map((row) => row.id)")
    page.locator(f"#row-{leads[1].id} [data-row-link]").focus()
    log(other, leads[1], method="email", subject="From Bob")
    row = page.locator(f"#row-{leads[1].id}")
    expect(row).to_contain_text("From Bob")
    expect(row).to_have_class(re.compile("is-fresh"))
    expect(row).to_have_class(re.compile("is-current"))
    expect(row.locator("[data-row-link]")).to_be_focused()
    assert page.locator("tr[data-lead]").evaluate_all("rows => rows.map((row) => row.id)") == order


def test_logging_from_the_list_changes_its_row(window, alice, lead):
    page = window(alice)
    page.goto("/leads/")
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.locator("#id_subject").fill("From the list")
    page.keyboard.press("Control+Enter")
    row = page.locator(f"#row-{lead.id}")
    expect(row).to_contain_text("From the list")
    expect(page.locator("#toast")).to_contain_text("logged")
    expect(row.locator("[data-row-link]")).to_be_focused()


def test_read_more_stands_where_a_body_is_cut_at_this_width(page, lead, bob):
    words = "Thanks for the talk about the pipeline, the pricing and the forty seats. "
    AttemptFactory(lead=lead, user=bob, subject="Short", body=words)
    AttemptFactory(lead=lead, user=bob, subject="Long", body=words * 5)
    page.reload()
    short = page.locator(".entry", has_text="Short").locator(".read-more summary")
    long = page.locator(".entry", has_text="Long").locator(".read-more summary")
    expect(long).to_be_visible()
    expect(short).to_be_hidden()
    long.click()
    expect(long).to_contain_text("Read less")
    page.set_viewport_size({"width": 320, "height": 700})
    expect(short).to_be_visible()
    expect(long).to_contain_text("Read less")


def log_by_keyboard(page: Page, key: str) -> None:
    page.keyboard.press(key)
    expect(page.locator("#log-dialog")).to_be_visible()
    page.keyboard.press("Control+Enter")


def days_ago(days: int):
    return timezone.now() - timedelta(days=days)
