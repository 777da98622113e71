"""What a screen reader is given of the list, a lead, the dialog in its three answers, and the review."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from leads.actions import set_do_not_contact
from leads.addresses import clean_identifiers, set_identifiers
from leads.models import Lead
from outreach.contacts.actions import log_contact
from outreach.contacts.contact import Contact
from tests.support.accessibility_tree import matches
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.pages import is_live, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def dana(company, lead, alice, bob) -> Lead:
    """Bob emailed Dana, Alice wrote on LinkedIn and had an answer, and Dana wants no texts."""
    now = timezone.now()
    wrote = AttemptFactory(
        lead=lead, user=alice, method="linkedin", occurred_at=now - timedelta(days=4), subject="Hello"
    )
    AttemptFactory(
        lead=lead, user=alice, method="linkedin", direction="inbound", in_reply_to=wrote, body="Call me",
        occurred_at=now - timedelta(days=3),
    )  # fmt: skip
    AttemptFactory(
        lead=lead, user=bob, method="call", occurred_at=now - timedelta(days=2, hours=1), subject="Voicemail"
    )
    AttemptFactory(lead=lead, user=bob, occurred_at=now - timedelta(hours=2), subject="Pricing", body="Hi Dana, …")
    set_do_not_contact(lead_id=lead.id, user=alice, whole=False, methods=["sms"], reason="no texts")
    set_identifiers(lead, "email", clean_identifiers("email", "dana@acme.example", "US"))
    return lead


@pytest.fixture
def page(window, alice, dana) -> Page:
    """Alice at Dana's page, nothing moving."""
    return open_live(window(alice, reduced_motion="reduce"), f"/leads/{dana.id}/")


def test_the_list_reads_as_rows_of_people_with_what_the_guard_says_of_each(page, company):
    LeadFactory(company=company, first_name="Ines", last_name="Costa")
    open_live(page, "/leads/")
    matches(page.locator("body"), "list")


def test_a_lead_reads_as_who_they_are_what_was_said_and_what_may_be_said(page):
    matches(page.locator("body"), "lead")


@pytest.mark.parametrize(("key", "answer"), [("o", "allow"), ("c", "warn"), ("e", "block")])
def test_the_dialog_reads_its_verdict_before_its_fields(page, key, answer):
    page.keyboard.press(key)
    expect(page.locator(f'#log-dialog[open] #verdict[data-answer="{answer}"]')).to_be_visible()
    matches(page.locator("#log-dialog"), f"dialog_{answer}")


def test_the_review_reads_as_one_question_after_the_other(dana, mona, bob, window):
    contact = Contact("call", subject="Again", body="Hi Dana, one more thing")
    log_contact(lead_id=dana.id, user=bob, contact=contact, reason="Different topic")
    page = window(mona, reduced_motion="reduce")
    page.goto("/review/")
    matches(is_live(page).locator("main"), "review")
