"""The toast and its Undo: whatever is opened, closed or swapped around it, by mouse and by key, at every size."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from leads.models import Lead
from outreach.models import ColleagueNote, ContactAttempt
from tests.support.factories import AttemptFactory
from tests.support.pages import accessible, catch, log, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = [(1440, 900), (844, 390), (390, 844), (320, 700)]


@pytest.fixture
def attempt(lead, alice, bob) -> ContactAttempt:
    return AttemptFactory(lead=lead, user=alice, method="call", occurred_at=timezone.now() - timedelta(days=9))


@pytest.fixture
def page(window, alice, lead, attempt) -> Page:
    """Alice on the page of a lead she has called."""
    return open_live(window(alice), f"/leads/{lead.id}/")


def toast(page: Page) -> Locator:
    return page.locator("#toast")


def undo(page: Page) -> None:
    page.keyboard.press("z")
    expect(toast(page)).to_contain_text("Undone.")


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def press(button: Locator) -> None:
    """By keyboard: the small buttons of an entry show only to whoever hovers over it or comes to them with Tab."""
    button.focus()
    button.press("Enter")


def void(page: Page) -> None:
    press(page.get_by_role("link", name="Void"))
    page.get_by_label("Reason").fill("Wrong person")
    page.get_by_role("button", name="Void contact").click()


def replied_earlier(page: Page) -> None:
    press(page.get_by_role("link", name="They replied earlier, give the time"))
    page.locator("#response-dialog").get_by_role("button", name="They replied").click()


def ask(page: Page) -> None:
    page.get_by_role("link", name="Ask a colleague").first.click()
    page.locator("#note-dialog textarea").fill("What did she say?")
    page.locator("#note-dialog .button.is-primary").click()


SMALL = {
    "void": (void, "contact voided", lambda attempt: fresh(attempt).voided_at is not None),
    "replied earlier": (replied_earlier, "Reply of Dana Miller recorded", lambda attempt: fresh(attempt).responded),
    "ask a colleague": (ask, "has your question", lambda attempt: ColleagueNote.objects.exists()),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_small_dialog_is_confirmed_by_a_toast_whose_undo_takes_it_back_and_so_is_the_next_one(page, attempt, name):
    act, words, is_done = SMALL[name]
    for _ in range(2):
        act(page)
        expect(page.locator("dialog[open]")).to_have_count(0)
        expect(toast(page)).to_contain_text(words)
        assert is_done(attempt)
        undo(page)
        assert not is_done(attempt)
        expect(page.locator("#timeline .is-voided")).to_have_count(0)


def test_r_and_z_mark_a_reply_and_take_it_back(page, attempt):
    page.keyboard.press("r")
    expect(page.locator("#timeline")).to_contain_text("Replied")
    expect(toast(page).get_by_role("button", name="Undo")).to_be_visible()
    undo(page)
    expect(page.locator("#timeline")).to_contain_text("No reply")
    assert not fresh(attempt).responded


def test_z_takes_back_status_owner_and_what_was_taken_back(page, lead, attempt):
    page.locator("#lead-status summary").click()
    page.get_by_role("button", name="Lost").click()
    expect(toast(page)).to_contain_text("Dana Miller is Lost now")
    undo(page)
    expect(page.locator("#lead-status summary")).not_to_contain_text("Lost")
    page.locator("#lead-owner summary").click()
    page.locator("#lead-owner .menu-item", has_text="Alice Jones").click()
    expect(toast(page)).to_contain_text("belongs to Alice Jones now")
    undo(page)
    expect(page.locator("#lead-owner summary")).to_contain_text("nobody")
    assert fresh(lead).owner is None


def test_the_region_survives_every_dialog_in_any_order(page):
    """With something on show and without, whoever closes it: Escape, the cross, an answer, another swap."""
    for say in (True, False):
        for opener, way_out in [
            (lambda: page.keyboard.press("?"), "Escape"),
            (lambda: press(page.get_by_role("link", name="Void")), "cross"),
            (lambda: page.keyboard.press("e"), "Escape"),
            (lambda: page.keyboard.press("c"), "swap"),
            (lambda: page.keyboard.press("?"), "cross"),
        ]:
            if say:
                page.evaluate("void say('Before the dialog')")
            opener()
            dialog = page.locator("dialog[open]")
            expect(dialog).to_be_visible()
            expect(dialog.locator("#toast")).to_have_count(1)
            page.evaluate("void say('In the dialog', 'Open', () => {})")
            dialog.get_by_role("button", name="Open", exact=True).click()
            page.evaluate("void say('Still here')")
            expect(dialog.locator("#toast")).to_have_text("Still here")
            if way_out == "swap":
                page.evaluate("document.getElementById('dialog-slot').replaceChildren()")
            elif way_out == "cross":
                dialog.get_by_role("button", name="Close").click()
            else:
                page.keyboard.press("Escape")
            expect(page.locator("dialog[open]")).to_have_count(0)
            expect(page.locator("body > #toast-slot > #toast")).to_have_count(1)
            page.evaluate("void say('After the dialog')")
            expect(toast(page)).to_have_text("After the dialog")


def test_an_undo_goes_along_into_a_dialog_where_it_is_pressed_by_mouse_and_by_key(page, attempt):
    for take_back in (lambda: page.keyboard.press("z"), lambda: toast(page).get_by_role("button").click()):
        expect(page.locator("#timeline")).to_contain_text("No reply")
        page.keyboard.press("r")
        expect(toast(page)).to_contain_text("recorded")
        page.keyboard.press("e")
        page.locator("#id_subject").fill("")
        page.keyboard.type("zz")
        expect(page.locator("#id_subject")).to_have_value("zz")
        expect(page.locator("#log-dialog #toast")).to_contain_text("recorded")
        page.locator("#log-dialog [name=method]:checked").focus()
        take_back()
        expect(toast(page)).to_contain_text("Undone.")
        expect(page.locator("#log-dialog")).to_be_visible()
        expect(page.locator("#id_subject")).to_have_value("zz")
        assert not fresh(attempt).responded
        page.keyboard.press("Escape")
        expect(page.locator("#log-dialog")).to_have_count(0)


def test_a_refused_reply_in_a_dialog_leaves_the_toast(page, lead):
    page.keyboard.press("r")
    expect(toast(page)).to_contain_text("Undo")
    press(page.get_by_role("link", name="Void"))
    page.locator("#void-form").evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    expect(page.locator("#void-form .error")).to_be_visible()
    expect(page.locator("#void-dialog #toast")).to_contain_text("recorded")
    page.keyboard.press("Escape")
    expect(page.locator("body > #toast-slot #toast")).to_contain_text("recorded")
    undo(page)


@pytest.mark.logs("net::ERR_FAILED", "htmx:sendError")
def test_an_undo_that_found_no_connection_stays_on_offer(page, attempt):
    page.keyboard.press("r")
    expect(toast(page)).to_contain_text("Undo")
    catch(page, "**/undo/**", lambda route: route.abort())
    page.keyboard.press("z")
    expect(toast(page)).to_contain_text("Not undone: no connection to Tandem just now.")
    page.unroute_all()
    undo(page)
    assert not fresh(attempt).responded


def test_an_undo_that_comes_too_late_says_who_was_faster(page, window, bob, lead, attempt):
    page.keyboard.press("r")
    expect(toast(page)).to_contain_text("Undo")
    other = open_live(window(bob), f"/leads/{lead.id}/")
    for name in ("Undo reply", "They replied"):
        press(other.get_by_role("button", name=name, exact=True).first)
        expect(other.locator("#toast")).to_contain_text("Undo")
        expect(other.locator("#timeline")).to_contain_text("Replied" if name == "They replied" else "No reply")
    page.keyboard.press("z")
    expect(toast(page)).to_contain_text("Bob Smith has changed it since. Nothing was undone.")
    assert fresh(attempt).responded


@pytest.mark.logs("WebSocket is closed before the connection is established")
def test_z_does_nothing_once_the_offer_has_ended(page, attempt):
    page.clock.install()
    page.keyboard.press("r")
    expect(toast(page)).to_contain_text("Undo")
    page.clock.run_for(10_500)
    expect(toast(page)).to_be_hidden()
    page.keyboard.press("z")
    page.keyboard.press("?")
    expect(page.locator("#keys-dialog")).to_be_visible()
    assert fresh(attempt).responded


@pytest.mark.logs("WebSocket is closed before the connection is established")
def test_an_offer_stays_while_it_has_the_focus_and_gives_it_back(page, attempt):
    page.clock.install()
    page.locator("#lead-status summary").focus()
    page.keyboard.press("r")
    expect(toast(page)).to_contain_text("Undo")
    page.locator("#lead-status summary").focus()
    toast(page).get_by_role("button").focus()
    page.clock.run_for(30_000)
    expect(toast(page)).to_contain_text("Undo")
    page.keyboard.press("Enter")
    expect(toast(page)).to_contain_text("Undone.")
    expect(page.locator("#lead-status summary")).to_be_focused()


def test_z_takes_back_the_last_of_two_acts_from_the_list_too(page, window, alice, lead, attempt):
    page.goto("/leads/")
    row = page.locator(f"#row-{lead.id}")
    row.locator("[data-row-log]").click()
    expect(page.locator("#log-dialog")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(toast(page)).to_contain_text("logged")
    undo(page)
    assert Lead.objects.get().contact_count == 1


def test_being_told_when_free_is_taken_back(page, window, bob, lead):
    other = open_live(window(bob), f"/leads/{lead.id}/")
    other.keyboard.press("e")
    button = page.locator("[data-tell-free]").first
    button.click()
    expect(toast(page)).to_contain_text("You will be told")
    undo(page)
    expect(button).to_have_attribute("aria-pressed", "false")


def test_a_page_without_scripts_has_the_undo_as_a_button(window, alice, lead, attempt):
    page = window(alice, java_script_enabled=False)
    page.goto(f"/leads/{lead.id}/")
    page.get_by_role("button", name="They replied").first.click()
    notice = page.locator(".notice", has_text="Reply of Dana Miller recorded")
    notice.get_by_role("button", name="Undo").click()
    expect(page.locator(".notice")).to_contain_text("Undone. The reply of Dana Miller is not recorded.")
    expect(page).to_have_url(f"/leads/{lead.id}/?entry={attempt.id}")
    assert not fresh(attempt).responded


def test_what_led_to_another_page_is_undone_there_and_the_notice_goes(page, lead):
    page.goto(f"/leads/{lead.id}/do-not-contact/")
    page.locator("[name=whole]").check()
    page.locator("[name=reason]").fill("Said so")
    page.locator("main form .button.is-primary").click()
    expect(page.locator(".notice")).to_contain_text("Undo")
    undo(page)
    expect(page.locator(".notice")).to_have_count(0)
    assert not fresh(lead).do_not_contact


def cover(page: Page, other: Locator) -> bool:
    one, two = toast(page).bounding_box(), other.bounding_box()
    assert one and two
    apart = (
        one["x"] + one["width"] <= two["x"]
        or two["x"] + two["width"] <= one["x"]
        or one["y"] + one["height"] <= two["y"]
        or two["y"] + two["height"] <= one["y"]
    )
    return not apart


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_at_no_size_the_toast_covers_the_tabs_or_what_a_dialog_is_about(window, alice, lead, attempt, width, height):
    page = open_live(
        window(alice, viewport={"width": width, "height": height}, has_touch=width < 1000), f"/leads/{lead.id}/"
    )
    page.get_by_role("button", name="They replied").first.click()
    act = toast(page).get_by_role("button", name="Undo")
    expect(act).to_be_visible()
    box = toast(page).bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height
    if page.locator(".tabs").is_visible():
        assert not cover(page, page.locator(".tabs"))
    page.keyboard.press("e")
    buttons = ("#log-buttons [data-key='ctrl+enter']", "#log-dialog [data-close]")
    for part in (*buttons, "#verdict-title", "#id_subject", "#id_body"):
        expect(page.locator(part).first).to_be_visible()
        assert not cover(page, page.locator(part).first), f"The toast covers {part}."
    # Whoever is in it has all the time there is.
    act.focus()
    accessible(page, "the toast in a dialog")
    act.click()
    expect(toast(page)).to_contain_text("Undone.")


def test_on_touch_the_undo_is_large_enough_for_a_finger(window, alice, lead, attempt):
    page = window(alice, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    open_live(page, f"/leads/{lead.id}/")
    page.get_by_role("button", name="They replied").first.tap()
    box = toast(page).get_by_role("button", name="Undo").bounding_box()
    assert box and box["height"] >= 44 and box["width"] >= 44


def test_news_waits_for_an_undo_and_comes_after_it(page, window, bob, lead):
    page.keyboard.press("r")
    expect(toast(page)).to_contain_text("Undo")
    other = window(bob)
    other.goto("/profile/")
    log(other, lead, method="sms", subject="From Bob")
    expect(page.locator("#timeline")).to_contain_text("From Bob")
    expect(toast(page)).to_contain_text("Undo")
