"""How the list and the lead's page are laid out, in a real browser: what stays in view, and that nothing overflows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from leads.addresses import clean_identifiers, set_identifiers
from leads.models import Lead
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.pages import fits, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESKTOP = {"width": 1440, "height": 900}
WIDTHS = [320, 360, 390, 640, 720, 844, 1024, 1440]
WORD = "Donaudampfschifffahrtselektrizitätenhaupt"  # without a place to break it

# Whatever stands outside the window and is in nothing that scrolls, with its words.
OUTSIDE = """() => {
    const width = document.documentElement.clientWidth;
    const isIn = (element) => {
        for (let at = element; at !== document.body; at = at.parentElement) {
            if (getComputedStyle(at).overflowX !== 'visible' || getComputedStyle(at).position === 'fixed') return true;
        }
        const { left, right } = element.getBoundingClientRect();
        return left >= -1 && right <= width + 1;
    };
    return [...document.querySelectorAll('main *, header *')]
        .filter((element) => element.checkVisibility() && !element.closest('.unseen') && !isIn(element))
        .map((element) => `${element.localName}.${element.className}: ${element.textContent.trim().slice(0, 40)}`);
}"""


@pytest.fixture
def leads(company, alice) -> list[Lead]:
    """Twenty, of which half have an owner; the first two have names and texts that fit nowhere."""
    made = [LeadFactory(company=company, owner=alice if n % 2 else None) for n in range(20)]
    Lead.objects.filter(pk=made[0].pk).update(first_name=WORD, last_name=WORD, organization=WORD * 2, job_title=WORD)
    Lead.objects.filter(pk=made[1].pk).update(
        first_name="عبد الرحمن بن محمد",
        last_name="بن خلدون الحضرمي",
        organization="شركة النقل والخدمات اللوجستية المتحدة",
    )
    set_identifiers(made[0], "email", clean_identifiers("email", f"{'x' * 60}@{'y' * 60}.example", "US"))
    now = timezone.now()
    for number, lead in enumerate(made):
        at = now - timedelta(minutes=number + 1)
        AttemptFactory(lead=lead, user=alice, subject=WORD * 3, body=WORD * 9, occurred_at=at)
    return made


def box(page: Page, path: str) -> dict[str, float]:
    found = page.locator(path).first.bounding_box()
    assert found is not None
    return found


def test_rows_are_47_pixels_high_and_14_of_them_are_on_a_screen(leads, alice, window):
    page = window(alice, viewport=DESKTOP)
    page.goto("/leads/")
    rows = page.locator("tr[data-lead]").evaluate_all("rows => rows.map((row) => row.getBoundingClientRect())")
    assert {round(row["height"]) for row in rows} == {47}
    assert sum(row["top"] + 20 < DESKTOP["height"] for row in rows) >= 14
    nobody = page.get_by_text("nobody", exact=True).first
    assert nobody.evaluate("words => words.getClientRects().length") == 1


def test_the_log_button_stands_within_its_row_and_beside_its_neighbours(leads, alice, window):
    page = window(alice, viewport=DESKTOP)
    page.goto("/leads/")
    row = page.locator("tr[data-lead]").first
    row.hover()
    button, line, count = (row.locator(path).bounding_box() for path in (".lead-act .button", "th", ".lead-count"))
    assert line["y"] <= button["y"] and button["y"] + button["height"] <= line["y"] + line["height"]
    assert button["x"] >= count["x"] + count["width"]
    row.locator("[data-row-link]").focus()
    expect(row.locator(".lead-act kbd")).to_be_visible()
    wider = row.locator(".lead-act .button").bounding_box()
    assert wider["x"] >= count["x"] + count["width"]


@pytest.mark.parametrize("size", [(1440, 500), (700, 450)])
def test_the_heads_of_the_columns_stay_in_view_and_cover_no_row_one_goes_to(leads, alice, window, size):
    page = window(alice, viewport={"width": size[0], "height": size[1]})
    page.goto("/leads/")
    page.locator("[data-row-link]").last.focus()
    page.locator("tr[data-lead]").last.scroll_into_view_if_needed()
    expect(page.locator("thead th").first).to_be_in_viewport()
    for _ in range(15):
        page.keyboard.press("k")
        bar, head, row = box(page, ".bar"), box(page, "thead th"), box(page, "tr.is-current")
        assert head["y"] == pytest.approx(bar["y"] + bar["height"], abs=2) or head["y"] > bar["height"]
        assert row["y"] >= head["y"] + head["height"] - 1


def test_what_may_be_done_stays_in_view_beside_a_long_timeline(company, alice, bob, window):
    lead = LeadFactory(company=company)
    for day in range(30):
        AttemptFactory(lead=lead, user=bob, occurred_at=timezone.now() - timedelta(days=day * 3), body="Hi Dana, " * 30)
    page = window(alice, viewport=DESKTOP)
    page.goto(f"/leads/{lead.id}/")
    for far in (600, 1200, 10_000):
        page.evaluate("far => scrollTo({ top: far, behavior: 'instant' })", far)
        assert page.evaluate("scrollY") > 300
        expect(page.locator("#guard-title")).to_be_in_viewport(ratio=1)
        expect(page.locator(".guard").get_by_role("link", name="Log contact")).to_be_in_viewport(ratio=1)
        bar = box(page, ".bar")
        assert box(page, "#guard-title")["y"] >= bar["y"] + bar["height"]


def test_in_a_low_window_the_rail_scrolls_by_itself_to_its_end(lead, alice, window):
    page = window(alice, viewport={"width": 1280, "height": 520})
    page.goto(f"/leads/{lead.id}/")
    page.locator(".details a").last.focus()
    expect(page.locator(".details a").last).to_be_in_viewport(ratio=1)


def test_names_and_words_of_any_length_and_direction_fit_at_every_width(leads, alice, window):
    page = open_live(window(alice), "/leads/")
    lead = f"/leads/{leads[0].id}/"
    for path in ("/leads/", lead, f"{lead}contacts/new/", f"/leads/{leads[1].id}/", f"{lead}edit/"):
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate(OUTSIDE) == [], f"{path} at {width} px"
            fits(page, f"{path} at {width} px")


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_a_lead_is_a_card_and_all_of_it_is_the_link(leads, alice, window, width):
    page = window(alice, viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    page.goto("/leads/")
    card = page.locator("tr[data-lead]").nth(2)
    card.scroll_into_view_if_needed()
    size = card.bounding_box()
    for x, y in ((6, 6), (size["width"] - 6, size["height"] - 6)):
        link = page.evaluate(
            "([x, y]) => document.elementFromPoint(x, y).closest('[data-row-link]')?.pathname",
            [size["x"] + x, size["y"] + y],
        )
        assert link == card.locator("[data-row-link]").get_attribute("href")
    words = card.locator(".badge > span").first
    assert words.evaluate("words => words.scrollWidth <= words.offsetWidth"), "the guard's words are cut"
