"""No dead ends, in a real browser: a reminder that comes up at its time, a question that is answered while one
waits, and the form turned to what is always recorded, with the text kept."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from crm.models import User
from leads.models import Lead
from outreach.contacts.actions import void_contact
from outreach.followups.reminders import remind
from outreach.models import ColleagueNote, ContactAttempt, Reminder
from tests.support.days import day_words
from tests.support.factories import AttemptFactory
from tests.support.pages import accessible, is_live, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def refused(lead, bob, company) -> ContactAttempt:
    """Bob emailed two hours ago: an email is too soon."""
    return AttemptFactory(
        lead=lead, user=bob, occurred_at=timezone.now() - timedelta(hours=2), subject="Quick question", body="Hi Dana"
    )


@pytest.fixture
def page(window, alice, lead, refused) -> Page:
    return open_live(window(alice), f"/leads/{lead.id}/")


def write_an_email(page: Page) -> None:
    page.keyboard.press("e")
    expect(page.locator("#id_subject")).to_be_focused()
    page.keyboard.type("Pricing")
    page.locator("#id_body").fill("Hi Dana, about the 40 seats")


def is_kept(page: Page) -> None:
    expect(page.locator("#id_subject")).to_have_value("Pricing")
    expect(page.locator("#id_body")).to_have_value("Hi Dana, about the 40 seats")


def tab_to(page: Page, name: str) -> None:
    """With the Tab key alone."""
    for _ in range(40):
        if name in page.evaluate("document.activeElement.innerText ?? ''"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"No way to {name} by Tab")


def unfold_more(page: Page) -> None:
    tab_to(page, "More")
    page.keyboard.press("Enter")


def test_a_reminder_is_set_by_keyboard_and_the_text_stays(page, refused):
    write_an_email(page)
    tab_to(page, "Remind me")
    page.keyboard.press("Enter")
    expect(page.locator("#remind-step")).to_contain_text("You will be reminded")
    is_kept(page)
    assert Reminder.objects.get().due_at == refused.occurred_at + timedelta(hours=24)
    expect(page.locator("#own-reminders")).to_contain_text("You will be reminded")
    page.keyboard.press("Escape")
    expect(page.locator("#log-dialog")).to_have_count(0)
    page.locator("#own-reminders").get_by_role("button", name="Cancel").press("Enter")
    expect(page.locator("#own-reminders")).not_to_contain_text("You will be reminded")
    assert Reminder.objects.get().done_at


def test_it_comes_up_in_an_open_list_at_its_time_and_is_said_once(window, alice, lead, refused, company):
    reminder = remind(lead_id=lead.id, user=alice, method="email", due_at=timezone.now() + timedelta(hours=22))
    page = open_live(window(alice), "/leads/")
    expect(page.locator("#reminders")).to_be_hidden()
    # Time passes: the contact is a day old, the reminder due, and the page's clock says so.
    earlier = pass_time(page, reminder, refused)
    band = page.locator("#reminders")
    expect(band).to_contain_text("Dana Miller")
    expect(band).to_contain_text(f"Bob Smith emailed {day_words(earlier, company, seen=timezone.now())}")
    expect(band).to_contain_text("needs a reason")
    expect(page.locator("#toast")).to_contain_text("Reminder. Dana Miller")
    band.get_by_role("link", name="Log").press("Enter")
    expect(page.locator('#method-email[type="radio"]')).to_be_checked()
    page.get_by_text("Following up").click()
    page.keyboard.press("Control+Enter")
    expect(band).to_be_hidden()
    assert Reminder.objects.get().done_at


def pass_time(page: Page, reminder: Reminder, sent: ContactAttempt) -> datetime:
    """What lies in the database moves into the past instead: a stand-in for the contact, a day older, and the time.

    Gives when the contact was.
    """
    late = timezone.now() - timedelta(seconds=1)
    earlier = late - timedelta(hours=25)
    AttemptFactory(lead=sent.lead, user=sent.user, occurred_at=earlier)
    void_contact(attempt_id=sent.id, user=sent.user, reason="a day has passed")
    Reminder.objects.filter(pk=reminder.pk).update(due_at=late)
    page.evaluate("at => { document.querySelector('[data-reminders]').dataset.next = at; }", late.isoformat())
    return earlier


def test_done_and_later_are_pressed_in_the_list(window, alice, lead, company):
    for method in ("email", "call"):
        remind(lead_id=lead.id, user=alice, method=method, due_at=timezone.now() + timedelta(hours=1))
    Reminder.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    page = window(alice)
    page.goto("/leads/")
    band = page.locator("#reminders")
    expect(band.locator("li")).to_have_count(2)
    band.get_by_role("button", name="Done: Email").click()
    expect(band.locator("li")).to_have_count(1)
    band.get_by_role("button", name="Later").click()
    expect(band).to_be_hidden()
    assert Reminder.objects.filter(done_at=None).get().due_at > timezone.now()


def test_a_colleague_is_asked_answers_and_is_heard_while_the_dialog_is_open(page, window, alice, bob, lead):
    other = window(bob)
    other.goto("/leads/")
    is_live(other)
    write_an_email(page)
    tab_to(page, "Ask Bob")
    page.keyboard.press("Enter")
    expect(page.locator("#ask-text")).to_be_focused()
    page.keyboard.type("Can you add the 40 seats?")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#ask-step")).to_contain_text("Bob Smith has your question")
    is_kept(page)
    # It arrives in Bob's list, and leads on to the lead.
    expect(other.locator("#toast")).to_contain_text("Alice Jones asks you about Dana Miller")
    expect(other.locator("#notes-link")).to_contain_text("1")
    other.get_by_role("button", name="Open").click()
    other.wait_for_url(f"**/leads/{lead.id}/**")
    expect(other.locator("#lead-notes")).to_contain_text("Can you add the 40 seats?")
    other.locator("[data-answer-text]").fill("Yes, in an hour")
    other.keyboard.press("Control+Enter")
    expect(other.locator("#toast")).to_contain_text("Alice Jones has your answer.")
    expect(other.locator("#notes-link [data-unread-count]")).to_be_hidden()
    # And Alice sees the answer beside what she was writing.
    expect(page.locator("#ask-step")).to_contain_text("Yes, in an hour")
    is_kept(page)
    page.keyboard.press("Escape")
    expect(page.locator("#lead-notes")).to_contain_text("Yes, in an hour")
    expect(page.locator("#notes-link")).to_contain_text("1")
    page.locator("#lead-notes").get_by_role("button", name="Mark as read").click()
    expect(page.locator("#lead-notes")).to_be_hidden()
    expect(page.locator("#notes-link [data-unread-count]")).to_be_hidden()


def test_a_verdict_asked_meanwhile_takes_no_answer_away(page):
    """The guard is asked again while one types; here it is answered before the reminder that was asked for."""
    write_an_email(page)
    held: list[Route] = []
    page.route("**/reminders/*", lambda route: route.continue_() if held else held.append(route))
    page.locator("#remind-step button").click()
    expect(page.locator("#remind-step button")).to_be_disabled()
    with page.expect_response("**/contacts/verdict/*"):
        page.locator("#id_body").press_sequentially("!")
    expect(page.locator("#remind-step button")).to_be_enabled()
    held[0].continue_()
    expect(page.locator("#remind-step")).to_contain_text("You will be reminded")
    expect(page.locator("#own-reminders")).to_contain_text("You will be reminded")
    expect(page.locator("#toast").get_by_role("button", name="Undo")).to_be_visible()


def test_a_half_written_question_survives_another_verdict(page, window, bob, lead):
    write_an_email(page)
    page.locator("#ask-step summary").press("Enter")
    page.keyboard.type("Can you add")
    page.locator("label.tile", has_text="LinkedIn").click()
    page.locator("label.tile", has_text="Email").click()
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "block")
    expect(page.locator("#ask-text")).to_be_visible()
    expect(page.locator("#ask-text")).to_have_value("Can you add")


def ask_from_elsewhere(page: Page, lead: Lead, recipient: User, text: str) -> None:
    """The page's user asks from another tab, through the server that the windows listen to."""
    token = json.loads(page.locator("body").get_attribute("hx-headers"))["X-CSRFToken"]
    form = {"recipient_id": str(recipient.id), "text": text}
    answer = page.request.post(f"/leads/{lead.id}/notes/", form=form, headers={"X-CSRFToken": token}, max_redirects=0)
    assert answer.status == 302, answer.text()


def test_a_half_written_answer_survives_news(page, window, alice, bob, lead):
    other = window(bob)
    other.goto("/leads/")
    ask_from_elsewhere(other, lead, alice, "May I call?")
    page.locator("[data-answer-text]").press_sequentially("Yes, but not bef")
    ask_from_elsewhere(other, lead, alice, "Or you?")
    expect(page.locator("#lead-notes .note")).to_have_count(2)
    field = page.get_by_label("Your answer to Bob Smith").last
    expect(field).to_have_value("Yes, but not bef")
    expect(field).to_be_focused()
    page.keyboard.type("ore noon")
    expect(field).to_have_value("Yes, but not before noon")


def test_what_they_said_is_recorded_instead_with_the_text_kept(page):
    write_an_email(page)
    unfold_more(page)
    tab_to(page, "Dana contacted me")
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "allow")
    is_kept(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#log-dialog")).to_have_count(0)
    assert ContactAttempt.objects.get(subject="Pricing").direction == "inbound"


def test_an_earlier_contact_is_recorded_instead_with_the_text_kept(page):
    write_an_email(page)
    unfold_more(page)
    tab_to(page, "It was earlier")
    page.keyboard.press("Enter")
    expect(page.locator("#id_occurred_at")).to_be_focused()
    expect(page.locator("#id_when")).to_have_value("other")
    is_kept(page)
    then = timezone.localtime() - timedelta(days=40)
    page.locator("#id_occurred_at").fill(f"{then:%Y-%m-%dT%H:%M}")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "allow")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#log-dialog")).to_have_count(0)
    assert ContactAttempt.objects.get(subject="Pricing").occurred_at < timezone.now() - timedelta(days=39)


def test_an_amber_dialog_leads_to_the_question_in_one_place(page, lead, bob):
    AttemptFactory(lead=lead, user=bob, method="call", occurred_at=timezone.now() - timedelta(days=2))
    page.keyboard.press("c")
    expect(page.locator("#verdict")).to_have_attribute("data-answer", "warn")
    expect(page.locator("#log-dialog").get_by_text("Ask Bob").locator("visible=true")).to_have_count(1)
    page.locator("#ask-step summary").press("Enter")
    expect(page.locator("#ask-text")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#ask-error")).to_contain_text("Write a few words.")
    assert not ColleagueNote.objects.exists()


def test_on_a_phone_everything_is_reached_and_nothing_scrolls_sideways(window, alice, bob, lead, refused):
    page = open_live(window(alice, **PHONE), f"/leads/{lead.id}/")
    page.locator(".guard-row[data-method=email]").tap()
    page.locator("#ask-step summary").tap()
    page.locator("#ask-text").fill("Can you add this?")
    page.locator("[data-ask-send]").tap()
    expect(page.locator("#ask-step")).to_contain_text("has your question")
    page.locator("#remind-step button").tap()
    expect(page.locator("#remind-step")).to_contain_text("You will be reminded")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    for button in page.locator("#verdict .instead-row:visible").all():
        assert button.bounding_box()["height"] >= 44


def test_the_steps_and_their_answers_are_accessible(window, alice, bob, lead, refused):
    page = open_live(window(alice, reduced_motion="reduce"), f"/leads/{lead.id}/")
    page.keyboard.press("e")
    page.locator("#ask-step summary").click()
    for step in (None, "[data-ask-send]", "#remind-step button"):
        if step == "[data-ask-send]":
            page.locator("#ask-text").fill("Can you add this?")
        if step:
            page.locator(step).click()
            expect(page.locator(step)).to_have_count(1 if "remind" in step else 0)
        accessible(page, str(step))
    page.keyboard.press("Escape")
    page.locator("#lead-details").get_by_role("link", name="Ask a colleague").click()
    page.locator("#note-dialog[open]").wait_for()
    accessible(page)
