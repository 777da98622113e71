"""Who is writing shows on every page of a colleague while it lasts, and disturbs nobody who types."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import APIResponse, Page, Route, expect

from outreach.live import claims
from outreach.models import Claim, Presence
from tests.support.factories import LeadFactory
from tests.support.pages import accessible, catch, first, fits, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WRITING = "Alice is writing an email"
AT_ONCE = 1_000


@pytest.fixture
def page(window, bob, lead) -> Page:
    """Bob on the lead's page."""
    return open_live(window(bob), f"/leads/{lead.id}/")


@pytest.fixture
def other(window, alice, lead) -> Page:
    """Alice on the same page."""
    return open_live(window(alice), f"/leads/{lead.id}/")


def compose(page: Page, key: str = "e") -> Page:
    page.keyboard.press(key)
    expect(page.locator("#log-dialog")).to_be_visible()
    return page


def close(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.locator("#log-dialog")).to_be_hidden()


def test_an_answer_that_was_under_way_does_not_put_off_what_is_heard_meanwhile(window, bob, lead, other):
    """The page reads who is present while Alice writes; before the answer is here she stops."""
    page = window(bob)
    page.clock.install()
    open_live(page, f"/leads/{lead.id}/")
    compose(other)
    pills = page.locator("#presence")
    expect(pills).to_contain_text(WRITING)
    held: list[tuple[Route, APIResponse]] = []
    catch(page, "**/presence/", lambda route: route.continue_() if held else held.append((route, route.fetch())))
    page.evaluate("document.dispatchEvent(new CustomEvent('live:check', { detail: {} }))")
    route, answer = first(page, held)
    page.evaluate(
        "document.addEventListener('live:frame', ({ detail }) => { window.hears = detail.doing ?? window.hears; })"
    )
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 1"))
    close(other)
    hears(page, "viewing")
    with page.expect_response("**/presence/"):
        route.fulfill(response=answer)
    page.clock.resume()
    expect(pills).to_contain_text("Alice is viewing", timeout=AT_ONCE)


def hears(page: Page, doing: str) -> None:
    """Wait without the page's timers, which stand still."""
    for _ in range(50):
        if page.evaluate("window.hears") == doing:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"The page did not hear that a colleague is {doing}.")


def test_who_looks_and_who_writes_shows_at_once_and_goes_at_once(page, other):
    pills = page.locator("#presence")
    expect(pills).to_contain_text("Alice is viewing")
    compose(other)
    expect(pills).to_contain_text(WRITING, timeout=AT_ONCE)
    expect(page.locator('.guard-row[data-method="email"]')).to_have_attribute("data-state", "warn")
    close(other)
    expect(pills).to_contain_text("Alice is viewing", timeout=AT_ONCE)
    expect(page.locator('.guard-row[data-method="email"]')).to_have_attribute("data-state", "clear")
    expect(other.locator("#presence")).to_contain_text("Bob is viewing")
    expect(other.locator("#presence")).not_to_contain_text("Alice")


def test_method_and_direction_are_followed(page, other):
    compose(other)
    pills = page.locator("#presence")
    expect(pills).to_contain_text(WRITING)
    other.locator(".tile", has_text="LinkedIn").click()
    expect(pills).to_contain_text("Alice is writing on LinkedIn")
    other.get_by_text("Dana contacted me").click()
    expect(pills).to_contain_text("Alice is viewing")
    other.get_by_text("I contacted Dana").click()
    expect(pills).to_contain_text("Alice is writing on LinkedIn")


def test_an_open_dialog_turns_amber_and_back_and_keeps_every_character(page, other):
    compose(page)
    body = page.locator("#id_body")
    body.press_sequentially("Hi Dana, ")
    compose(other)
    verdict = page.locator("#verdict")
    body.press_sequentially("I saw your talk", delay=20)
    expect(verdict).to_have_attribute("data-answer", "warn", timeout=AT_ONCE)
    expect(verdict).to_contain_text("Alice Jones is writing an email")
    expect(page.locator("#log-buttons")).to_contain_text("Log anyway")
    body.press_sequentially(" on Friday")
    close(other)
    expect(verdict).to_have_attribute("data-answer", "allow", timeout=AT_ONCE)
    expect(body).to_have_value("Hi Dana, I saw your talk on Friday")
    expect(body).to_be_focused()


def test_a_rep_may_go_on_after_the_warning(page, other, lead):
    compose(other)
    expect(page.locator("#presence")).to_contain_text(WRITING)
    compose(page, "c")
    page.locator("label.reason").first.click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toast")).to_contain_text("logged")
    expect(page.locator("#timeline .entry")).to_have_count(1)
    # It is the colleague's turn to know, and the claim of who logged has gone.
    expect(other.locator("#timeline")).to_contain_text("Bob Smith")
    expect(other.locator("#presence")).to_contain_text("Bob is viewing")


def test_the_list_shows_it_in_the_row(window, bob, other, lead):
    page = open_live(window(bob), "/leads/")
    row = page.locator(f"#row-{lead.id}")
    expect(row).to_contain_text("All clear")
    compose(other)
    expect(row).to_contain_text(WRITING, timeout=AT_ONCE)
    expect(row).not_to_have_class(re.compile("is-fresh"))
    close(other)
    expect(row).to_contain_text("All clear", timeout=AT_ONCE)


def test_a_dialog_in_the_list_turns_amber_too(window, bob, other, lead):
    page = open_live(window(bob), "/leads/")
    page.keyboard.press("j")
    compose(page, "n")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "allow")
    compose(other)
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "warn", timeout=AT_ONCE)
    assert Claim.objects.count() == 2


def test_a_closed_tab_frees_the_person(page, other):
    compose(other)
    expect(page.locator("#presence")).to_contain_text(WRITING)
    other.close()
    expect(page.locator("#presence")).to_be_hidden(timeout=2 * AT_ONCE)
    assert not Claim.objects.exists()


@pytest.mark.logs("net::ERR_INTERNET_DISCONNECTED", "htmx:sendError")
def test_a_lost_line_frees_the_person_and_one_that_is_back_claims_again(page, other):
    compose(other)
    expect(page.locator("#presence")).to_contain_text(WRITING)
    other.context.set_offline(True)
    # The browser does not cut what is open, so the server's side of it is made to go.
    Claim.objects.all().delete()
    Presence.objects.exclude(user__first_name="Bob").delete()
    other.context.set_offline(False)
    expect(page.locator("#presence")).to_contain_text(WRITING)


def test_silence_frees_the_person_and_the_page_learns_of_it(page, lead, alice):
    claims.claim_person(lead_id=lead.id, user=alice, method="email")
    Claim.objects.update(expires_at=timezone.now() + timedelta(seconds=4))
    page.reload()
    expect(page.locator("#presence")).to_contain_text(WRITING)
    compose(page)
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "warn")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "allow", timeout=7_000)
    expect(page.locator("#presence")).to_be_hidden()


def test_tell_me_when_it_is_free_also_after_the_dialog_was_closed(page, other):
    compose(other)
    expect(page.locator("#presence")).to_contain_text(WRITING)
    compose(page)
    page.locator("#id_body").fill("A half-written text")
    button = page.locator("#verdict [data-tell-free]")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_contain_text("You will be told")
    close(page)
    expect(page.locator("#presence [data-tell-free]")).to_have_attribute("aria-pressed", "true")
    close(other)
    toast = page.locator("#toast")
    expect(toast).to_contain_text("Dana Miller is free: Alice is no longer writing.")
    toast.get_by_role("button", name="Log contact").click()
    expect(page.locator("#id_body")).to_have_value("A half-written text")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "allow")


def test_a_reload_and_another_page_keep_the_wish_and_it_is_told_before_an_open_dialog(page, other, company):
    compose(other)
    bell = page.locator("#presence").get_by_role("button", name="Tell me when it is free")
    bell.press("Enter")
    page.reload()
    expect(page.locator("#presence [data-tell-free]")).to_have_attribute("aria-pressed", "true")
    open_live(page, f"/leads/{LeadFactory(company=company, first_name='Ines', last_name='Costa').id}/")
    compose(page, "c")
    page.locator("#id_body").fill("Half a thought")
    close(other)
    toast = page.locator("#log-dialog #toast")
    expect(toast).to_contain_text("Dana Miller is free: Alice is no longer writing.", timeout=7_000)
    # The other's text stays behind as a draft.
    toast.get_by_role("button", name="Log contact").click()
    expect(page.locator("#log-title")).to_have_text("Log contact with Dana Miller")
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("body > #toast-slot")).to_have_count(1)
    assert page.evaluate("sessionStorage.getItem(`tell-free:${document.body.dataset.user}`)") == "[]"


def test_a_list_tells_it_too(window, bob, other):
    page = open_live(window(bob), "/leads/")
    compose(other)
    page.keyboard.press("j")
    compose(page, "n")
    page.locator("#verdict [data-tell-free]").click()
    close(page)
    other.close()
    expect(page.locator("#toast")).to_contain_text("Dana Miller is free")


def test_two_tabs_of_one_rep_hold_one_claim_until_both_are_closed(page, other, lead):
    compose(other)
    tab = compose(open_live(other.context.new_page(), f"/leads/{lead.id}/"), "c")
    expect(page.locator("#presence")).to_contain_text("Alice is calling")
    close(tab)
    expect(page.locator("#presence")).to_contain_text(WRITING)
    close(other)
    expect(page.locator("#presence")).to_contain_text("Alice is viewing")
    assert not Claim.objects.exists()


def test_presence_re_reads_no_timeline_and_pops_up_nowhere(page, other):
    reads: list[str] = []
    page.on("request", lambda request: reads.append(request.url) if "/live/" in request.url else None)
    compose(other)
    expect(page.locator("#presence")).to_contain_text(WRITING)
    close(other)
    expect(page.locator("#presence")).to_contain_text("Alice is viewing")
    expect(page.locator("#toast")).to_be_hidden()
    assert page.locator("#presence[aria-live], #presence [role=status], #presence [role=alert]").count() == 0
    assert reads == []


def test_pills_and_dialog_fit_every_width_and_are_accessible(window, bob, mona, other, lead):
    open_live(window(mona), f"/leads/{lead.id}/")
    compose(other)
    page = open_live(window(bob, reduced_motion="reduce"), f"/leads/{lead.id}/")
    expect(page.locator("#presence .pill")).to_have_count(2)
    shows_well(page)
    page.goto("/leads/")
    expect(page.locator(f"#row-{lead.id}")).to_contain_text(WRITING)
    shows_well(page)
    open_live(page, f"/leads/{lead.id}/")
    page.get_by_role("link", name="Log contact").locator("visible=true").first.click()
    expect(page.locator("#verdict .writing-now")).to_be_visible()
    shows_well(page)


def shows_well(page: Page) -> None:
    for width in (320, 390, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        fits(page, f"{width} px")
        accessible(page, f"{width} px")


def test_the_buttons_are_large_enough_for_a_thumb(window, bob, other, lead):
    compose(other)
    page = open_live(window(bob, viewport={"width": 390, "height": 844}, has_touch=True), f"/leads/{lead.id}/")
    button = page.locator("#presence [data-tell-free]")
    expect(button).to_be_visible()
    # The page may be re-read meanwhile, and the button be another one.
    page.wait_for_function(
        """() => {
            const button = document.querySelector("#presence [data-tell-free]");
            const beyond = parseFloat(getComputedStyle(button, "::after").top);
            return button.getBoundingClientRect().height - 2 * beyond >= 44;
        }"""
    )
    button.tap()
    expect(button).to_have_attribute("aria-pressed", "true")
