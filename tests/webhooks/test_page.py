"""The managers' page of webhooks: added with a secret shown once, looked after, and what was sent to them told."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from crm.models import Role, User
from outreach.models import Delivery, Webhook
from outreach.webhooks.actions import MOST_WEBHOOKS, add_webhook, send_test
from outreach.webhooks.log import PAGE_SIZE
from outreach.webhooks.signing import secret_of
from tests.crm.test_tenancy import mask

pytestmark = pytest.mark.django_db

PAGE = "/webhooks/"
URL = "https://tool.example.com/told"
EVENTS = ["lead:contacted", "guard:override"]
SECRET = re.compile(r"tandem_hook_[0-9a-f]{64}")
ACTS = ["webhook_switch", "webhook_delete", "webhook_test"]


@pytest.fixture
def webhook(mona) -> Webhook:
    return add_webhook(user=mona, url=URL, events=EVENTS)[0]


@pytest.fixture
def rival(charlie) -> User:
    """A manager of another company."""
    User.objects.filter(pk=charlie.pk).update(role=Role.MANAGER)
    return User.objects.get(pk=charlie.pk)


def delivery(webhook: Webhook, **fields: object) -> Delivery:
    fields = {"event": "lead:contacted", "payload": "{}", "attempts": 1, "last_tried_at": timezone.now(), **fields}
    return Delivery.objects.create(company=webhook.company, webhook=webhook, **fields)


def test_a_webhook_that_is_added_shows_its_secret_once(mona, signed_in):
    page = signed_in(mona)
    made = page.post(PAGE, {"url": f" {URL} ", "events": EVENTS})
    (secret,) = set(SECRET.findall(made.text))
    assert made.status_code == 201 and made["Cache-Control"] == "no-store"
    webhook = Webhook.objects.get()
    assert (webhook.url, webhook.events, webhook.created_by, webhook.active) == (URL, EVENTS, mona, True)
    assert secret_of(webhook.seed) == secret and secret not in str(Webhook.objects.values().get())
    listed = page.get(PAGE).text
    assert URL in listed and secret not in listed and secret[:16] in listed and "lead:responded</code>" not in listed


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"url": ""}, "url", "Give the address"),
        ({"url": "tool.example.com"}, "url", "Give a full web address"),
        ({"url": "http://169.254.169.254/latest"}, "url", "169.254.169.254 is not a public address"),
        ({"url": "https://a:b@tool.example.com/"}, "url", "without a user name"),
        ({"url": "https://tool.example.com/" + "a" * 490}, "url", "at most 500"),
        ({"url": "https://tool.example.com/\0"}, "url", "cannot be stored"),
        ({"url": "https://tool.example.com/\u202e"}, "url", "cannot be stored"),
        ({"events": []}, "events", "Choose at least one"),
        ({"events": ["lead:changed"]}, "events", "There is no event “lead:changed”"),
        ({"events": ["lead:contacted", "x" * 99]}, "events", "There is no event"),
        ({"events": ["lead:contacted"] * 4}, "events", "at most once"),
    ],
)
def test_a_form_that_is_wrong_names_the_field_and_keeps_what_was_typed(mona, signed_in, said, field, words):
    form = {"url": URL, "events": EVENTS, **said}
    answer = signed_in(mona).post(PAGE, form)
    assert answer.status_code == 422
    error = re.search(rf'id="id_{field}_error".*?</p>', answer.text, re.DOTALL)
    assert error is not None and words in error[0]
    assert f'value="{escape(form["url"])}"' in answer.text or not form["url"] or "\0" in form["url"]
    checked = re.findall(r'<input type="checkbox"[^>]*value="([^"]+)"[^>]* checked', answer.text)
    assert set(checked) == set(form["events"]) & {"lead:contacted", "lead:responded", "guard:override"}
    assert not Webhook.objects.exists()


def test_nobody_has_more_webhooks_than_they_can_keep_account_of(mona, signed_in):
    for number in range(MOST_WEBHOOKS):
        add_webhook(user=mona, url=f"{URL}/{number}", events=EVENTS)
    answer = signed_in(mona).post(PAGE, {"url": URL, "events": EVENTS})
    assert answer.status_code == 422 and "Delete one that is no longer used" in answer.text
    assert Webhook.objects.count() == MOST_WEBHOOKS


def test_only_managers_open_the_page_and_act_on_it(alice, admin, mona, webhook, signed_in):
    sent = delivery(webhook)
    for user in (alice, admin):
        page = signed_in(user)
        assert page.get(PAGE).status_code == page.post(PAGE, {"url": URL, "events": EVENTS}).status_code == 403
        for name in ACTS:
            assert page.post(reverse(name, args=[webhook.id])).status_code == 403
        assert page.post(reverse("webhook_again", args=[sent.id])).status_code == 403
    assert PAGE in signed_in(mona).get("/policy/").text and PAGE not in signed_in(alice).get("/policy/").text
    assert Webhook.objects.get().active and Delivery.objects.count() == 1


def test_a_foreign_webhook_looks_like_one_that_does_not_exist(rival, webhook, signed_in):
    page, sent = signed_in(rival), delivery(webhook)
    for name, pk in [*((name, webhook.id) for name in ACTS), ("webhook_again", sent.id)]:
        foreign, missing = page.post(reverse(name, args=[pk])), page.post(reverse(name, args=[uuid4()]))
        assert foreign.status_code == missing.status_code == 404
        assert mask(foreign.text) == mask(missing.text)
    assert URL not in page.get(PAGE).text
    kept = Webhook.objects.get()
    assert kept.active and Delivery.objects.get().next_try_at == sent.next_try_at


def test_pause_resume_and_delete(mona, webhook, signed_in):
    page = signed_in(mona)
    paused = page.post(reverse("webhook_switch", args=[webhook.id]), {"active": "false"}, follow=True)
    assert "is paused" in paused.text and ">Resume<" in paused.text and not Webhook.objects.get().active
    now = timezone.now()
    Webhook.objects.update(failing_since=now - timedelta(days=3), switched_off_at=now)
    assert "Switched off" in page.get(PAGE).text
    resumed = page.post(reverse("webhook_switch", args=[webhook.id]), {"active": "true"}, follow=True)
    assert "Switched off" not in resumed.text and ">Pause<" in resumed.text and Webhook.objects.get().active
    delivery(webhook)
    gone = page.post(reverse("webhook_delete", args=[webhook.id]), follow=True)
    assert "is deleted" in gone.text and not Webhook.objects.exists() and not Delivery.objects.exists()
    assert page.get(reverse("webhook_delete", args=[webhook.id])).status_code == 405


def test_a_test_waits_in_the_outbox(mona, webhook, signed_in):
    answer = signed_in(mona).post(reverse("webhook_test", args=[webhook.id]), follow=True)
    assert "on its way" in answer.text and "A test" in answer.text and "Waiting" in answer.text
    assert Delivery.objects.get().event == "webhook:test"


def test_the_log_says_what_came_of_each(mona, webhook, signed_in):
    now = timezone.now()
    delivery(webhook, last_status=204, next_try_at=None, delivered_at=now)
    delivery(webhook, last_status=500, attempts=2, next_try_at=now + timedelta(minutes=5))
    delivery(webhook, last_error="No answer within 5 to 10 seconds.", attempts=9, next_try_at=None, given_up_at=now)
    delivery(webhook, last_status=599)
    text = signed_in(mona).get(PAGE).text
    for words in (
        "204 No Content", "Delivered", "500 Internal Server Error", "2 tries", "next <time", "Given up",
        "No answer within", "9 tries", "599", "2 waiting",
    ):  # fmt: skip
        assert words in text, words
    assert text.count("Try again now</button>") == 3


def test_try_again_now(mona, webhook, signed_in):
    page, now = signed_in(mona), timezone.now()
    lost = delivery(webhook, attempts=9, next_try_at=None, given_up_at=now)
    done = delivery(webhook, next_try_at=None, delivered_at=now)
    assert "sent again in a moment" in page.post(reverse("webhook_again", args=[lost.id]), follow=True).text
    assert "delivered already" in page.post(reverse("webhook_again", args=[done.id]), follow=True).text
    lost.refresh_from_db()
    done.refresh_from_db()
    assert (lost.given_up_at, done.next_try_at) == (None, None) and lost.next_try_at >= now


def test_the_log_is_read_by_pages_newest_first(mona, webhook, signed_in):
    made = [delivery(webhook).id for _ in range(PAGE_SIZE + 3)]
    page, address, seen = signed_in(mona), PAGE, []
    first = page.get(PAGE)
    older = first.context["more_url"]
    for answer in (first, page.get(older), page.get(older, headers={"HX-Request": "true"})):
        seen.append([UUID(pk) for pk in re.findall(r"deliveries/([0-9a-f-]{36})/again", answer.text)])
        assert answer.status_code == 200
    assert seen[0] + seen[1] == made[::-1] and seen[2] == seen[1]
    assert "<html" not in answer.text
    assert page.get(address, {"before": "x"}).status_code == 422


def test_the_page_costs_the_same_however_much_there_is(mona, webhook, signed_in, django_assert_num_queries):
    page = signed_in(mona)
    delivery(webhook)
    page.get(PAGE)
    with django_assert_num_queries(5):
        page.get(PAGE)
    other, _ = add_webhook(user=mona, url=URL, events=EVENTS)
    for one in (webhook, other) * 10:
        delivery(one)
    with django_assert_num_queries(5):
        page.get(PAGE)


def test_the_database_refuses_what_would_tell_another_company_or_of_nothing(mona, webhook, charlie):
    with pytest.raises(IntegrityError, match="webhook_events_known"), transaction.atomic():
        Webhook.objects.update(events=["lead:changed"])
    with pytest.raises(IntegrityError, match="outreach_webhook_created_by_id_of_company"), transaction.atomic():
        Webhook.objects.update(created_by=charlie)
    sent = send_test(user=mona, webhook_id=webhook.id)
    with pytest.raises(IntegrityError, match="delivery_waits_or_has_ended"), transaction.atomic():
        Delivery.objects.filter(pk=sent.pk).update(delivered_at=timezone.now())
