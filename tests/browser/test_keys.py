"""Every act by keyboard, in a real browser; and the way through a list."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from crm.models import User
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.pages import catch, is_live, log, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def leads(company) -> list:
    return [LeadFactory(company=company) for _ in range(3)]


@pytest.fixture
def page(window, alice, leads) -> Page:
    """Alice on the list of three leads."""
    return open_live(window(alice), "/leads/")


def names(page: Page) -> list[str]:
    return page.locator("tr[data-lead] [data-row-link]").all_text_contents()


def test_j_k_and_enter_go_through_the_list_and_on_from_lead_to_lead(page):
    first, second, third = names(page)
    for key, name in [("j", first), ("j", second), ("j", third), ("j", third), ("k", second)]:
        page.keyboard.press(key)
        expect(page.locator("tr.is-current [data-row-link]")).to_have_text(name)
        expect(page.locator("tr.is-current [data-row-link]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(second)
    expect(page.locator("#place")).to_contain_text("2 of 3")
    for key, name in [("j", third), ("k", second), ("k", first)]:
        is_live(page)
        page.keyboard.press(key)
        expect(page.locator("h1")).to_have_text(name)
    expect(page.locator("[data-place-prev]")).to_be_hidden()


def test_the_way_back_leads_to_the_list_as_it_was_filtered(page):
    page.goto("/leads/?sort=name")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#place")).to_contain_text("1 of 3")
    page.locator(".crumbs a").first.click()
    expect(page).to_have_url("/leads/?sort=name")


def test_slash_finds_and_letters_are_letters_while_one_types(page):
    page.keyboard.press("/")
    expect(page.locator("[data-find]")).to_be_focused()
    page.keyboard.type("njkaz/?")
    expect(page.locator("[data-find]")).to_have_value("njkaz/?")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_filter_leaves_a_short_address(page):
    page.locator("#id_q").fill("nobody of this name")
    expect(page.locator("#lead-table")).to_contain_text("No lead matches “nobody of this name”.")
    expect(page).to_have_url("/leads/?q=nobody%20of%20this%20name")
    page.locator("[data-find]").fill("x")
    page.locator("[data-find]").press("Enter")
    expect(page).to_have_url("/leads/?q=x")


def test_a_opens_the_form_of_a_new_lead(page):
    page.keyboard.press("a")
    expect(page).to_have_url("/leads/new/")


def test_the_key_of_a_method_logs_with_the_row_one_is_at(page):
    page.keyboard.press("j")
    name = page.locator("tr.is-current [data-row-link]").text_content()
    page.keyboard.press("c")
    dialog = page.locator("#log-dialog[open]")
    expect(dialog).to_contain_text(f"Log contact with {name}")
    expect(dialog.get_by_role("radio", name="Call")).to_be_checked()
    page.keyboard.press("Escape")
    expect(page.locator("tr.is-current [data-row-link]")).to_be_focused()
    page.keyboard.press("n")
    expect(dialog.get_by_role("radio", name="Email")).to_be_checked()


def test_keys_work_with_caps_lock_on_and_not_with_shift(page):
    page.keyboard.press("J")  # Playwright's capital letter, like Caps Lock's, comes without Shift.
    expect(page.locator("tr.is-current [data-row-link]")).to_be_focused()
    page.keyboard.press("Shift+N")
    page.keyboard.press("N")
    expect(page.locator("#log-dialog[open]")).to_have_count(1)


def test_a_question_mark_lists_the_keys_and_escape_leads_back(page):
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(page.locator("#keys-dialog")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.locator("#keys-dialog")).to_be_hidden()
    expect(page.locator("tr.is-current [data-row-link]")).to_be_focused()


def test_keys_with_control_alt_or_shift_are_the_browsers(page):
    for keys in ("Control+n", "Alt+a", "Shift+A", "Meta+a"):
        page.keyboard.press(keys)
    expect(page).to_have_url("/leads/")


def test_r_marks_the_newest_as_answered_and_focus_stays_with_it(page, leads, alice):
    attempt = AttemptFactory(lead=leads[0], user=alice, subject="Quick question")
    page.goto(f"/leads/{leads[0].id}/")
    page.keyboard.press("r")
    entry = page.locator(f"#attempt-{attempt.id}")
    expect(entry).to_contain_text("Replied")
    entry.get_by_role("button", name="Undo reply").focus()
    page.keyboard.press("Enter")
    expect(entry).to_contain_text("No reply")
    assert page.evaluate(f"document.getElementById('attempt-{attempt.id}').contains(document.activeElement)")


def test_shortcuts_can_be_switched_off(page, leads, alice):
    User.objects.filter(pk=alice.pk).update(shortcuts=False)
    page.goto(f"/leads/{leads[0].id}/")
    for key in ("e", "n", "?", "/"):
        page.keyboard.press(key)
    page.wait_for_timeout(200)
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert page.evaluate("document.activeElement === document.body")


def test_escape_closes_a_menu_and_returns_to_its_button(page):
    menu = page.locator(".bar details.menu")
    menu.locator("summary").click()
    expect(menu.locator(".menu-list")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu.locator(".menu-list")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()
    menu.locator("summary").click()
    page.locator("h1").click()
    expect(menu.locator(".menu-list")).to_be_hidden()


def leave_half_filled(page: Page, field: str, text: str) -> list[str]:
    """Type into a field and go away by the mark; the kinds of the questions that were asked on the way."""
    asked: list[str] = []
    page.locator(field).fill("")
    page.locator(field).press_sequentially(text)
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator(".brand").click()
    expect(page).to_have_url("/leads/")
    return asked


def test_a_form_that_keeps_nothing_asks_before_it_is_left_half_filled(window, mona):
    page = window(mona)
    page.goto("/policy/")
    assert leave_half_filled(page, "[name=email_cooldown_hours]", "36") == ["beforeunload"]


def test_a_lead_half_filled_is_kept_and_so_nobody_is_asked(page):
    page.goto("/leads/new/")
    assert leave_half_filled(page, "input[name=first_name]", "Dana") == []
    page.goto("/leads/new/")
    expect(page.locator("input[name=first_name]")).to_have_value("Dana")


@pytest.mark.logs("net::ERR_FAILED", "htmx:sendError")
def test_a_failed_act_says_so_and_offers_to_try_again(page, leads, alice):
    AttemptFactory(lead=leads[0], user=alice)
    open_live(page, f"/leads/{leads[0].id}/")
    catch(page, "**/response/**", lambda route: route.abort())
    page.keyboard.press("r")
    expect(page.locator("#toast")).to_contain_text("No connection to Tandem just now.")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#timeline")).to_contain_text("Replied")


def test_a_toast_goes_after_ten_seconds_unless_somebody_is_at_it(page, leads):
    open_live(page, f"/leads/{leads[0].id}/")
    page.clock.install()
    page.evaluate("void say('Something happened')")
    page.clock.run_for(9_000)
    expect(page.locator("#toast")).to_have_text("Something happened")
    page.locator("#toast").hover()
    page.clock.run_for(20_000)
    expect(page.locator("#toast")).to_be_visible()
    page.mouse.move(0, 0)
    page.clock.run_for(11_000)
    expect(page.locator("#toast")).to_be_hidden()


def test_undo_is_not_pushed_away_by_news(page, leads, window, bob):
    open_live(page, f"/leads/{leads[0].id}/")
    page.keyboard.press("c")
    expect(page.locator("#log-dialog")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toast")).to_contain_text("Undo")
    other = window(bob)
    other.goto("/profile/")
    log(other, leads[0], method="sms", subject="From Bob")
    expect(page.locator("#timeline")).to_contain_text("From Bob")
    expect(page.locator("#toast")).to_contain_text("Undo")
