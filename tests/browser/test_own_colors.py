"""Forced colours, more contrast and paper: what our colours say is still said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from outreach.contacts.actions import log_contact
from outreach.contacts.contact import Contact
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.pages import accessible, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STYLE = "([element, pseudo, name]) => getComputedStyle(document.querySelector(element), pseudo)[name]"
SCHEMES = ["light", "dark"]


@pytest.fixture
def told(lead, company, alice, bob):
    """Alice emailed yesterday and was answered; Bob wrote anyway, with a reason."""
    at = timezone.now() - timedelta(days=3)
    AttemptFactory(lead=lead, user=alice, occurred_at=at, responded=True, response_at=at + timedelta(hours=2))
    other = LeadFactory(company=company)
    AttemptFactory(lead=other, user=alice, occurred_at=at)
    log_contact(lead_id=other.id, user=bob, contact=Contact("email"), reason="Agreed")
    return other


def forced(page: Page, scheme: str = "light") -> Page:
    page.emulate_media(forced_colors="active", color_scheme=scheme)
    return page


def style(page: Page, element: str, name: str, pseudo: str | None = None) -> str:
    page.locator(element).first.wait_for(state="attached")
    return page.evaluate(STYLE, [element, pseudo, name])


def is_told_apart(chosen: Locator, other: Locator) -> None:
    """By its ground or its outline, which stay when all colours go."""
    look = "element => [getComputedStyle(element).backgroundColor, getComputedStyle(element).outlineStyle]"
    expect(chosen).to_be_visible()
    assert chosen.evaluate(look) != other.evaluate(look)


def is_framed(element: Locator) -> None:
    expect(element).to_be_visible()
    assert element.evaluate("element => parseFloat(getComputedStyle(element).borderTopWidth)") >= 1


@pytest.mark.parametrize("scheme", SCHEMES)
def test_with_forced_colors_the_charts_legend_says_which_bar_is_which(told, mona, window, scheme):
    page = forced(window(mona), scheme)
    page.goto("/analytics/")
    expect(page.locator("svg.bars .bar-answered").first).to_be_visible()
    for bar, sign in ((".bars .bar-all", ".legend .is-contacts"), (".bars .bar-answered", ".legend .is-answered")):
        assert style(page, bar, "fill") == style(page, sign, "backgroundColor", "::before"), bar
    assert style(page, ".bars .bar-all", "fill") != style(page, ".bars .bar-answered", "fill")
    canvas = style(page, "body", "backgroundColor")
    assert style(page, ".bars .bar-answered", "fill") != canvas
    assert style(page, ".bars .bar-all", "stroke") != canvas
    assert style(page, ".heat a rect", "fill") != style(page, ".heat .heat-0", "fill")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_with_forced_colors_one_sees_where_one_is_and_what_is_chosen(told, mona, window, scheme):
    page = forced(window(mona), scheme)
    page.goto("/analytics/")
    for group in (".bar-nav a", ".segments a"):
        is_told_apart(page.locator(f"{group}[aria-current]"), page.locator(f"{group}:not([aria-current])").first)
    for number in page.locator(".guard-totals a").all():
        is_framed(number)
    page.goto("/leads/?view=mine")
    is_told_apart(page.locator(".views a[aria-current]"), page.locator(".views a:not([aria-current])").first)
    page.goto("/review/")
    is_told_apart(page.locator(".segments a[aria-current]"), page.locator(".segments a:not([aria-current])").first)
    is_framed(page.locator(".review-card .badge").first)
    assert page.locator("#review .is-current").first.evaluate("card => getComputedStyle(card).outlineStyle") == "solid"


def test_with_forced_colors_a_dialog_shows_the_method_the_reason_and_its_verdict(told, mona, window):
    page = forced(window(mona))
    open_live(page, f"/leads/{told.id}/")
    page.keyboard.press("e")
    expect(page.locator("#verdict")).not_to_have_attribute("data-answer", "allow")
    edge = (
        "verdict => [getComputedStyle(verdict).borderLeftStyle, parseFloat(getComputedStyle(verdict).borderLeftWidth)]"
    )
    kind, width = page.locator("#verdict").evaluate(edge)
    assert kind in ("dashed", "double") and width >= 4
    is_told_apart(page.locator(".tile:has(:checked)"), page.locator(".tile:not(:has(:checked))").first)
    is_told_apart(page.locator(".segments label:has(:checked)"), page.locator(".segments label:not(:has(:checked))"))


def test_with_more_contrast_every_page_still_passes_the_checker(told, lead, mona, window):
    page = window(mona)
    for scheme in SCHEMES:
        page.emulate_media(contrast="more", color_scheme=scheme)
        for path in ("/leads/", f"/leads/{lead.id}/", "/analytics/", "/review/"):
            page.goto(path)
            accessible(page)
            grounds = [style(page, "body", "backgroundColor"), style(page, ".card", "borderTopColor")]
            assert grounds[0] != grounds[1]


def test_on_paper_the_chart_keeps_its_colors_and_the_tables_stay(told, mona, window):
    page = window(mona)
    page.goto("/analytics/")
    page.emulate_media(media="print")
    assert style(page, ".bars .bar-answered", "printColorAdjust") == "exact"
    assert style(page, ".legend li", "printColorAdjust", "::before") == "exact"
    expect(page.locator(".guard-totals")).to_be_visible()
    expect(page.locator(".report-filters")).to_be_hidden()
