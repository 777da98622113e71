"""The place in the list, in a real browser: on over the ends of pages, and back to the row one came from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.pages import is_live, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MANY = 60  # a page and ten


@pytest.fixture
def leads(company, alice) -> list:
    """Sixty leads, the first of them contacted last."""
    made = [
        LeadFactory(company=company, first_name=f"Nr{number:02}", last_name="Lead") for number in range(1, MANY + 1)
    ]
    now = timezone.now()
    for number, lead in enumerate(made):
        AttemptFactory(lead=lead, user=alice, method="call", occurred_at=now - timedelta(days=20, minutes=number))
    return made


@pytest.fixture
def page(window, alice, leads) -> Page:
    return open_live(window(alice), "/leads/")


def select(page: Page, name: str) -> None:
    """As if one had pressed J until there."""
    page.get_by_role("link", name=name, exact=True).focus()
    is_selected(page, name)


def is_selected(page: Page, name: str) -> None:
    link = page.locator("tr.is-current [data-row-link]")
    expect(link).to_have_text(name)
    expect(link).to_be_focused()


def is_at(page: Page, name: str, place: str) -> None:
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator("#place")).to_contain_text(place)
    is_live(page)


def test_j_and_k_turn_the_page_of_the_list_and_go_on_from_its_other_end(page):
    select(page, "Nr50 Lead")
    page.keyboard.press("j")
    is_selected(page, "Nr51 Lead")
    expect(page.locator(".pager")).to_contain_text("51 to 60 of 60")
    page.keyboard.press("k")
    is_selected(page, "Nr50 Lead")
    expect(page.locator(".pager")).to_contain_text("1 to 50 of 60")
    expect(page.locator("tr.is-current")).to_be_in_viewport()


def test_a_leads_place_is_the_one_in_the_whole_list_and_its_keys_lead_on_over_pages(page):
    select(page, "Nr50 Lead")
    page.keyboard.press("Enter")
    is_at(page, "Nr50 Lead", "50 of 60")
    for key, name, place in [("j", "Nr51 Lead", "51 of 60"), ("j", "Nr52 Lead", "52 of 60"), ("k", "Nr51 Lead", "51")]:
        page.keyboard.press(key)
        is_at(page, name, place)
    page.keyboard.press("k")
    is_at(page, "Nr50 Lead", "50 of 60")


def test_a_lead_opened_on_the_second_page_leads_back_to_the_first(page):
    page.get_by_role("link", name="Next").click()
    select(page, "Nr51 Lead")
    page.keyboard.press("Enter")
    is_at(page, "Nr51 Lead", "51 of 60")
    page.keyboard.press("k")
    is_at(page, "Nr50 Lead", "50 of 60")
    page.locator(".crumbs a").first.click()
    is_selected(page, "Nr50 Lead")


def test_the_list_ends_where_it_ends(page):
    page.get_by_role("link", name="Next").click()
    select(page, "Nr60 Lead")
    page.keyboard.press("j")
    is_selected(page, "Nr60 Lead")
    page.keyboard.press("Enter")
    is_at(page, "Nr60 Lead", "60 of 60")
    expect(page.locator("[data-place-next]")).to_be_hidden()


@pytest.mark.parametrize("way", ["back", "crumb"])
def test_back_leads_to_the_same_row_and_the_same_place_on_the_screen(page, way):
    select(page, "Nr40 Lead")
    row = page.locator("tr", has_text="Nr40 Lead")
    row.evaluate("row => scrollTo({ top: row.offsetTop - 100, behavior: 'instant' })")
    top = row.bounding_box()["y"]
    page.keyboard.press("Enter")
    is_at(page, "Nr40 Lead", "40 of 60")
    if way == "back":
        page.go_back()
    else:
        page.locator(".crumbs a").first.click()
    is_selected(page, "Nr40 Lead")
    page.wait_for_function(
        "top => Math.abs(document.querySelector('tr.is-current').getBoundingClientRect().y - top) < 2", arg=top
    )


def test_the_crumb_leads_to_the_page_and_row_of_the_lead_one_walked_on_to(page):
    select(page, "Nr50 Lead")
    page.keyboard.press("Enter")
    is_at(page, "Nr50 Lead", "50 of 60")
    page.keyboard.press("j")
    is_at(page, "Nr51 Lead", "51 of 60")
    page.locator(".crumbs a").first.click()
    is_selected(page, "Nr51 Lead")
    expect(page.locator(".pager")).to_contain_text("51 to 60 of 60")


def test_a_lead_that_moved_up_meanwhile_is_not_skipped_in_silence(page, leads, bob):
    select(page, "Nr50 Lead")
    AttemptFactory(lead=leads[55], user=bob, method="call")
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#lead-table")).to_contain_text("Meanwhile 1 lead moved to an earlier page.")
    expect(page.locator(".pager")).to_contain_text("52 to 60 of 60")
    page.get_by_role("link", name="Go to the first page").click()
    expect(page).to_have_url("/leads/")
    expect(page.locator("tr[data-lead]").first).to_contain_text("Nr56 Lead")


def test_nor_on_the_way_from_lead_to_lead(page, leads, bob):
    AttemptFactory(lead=leads[55], user=bob, method="call")
    select(page, "Nr50 Lead")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Meanwhile 1 lead moved to an earlier page")
    page.keyboard.press("j")
    is_at(page, "Nr51 Lead", "52 of 60")


def test_a_lead_that_moved_down_meanwhile_is_not_gone_through_twice(page, leads, bob):
    open_live(page, "/leads/?sort=oldest")
    select(page, "Nr11 Lead")
    AttemptFactory(lead=leads[59], user=bob, method="call")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Nr11 Lead")
    page.wait_for_function("JSON.parse(sessionStorage.getItem('list')).pages.length === 2")
    ids = page.evaluate("JSON.parse(sessionStorage.getItem('list')).pages.flatMap(({ ids }) => ids)")
    assert len(ids) == len(set(ids)) == MANY
