"""Every page in a real browser: accessible, in both themes, at every width, within its budget, under the policy."""

from __future__ import annotations

import gzip
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from leads.actions import set_do_not_contact
from leads.addresses import clean_identifiers, set_identifiers
from outreach.contacts.actions import log_contact, void_contact
from outreach.contacts.contact import Contact
from outreach.followups.notes import answer_note, ask_colleague
from outreach.followups.reminders import remind
from outreach.models import Delivery, Reminder, Webhook
from outreach.webhooks.actions import add_webhook, send_test
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.pages import accessible, fits, is_live, large_enough, open_live

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = {
    "list": "/leads/",
    "list filtered to nothing": "/leads/?q=nobody-at-all",
    "lead": "/leads/{lead}/",
    "lead nobody contacted": "/leads/{other}/",
    "history": "/leads/{lead}/history/",
    "history of nobody": "/leads/{other}/history/",
    "log": "/leads/{lead}/contacts/new/",
    "log refused": "/leads/{lead}/contacts/new/?method=email",
    "new lead": "/leads/new/",
    "edit lead": "/leads/{lead}/edit/",
    "do not contact": "/leads/{lead}/do-not-contact/",
    "response": "/contacts/{attempt}/response/",
    "void": "/contacts/{attempt}/void/",
    "ask": "/leads/{lead}/notes/",
    "notes": "/notes/",
    "policy": "/policy/",
    "analytics": "/analytics/",
    "profile": "/profile/",
    "password": "/password/",
}
# What a manager opens besides.
MANAGERS_PAGES = {
    "review": "/review/",
    "review accepted": "/review/?show=fine",
    "review filtered to nothing": "/review/?kind=block&rule=claimed",
    "review with a filter that is none": "/review/?rule=pigeon",
    "analytics of everybody": "/analytics/?direction=all&all_reps=1",
    "analytics of no days": "/analytics/?from_date=2001-01-01&to_date=2001-01-02",
    "rows of the analytics": "/analytics/rows/?show=people",
    "policy": "/policy/",
    "policy previewed": "/policy/preview/",
    "webhooks": "/webhooks/",
}
WIDTHS = [320, 390, 720, 1024]
PHONE_WIDTHS = [320, 360]  # the first is also a screen of 1280 pixels at 400 % zoom
# All pages take one browser a minute; the workers share them.
PARTS = 6
PHONE_PARTS = 4


@pytest.fixture
def places(lead, company, alice, bob, mona) -> dict[str, str]:
    """A lead with every kind of entry, one never contacted, and what their addresses are."""
    now = timezone.now()
    AttemptFactory(lead=lead, user=bob, method="call", occurred_at=now - timedelta(days=5), subject="Voicemail")
    sent = AttemptFactory(lead=lead, user=alice, occurred_at=now - timedelta(days=3), body="Hi Dana, " * 40)
    AttemptFactory(lead=lead, user=bob, direction="inbound", in_reply_to=sent, subject="Re: hello", body="Yes")
    log_contact(lead_id=lead.id, user=bob, contact=Contact("email", subject="Again"), reason="Different topic")
    log_contact(lead_id=lead.id, user=alice, contact=Contact("email"), reason="Sent before", already_sent=True)
    wrong = AttemptFactory(lead=lead, user=alice, method="sms", subject="Wrong Dana")
    void_contact(attempt_id=wrong.id, user=alice, reason="wrong Dana")
    set_do_not_contact(lead_id=lead.id, user=alice, whole=False, methods=["sms"], reason="no texts")
    set_identifiers(lead, "email", clean_identifiers("email", "dana@acme.example", "US"))
    ask_colleague(lead_id=lead.id, user=bob, recipient_id=alice.id, text="Can you add this? " * 20)
    asked = ask_colleague(lead_id=lead.id, user=alice, recipient_id=bob.id, text="May I write to Dana?")
    answer_note(note_id=asked.id, user=bob, text="Please do")
    for method in ("email", "call"):
        remind(lead_id=lead.id, user=alice, method=method, due_at=now + timedelta(days=1))
    Reminder.objects.exclude(method="call").update(due_at=now)
    tell_webhooks(mona)
    other = LeadFactory(company=company, first_name="Ines", last_name="Costa" * 12, organization="A" * 60)
    return {"lead": str(lead.id), "other": str(other.id), "attempt": str(sent.id)}


def tell_webhooks(mona) -> None:
    """One that is told, one that is paused, one that fails, one that was switched off; and a message in every state."""
    now = timezone.now()
    events = ["lead:contacted", "lead:responded", "guard:override"]
    hooks = [add_webhook(user=mona, url=f"https://tool.example.com/{'a' * 99}/{n}", events=events)[0] for n in range(4)]
    Webhook.objects.filter(pk=hooks[1].pk).update(active=False)
    Webhook.objects.filter(pk=hooks[2].pk).update(failing_since=now)
    Webhook.objects.filter(pk=hooks[3].pk).update(active=False, failing_since=now, switched_off_at=now)
    sent = [send_test(user=mona, webhook_id=hooks[0].id).pk for _ in range(4)]
    for pk, fields in zip(sent, [{"delivered_at": now, "last_status": 204}, {"given_up_at": now}, {}], strict=False):
        ended = {"next_try_at": None} if fields else {"last_error": "No answer within 5 to 10 seconds."}
        Delivery.objects.filter(pk=pk).update(attempts=2, last_tried_at=now, **fields, **ended)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_accessible_in_both_themes_and_scrolls_sideways_at_no_width(places, alice, mona, window, part):
    for name, path, page in opened_by_both(window, alice, mona)[part::PARTS]:
        page.goto(path.format(**places))
        accessible(page, name)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            fits(page, f"{name} at {width} px")
        page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("part", range(PHONE_PARTS))
def test_on_a_phone_every_target_is_large_enough_and_no_page_is_too_wide(places, alice, mona, window, part):
    """Also with everything open that can be unfolded: menus, tables of charts, what is under More."""
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    for name, path, page in opened_by_both(window, alice, mona, **phone)[part::PHONE_PARTS]:
        page.goto(path.format(**places))
        large_enough(page, name)
        for width in PHONE_WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            fits(page, f"{name} at {width} px")
        page.set_viewport_size(phone["viewport"])
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        accessible(page, f"{name}, unfolded", themes=["light"])
        fits(page, f"{name}, unfolded")


def opened_by_both(window, rep, manager, **options):
    """Each page with the window to open it in: a manager sees all a rep sees, and more."""
    windows = [
        (window(rep, **options), PAGES),
        (window(manager, **options), {"lead": PAGES["lead"], **MANAGERS_PAGES}),
    ]
    return [(name, path, page) for page, pages in windows for name, path in pages.items()]


def test_the_open_dialog_and_the_sign_in_are_accessible_in_both_themes(places, alice, window, address):
    page = is_live_at(window(alice, reduced_motion="reduce"), f"/leads/{places['lead']}/")
    for key, answer in (("c", "warn"), ("e", "block"), ("s", "dnc"), ("l", "allow")):
        page.keyboard.press(key)
        page.locator(f'#log-dialog[open] #verdict[data-answer="{answer}"]').wait_for()
        accessible(page, answer)
        page.keyboard.press("Escape")
        page.locator("#log-dialog").wait_for(state="detached")
    page.context.clear_cookies()
    page.goto("/sign-in/")
    accessible(page, "sign-in")


def test_every_small_dialog_is_accessible_in_both_themes(places, alice, window):
    page = is_live_at(window(alice, reduced_motion="reduce"), f"/leads/{places['lead']}/")
    for opener in ("Ask a colleague", "Replied earlier", "Void"):
        page.get_by_role("link", name=opener).first.focus()
        page.keyboard.press("Enter")
        page.locator("#dialog-slot dialog[open]").wait_for()
        accessible(page, opener)
        page.keyboard.press("Escape")
        page.locator("#dialog-slot dialog").wait_for(state="detached")
    page.keyboard.press("?")
    page.locator("#keys-dialog[open]").wait_for()
    accessible(page, "keys")


def is_live_at(page, path: str):
    page.goto(path)
    return is_live(page)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_timeline_stands_beside_the_log_button_without_scrolling(places, alice, window, width, height):
    page = window(alice, viewport={"width": width, "height": height})
    page.goto(f"/leads/{places['lead']}/")
    entry = page.locator("#timeline li").first.bounding_box()
    buttons = [b.bounding_box() for b in page.get_by_role("link", name="Log contact").all() if b.is_visible()]
    assert entry["y"] + 40 < height
    assert any(button["y"] + button["height"] <= height for button in buttons)


def test_a_cold_lead_page_stays_within_its_budget(places, alice, window, address):
    """At most 8 requests and 80 kB compressed, and nothing from anywhere else."""
    page, answers = window(alice), []
    page.on("response", lambda answer: answers.append(answer))
    open_live(page, f"/leads/{places['lead']}/")
    size = sum(len(gzip.compress(answer.body(), 9)) for answer in answers)
    assert len(answers) <= 8, [answer.url for answer in answers]
    assert size <= 80_000
    assert {urlsplit(answer.url).netloc for answer in answers} == {urlsplit(address).netloc}


def test_every_page_works_under_the_policy_without_a_word_in_the_console(places, alice, mona, window):
    """The window notes every error and refused load by itself and fails the test for it."""
    for _, path, page in opened_by_both(window, alice, mona):
        answer = page.goto(path.format(**places))
        assert "script-src 'self'" in answer.headers["content-security-policy"]
