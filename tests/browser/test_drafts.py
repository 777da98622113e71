"""Drafts, in a real browser: kept per user and lead until the server has confirmed, gone after that."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.factories import LeadFactory
from tests.support.pages import accessible, catch, fits, is_live, log, open_live, without_key

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(window, alice, lead) -> Page:
    return open_live(window(alice), f"/leads/{lead.id}/")


def write(page: Page, text: str, key: str = "e") -> None:
    page.keyboard.press(key)
    page.locator("#id_body").fill(text)


def drafts(page: Page) -> int:
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length")


def test_escape_keeps_the_draft_and_offers_to_reopen_it(page):
    write(page, "Half a sentence")
    expect(page.locator("[data-draft-words]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#toast")).to_contain_text("Draft kept.")
    expect(page.locator('.guard-row[data-method="email"]')).to_be_focused()
    page.locator("#toast").get_by_role("button", name="Reopen").click()
    expect(page.locator("#id_body")).to_have_value("Half a sentence")
    expect(page.locator("#method-email")).to_be_checked()


def test_an_empty_dialog_closes_without_a_word(page):
    page.keyboard.press("n")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#toast")).to_be_hidden()
    assert drafts(page) == 0


def test_a_reload_in_mid_sentence_loses_nothing(page):
    page.keyboard.press("n")
    page.locator("label.tile", has_text="LinkedIn").click()
    page.locator("#direction-inbound").check(force=True)
    page.locator("#id_body").press_sequentially("Half a sent")
    page.reload()
    page.keyboard.press("n")
    expect(page.locator("#id_body")).to_have_value("Half a sent")
    expect(page.locator("#method-linkedin")).to_be_checked()
    expect(page.locator("#direction-inbound")).to_be_checked()
    expect(page.locator("#verdict")).to_contain_text("always recorded")
    page.keyboard.press("Escape")
    expect(page.locator("#toast")).to_contain_text("Draft kept.")
    page.keyboard.press("c")
    expect(page.locator("#method-call")).to_be_checked()
    expect(page.locator("#id_body")).to_have_value("Half a sent")


def test_a_logged_contact_leaves_no_draft(page):
    write(page, "All of it")
    expect(page.locator("[data-draft-words]")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text("All of it")
    page.wait_for_timeout(400)
    assert drafts(page) == 0
    page.keyboard.press("c")
    expect(page.locator("#id_body")).to_have_value("")


def test_a_refusal_keeps_the_draft(page, lead):
    log(page, lead, method="email")
    page.reload()
    page.keyboard.press("l")
    page.locator("#id_body").fill("To be continued")
    page.evaluate("document.getElementById('seen').value = 1")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "warn")
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    expect(page.locator("#id_body")).to_have_value("To be continued")


def test_another_lead_and_another_person_have_drafts_of_their_own(page, window, bob, lead, company):
    write(page, "For Dana")
    page.keyboard.press("Escape")
    expect(page.locator("#toast")).to_contain_text("Draft kept.")
    other = LeadFactory(company=company)
    page.goto(f"/leads/{other.id}/")
    page.keyboard.press("e")
    expect(page.locator("#id_body")).to_have_value("")


def test_signing_out_removes_all_drafts(page):
    write(page, "Not for the next one at this desk")
    page.keyboard.press("Escape")
    expect(page.locator("#toast")).to_contain_text("Draft kept.")
    assert drafts(page) == 1
    page.locator("summary.account").click()
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert drafts(page) == 0


@pytest.mark.logs("net::ERR_FAILED", "htmx:sendError")
def test_a_browser_that_closed_before_the_answer_came_logs_once(page, lead):
    """The draft keeps the form's key from the moment it is sent until the answer is in."""
    catch(
        page, "**/contacts/new/*", lambda route: (route.fetch(), route.abort()) if is_post(route) else route.continue_()
    )
    catch(page, "**/contacts/verdict/*", without_key)
    write(page, "Sent, but was it?")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-failed]")).to_be_visible()
    key = page.locator("#log-form [name=key]").input_value()
    page.reload()
    page.unroute_all()
    expect(page.locator("#timeline .entry")).to_have_count(1)
    page.keyboard.press("e")
    expect(page.locator("#toast")).to_contain_text("Email to Dana Miller logged")
    expect(page.locator("#log-dialog")).to_have_count(0)
    assert lead.attempts.get().idempotency_key == key
    assert drafts(page) == 0


def lose_the_answer(page: Page) -> None:
    """The next contact reaches the server, and its answer is lost on the way back."""

    def lose(route: Route) -> None:
        if is_post(route):
            route.fetch()
            route.abort()
        else:
            route.continue_()

    catch(page, "**/contacts/new/*", lose)


@pytest.mark.logs("net::ERR_FAILED", "htmx:sendError")
def test_a_lost_answer_is_made_up_for_by_the_news_of_ones_own_contact(page, lead):
    lose_the_answer(page)
    write(page, "Sent, and it arrived")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toast")).to_contain_text("Email to Dana Miller logged")
    expect(page.locator("#log-dialog")).to_have_count(0)
    expect(page.locator("#timeline .entry")).to_have_count(1)
    assert drafts(page) == 0
    page.wait_for_timeout(400)
    assert lead.attempts.count() == 1


@pytest.mark.logs("net::ERR_FAILED", "htmx:sendError")
@pytest.mark.parametrize("method", ["email", "linkedin"])
def test_a_second_try_is_not_held_back_by_what_the_first_one_has_done(page, lead, method):
    """The verdict turns red or amber because of the contact itself; the form's own button says it is logged."""
    lose_the_answer(page)
    # As if the answer to this, too, came before the contact was known.
    catch(page, "**/contacts/verdict/*", without_key)
    write(page, "Sent, and it arrived", key=method[0])
    page.keyboard.press("Control+Enter")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "block" if method == "email" else "warn")
    page.unroute("**/contacts/new/*")
    if method == "linkedin":
        page.keyboard.press("Control+Enter")
    else:
        page.get_by_role("button", name="Try again").click()
    expect(page.locator("#toast")).to_contain_text("to Dana Miller logged")
    assert lead.attempts.count() == 1


@pytest.mark.logs("net::ERR_FAILED", "htmx:sendError")
def test_what_was_changed_after_a_lost_answer_is_one_more_contact_or_none(page, lead):
    lose_the_answer(page)
    catch(page, "**/contacts/verdict/*", without_key)
    write(page, "Sent, and it arrived", key="l")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-failed]")).to_be_visible()
    page.unroute_all()
    page.locator("#id_body").fill("Sent, and it arrived, and more")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#log-dialog")).to_contain_text("This is logged already, as you sent it first.")
    expect(page.locator("#id_body")).to_have_value("Sent, and it arrived, and more")
    page.locator("label.reason").first.click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toast")).to_contain_text("logged")
    assert lead.attempts.count() == 2


def test_the_page_of_its_own_logs_once_however_it_is_left_and_sent_again(page, lead):
    page.goto(f"/leads/{lead.id}/contacts/new/?method=linkedin")
    page.locator("#id_body").fill("On a page of its own")
    page.get_by_role("button", name="Log contact").click()
    expect(page.locator("#timeline .entry")).to_have_count(1)
    page.go_back()
    expect(page.locator("#log-form")).to_be_visible()
    page.wait_for_timeout(300)
    assert lead.attempts.count() == 1


def test_the_page_of_its_own_keeps_drafts_too_and_drops_them_once_logged(page, lead):
    page.goto(f"/leads/{lead.id}/contacts/new/?method=call")
    page.locator("#id_body").fill("On a page of its own")
    expect(page.locator("[data-draft-words]")).to_be_visible()
    page.reload()
    expect(page.locator("#id_body")).to_have_value("On a page of its own")
    page.get_by_role("button", name="Log contact").click()
    expect(page.locator("#timeline")).to_contain_text("On a page of its own")
    is_live(page)
    assert drafts(page) == 0


def is_post(route) -> bool:
    return route.request.method == "POST"


def keep(page: Page, text: str = "To be continued") -> None:
    write(page, text)
    expect(page.locator("[data-draft-words]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#log-dialog")).to_have_count(0)


def mark_of(page: Page, lead):
    return page.locator(f'[data-draft-of="{lead.id}"]')


def test_a_kept_draft_shows_on_the_lead_and_leads_back_to_its_text(page, lead):
    expect(mark_of(page, lead)).to_have_count(0)
    keep(page)
    page.reload()
    mark = mark_of(page, lead)
    expect(mark).to_contain_text(re.compile(r"Draft kept \d\d:\d\d"))
    mark.get_by_role("button", name="Reopen").click()
    expect(page.locator("#id_body")).to_have_value("To be continued")
    expect(page.locator("#method-email")).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text("To be continued")
    expect(mark).to_have_count(0)


def test_a_kept_draft_shows_in_the_row_also_after_the_row_was_replaced(page, window, bob, lead):
    keep(page)
    open_live(page, "/leads/")
    expect(mark_of(page, lead)).to_have_text(re.compile(r"Draft \d\d:\d\d"))
    other = window(bob)
    other.goto("/profile/")
    log(other, lead, method="call", subject="From Bob")
    expect(page.locator(f"#row-{lead.id}")).to_contain_text("From Bob")
    expect(mark_of(page, lead)).to_be_visible()
    mark_of(page, lead).click()
    expect(page.locator("#id_body")).to_have_value("To be continued")
    expect(page).to_have_url(re.compile("/leads/$"))


def test_a_draft_is_discarded_and_had_back(page, lead):
    keep(page)
    mark = mark_of(page, lead)
    mark.get_by_role("button", name="Discard").click()
    expect(mark).to_have_count(0)
    assert drafts(page) == 0
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(mark).to_be_visible()
    page.keyboard.press("e")
    expect(page.locator("#id_body")).to_have_value("To be continued")
    page.locator("#log-buttons").get_by_role("button", name="Discard").click()
    expect(page.locator("#log-dialog")).to_have_count(0)
    expect(page.locator("#toast")).to_contain_text("Draft discarded")
    assert drafts(page) == 0


def test_marks_follow_what_other_tabs_keep_log_and_discard(page, lead):
    tab = open_live(page.context.new_page(), "/leads/")
    expect(mark_of(tab, lead)).to_have_count(0)
    keep(page)
    expect(mark_of(tab, lead)).to_be_visible()
    mark_of(page, lead).get_by_role("button", name="Discard").click()
    expect(mark_of(tab, lead)).to_have_count(0)


def test_drafts_of_others_and_of_leads_that_are_not_here_show_nowhere(page, lead, bob, charlie):
    page.evaluate(
        """([lead, bob, gone]) => {
            const user = document.body.dataset.user;
            localStorage.setItem(`draft:${bob}:${lead}`, JSON.stringify({ method: "email", body: "Not hers" }));
            localStorage.setItem(`draft:${user}:${gone}`, JSON.stringify({ method: "email", body: "Of nobody" }));
        }""",
        [str(lead.id), str(bob.id), str(uuid.uuid4())],
    )
    for path in (f"/leads/{lead.id}/", "/leads/"):
        open_live(page, path)
        expect(page.locator("[data-draft-of]")).to_have_count(0)


def test_marks_fit_every_width_and_are_accessible(page, lead):
    keep(page)
    for path in (f"/leads/{lead.id}/", "/leads/"):
        open_live(page, path)
        expect(mark_of(page, lead)).to_be_visible()
        for width in (320, 390, 844, 1440):
            page.set_viewport_size({"width": width, "height": 844})
            fits(page, f"{path} at {width} px")
            accessible(page, f"{path} at {width} px")
