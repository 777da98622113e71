"""The dialog that logs a contact, in a real browser: nothing typed is lost, nothing is logged twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from outreach.models import Claim, ColleagueNote, ContactAttempt, GuardDecision, Reminder
from tests.support.pages import ANYWAY, catch, first, log, open_live, without_key

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(window, alice, lead) -> Page:
    return open_live(window(alice), f"/leads/{lead.id}/")


def test_a_contact_is_logged_by_keyboard_alone(page):
    page.keyboard.press("e")
    expect(page.locator("#id_subject")).to_be_focused()
    page.keyboard.type("Quick question")
    page.keyboard.press("Control+Enter")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#timeline")).to_contain_text("Quick question")
    expect(page.locator("#toast")).to_contain_text("Email to Dana Miller logged")
    expect(page.locator('.guard-row[data-method="email"]')).to_be_focused()
    page.keyboard.press("z")
    expect(page.locator("#timeline")).to_contain_text("Voided")


def test_a_double_press_logs_one_contact(page):
    page.keyboard.press("c")
    send = page.locator("#log-buttons").get_by_role("button", name="Log contact")
    with page.expect_response("**/contacts/new/*"):
        send.dblclick()
    expect(page.locator("#timeline .entry")).to_have_count(1)
    assert ContactAttempt.objects.count() == 1


def test_the_buttons_say_that_they_are_sending_and_cannot_be_pressed_again(page):
    held: list[Route] = []
    catch(page, "**/contacts/new/*", lambda route: held.append(route) if is_post(route) else route.continue_())
    page.keyboard.press("c")
    page.locator("#id_subject").fill("Pricing")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#log-form")).to_have_attribute("aria-busy", "true")
    expect(page.get_by_text("Logging…")).to_be_visible()
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Escape")
    assert len(held) == 1
    first(page, held).continue_()
    expect(page.locator("#timeline .entry")).to_have_count(1)


def lose_the_first_answer(page: Page) -> None:
    """The server logs the contact, and the browser never hears of it, not even where it asks for the verdict."""
    lost = []

    def lose(route: Route) -> None:
        if is_post(route) and not lost:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    catch(page, "**/contacts/new/*", lose)
    catch(page, "**/contacts/verdict/*", without_key)


@pytest.mark.logs("net::ERR_FAILED", "htmx:sendError")
def test_a_lost_answer_keeps_the_dialog_and_trying_again_logs_once(page):
    lose_the_first_answer(page)
    page.keyboard.press("e")
    page.locator("#id_subject").fill("Pricing for 40 seats")
    page.keyboard.press("Control+Enter")
    dialog = page.locator("#log-dialog")
    expect(dialog.locator("[data-failed]")).to_contain_text("No connection to Tandem just now.")
    expect(page.locator("#id_subject")).to_have_value("Pricing for 40 seats")
    dialog.get_by_role("button", name="Try again").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#timeline .entry")).to_have_count(1)
    assert ContactAttempt.objects.count() == 1


@pytest.mark.logs("net::ERR_FAILED", "htmx:sendError")
def test_news_after_a_lost_answer_leaves_the_way_to_try_again(page, window, bob, lead):
    lose_the_first_answer(page)
    page.keyboard.press("e")
    page.locator("#id_subject").fill("Pricing for 40 seats")
    page.keyboard.press("Control+Enter")
    again = page.locator("#log-dialog").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    other = window(bob)
    other.goto(f"/leads/{lead.id}/")
    with page.expect_response("**/contacts/verdict/*"):
        log(other, lead, method="call", subject="Rang Dana", **ANYWAY)
    expect(page.locator("#verdict")).to_contain_text("Rang Dana")
    again.click()
    expect(page.locator("#log-dialog")).to_have_count(0)
    expect(page.locator("#timeline .entry")).to_have_count(2)
    assert ContactAttempt.objects.count() == 2


@pytest.mark.logs("with a status of", "Response Status Error Code")
@pytest.mark.parametrize(
    ("status", "words"),
    [(500, "Something went wrong on our side."), (503, "Tandem is busy just now."), (403, "This page is out of date.")],
)
def test_a_failing_server_leaves_the_text_where_it_was(page, status, words):
    answer = {"status": status, "body": "<!doctype html><title>No</title><p>No"}
    catch(page, "**/contacts/new/*", lambda route: route.fulfill(**answer) if is_post(route) else route.continue_())
    page.keyboard.press("e")
    page.locator("#id_body").fill("Hi Dana")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#log-dialog [data-failed]")).to_contain_text(words)
    expect(page.locator("#id_body")).to_have_value("Hi Dana")
    expect(page.locator("#log-buttons .is-primary")).to_be_enabled()


def test_a_contact_logged_meanwhile_turns_the_verdict_and_leaves_the_typing_alone(page, window, bob, lead):
    page.keyboard.press("e")
    expect(page.locator("#id_subject")).to_be_focused()
    page.locator("#id_body").press_sequentially("I was wri")
    page.evaluate("document.getElementById('id_body').setSelectionRange(2, 2)")
    other = window(bob)
    other.goto(f"/leads/{lead.id}/")
    log(other, lead, method="email", subject="From Bob", **ANYWAY)
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "block")
    expect(page.locator("#id_body")).to_be_focused()
    page.keyboard.type("ll ")
    expect(page.locator("#id_body")).to_have_value("I ll was wri")
    expect(page.locator("#timeline")).to_contain_text("From Bob")


def test_reason_and_note_survive_another_method_and_another_verdict(page, window, bob, lead):
    log(page, lead, method="linkedin", subject="Hello")
    log(page, lead, method="call", subject="Voicemail")
    page.reload()
    page.keyboard.press("l")
    page.get_by_text("Different topic").click()
    page.locator("#id_note").fill("seats")
    page.locator("label.tile", has_text="Call").click()
    expect(page.locator("#verdict")).to_contain_text("You called Dana just now")
    expect(page.locator("#reason-topic")).to_be_checked()
    expect(page.locator("#id_note")).to_have_value("seats")
    expect(page.locator("#method-call")).to_be_focused()
    page.locator("label.tile", has_text="SMS").click()
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "allow")
    page.locator("label.tile", has_text="LinkedIn").click()
    expect(page.locator("#reason-topic")).to_be_checked()
    expect(page.locator("#id_note")).to_have_value("seats")


def test_what_is_typed_into_the_note_while_the_guard_is_asked_stays(page, window, bob, lead):
    log(page, lead, method="linkedin")
    page.keyboard.press("l")
    page.get_by_text("Following up").click()
    held: list[Route] = []
    catch(page, "**/contacts/verdict/*", lambda route: held.append(route))
    page.locator("#id_note").press_sequentially("as ag")
    page.evaluate("htmx.trigger('#log-asks', 'verdict:ask')")
    page.wait_for_function("document.querySelector('#log-asks.htmx-request')")
    page.keyboard.type("reed")
    first(page, held).continue_()
    expect(page.locator("#log-asks.htmx-request")).to_have_count(0)
    expect(page.locator("#id_note")).to_have_value("as agreed")
    expect(page.locator("#id_note")).to_be_focused()
    page.keyboard.type(" today")
    expect(page.locator("#id_note")).to_have_value("as agreed today")


def test_going_ahead_needs_a_reason_and_says_so(page, lead):
    log(page, lead, method="linkedin", subject="Hello")
    page.reload()
    page.keyboard.press("l")
    page.locator("#id_subject").fill("Once more")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#log-buttons .needs-reason")).to_have_attribute("aria-disabled", "true")
    assert ContactAttempt.objects.count() == 1
    page.get_by_text("Following up").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline .entry")).to_have_count(2)
    assert GuardDecision.objects.get().reason == "Following up"


def test_enter_in_a_field_never_records_a_collision(page, lead):
    log(page, lead, method="email", subject="Hello")
    page.reload()
    page.keyboard.press("e")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "block")
    page.get_by_text("I already sent it").click()
    page.get_by_text("Following up").click()
    page.locator("#id_subject").fill("Once more")
    page.locator("#id_subject").press("Enter")
    page.wait_for_timeout(200)
    assert ContactAttempt.objects.count() == 1
    page.get_by_role("button", name="Record as collision").click()
    expect(page.locator("#timeline .entry")).to_have_count(2)


def written() -> dict[str, int]:
    """How many rows there are of everything that the dialog can write."""
    tables = (ContactAttempt, GuardDecision, Reminder, ColleagueNote, Claim)
    return {table.__name__: table.objects.count() for table in tables}


def once_claimed(page: Page) -> dict[str, int]:
    """What is written once the open dialog has told that somebody writes, or after some seconds."""
    for _ in range(50):
        if (rows := written())["Claim"] == 1:
            break
        page.wait_for_timeout(100)
    return rows


def press_enter_in_every_field(page: Page) -> list[str]:
    """Enter in each field of the form that is shown, one after the other; the ids of the fields."""
    fields = page.locator("#log-form input:visible:not([type=radio]):not([type=checkbox])")
    ids = fields.evaluate_all("fields => fields.map((field) => field.id)")
    for field_id in ids:
        page.locator(f"#{field_id}").press("Enter")
        # What it sends is answered within a moment.
        page.wait_for_timeout(300)
    return ids


def test_enter_in_a_field_of_a_blocked_dialog_writes_nothing_at_all(page, window, bob, lead):
    """The first button of the form is "Remind me", which Enter would press by itself."""
    page.keyboard.press("e")
    expect(page.locator("#id_subject")).to_be_focused()
    other = window(bob)
    other.goto("/profile/")
    log(other, lead, method="email", subject="From Bob", **ANYWAY)
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "block")
    expect(page.get_by_role("button", name="Remind me")).to_be_visible()
    page.get_by_text("I already sent it").click()
    before = once_claimed(page)
    assert {"id_subject", "id_note"} <= set(press_enter_in_every_field(page))
    assert written() == before, "Enter in a field of a blocked dialog wrote something."
    expect(page.locator("#log-dialog")).to_be_visible()


@pytest.mark.parametrize("field", ["id_subject", "id_note"])
def test_enter_in_a_field_of_an_amber_dialog_writes_nothing_without_a_reason(page, lead, field):
    log(page, lead, method="linkedin", subject="Hello")
    page.reload()
    page.keyboard.press("l")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "warn")
    before = once_claimed(page)
    page.locator(f"#{field}").press("Enter")
    page.wait_for_timeout(300)
    assert written() == before, "Enter in a field wrote something although no reason was picked."


def test_enter_in_a_field_of_a_clear_dialog_logs_one_contact_and_nothing_else(page):
    before = written()
    claims: list[str] = []
    page.on("request", lambda request: claims.append(request.url) if request.url.endswith("/claim/") else None)
    page.keyboard.press("e")
    page.locator("#id_subject").fill("Pricing")
    with page.expect_response("**/claim/release/"):
        page.locator("#id_subject").press("Enter")
    expect(page.locator("#log-dialog")).to_have_count(0)
    expect(page.locator("#timeline .entry")).to_have_count(1)
    page.wait_for_timeout(300)
    assert written() == {**before, "ContactAttempt": 1}, "Enter in a clear dialog writes the contact and nothing else."
    assert len(claims) == 1, "The person was claimed once more after the contact was logged."


def test_a_refusal_comes_back_with_the_text_and_the_reasons_in_reach(page, window, bob, lead):
    page.keyboard.press("l")
    page.locator("#id_subject").fill("Hello Dana")
    # A page that hears nothing: the refusal is the first it learns.
    page.evaluate("document.dispatchEvent = () => true")
    other = window(bob)
    other.goto(f"/leads/{lead.id}/")
    log(other, lead, method="linkedin", subject="From Bob", **ANYWAY)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "warn")
    expect(page.locator("#id_subject")).to_have_value("Hello Dana")
    expect(page.locator("#reason-asked")).to_be_focused()
    assert ContactAttempt.objects.count() == 1


@pytest.mark.logs("with a status of 403")
def test_a_person_who_wants_no_contact_is_refused_in_the_dialog(page, lead):
    page.keyboard.press("s")
    page.locator("#id_subject").fill("Hello")
    type(lead).objects.filter(pk=lead.pk).update(do_not_contact_methods=["sms"])
    page.keyboard.press("Control+Enter")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "dnc")
    expect(page.locator("#id_subject")).to_have_value("Hello")


def test_call_instead_changes_the_method_in_place(page, lead):
    log(page, lead, method="email", subject="Hello")
    page.reload()
    page.keyboard.press("e")
    page.locator("#id_body").fill("Typed already")
    page.get_by_text("Call instead").click()
    expect(page.locator("#method-call")).to_be_checked()
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "allow")
    expect(page.locator("#id_body")).to_have_value("Typed already")


def test_what_is_typed_before_the_dialog_is_there_presses_nothing(page, lead):
    log(page, lead, method="call")
    page.reload()
    held: list[Route] = []
    catch(page, "**/contacts/new/*", lambda route: held.append(route))
    page.keyboard.press("e")
    page.keyboard.type("error")
    first(page, held).continue_()
    expect(page.locator("#log-dialog")).to_be_visible()
    assert not lead.attempts.get().responded


def test_a_double_press_on_the_opener_opens_one_dialog(page):
    page.locator(".guard-act a").dblclick()
    expect(page.locator("dialog[open]")).to_have_count(1)
    page.locator("#id_subject").fill("Typed")
    page.wait_for_timeout(300)
    expect(page.locator("#id_subject")).to_have_value("Typed")


def test_a_page_that_sends_is_sent_once(page, window, alice, lead):
    """The form on a page of its own, as a new tab shows it."""
    page.goto(f"/leads/{lead.id}/contacts/new/?method=call")
    page.locator("#id_subject").fill("Once")
    page.get_by_role("button", name="Log contact").dblclick()
    expect(page.locator("#timeline .entry")).to_have_count(1)
    assert ContactAttempt.objects.count() == 1


def test_on_touch_the_keyboard_does_not_cover_the_verdict(window, alice, lead):
    page = open_live(
        window(alice, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True), f"/leads/{lead.id}/"
    )
    page.locator(".tabs").get_by_text("Log contact").tap()
    expect(page.locator("#method-email")).to_be_focused()
    expect(page.locator("#verdict-title")).to_be_in_viewport()


def is_post(route: Route) -> bool:
    return route.request.method == "POST"
