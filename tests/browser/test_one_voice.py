"""Two reps and their manager at one person, in real browsers, by keyboard and by thumb: one voice, no dead end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from outreach.models import ContactAttempt, DecisionKind, GuardDecision
from tests.support.factories import AttemptFactory
from tests.support.pages import accessible, fits, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PITCH = "we help order desks like yours to take every order once. Could we speak for ten minutes on Friday?"


def answers(page: Page, answer: str) -> None:
    expect(page.locator("#verdict")).to_have_attribute("data-answer", answer)


def tab_to(page: Page, path: str) -> None:
    """With the Tab key alone."""
    for _ in range(60):
        if page.evaluate("path => document.activeElement.matches(path)", path):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"No way to {path} by Tab")


def test_from_the_first_letter_to_the_managers_word_by_keyboard_alone(window, alice, bob, mona, lead):
    bobs, alices = open_live(window(bob), f"/leads/{lead.id}/"), open_live(window(alice), f"/leads/{lead.id}/")
    review = open_live(window(mona), "/review/")
    bobs.keyboard.press("e")
    expect(bobs.locator("#id_subject")).to_be_focused()
    bobs.keyboard.type("Orders")
    bobs.keyboard.press("Tab")
    bobs.keyboard.type(f"Hello Dana, {PITCH} ")
    answers(bobs, "allow")
    # Amber: Alice opens the composer.
    alices.keyboard.press("e")
    answers(bobs, "warn")
    expect(bobs.locator("#verdict-title")).to_have_text("Alice Jones is writing an email right now")
    bobs.keyboard.type("Bob")
    # Red: she logs much the same, which is compared with what he has written so far.
    expect(alices.locator("#id_subject")).to_be_focused()
    alices.keyboard.type("Orders in one place")
    alices.keyboard.press("Tab")
    alices.keyboard.type(f"Hi Dana, {PITCH} Alice")
    answers(alices, "warn")
    tab_to(alices, "[name=reason]")
    alices.keyboard.press("Space")
    alices.keyboard.press("Control+Enter")
    answers(bobs, "block")
    expect(bobs.locator("#id_body")).to_have_value(f"Hello Dana, {PITCH} Bob")
    expect(bobs.locator("#id_body")).to_be_focused()
    expect(bobs.locator("#verdict-title")).to_contain_text("Email is allowed from")
    is_side_by_side(bobs)
    # He had sent it already: recorded, told to both and to the manager, whose page moves no card.
    tab_to(bobs, ".already summary")
    bobs.keyboard.press("Enter")
    tab_to(bobs, ".already [name=reason]")
    bobs.keyboard.press("ArrowRight")
    tab_to(bobs, ".already [name=act]")
    bobs.keyboard.press("Enter")
    for page in (bobs, alices):
        expect(page.locator("#timeline .entry-mark.is-collision")).to_have_count(2)
    assert GuardDecision.objects.filter(kind=DecisionKind.COLLISION).values("attempt").distinct().count() == 1
    settle(review)
    expect(bobs.locator("#timeline")).to_contain_text("Mona Fischer: accepted")


def is_side_by_side(page: Page) -> None:
    texts = page.locator(".comparison-texts article")
    expect(texts).to_have_count(2)
    expect(page.locator(".comparison")).to_contain_text(re.compile(r"(6|7|8|9)\d % alike"))
    expect(texts.locator("mark").filter(has_text="help order desks like yours")).to_have_count(2)
    subjects = [one.bounding_box() for one in page.locator(".comparison-texts .previous-subject").all()]
    assert subjects[0]["y"] == subjects[1]["y"] and subjects[0]["x"] < subjects[1]["x"]


def settle(review: Page) -> None:
    """Mona's override of Alice's own came first, then the collision: both wait behind one link."""
    expect(review.locator(".review-card")).to_have_count(0)
    link = review.locator("#review-news a")
    expect(link).to_have_text("Show 2 new")
    expect(review.locator("#review-count-1")).to_have_text("2")
    link.press("Enter")
    expect(review.locator(".review-card")).to_have_count(2)
    expect(link).to_have_count(0)
    expect(review.locator(".review-card").last).to_contain_text("while Bob Smith was writing")
    review.keyboard.press("a")
    expect(review.locator(".review-card")).to_have_count(1)


def test_a_new_policy_reaches_a_half_written_message_and_a_manager_overrides_the_old_one(
    window, alice, bob, mona, lead
):
    AttemptFactory(lead=lead, user=alice, occurred_at=timezone.now() - timedelta(hours=2))
    page, hers = open_live(window(bob), f"/leads/{lead.id}/"), open_live(window(mona), f"/leads/{lead.id}/")
    page.keyboard.press("c")
    page.locator("#id_body").fill("Half a thought")
    answers(page, "allow")
    # A manager goes past the block, with a reason.
    hers.keyboard.press("e")
    answers(hers, "block")
    for fold in ("#verdict-more", "#verdict-override"):
        tab_to(hers, f"{fold} > summary")
        hers.keyboard.press("Enter")
    tab_to(hers, "#verdict-override [name=reason]")
    hers.keyboard.press("Space")
    tab_to(hers, "[value=override]")
    hers.keyboard.press("Enter")
    expect(hers.locator("#timeline .entry-mark.is-overridden").first).to_contain_text("Logged anyway")
    # Then calls get a limit too: this one is the second.
    AttemptFactory(lead=lead, user=alice, method="call", occurred_at=timezone.now() - timedelta(hours=5))
    hers.goto("/policy/")
    hers.get_by_label("Call, in hours", exact=True).fill("48")
    hers.get_by_role("button", name="Save policy").press("Enter")
    answers(page, "block")
    expect(page.locator("#id_body")).to_have_value("Half a thought")
    expect(page.locator('.guard-row[data-method="call"]')).to_have_attribute("data-state", "block")


def test_by_thumb_the_two_messages_stand_one_below_the_other_and_a_reason_goes_on(window, alice, bob, lead):
    sent = timezone.now() - timedelta(days=2)
    AttemptFactory(lead=lead, user=alice, occurred_at=sent, subject="Orders", body=f"Hi Dana, {PITCH} Alice")
    page = open_live(window(bob, reduced_motion="reduce", **PHONE), f"/leads/{lead.id}/")
    page.locator('.guard-row[data-method="email"]').tap()
    page.locator("#id_body").fill(f"Hello Dana, {PITCH} Bob")
    page.locator("#id_body").blur()
    texts = page.locator(".comparison-texts article")
    expect(texts.nth(1).locator("mark").first).to_be_visible()
    first, second = texts.all()
    assert first.bounding_box()["x"] == second.bounding_box()["x"]
    fits(page)
    accessible(page)
    page.locator("label.reason", has_text="Different topic").tap()
    page.get_by_role("button", name="Log anyway").tap()
    expect(page.locator("#timeline .entry-mark.is-overridden").first).to_contain_text("Different topic")
    assert ContactAttempt.objects.count() == 2
