"""Managers settle what was logged against the guard, in a real browser: by keyboard alone, both reps looking on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from outreach.contacts.actions import log_contact
from outreach.contacts.contact import Contact
from outreach.models import ContactAttempt, GuardDecision
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.pages import accessible, is_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMES = ["Yuki", "Kenji", "Rosa"]
SAME = "we help order desks like yours to take every order once. Could we speak on Friday?"


@pytest.fixture
def made(company, alice, bob) -> list[ContactAttempt]:
    """Three emails that Bob logged although Alice had written: the newest, to Rosa, collided with hers."""
    return [written_twice(company, alice, bob, name, days=2 - number) for number, name in enumerate(NAMES)]


def written_twice(company, alice, bob, name: str, *, days: int) -> ContactAttempt:
    lead = LeadFactory(company=company, first_name=name, last_name="Mori")
    first = timezone.now() - timedelta(days=days, minutes=6)
    AttemptFactory(lead=lead, user=alice, occurred_at=first, subject="Orders", body=f"Hi {name}, {SAME} Alice")
    said = Contact("email", subject="Orders", body=f"Hello {name}, {SAME} Bob")
    return log_contact(lead_id=lead.id, user=bob, contact=said, reason="Different topic", already_sent=not days)


@pytest.fixture
def page(window, mona, made) -> Page:
    """Mona at the review."""
    page = window(mona)
    page.goto("/review/")
    return page


def cards(page: Page):
    return page.locator(".review-card")


def card(page: Page, name: str):
    return page.locator(".review-card", has_text=f"{name} Mori")


def is_at(page: Page, name: str) -> None:
    """The card is the one keys act on, and the focus is in it."""
    expect(card(page, name)).to_have_class(re.compile("is-current"))
    expect(page.locator(".is-current")).to_have_count(1)
    expect(card(page, name).locator("[data-row-link]")).to_be_focused()


def reviews() -> dict[str, str]:
    found = GuardDecision.objects.to_review().values_list("lead__first_name", "review")
    return dict(found)


def test_cards_are_walked_and_settled_by_keyboard_alone(page):
    expect(cards(page)).to_have_count(3)
    expect(card(page, "Rosa")).to_have_class(re.compile("is-current"))
    page.keyboard.press("j")
    is_at(page, "Kenji")
    page.keyboard.press("x")
    expect(cards(page)).to_have_count(2)
    is_at(page, "Yuki")
    page.keyboard.press("k")
    is_at(page, "Rosa")
    page.keyboard.press("a")
    expect(cards(page)).to_have_count(1)
    is_at(page, "Yuki")
    assert reviews() == {"Rosa": "accepted", "Kenji": "not_acceptable", "Yuki": ""}
    expect(page.locator("#review-head")).to_contain_text("To review 1")
    expect(page.locator(".bar-nav .review-due")).to_have_text("1 to review")
    expect(page.locator("#reviewed-lately li")).to_have_count(2)
    page.keyboard.press("a")
    expect(page.get_by_text("Nothing to review.")).to_be_visible()
    expect(page.locator(".bar-nav .review-due")).to_be_hidden()


def test_the_keys_act_on_the_marked_card_before_anything_has_the_focus(page):
    page.keyboard.press("a")
    expect(page.locator("#toast")).to_contain_text("Accepted")
    is_at(page, "Kenji")
    assert reviews()["Rosa"] == "accepted"


def test_undo_brings_the_card_back_and_the_focus_to_it(page):
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#toast")).to_contain_text("Not acceptable")
    page.keyboard.press("z")
    expect(cards(page)).to_have_count(3)
    is_at(page, "Kenji")
    expect(page.locator("#toast")).to_have_text("Undone. To be reviewed again.")
    expect(page.locator(".bar-nav .review-due")).to_have_text("3 to review")
    expect(page.locator("#reviewed-lately")).to_be_hidden()
    assert set(reviews().values()) == {""}


def test_letters_in_the_note_and_enter_settle_nothing(page):
    note = card(page, "Rosa").get_by_label("Note to both reps")
    note.focus()
    page.keyboard.type("ax jk")
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    expect(note).to_have_value("ax jk")
    expect(cards(page)).to_have_count(3)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(cards(page)).to_have_count(2)
    assert set(GuardDecision.objects.filter(review="accepted").values_list("review_note", flat=True)) == {"ax jk"}


def test_both_reps_read_the_note_on_their_open_pages(page, window, alice, bob, made):
    lead = made[-1].lead
    reps = [window(rep) for rep in (alice, bob)]
    for rep in reps:
        rep.goto(f"/leads/{lead.id}/")
        is_live(rep)
    card(page, "Rosa").get_by_label("Note to both reps").fill("Both pressed send at once")
    card(page, "Rosa").get_by_role("button", name="Accept", exact=True).click()
    for rep in reps:
        said = rep.locator("#timeline .entry", has_text="Mona Fischer: accepted — “Both pressed send at once”")
        expect(said).to_have_count(2)


def test_a_filter_narrows_in_place_and_stays_in_the_address(page):
    page.get_by_label("What was done").select_option("collision")
    expect(cards(page)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?kind=collision$"))
    expect(card(page, "Rosa")).to_have_class(re.compile("is-current"))
    page.keyboard.press("Escape")
    card(page, "Rosa").get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("Nothing matches these filters.")).to_be_visible()
    page.get_by_role("link", name="Accepted").click()
    expect(page).to_have_url(re.compile(r"\?show=accepted&kind=collision$"))
    expect(cards(page)).to_have_count(1)
    expect(card(page, "Rosa")).to_contain_text("Accepted by Mona Fischer")


def test_a_mind_is_changed_later(page):
    page.keyboard.press("a")
    expect(cards(page)).to_have_count(2)
    page.goto("/review/?show=accepted")
    page.keyboard.press("x")
    expect(cards(page)).to_have_count(0)
    page.keyboard.press("z")
    expect(cards(page)).to_have_count(1)
    assert reviews()["Rosa"] == "accepted"


def test_alike_words_are_marked_side_by_side(page):
    expect(card(page, "Rosa").locator("mark").filter(has_text="we help order desks")).to_have_count(2)
    boxes = [one.bounding_box() for one in card(page, "Rosa").locator(".review-message").all()]
    assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"]


def test_on_the_phone_it_is_reached_and_settled_by_thumb(window, mona, made):
    page = window(mona, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto("/leads/")
    page.get_by_text("More").tap()
    page.locator(".tabs").get_by_role("link", name="Review").tap()
    expect(page.locator("h1")).to_have_text("Review")
    accept = card(page, "Rosa").get_by_role("button", name="Accept", exact=True)
    for button in (accept, card(page, "Rosa").get_by_role("button", name="Not acceptable")):
        assert button.bounding_box()["height"] >= 44
    accept.tap()
    expect(cards(page)).to_have_count(2)
    expect(page.locator("#toast")).to_contain_text("Accepted")


@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible_after_each_verdict(window, mona, made, width):
    page = window(mona, reduced_motion="reduce", viewport={"width": width, "height": 900})
    page.goto("/review/")
    for act in ("a", "x"):
        page.keyboard.press(act)
        expect(page.locator("#toast")).to_contain_text("Undo")
        accessible(page)


def test_it_works_without_javascript(window, mona, made):
    page = window(mona, java_script_enabled=False)
    page.goto("/review/")
    card(page, "Rosa").get_by_label("Note to both reps").fill("Fine by me")
    card(page, "Rosa").get_by_role("button", name="Not acceptable").click()
    expect(cards(page)).to_have_count(2)
    page.get_by_label("What was done").select_option("collision")
    page.get_by_role("button", name="Show").click()
    expect(cards(page)).to_have_count(0)
    assert reviews()["Rosa"] == "not_acceptable"
