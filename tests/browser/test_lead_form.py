"""The lead's form, in a real browser: rows of addresses, who is here already, and what was typed is never lost."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, Route, expect

from crm.models import User
from leads.actions import create_lead
from leads.addresses import clean_identifiers
from leads.models import Lead
from tests.support.pages import accessible, catch, first, fits

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASTE = """([field, text]) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text", text);
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  if (field.dispatchEvent(event)) document.execCommand("insertText", false, text);
}"""


def make(user, **fields: object) -> Lead:
    emails = clean_identifiers("email", str(fields.pop("emails", "")), "US")
    return create_lead(user=user, fields={"last_name": "Miller", **fields}, identifiers={"email": emails})


@pytest.fixture
def dana(alice, bob) -> Lead:
    return make(alice, first_name="Dana", organization="Acme Ltd", owner=bob, emails="dana@acme.example")


@pytest.fixture
def page(window, alice) -> Page:
    page = window(alice)
    page.goto("/leads/new/")
    return page


def rows(page: Page, name: str = "emails"):
    return page.locator(f"[data-row-of={name}] input")


def values(page: Page, name: str = "emails") -> list[str]:
    return [row.input_value() for row in rows(page, name).all()]


def paste(page: Page, selector: str, text: str) -> None:
    page.locator(selector).focus()
    page.evaluate(f"([selector, text]) => ({PASTE})([document.querySelector(selector), text])", [selector, text])


def kept(page: Page) -> dict[str, list[str]]:
    """What this browser keeps of what was typed into lead forms, by the form."""
    found = page.evaluate("Object.entries(localStorage).filter(([name]) => /^draft:.*:form:/.test(name))")
    return {name.rpartition(":")[2]: json.loads(text) for name, text in found}


def wait_kept(page: Page, text: str) -> None:
    page.wait_for_function("(text) => Object.values(localStorage).some((kept) => kept.includes(text))", arg=text)


def leads() -> list[str]:
    return sorted(lead.name for lead in Lead.objects.all())


def test_rows_of_addresses_are_added_taken_out_and_put_back_by_the_keyboard_alone(page):
    rows(page).first.press_sequentially("dana@acme.example")
    page.keyboard.press("Enter")
    expect(rows(page).nth(1)).to_be_focused()
    page.keyboard.type("d@home.example")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Remove d@home.example")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Put back d@home.example")).to_be_focused()
    expect(rows(page).nth(1)).to_be_disabled()
    expect(page.locator("[data-row-of=emails]").nth(1)).to_contain_class("is-removed")
    page.keyboard.press("Enter")
    expect(rows(page).nth(1)).to_be_enabled()
    page.get_by_role("button", name="Add email").press("Enter")
    expect(rows(page).nth(2)).to_be_focused()
    page.get_by_role("button", name="Add email").press("Enter")
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("Backspace")
    expect(rows(page)).to_have_count(2)
    expect(rows(page).nth(1)).to_be_focused()
    page.locator("#id_last_name").fill("Miller")
    page.get_by_role("button", name="Remove d@home.example").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/leads/*-*/")
    assert [identifier.value for identifier in Lead.objects.get().identifiers.all()] == ["dana@acme.example"]


def test_several_pasted_addresses_become_a_row_each(page):
    paste(page, "#id_emails", "Dana Miller <dana@acme.example>; bob@acme.example,\nMiller, Ann <ann@acme.example>")
    assert values(page) == ["dana@acme.example", "bob@acme.example", "ann@acme.example"]
    expect(rows(page).nth(2)).to_be_focused()
    paste(page, "#id_phones", "+1 650 253 0000\n+1 415 555 0100;ext=12")
    assert values(page, "phones") == ["+1 650 253 0000", "+1 415 555 0100;ext=12"]
    paste(page, "#id_profiles", "linkedin.com/in/dana")
    assert values(page, "profiles") == ["linkedin.com/in/dana"]


def test_a_row_says_what_is_wrong_once_it_is_left_and_how_it_is_compared_at_once(page):
    row = page.locator("[data-row-of=emails]")
    with page.expect_response("**/leads/check/"):
        rows(page).first.press_sequentially("dana@")
    expect(row).not_to_contain_text("is not an email address")
    page.keyboard.press("Tab")
    expect(row).to_contain_text("“dana@” is not an email address.")
    expect(rows(page).first).to_have_attribute("aria-invalid", "true")
    expect(rows(page).first).to_have_accessible_description("“dana@” is not an email address.")
    rows(page).first.fill("Dana+x@acme.example")
    expect(row).to_contain_text("Compared as dana@acme.example")
    expect(rows(page).first).not_to_have_attribute("aria-invalid", "true")
    rows(page, "phones").first.press_sequentially("(650) 253-0000")
    expect(page.locator("[data-row-of=phones]")).to_contain_text("Compared as +1 650-253-0000")


def test_the_person_is_named_while_one_types_and_said_once(page, dana):
    region = page.locator("[data-people]")
    page.locator("#id_first_name").fill("Dan")
    page.locator("#id_last_name").fill("Miller")
    page.locator("#id_organization").fill("ACME")
    expect(region).to_contain_text("Maybe the same person")
    rows(page).first.fill("DANA@acme.example")
    expect(region).to_contain_text("This person is here already")
    expect(region).to_contain_text("owned by Bob Smith")
    expect(region).not_to_contain_text("Maybe")
    region.evaluate("(element) => { element.firstElementChild.isSaid = true; }")
    page.locator("#id_job_title").fill("CTO")
    rows(page, "phones").first.fill("(650) 253-0000")
    expect(page.locator("[data-row-of=phones]")).to_contain_text("Compared as")
    assert region.evaluate("(element) => element.firstElementChild.isSaid")
    with page.context.expect_page() as opened:
        region.get_by_role("link").click()
    expect(opened.value).to_have_url(f"{page.url.partition('/leads')[0]}/leads/{dana.id}/")
    expect(page.locator("#id_job_title")).to_have_value("CTO")
    rows(page).first.fill("")
    page.locator("#id_organization").fill("")
    expect(region).to_be_empty()


def test_an_older_answer_never_covers_a_newer_one(page, dana):
    held: list[Route] = []
    catch(page, "**/leads/check/", lambda route: held.append(route))
    rows(page).first.fill("dana@acme.example")
    first(page, held)
    page.unroute("**/leads/check/")
    with page.expect_response("**/leads/check/"):
        rows(page).first.fill("somebody@acme.example")
    held[0].abort()
    expect(page.locator("[data-people]")).to_be_empty()


@pytest.mark.logs("net::ERR_FAILED")
def test_nothing_is_held_up_when_the_look_up_fails(page):
    catch(page, "**/leads/check/", lambda route: route.abort())
    rows(page).first.fill("dana@acme.example")
    page.locator("#id_last_name").fill("Miller")
    page.get_by_role("button", name="Create lead").click()
    page.wait_for_url("**/leads/*-*/")
    assert leads() == ["Miller"]


def test_what_was_typed_survives_a_reload_and_a_closed_tab_until_it_is_saved(page, alice):
    page.locator("#id_last_name").fill("Miller")
    paste(page, "#id_emails", "dana@acme.example, d@home.example")
    page.locator("#id_notes").fill("Met at the fair")
    page.locator("#id_status").select_option("qualified")
    page.reload()
    expect(page.get_by_text("Your unsaved text is back.")).to_be_visible()
    assert values(page) == ["dana@acme.example", "d@home.example"]
    expect(page.locator("#id_status")).to_have_value("qualified")
    tab = page.context.new_page()
    page.close()
    tab.goto("/leads/new/")
    expect(tab.locator("#id_notes")).to_have_value("Met at the fair")
    tab.get_by_role("button", name="Create lead").click()
    tab.wait_for_url("**/leads/*-*/")
    assert kept(tab) == {}
    tab.go_back()
    expect(tab.locator("#id_last_name")).to_have_value("")
    expect(tab.locator("[data-typed-back]")).to_be_hidden()
    assert leads() == ["Miller"]


def test_discard_empties_the_form_and_forgets(page):
    page.locator("#id_last_name").fill("Miller")
    paste(page, "#id_emails", "dana@acme.example, d@home.example")
    page.reload()
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("#id_last_name")).to_have_value("")
    assert values(page) == [""]
    expect(page.locator("#id_first_name")).to_be_focused()
    expect(page.get_by_text("Your unsaved text is back.")).to_be_hidden()
    assert kept(page) == {}


def test_what_one_typed_is_nobody_elses_and_goes_with_signing_out(page, bob, window):
    page.locator("#id_last_name").fill("Miller")
    wait_kept(page, "Miller")
    page.goto("/leads/")
    page.get_by_label("Alice Jones, menu").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/**")
    assert kept(page) == {}


@pytest.mark.logs("with a status of 401")
def test_a_login_that_ended_is_said_while_one_types_and_the_text_is_there_after_signing_in(page, alice):
    # Its line would tell it.
    page.route_web_socket("**/ws/**", lambda socket: None)
    page.reload()
    # As the server's own process reads it, whatever is quicker here.
    hasher = PBKDF2PasswordHasher()
    User.objects.filter(pk=alice.pk).update(password=hasher.encode("correct horse battery", hasher.salt()))
    page.locator("#id_last_name").fill("Miller")
    wait_kept(page, "Miller")
    Session.objects.all().delete()
    rows(page).first.fill("dana@acme.example")
    page.locator(".login-ended").get_by_role("link", name="Sign in").click()
    page.locator("#id_username").fill("alice@demo.test")
    page.locator("#id_password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/leads/new/")
    expect(page.get_by_text("Your unsaved text is back.")).to_be_visible()
    expect(page.locator("#id_last_name")).to_have_value("Miller")
    expect(rows(page).first).to_have_value("dana@acme.example")
    page.get_by_role("button", name="Create lead").click()
    page.wait_for_url("**/leads/*-*/")
    assert (leads(), kept(page)) == (["Miller"], {})


def test_an_edit_brought_back_after_a_colleagues_says_what_the_colleague_changed(window, alice, bob, dana):
    page = window(alice)
    page.goto(f"/leads/{dana.id}/edit/")
    page.locator("#id_job_title").fill("CEO")
    wait_kept(page, "CEO")
    Lead.objects.filter(pk=dana.pk).update(job_title="CTO", version=9)
    page.reload()
    expect(page.locator("#id_job_title")).to_have_value("CEO")
    page.get_by_role("button", name="Save lead").click()
    expect(page.get_by_text("Somebody changed this to “CTO” meanwhile.")).to_be_visible()
    expect(page.locator("#id_job_title")).to_be_focused()
    page.get_by_role("button", name="Save lead").click()
    page.wait_for_url(f"**/leads/{dana.id}/")
    expect(page.get_by_text("Saved: job title.")).to_be_visible()
    dana.refresh_from_db()
    assert (dana.job_title, kept(page)) == ("CEO", {})


def test_the_first_wrong_field_has_the_focus_and_nothing_typed_is_lost(page):
    page.get_by_role("button", name="Create lead").click()
    expect(page.locator("#id_last_name")).to_be_focused()
    expect(page.locator("#id_last_name")).to_have_accessible_description("Give a name or an organization.")
    page.locator("#id_last_name").fill("Miller")
    rows(page).first.fill("dana@acme.example")
    page.keyboard.press("Enter")
    page.keyboard.type("nonsense")
    page.locator("#id_website").fill("not a site")
    page.get_by_role("button", name="Create lead").click()
    expect(rows(page).nth(1)).to_be_focused()
    assert values(page) == ["dana@acme.example", "nonsense"]
    page.reload()
    assert values(page) == ["dana@acme.example", "nonsense"]


def test_a_double_click_makes_one_lead_and_the_page_says_so(page):
    page.locator("#id_last_name").fill("Miller")
    page.get_by_role("button", name="Create lead").dblclick()
    page.wait_for_url("**/leads/*-*/")
    expect(page.get_by_text("Miller is in your leads.")).to_be_visible()
    assert leads() == ["Miller"]


def test_a_person_who_is_here_is_asked_about_where_the_button_is(page, dana):
    page.locator("#id_last_name").fill("Miller")
    rows(page).first.fill("dana@acme.example")
    page.get_by_role("button", name="Create lead").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("This person may be here already.")
    page.get_by_role("button", name="Create anyway").click()
    page.wait_for_url("**/leads/*-*/")
    assert leads() == ["Dana Miller", "Miller"]


def test_without_scripts_there_are_rows_to_spare(window, alice):
    page = window(alice, java_script_enabled=False)
    page.goto("/leads/new/")
    assert len(rows(page).all()) == 3
    expect(page.get_by_role("button", name="Add email")).to_be_hidden()
    page.locator("#id_last_name").fill("Miller")
    for number in (0, 2):
        rows(page).nth(number).fill(f"dana{number}@acme.example, d{number}@home.example")
    page.get_by_role("button", name="Create lead").click()
    page.wait_for_url("**/leads/*-*/")
    assert Lead.objects.get().identifiers.count() == 4


@pytest.mark.parametrize(("width", "height", "columns"), [(1440, 900, 2), (720, 450, 2), (390, 844, 1), (320, 700, 1)])
def test_fields_stand_in_columns_that_fit_and_saving_is_in_reach(window, alice, dana, width, height, columns):
    page = window(alice, viewport={"width": width, "height": height}, has_touch=columns == 1)
    page.goto(f"/leads/{dana.id}/edit/")
    boxes = [page.locator(name).bounding_box() for name in ("#id_first_name", "#id_last_name")]
    assert len({box["y"] for box in boxes}) == (1 if columns == 2 else 2)
    button = page.get_by_role("button", name="Save lead").bounding_box()
    assert button["y"] + button["height"] <= height
    if columns == 1:
        sizes = page.locator(":is(input, select, textarea):visible").evaluate_all(
            "(fields) => fields.map((field) => parseFloat(getComputedStyle(field).fontSize))"
        )
        assert min(sizes) >= 16
    page.locator("#id_notes").fill("A long story.\n" * 12)
    shown = page.locator("#id_notes").evaluate("(field) => field.clientHeight >= field.scrollHeight")
    assert shown or height < 500
    fits(page)


def test_what_is_longer_than_its_field_is_shown_whole(window, alice):
    page = window(alice, viewport={"width": 390, "height": 844})
    page.goto("/leads/new/")
    long = "a.very.long.first.name.and.a.very.long.last.name@department.of.a.very.long.company.example"
    page.locator("#id_organization").fill("Insurance " * 12)
    paste(page, "#id_emails", f"dana@acme.example, {long}")
    expect(page.locator("[data-row-of=emails]").nth(1)).to_contain_text(long)
    expect(page.locator(".whole-value")).to_have_count(2)
    fits(page)
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(3)
    rows(page).nth(1).fill("d@acme.example")
    page.locator("#id_organization").fill("")
    expect(page.locator(".whole-value")).to_have_count(0)


def test_the_form_with_everything_it_can_say_is_accessible(page, dana):
    page.locator("#id_last_name").fill("Miller")
    page.locator("#id_first_name").fill("Dana")
    page.locator("#id_organization").fill("Acme")
    make(dana.owner, first_name="Dana", organization="Acme")
    paste(page, "#id_emails", "dana@acme.example, nonsense, dana@acme.example, gone@acme.example")
    page.get_by_role("button", name="Remove gone@acme.example").click()
    expect(page.locator("[data-people]")).to_contain_text("Maybe the same person")
    expect(page.locator("[data-people]")).to_contain_text("here already")
    accessible(page, "typed")
    page.set_viewport_size({"width": 320, "height": 700})
    fits(page)
    page.get_by_role("button", name="Create lead").click()
    expect(page.get_by_text("is not an email address").first).to_be_visible()
    accessible(page, "sent back")
