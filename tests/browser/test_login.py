"""A login that ends under an open page: the page says so and keeps the text for its user; signing out keeps nothing."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Page, expect

from crm.models import User
from tests.support.pages import is_live, open_live

pytest_plugins = ["tests.support.browser"]
# The answers by which an ended login is refused.
REFUSALS = ("with a status of 401", "with a status of 403", "Error Code 401", "Error Code 403")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.logs(*REFUSALS)]

PASSWORD = "correct horse battery"
TEXT = "Half a sentence that must not be lost"
SIGNED_OUT = "You are signed out. Sign in to go on; what you typed is kept."


@pytest.fixture
def page(window, alice, bob, lead) -> Page:
    """Alice on the lead's page."""
    # As the server's own process reads it, whatever is quicker here.
    hasher = PBKDF2PasswordHasher()
    for user in (alice, bob):
        user.password = hasher.encode(PASSWORD, hasher.salt())
        user.save()
    return open_live(window(alice), f"/leads/{lead.id}/")


def write(page: Page) -> None:
    page.keyboard.press("e")
    page.locator("#id_body").fill(TEXT)
    expect(page.locator("[data-draft-words]")).to_be_visible()


def typed(page: Page) -> list[str]:
    """All that this tab and its browser have kept of what was typed."""
    stored = page.evaluate("[...Object.entries(localStorage), ...Object.entries(sessionStorage)].map(String)")
    return [entry for entry in stored if TEXT in entry]


def expire(user: User) -> None:
    """The server ends every session."""
    Session.objects.all().delete()


def notice(page: Page):
    return page.locator(".login-ended")


def sign_in(page: Page, email: str) -> None:
    page.locator("#id_username").fill(email)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    page.locator("summary.account").click()
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_an_ended_login_is_said_in_place_and_one_comes_back_to_the_open_dialog(page, alice, lead):
    write(page)
    expire(alice)
    page.keyboard.press("Control+Enter")
    expect(notice(page)).to_contain_text(SIGNED_OUT)
    expect(page.locator("#id_body")).to_have_value(TEXT)
    expect(page.locator("html")).to_have_attribute("data-line", "down")
    notice(page).get_by_role("link", name="Sign in").click()
    sign_in(page, "alice@demo.test")
    expect(page).to_have_url(re.compile(f"/leads/{lead.id}/$"))
    expect(page.locator("#id_body")).to_have_value(TEXT)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text(TEXT)
    assert lead.attempts.count() == 1


def test_signing_in_again_in_another_tab_lets_the_old_page_go_on(page, alice, lead):
    """Its forms carry the token of the login that ended."""
    write(page)
    expire(alice)
    tab = page.context.new_page()
    tab.goto(f"/leads/{lead.id}/")
    expect(notice(page)).to_be_visible()
    sign_in(tab, "alice@demo.test")
    expect(notice(page)).to_have_count(0)
    is_live(page)
    expect(page.locator("#id_body")).to_have_value(TEXT)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text(TEXT)


def test_a_token_that_was_renewed_without_a_word_costs_no_text(page, alice, lead):
    """As by a new password in another tab: the login goes on, the page's token is refused."""
    write(page)
    page.evaluate(
        """() => {
            const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "X-CSRFToken": "x".repeat(64) };
            document.body.setAttribute("hx-headers", JSON.stringify(headers));
            for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = "x".repeat(64);
        }"""
    )
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text(TEXT)
    assert lead.attempts.count() == 1


def test_somebody_else_at_the_browser_sees_nothing_of_the_text_and_it_waits_for_its_user(page, alice, bob, lead):
    write(page)
    expire(alice)
    tab = page.context.new_page()
    tab.goto("/sign-in/")
    sign_in(tab, "bob@demo.test")
    expect(notice(page)).to_contain_text("Somebody else has signed in")
    expect(page.locator("#id_body")).to_have_count(0)
    assert lead.name not in page.locator("main").inner_text()
    notice(page).get_by_role("link", name="Go on").click()
    is_live(page)
    page.keyboard.press("e")
    expect(page.locator("#id_body")).to_have_value("")
    expire(bob)
    page.goto(f"/leads/{lead.id}/")
    sign_in(page, "alice@demo.test")
    is_live(page)
    page.keyboard.press("e")
    expect(page.locator("#id_body")).to_have_value(TEXT)


def test_an_old_page_never_acts_for_whoever_signed_in_since(page, alice, bob, lead, address):
    """Before it has heard of the new login: the server refuses what it sends."""
    write(page)
    client = Client()
    client.force_login(bob, backend="crm.login.access.CompanyBackend")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    page.keyboard.press("Control+Enter")
    expect(notice(page)).to_contain_text("Somebody else has signed in")
    assert not lead.attempts.exists()


def test_signing_out_clears_what_was_typed_in_every_tab(page, lead):
    write(page)
    page.keyboard.press("Escape")
    tab = page.context.new_page()
    open_live(tab, f"/leads/{lead.id}/")
    tab.keyboard.press("l")
    tab.locator("#id_body").fill(TEXT)
    other = page.context.new_page()
    other.goto("/policy/")
    note = page.context.new_page()
    note.goto(f"/leads/{lead.id}/do-not-contact/")
    note.locator("[name=reason]").fill(TEXT)
    sign_out(page)
    for each in (tab, other, note):
        expect(each.get_by_role("button", name="Sign in")).to_be_visible()
    for each in (page, tab, other, note):
        assert typed(each) == []


def test_signing_out_in_the_administration_clears_it_too(page, alice, lead):
    write(page)
    page.keyboard.press("Escape")
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    tab = page.context.new_page()
    tab.goto("/admin/")
    assert typed(page)
    tab.locator("#logout-form button").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert typed(page) == typed(tab) == []


def test_signing_out_after_the_login_has_ended_clears_it_too(page, alice):
    write(page)
    page.keyboard.press("Escape")
    expire(alice)
    sign_out(page)
    assert typed(page) == []


def test_a_new_password_in_this_browser_disturbs_no_other_tab(page, alice, lead):
    write(page)
    tab = page.context.new_page()
    tab.goto("/password/")
    tab.locator("#id_old_password").fill(PASSWORD)
    for number in (1, 2):
        tab.locator(f"#id_new_password{number}").fill("another fine phrase")
    tab.get_by_role("button", name="Change").click()
    expect(tab).to_have_url(re.compile("/password/changed/$"))
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text(TEXT)


def test_the_sign_in_page_of_another_tab_follows_a_sign_in(page, lead):
    sign_out(page)
    tab = page.context.new_page()
    tab.goto(f"/leads/{lead.id}/")
    expect(tab.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto("/sign-in/")
    sign_in(page, "alice@demo.test")
    expect(tab.locator("#timeline")).to_be_visible()


def test_a_form_that_leaves_the_page_keeps_its_text_over_an_ended_login(page, alice, lead):
    # Its line would tell it.
    page.route_web_socket("**/ws/**", lambda socket: None)
    page.goto(f"/leads/{lead.id}/do-not-contact/")
    page.locator("[name=reason]").fill(TEXT)
    expire(alice)
    page.get_by_role("button", name="Save").click()
    sign_in(page, "alice@demo.test")
    expect(page.locator("[name=reason]")).to_have_value(TEXT)


def test_what_is_typed_into_a_small_form_survives_a_reload(page, lead):
    page.goto(f"/leads/{lead.id}/do-not-contact/")
    page.locator("[name=reason]").fill(TEXT)
    page.reload()
    expect(page.locator("[name=reason]")).to_have_value(TEXT)
