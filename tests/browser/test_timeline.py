"""A long timeline in a real browser: what is unfolded stays, whatever happens, and one finds the way in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from leads.models import Lead
from outreach.contacts.summary import rebuild_summaries
from outreach.models import ContactAttempt
from tests.support.pages import ANYWAY, accessible, fits, is_live, log, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ENTRIES = "#entries li[id]"
LONG = "A longer message, which is cut after its second line. " * 9


@pytest.fixture(autouse=True)
def patient(address) -> Iterator[None]:
    """Hundreds of entries take a busy machine longer than a page of twenty."""
    expect.set_options(timeout=15_000)
    yield
    expect.set_options(timeout=5_000)


def history_of(lead: Lead, user, amount: int, *, hours: int = 7) -> list[ContactAttempt]:
    """So many calls of this user, newest first, the last so many hours before the next."""
    start = timezone.now() - timedelta(hours=1)
    calls = [
        ContactAttempt(
            lead=lead, company=lead.company, user=user, user_name=user.name, method="call", direction="outbound",
            subject=f"Call number {number:04}", body=LONG, occurred_at=start - timedelta(hours=hours * number),
        )
        for number in range(amount)
    ]  # fmt: skip
    ContactAttempt.objects.bulk_create(calls)
    rebuild_summaries([lead.id])
    return calls


@pytest.fixture
def calls(lead, bob) -> list[ContactAttempt]:
    return history_of(lead, bob, 330)


@pytest.fixture
def page(window, alice, lead, calls) -> Page:
    """Alice on the page of a lead with a long history."""
    return open_live(window(alice), f"/leads/{lead.id}/")


@pytest.fixture
def other(window, bob) -> Page:
    """Bob, somewhere else."""
    other = window(bob)
    other.goto("/profile/")
    return other


def unfold(page: Page, amount: int) -> None:
    """Scroll down until so many entries are there."""
    while page.locator(ENTRIES).count() < amount:
        before = page.locator(ENTRIES).count()
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        expect(page.locator(ENTRIES)).not_to_have_count(before)


def act(page: Page, path: str, **form: str) -> None:
    """Post a form as the page's user from somewhere else."""
    token = json.loads(page.locator("body").get_attribute("hx-headers"))["X-CSRFToken"]
    answer = page.request.post(path, form=form, headers={"X-CSRFToken": token}, max_redirects=0)
    assert answer.status == 302, answer.text()


def top_of(page: Page, attempt: ContactAttempt) -> float:
    return page.locator(f"#attempt-{attempt.id}").evaluate("entry => entry.getBoundingClientRect().top")


def stays(page: Page, attempt: ContactAttempt, top: float) -> None:
    """The entry comes to rest where it was."""
    expect(page.locator(f"#attempt-{attempt.id}")).to_be_visible()
    for _ in range(100):
        if abs(top_of(page, attempt) - top) < 3:
            return
        page.wait_for_timeout(100)
    assert abs(top_of(page, attempt) - top) < 3, "What one was reading has moved."


def test_all_that_is_unfolded_stays_when_a_colleague_logs_and_nothing_moves(page, other, lead, calls):
    unfold(page, 300)
    shown = page.locator(ENTRIES).count()
    read = page.locator(f"#attempt-{calls[250].id}")
    read.scroll_into_view_if_needed()
    read.locator(".read-more summary").click()
    read.get_by_role("link", name="Replied earlier").focus()
    top = top_of(page, calls[250])
    log(other, lead, method="sms", subject="New on top")
    expect(page.locator("#entries .entry", has_text="New on top")).to_be_attached()
    expect(page.locator(ENTRIES)).to_have_count(shown + 1)
    stays(page, calls[250], top)
    expect(read.locator(".read-more")).to_have_attribute("open", "")
    expect(read.get_by_role("link", name="Replied earlier")).to_be_focused()


def test_an_entry_far_down_that_one_has_answered_is_answered_where_it_stands(page, lead, calls):
    unfold(page, 300)
    shown = page.locator(ENTRIES).count()
    answered = page.locator(f"#attempt-{calls[280].id}")
    answered.scroll_into_view_if_needed()
    top = top_of(page, calls[280])
    answered.hover()
    answered.get_by_role("button", name="They replied").click()
    expect(answered.locator(".badge")).to_have_text("Replied")
    expect(page.locator(ENTRIES)).to_have_count(shown)
    stays(page, calls[280], top)


def test_what_a_colleague_changes_far_away_is_right_once_one_is_there(page, other, calls):
    unfold(page, 300)
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator(".block.is-near").first).to_have_id("block-newest")
    act(other, f"/contacts/{calls[200].id}/response/", responded="true")
    act(other, f"/contacts/{calls[290].id}/void/", reason="Wrong Dana")
    for call, words in ((calls[200], "Undo reply"), (calls[290], "Wrong Dana")):
        page.locator(f"#attempt-{call.id}").evaluate("entry => entry.scrollIntoView({ block: 'center' })")
        expect(page.locator(f"#attempt-{call.id}")).to_contain_text(words)


def test_an_event_reads_a_few_blocks_again_and_not_the_history(page, other, lead):
    unfold(page, 300)
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(len(answer.body())) if "/live/" in answer.url else None)
    log(other, lead, method="sms", subject="New on top")
    expect(page.locator("#entries .entry", has_text="New on top")).to_be_attached()
    whole = page.evaluate("document.getElementById('entries').innerHTML.length")
    assert sum(answers) < whole / 2


def test_a_lost_line_leaves_what_is_unfolded_and_catches_up(page, other, lead, calls):
    unfold(page, 300)
    shown = page.locator(ENTRIES).count()
    page.context.set_offline(True)
    expect(page.locator("#live-mark")).to_have_attribute("data-state", "down")
    log(other, lead, method="sms", subject="Meanwhile")
    page.context.set_offline(False)
    is_live(page)
    expect(page.locator("#entries .entry", has_text="Meanwhile")).to_be_attached()
    expect(page.locator(ENTRIES)).to_have_count(shown + 1)


def test_older_entries_come_as_one_scrolls_are_said_and_can_be_asked_for_by_keyboard(page):
    expect(page.locator(ENTRIES)).to_have_count(20)
    page.get_by_role("link", name="Show older").focus()
    expect(page.locator(ENTRIES)).to_have_count(60)
    expect(page.locator("#timeline-status")).to_contain_text("40 older entries, back to")
    assert page.evaluate("document.activeElement.matches('.block')"), "The focus is lost with the link."
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('li').id") == page.locator(ENTRIES).nth(20).get_attribute("id")


def test_on_a_phone_what_is_below_the_timeline_can_be_reached(window, alice, lead, calls):
    page = open_live(window(alice, viewport={"width": 390, "height": 844}), f"/leads/{lead.id}/")
    for count in (60, 100, 140):
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        expect(page.locator(ENTRIES)).to_have_count(count)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.locator("#lead-details").get_by_role("link", name="Print the history").scroll_into_view_if_needed()
    page.get_by_role("link", name="Show older").click()
    expect(page.locator(ENTRIES)).not_to_have_count(140)


def test_the_filter_is_in_the_address_and_back_and_forward_step_through_it(page, other, lead):
    log(other, lead, method="linkedin", subject="A message")
    page.locator("#show-linkedin").click()
    expect(page).to_have_url(f"/leads/{lead.id}/?method=linkedin")
    page.locator("#show-direction").select_option("inbound")
    expect(page).to_have_url(f"/leads/{lead.id}/?method=linkedin&direction=inbound")
    expect(page.locator("#entries")).to_contain_text("No LinkedIn messages from Dana here. Show all 331.")
    page.go_back()
    expect(page.locator(ENTRIES)).to_have_count(1)
    page.reload()
    expect(page.locator(ENTRIES)).to_have_count(1)
    expect(page.locator("#show-linkedin")).to_have_attribute("aria-current", "true")
    page.go_back()
    expect(page.locator("#show-all")).to_have_attribute("aria-current", "true")
    expect(page.locator(ENTRIES)).to_have_count(20)
    page.go_forward()
    expect(page.locator(ENTRIES)).to_have_count(1)


def test_a_filter_and_back_returns_to_what_was_unfolded_and_to_the_place(page, lead, calls):
    unfold(page, 300)
    page.locator(f"#attempt-{calls[150].id}").scroll_into_view_if_needed()
    top = top_of(page, calls[150])
    page.locator("#show-call").evaluate("link => link.click()")
    expect(page).to_have_url(f"/leads/{lead.id}/?method=call")
    page.go_back()
    stays(page, calls[150], top)
    expect(page.locator(ENTRIES)).to_have_count(300)


@pytest.mark.parametrize("way", ["back", "reload"])
def test_back_from_another_page_and_a_reload_return_to_the_place_with_all_that_was_unfolded(page, calls, way):
    unfold(page, 300)
    page.locator(f"#attempt-{calls[220].id}").scroll_into_view_if_needed()
    top = top_of(page, calls[220])
    if way == "back":
        page.goto("/notes/")
        page.go_back()
    else:
        page.reload()
    stays(page, calls[220], top)
    expect(page.locator(ENTRIES)).to_have_count(300)


def test_a_day_can_be_gone_to_and_from_there_up_and_down(page, lead, calls):
    day = timezone.localtime(calls[200].occurred_at, timezone=lead_zone(lead)).date()
    page.locator("#timeline-jump summary").click()
    page.get_by_label("Day", exact=True).fill(day.isoformat())
    page.get_by_role("button", name="Go").click()
    expect(page).to_have_url(f"/leads/{lead.id}/?day={day}")
    expect(page.locator("#entries h3").first).to_contain_text(f"{day.day} {day:%B}")
    first = page.locator(ENTRIES).first.get_attribute("id")
    page.get_by_role("link", name="Show newer").click()
    expect(page.locator(f"#{first}")).to_be_attached()
    expect(page.locator(ENTRIES).first).not_to_have_id(first)
    expect(page.locator("#timeline-status")).to_contain_text("40 newer entries, up to")
    page.reload()
    expect(page.locator(f"#{first}")).to_be_attached()
    page.get_by_role("link", name="Back to the newest").click()
    expect(page.locator(ENTRIES).first).to_have_id(f"attempt-{calls[0].id}")


def lead_zone(lead: Lead):
    from zoneinfo import ZoneInfo

    return ZoneInfo(lead.company.time_zone)


def test_ones_own_contact_is_logged_while_one_looks_at_another_day(page, lead, calls):
    page.goto(f"/leads/{lead.id}/?day={datetime.date(calls[200].occurred_at)}")
    is_live(page)
    before = page.locator(ENTRIES).first.get_attribute("id")
    page.keyboard.press("s")
    page.locator("#id_body").fill("From far away")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toast")).to_contain_text("logged")
    expect(page.locator(ENTRIES).first).to_have_id(before)
    page.get_by_role("link", name="Back to the newest").click()
    expect(page.locator(ENTRIES).first).to_contain_text("From far away")


def test_a_link_to_an_old_entry_finds_it(page, lead, calls):
    old = calls[270]
    page.goto("/notes/")
    page.goto(f"/leads/{lead.id}/#attempt-{old.id}")
    expect(page.locator(f"#attempt-{old.id}")).to_be_in_viewport()
    expect(page.locator(f"#attempt-{old.id}")).to_contain_text(old.subject)


def test_printing_says_how_much_of_the_history_it_has(page):
    unfold(page, 60)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#timeline .print-only")).to_contain_text("Showing 60 of 330 contacts. All of them: http")
    page.emulate_media(media="screen")
    expect(page.locator("#timeline .print-only")).to_be_hidden()


def test_the_printed_history_has_every_word_of_every_contact(page, lead):
    page.get_by_role("link", name="Print the history").click()
    expect(page.locator(".history .entry")).to_have_count(330)
    body = page.locator(".history .entry-body").first
    assert body.evaluate("body => body.scrollHeight <= body.clientHeight + 1")
    fits(page, "history")


def test_without_javascript_older_entries_filters_and_days_are_pages(window, alice, lead, calls):
    page = window(alice, java_script_enabled=False)
    page.goto(f"/leads/{lead.id}/")
    page.get_by_role("link", name="Show older").click()
    expect(page.locator(ENTRIES).first).to_have_id(f"attempt-{calls[20].id}")
    page.get_by_role("link", name="Show newer").click()
    expect(page.locator(ENTRIES).first).to_have_id(f"attempt-{calls[0].id}")
    page.locator("#show-call").click()
    expect(page).to_have_url(f"/leads/{lead.id}/?method=call")
    page.locator("#timeline-jump summary").click()
    page.get_by_role("link", name="The first ones").click()
    expect(page.locator(ENTRIES).last).to_have_id(f"attempt-{calls[-1].id}")


def test_the_opened_menu_of_days_is_accessible_and_fits(page):
    page.locator("#timeline-jump summary").click()
    accessible(page, "days")
    for width in (320, 390, 720):
        page.set_viewport_size({"width": width, "height": 700})
        fits(page, f"days at {width} px")


def test_what_one_logged_on_the_way_up_to_a_gap_is_where_it_belongs(page, other, lead, calls):
    """A contact of last week, logged now, comes into its block, and the one above keeps its end."""
    unfold(page, 100)
    between = calls[70].occurred_at + timedelta(hours=1)
    log(other, lead, method="sms", subject="Late", when="other", occurred_at=f"{between:%Y-%m-%dT%H:%M}", **ANYWAY)
    late = page.locator("#entries .entry", has_text="Late")
    page.locator(f"#attempt-{calls[70].id}").scroll_into_view_if_needed()
    expect(late).to_have_count(1)
    expect(page.locator(ENTRIES)).to_have_count(101)


def test_with_text_twice_as_large_a_clock_and_a_filter_are_whole(page):
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    clock = page.locator(".entry-clock").first
    lines = "clock => { const all = new Range(); all.selectNodeContents(clock); return all.getClientRects().length }"
    assert clock.evaluate(lines) == 1, "The clock breaks into two lines."
    assert clock.evaluate("clock => clock.scrollWidth <= clock.clientWidth"), "The clock is wider than its column."
    width = (
        "select => { const now = select.offsetWidth; select.style.maxWidth = 'none'; return select.offsetWidth - now }"
    )
    assert page.locator("#show-direction").evaluate(width) == 0, "The chosen direction is cut."
    fits(page, "text twice as large")
