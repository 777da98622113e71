"""The verdict in the open dialog, in a real browser: its title always in view, few steps, its words whole, grey while
nobody knows, and said to a screen reader once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from crm.models import User
from leads.actions import set_do_not_contact
from leads.models import Lead
from outreach.models import ContactAttempt
from tests.support.factories import AttemptFactory
from tests.support.pages import accessible, fits, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Two halves, 200 % zoom, a phone, a phone on its side, what a keyboard leaves of it, 400 % zoom.
SIZES = [(1440, 900), (720, 450), (390, 844), (844, 390), (390, 400), (360, 225)]
WIDTHS = [320, 390, 720, 1024, 1440]
ANSWERS = {"l": "allow", "c": "warn", "e": "block", "s": "dnc"}
LONG = "Maximiliane Wolfeschlegelsteinhausen"

# The whole of an element is inside the window, and its middle is what a click there would meet.
IN_VIEW = """element => {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const met = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const isInside = top >= 0 && left >= 0 && bottom <= innerHeight + 1 && right <= innerWidth + 1;
  return isInside && (element.contains(met) || met?.contains(element));
}"""
# As much of a field as there is room for: the line one writes in.
FIELD_IN_VIEW = """element => {
  const { left, top, bottom } = element.getBoundingClientRect();
  const met = document.elementFromPoint(left + 20, Math.min(top + 18, bottom - 2));
  return top >= 0 && top + 18 <= innerHeight && element.contains(met);
}"""
CUT = """root => [...root.querySelectorAll('*')].filter((element) => {
  const style = getComputedStyle(element);
  const hides = style.overflowX !== 'visible' || style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none';
  return hides && !element.matches('.unseen, textarea, input, select, .previous-body, .log-main, .log-side, .log-body')
    && element.textContent.trim() && element.checkVisibility() && style.clipPath === 'none'
    && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 2);
}).map((element) => element.className + ': ' + element.textContent.trim())"""
WIDE = """root => [...root.querySelectorAll('*')].filter((element) => {
  const box = element.getBoundingClientRect(), around = root.getBoundingClientRect();
  return !element.closest('.unseen') && element.checkVisibility() && box.width && box.right > around.right + 1;
}).map((element) => element.className + ': ' + element.textContent.trim())"""
OVER_TILE = """tiles => tiles.flatMap((tile) => {
  const outer = tile.getBoundingClientRect();
  return [...tile.querySelectorAll('.tile-label, .tile-state > span')].filter((words) => {
    const inner = words.getBoundingClientRect();
    return inner.left < outer.left || inner.right > outer.right || inner.bottom > outer.bottom;
  }).map((words) => words.textContent);
})"""


@pytest.fixture
def contacts(lead, alice, bob) -> ContactAttempt:
    return contact(lead, alice, bob)


def contact(lead: Lead, alice: User, bob: User) -> ContactAttempt:
    """Email refuses, call asks for a reason, SMS is forbidden by the person, LinkedIn is clear."""
    now = timezone.now()
    AttemptFactory(lead=lead, user=bob, method="call", occurred_at=now - timedelta(days=2), subject="Voicemail")
    set_do_not_contact(lead_id=lead.id, user=alice, whole=False, methods=["sms"], reason="no texts")
    return AttemptFactory(
        lead=lead, user=bob, occurred_at=now - timedelta(hours=2), subject="Quick question", body="Hi Dana, " * 40
    )


def open_dialog(page: Page, key: str) -> Locator:
    page.keyboard.press(key)
    page.locator(f'#log-dialog[open] #verdict[data-answer="{ANSWERS[key]}"]').wait_for()
    return page.locator("#log-dialog")


def close_dialog(page: Page) -> None:
    page.keyboard.press("Escape")
    page.locator("#log-dialog").wait_for(state="detached")


def title_is_in_view(page: Page, about: str) -> None:
    assert page.locator("#verdict-title").evaluate(IN_VIEW), f"The verdict's title is out of view: {about}"


@pytest.mark.parametrize("key", ANSWERS)
def test_the_title_of_the_verdict_is_in_view_whatever_has_the_focus(window, alice, lead, contacts, key):
    page = open_live(window(alice, reduced_motion="reduce"), f"/leads/{lead.id}/")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        dialog = open_dialog(page, key)
        title_is_in_view(page, f"{key} at {width}x{height}, just opened")
        for fold in page.locator("#verdict details > summary:visible").all():
            fold.evaluate("summary => { summary.parentElement.open = true; }")
        fields = "input:not([type=hidden]), select, textarea, summary, button:not([disabled])"
        for field in dialog.locator(fields).locator("visible=true").all():
            field.focus()
            title_is_in_view(page, f"{key} at {width}x{height} in {field.get_attribute('id') or field.inner_text()}")
        for field in ("#id_subject", "#id_body"):
            page.locator(field).focus()
            assert page.locator(field).evaluate(FIELD_IN_VIEW), f"{field} is covered at {width}x{height}"
        page.locator("#id_body").press_sequentially("A line\n" * 9)
        title_is_in_view(page, f"{key} at {width}x{height}, while writing")
        assert page.locator("#log-buttons > :last-child").evaluate(IN_VIEW), f"No button at {width}x{height}"
        fits(page, f"{key} at {width}x{height}")
        page.locator("#id_body").fill("")
        close_dialog(page)


def test_a_keyboard_that_covers_half_the_window_leaves_title_field_and_button(window, alice, lead, contacts):
    """A stand-in for a phone's keyboard, which this browser has none of: what is seen of the window gets lower."""
    page = open_live(window(alice, viewport={"width": 390, "height": 844}), f"/leads/{lead.id}/")
    open_dialog(page, "e")
    page.locator("#id_body").focus()
    page.evaluate("""() => {
      Object.defineProperty(visualViewport, 'height', { value: 400, configurable: true });
      visualViewport.dispatchEvent(new Event('resize'));
    }""")
    for path in ("#verdict-title", "#log-buttons > :last-child"):
        box = page.locator(path).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 400, f"{path} is under the keyboard"
    assert page.locator("#id_body").evaluate(FIELD_IN_VIEW)
    assert page.locator("#id_body").bounding_box()["y"] < 380


def test_small_dialogs_keep_their_button_in_view_on_a_low_screen(window, alice, lead, contacts):
    page = open_live(window(alice, viewport={"width": 360, "height": 225}), f"/leads/{lead.id}/")
    page.locator("#lead-details").get_by_role("link", name="Ask a colleague").click()
    page.locator("#note-dialog[open]").wait_for()
    page.locator("#note-dialog textarea").focus()
    assert page.locator("#note-dialog textarea").evaluate(FIELD_IN_VIEW)
    assert page.locator("#note-dialog .is-primary").evaluate(IN_VIEW)


def test_the_words_of_the_guard_are_cut_at_no_width(window, alice, bob, lead):
    bob.first_name, bob.last_name = LONG.split()
    bob.save()
    contact(lead, alice, bob)
    page = open_live(window(alice, reduced_motion="reduce"), f"/leads/{lead.id}/")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert page.locator("#guard-rows").evaluate(CUT) == [], f"cut on the page at {width} px"
        assert page.locator("#guard-rows").evaluate(WIDE) == [], f"too wide on the page at {width} px"
        for key in ANSWERS:
            open_dialog(page, key)
            for fold in page.locator("#verdict details").all():
                fold.evaluate("fold => { fold.open = true; }")
            assert page.locator("#log-dialog").evaluate(CUT) == [], f"{key}: cut in the dialog at {width} px"
            assert page.locator(".verdict-rest").evaluate(WIDE) == [], f"{key}: too wide in the dialog at {width} px"
            tiles = page.locator("#log-dialog .tile")
            assert tiles.evaluate_all(OVER_TILE) == [], f"{key}: words beyond their tile at {width} px"
            fits(page, f"{key} at {width} px")
            close_dialog(page)
    page.goto("/leads/")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        cut = page.locator(".lead-safe").evaluate_all(f"cells => cells.flatMap({CUT})")
        assert cut == [], f"cut in the list at {width} px"


def buttons_of(page: Page) -> list[str]:
    return page.locator("#verdict .instead-row:visible, #verdict .step-done:visible").all_inner_texts()


def test_red_offers_three_steps_and_folds_the_rest(window, alice, bob, lead, contacts):
    other = open_live(window(bob), f"/leads/{lead.id}/")
    page = open_live(window(alice), f"/leads/{lead.id}/")
    open_dialog(page, "e")
    expect(page.locator("#verdict-title")).to_contain_text("Email is allowed from")
    expect(page.locator("#verdict-why")).to_contain_text("Bob Smith emailed Dana")
    remind, ask, instead = buttons_of(page)
    assert "Remind me" in remind and "in 2" in remind
    assert "Ask Bob" in ask and "is here now" in ask
    # Of what is clear the first: call and SMS are not.
    assert "LinkedIn instead" in instead
    assert page.locator("#verdict-more").get_by_text("Override as manager").count() == 0
    page.locator("#verdict-more > summary").click()
    for words in ("Dana contacted me", "It was earlier", "Keep as draft", "Last contacts of Dana"):
        expect(page.locator("#verdict-more").get_by_text(words)).to_be_visible()
    page.locator("#verdict-already > summary").click()
    expect(page.get_by_role("button", name="Record as collision")).to_be_visible()
    accessible(page, "all unfolded")
    other.close()
    expect(page.locator("#log-buttons")).to_contain_text("Log contact from")


def test_a_manager_overrides_from_the_first_fold_and_the_note_stays_with_it(window, mona, lead, contacts):
    page = open_live(window(mona), f"/leads/{lead.id}/")
    open_dialog(page, "e")
    assert len(buttons_of(page)) <= 3
    page.locator("#verdict-more > summary").click()
    first = page.locator("#verdict-more .instead-row:visible").first
    expect(first).to_contain_text("Override as manager…")
    first.click()
    page.locator("#verdict-override .reason", has_text="Different topic").click()
    page.locator("#override-note").fill("agreed with Bob")
    accessible(page, "override unfolded")
    page.get_by_role("button", name="Override as manager").click()
    expect(page.locator("#log-dialog")).to_have_count(0)
    expect(page.locator(".entry-mark").first).to_contain_text("Different topic: agreed with Bob")
    expect(page.locator(".entry-mark").first).to_contain_text("Your reason")


def test_amber_offers_one_way_to_ask_and_one_button(window, alice, lead, contacts):
    page = open_live(window(alice), f"/leads/{lead.id}/")
    dialog = open_dialog(page, "c")
    expect(page.locator("#verdict-title")).to_have_text("This lead was called 2 days ago by Bob Smith")
    assert [words.split("\n")[0] for words in buttons_of(page)] == ["Ask Bob"]
    assert dialog.locator("#log-buttons .is-warn").count() == 1
    assert dialog.get_by_text("Ask Bob", exact=True).locator("visible=true").count() == 1


def test_the_viewer_is_you_and_never_a_name(window, alice, lead):
    AttemptFactory(lead=lead, user=alice, occurred_at=timezone.now() - timedelta(hours=3), subject="Hello")
    AttemptFactory(lead=lead, user=alice, method="call", occurred_at=timezone.now() - timedelta(hours=5))
    set_do_not_contact(lead_id=lead.id, user=alice, whole=False, methods=["sms"], reason="no texts")
    page = open_live(window(alice), f"/leads/{lead.id}/")
    expect(page.locator("#guard-rows")).to_contain_text("You emailed 3 h ago")
    said = {"e": "You emailed Dana", "c": "You called Dana 5 h ago", "s": "by you: “no texts”", "l": "Clear."}
    for key, words in said.items():
        open_dialog(page, key)
        expect(page.locator("#verdict")).to_contain_text(words)
        for fold in page.locator("#verdict details").all():
            fold.evaluate("fold => { fold.open = true; }")
        assert "Alice" not in page.locator("#verdict").inner_text()
        assert "Alice" not in page.locator("#method-tiles").inner_text()
        close_dialog(page)
    for region in ("#guard-rows", "#timeline", "#lead-details"):
        assert "Alice" not in page.locator(region).inner_text()


def colours(page: Page) -> set[str]:
    """Of the guard's parts that show one."""
    paths = "#verdict-title, .tile-state, .verdict-head, .verdict-rest, .guard-words, .guard-row > .round"
    return set(
        page.eval_on_selector_all(
            paths, "all => all.flatMap((one) => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor])"
        )
    )


GREY = """colours => colours.every((colour) => {
  const [red, green, blue] = colour.match(/[\\d.]+/g).map(Number);
  return colour.endsWith(', 0)') || Math.max(red, green, blue) - Math.min(red, green, blue) < 40;
})"""


@pytest.mark.parametrize("key", ["l", "c", "e"])
def test_the_open_dialog_is_grey_while_the_page_is_not_live_and_back_once_it_was_asked(
    window, alice, lead, contacts, key
):
    page = open_live(window(alice, reduced_motion="reduce"), f"/leads/{lead.id}/")
    open_dialog(page, key)
    before = colours(page)
    assert not page.evaluate(GREY, sorted(before))
    page.context.set_offline(True)
    expect(page.locator("html")).to_have_attribute("data-line", "down", timeout=15_000)
    assert page.evaluate(GREY, sorted(colours(page))), colours(page)
    expect(page.locator("#verdict .checked-at")).to_be_visible()
    expect(page.locator("#verdict .checked-at")).to_contain_text("Not live. Checked at ")
    accessible(page, "grey")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    title_is_in_view(page, "grey")
    page.context.set_offline(False)
    expect(page.locator("html")).not_to_have_attribute("data-line", "down", timeout=30_000)
    expect(page.locator("#verdict .checked-at")).to_be_hidden()
    assert colours(page) == before


def description(page: Page) -> str:
    """What the accessibility tree says of the open dialog."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    dialog = next(node for node in nodes if node.get("role", {}).get("value") == "dialog")
    return dialog.get("description", {}).get("value", "")


@pytest.mark.parametrize("key", ANSWERS)
def test_a_screen_reader_hears_the_verdict_with_the_dialog(window, alice, lead, contacts, key):
    page = open_live(window(alice), f"/leads/{lead.id}/")
    open_dialog(page, key)
    said = description(page)
    for path in ("#verdict-title", "#verdict-why"):
        assert page.locator(path).inner_text() in said
    expect(page.locator("#verdict-news")).to_be_empty()


def test_a_change_of_the_verdict_is_said_once_and_not_on_every_letter(window, alice, bob, lead, contacts):
    page = open_live(window(alice), f"/leads/{lead.id}/")
    open_dialog(page, "l")
    page.evaluate("""() => {
      window.said = [];
      const news = document.getElementById('verdict-news');
      new MutationObserver(() => window.said.push(news.textContent)).observe(news, { childList: true });
    }""")
    page.locator("label.tile", has_text="Email").click()
    expect(page.locator("#verdict-news")).to_contain_text("Email is allowed from")
    expect(page.locator("#verdict-news")).to_contain_text("Bob Smith emailed Dana")
    for letters in ("Pri", "cing"):
        with page.expect_response("**/contacts/verdict/*"):
            page.locator("#id_subject").press_sequentially(letters)
    page.get_by_text("Dana contacted me").first.click()
    expect(page.locator("#verdict-news")).to_contain_text("Clear. What Dana sends us is always recorded.")
    page.get_by_text("I contacted Dana").first.click()
    expect(page.locator("#verdict-news")).to_contain_text("Email is allowed from")
    assert len(page.evaluate("window.said")) == 3, page.evaluate("window.said")


def test_several_reasons_at_once_lead_with_the_gravest_and_lose_none(window, alice, bob, mona, lead, contacts):
    AttemptFactory(lead=lead, user=mona, method="linkedin", occurred_at=timezone.now() - timedelta(days=1))
    other = open_live(window(bob), f"/leads/{lead.id}/")
    other.keyboard.press("e")
    other.locator("#log-dialog[open]").wait_for()
    page = open_live(window(alice), f"/leads/{lead.id}/")
    expect(page.locator("#presence")).to_contain_text("is writing")
    open_dialog(page, "e")
    expect(page.locator("#verdict-title")).to_contain_text("Email is allowed from")
    page.locator("#verdict-also > summary").click()
    expect(page.locator("#verdict-also")).to_contain_text("Bob Smith is writing an email to this person now")
    expect(page.locator("#verdict-also li")).to_have_count(2)
    # Unfolded it stays, whatever is asked meanwhile.
    with page.expect_response("**/contacts/verdict/*"):
        page.locator("#id_subject").press_sequentially("a")
    expect(page.locator("#verdict-also li").first).to_be_visible()


def test_without_scripts_the_page_folds_and_records_as_well(window, alice, lead, contacts):
    page = window(alice, java_script_enabled=False)
    page.goto(f"/leads/{lead.id}/contacts/new/?method=email")
    expect(page.locator("#verdict-title")).to_contain_text("Email is allowed from")
    page.locator("#verdict-more > summary").click()
    expect(page.locator("#verdict-more label").get_by_text("Dana contacted me")).to_be_visible()
    page.locator("#verdict-already > summary").click()
    page.locator("#verdict-already .reason", has_text="Following up").click()
    page.get_by_role("button", name="Record as collision").click()
    expect(page.locator(".entry-mark.is-collision").first).to_contain_text("Following up")
