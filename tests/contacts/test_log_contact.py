"""Logging a contact: what is written, what follows, and what comes back when something is wrong."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from outreach.guard import Answer, Question, check
from outreach.models import ContactAttempt, GuardDecision
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.undo import undo_address

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def form(**said: str) -> dict[str, str]:
    return {"method": "email", "direction": "outbound", "subject": "Hello", **said}


@pytest.fixture
def post(signed_in, lead):
    def send(user, *, htmx: bool = True, **said: str):
        headers = HTMX if htmx else {}
        return signed_in(user).post(reverse("contact_new", args=[lead.id]), form(**said), headers=headers)

    return send


def test_a_logged_contact_keeps_all_that_was_said_and_updates_the_lead(post, lead, alice):
    answer = post(alice, subject="Pricing", body="Hi Dana,\r\n40 seats?", method="linkedin")

    attempt = ContactAttempt.objects.get()
    assert (attempt.user, attempt.user_name, attempt.company_id) == (alice, "Alice Jones", lead.company_id)
    assert (attempt.method, attempt.direction) == ("linkedin", "outbound")
    assert (attempt.subject, attempt.body) == ("Pricing", "Hi Dana,\n40 seats?")
    lead.refresh_from_db()
    assert (lead.contact_count, lead.last_contact_method, lead.last_contacted_by) == (1, "linkedin", alice)
    assert lead.last_contacted_at == attempt.occurred_at
    assert (lead.status, lead.version) == ("contacted", 2)
    assert answer.status_code == 200
    assert answer["HX-Trigger"] == f'{{"contact:logged": {{"lead": "{lead.id}"}}}}'


def test_the_reply_brings_the_new_timeline_summary_guard_and_an_undo(post, alice):
    text = post(alice, subject="Pricing for 40 seats").text
    for region in (
        "timeline-methods",
        "block-newest",
        "lead-summary",
        "guard-rows",
        "lead-details",
        "lead-version",
        "toast",
    ):
        assert f'id="{region}"' in text
    assert "Pricing for 40 seats" in text
    assert "cooling until" in text
    assert reverse("contact_void", args=[ContactAttempt.objects.get().id]) in text


@pytest.mark.parametrize("htmx", [True, False])
def test_the_undo_of_the_toast_takes_the_contact_back_on_the_server(post, lead, alice, bob, signed_in, htmx):
    address, fields = undo_address(post(alice, subject="Pricing").text)
    answer = signed_in(alice).post(address, fields, headers=HTMX if htmx else {})
    assert answer.status_code == (200 if htmx else 302), f"Undo was answered with {answer.status_code}."
    attempt = ContactAttempt.objects.get()
    assert attempt.voided_at is not None, "Undo was answered, and the contact still counts."
    assert (attempt.voided_by, attempt.subject, bool(attempt.void_reason)) == (alice, "Pricing", True)
    lead.refresh_from_db()
    assert (lead.contact_count, lead.last_contacted_at) == (0, None), "The undone contact is still summed up."
    assert check(lead, Question(bob, "email")).answer == Answer.ALLOW, "The undone contact still blocks a colleague."
    if htmx:
        assert "Email to Dana Miller no longer counts." in answer.text
        assert answer["HX-Trigger"] == '{"reminders:changed": {}, "live:check": {"full": true}}'


def test_undoing_twice_changes_nothing_and_nobody_undoes_a_colleagues_contact(post, lead, alice, bob, signed_in):
    address, fields = undo_address(post(alice).text)
    assert signed_in(bob).post(address, fields, headers=HTMX).status_code == 409
    assert ContactAttempt.objects.get().voided_at is None, "A rep undid a colleague's contact."
    signed_in(alice).post(address, fields, headers=HTMX)
    first = ContactAttempt.objects.values().get()
    assert signed_in(alice).post(address, fields, headers=HTMX).status_code == 200
    assert ContactAttempt.objects.values().get() == first


def test_a_recorded_reply_is_taken_back_on_the_server(lead, alice, bob, signed_in):
    attempt = AttemptFactory(lead=lead, user=alice, occurred_at=timezone.now() - timedelta(hours=3))
    address, client = reverse("contact_response", args=[attempt.id]), signed_in(bob)
    assert client.post(address, {"responded": "true"}, headers=HTMX).status_code == 200
    lead.refresh_from_db()
    assert (lead.status, lead.last_response_at is not None) == ("conversing", True)
    assert client.post(address, {"responded": "false"}, headers=HTMX).status_code == 200
    attempt.refresh_from_db()
    lead.refresh_from_db()
    assert (attempt.responded, attempt.response_at) == (False, None), "The reply was taken back, and still stands."
    assert (lead.status, lead.last_response_at) == ("contacted", None), "The lead still counts the reply."


def test_without_javascript_it_goes_back_to_the_lead_and_says_so(post, lead, alice, signed_in):
    answer = post(alice, htmx=False)
    assert (answer.status_code, answer["Location"]) == (302, reverse("lead", args=[lead.id]))


def test_a_past_contact_keeps_its_time_and_leaves_the_newer_last_contact(post, lead, alice, bob):
    newest = AttemptFactory(lead=lead, user=bob, method="call")
    post(alice, method="linkedin", when="1440")

    lead.refresh_from_db()
    past = ContactAttempt.objects.get(method="linkedin")
    assert timedelta(hours=23, minutes=59) < timezone.now() - past.occurred_at < timedelta(hours=24, minutes=1)
    assert (lead.last_contacted_at, lead.last_contact_method, lead.contact_count) == (
        newest.occurred_at,
        "call",
        2,
    )


def test_a_time_is_read_in_the_companys_zone(post, alice):
    """Berlin in July is two hours ahead of UTC."""
    post(alice, when="other", occurred_at="2026-07-01T12:00")
    assert ContactAttempt.objects.get().occurred_at.isoformat() == "2026-07-01T10:00:00+00:00"


def test_an_inbound_reply_answers_the_contact_it_names(post, lead, alice):
    sent = AttemptFactory(lead=lead, user=alice, occurred_at=timezone.now() - timedelta(hours=3))
    post(alice, direction="inbound", in_reply_to=str(sent.id), subject="Re: Hello")

    sent.refresh_from_db()
    lead.refresh_from_db()
    reply = ContactAttempt.objects.get(direction="inbound")
    assert (sent.responded, sent.response_at) == (True, reply.occurred_at)
    assert (lead.last_response_at, lead.status) == (reply.occurred_at, "conversing")


def test_they_responded_is_recorded_with_its_time(post, lead, alice):
    post(alice, method="call", when="60", responded="on")
    attempt = ContactAttempt.objects.get()
    assert attempt.responded and attempt.response_at > attempt.occurred_at
    lead.refresh_from_db()
    assert lead.status == "conversing"


def test_the_same_form_sent_again_gives_the_first_answer_and_writes_nothing(post, alice):
    key = uuid.uuid4().hex
    assert post(alice, key=key).status_code == 200
    assert post(alice, key=key).status_code == 200
    assert ContactAttempt.objects.count() == 1


def test_a_used_form_with_other_words_is_refused_and_keeps_them(post, alice):
    key = uuid.uuid4().hex
    post(alice, key=key)
    answer = post(alice, key=key, subject="Something else")
    assert answer.status_code == 422
    assert "This is logged already" in answer.text
    assert 'value="Something else"' in answer.text
    assert ContactAttempt.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"method": "pigeon"}, "method", "not one of the available choices"),
        ({"method": ""}, "method", "This field is required"),
        ({"direction": "sideways"}, "direction", "not one of the available choices"),
        ({"subject": "x" * 501}, "subject", "at most 500 characters"),
        ({"body": "x" * 50_001}, "body", "at most 50000 characters"),
        ({"subject": "nul\0"}, "subject", "U+0000"),
        ({"body": "bell\x07"}, "body", "U+0007"),
        ({"subject": "a\u202eb"}, "subject", "U+202E"),
        ({"when": "other"}, "occurred_at", "Say when it was"),
        ({"when": "other", "occurred_at": "yesterday"}, "occurred_at", "Enter a valid date"),
        ({"when": "other", "occurred_at": "1999-12-31T23:00"}, "occurred_at", "before the year 2000"),
        ({"when": "other", "occurred_at": "0001-01-01T00:00"}, "occurred_at", ""),
        ({"when": "other", "occurred_at": "9999-12-31T23:59"}, "occurred_at", ""),
        ({"when": "other", "occurred_at": "2026-03-29T02:30"}, "occurred_at", "couldn"),
        ({"when": "99999"}, "when", "not one of the available choices"),
        ({"responded": "on", "response_at": "2001-01-01T00:00"}, "response_at", "cannot come before"),
        ({"direction": "inbound", "in_reply_to": "42"}, "in_reply_to", "Enter a valid UUID"),
        (
            {"direction": "inbound", "in_reply_to": str(uuid.uuid4())},
            "in_reply_to",
            "Choose a contact of this lead",
        ),
        ({"key": "k" * 201}, "key", ""),
        ({"seen": "99999999999999999999"}, "seen", ""),
        ({"reason": "other"}, "note", "Say why in a few words"),
        ({"act": "drop tables"}, "act", ""),
    ],
)
def test_bad_input_is_refused_at_its_field_and_writes_nothing(post, alice, said, field, sentence):
    answer = post(alice, **{"body": "my words", **said})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert sentence in str(answer.context["form"].errors[field])
    assert not ContactAttempt.objects.exists() and not GuardDecision.objects.exists()
    if "body" not in said:
        assert "my words" in answer.text


def test_a_reply_to_another_leads_contact_is_refused(post, alice, company):
    other = AttemptFactory(lead=LeadFactory(company=company), user=alice)
    answer = post(alice, direction="inbound", in_reply_to=str(other.id))
    assert answer.status_code == 422
    assert "in_reply_to" in answer.context["form"].errors


def test_a_lone_surrogate_is_refused(lead, alice, signed_in):
    """Typed as percent-encoded bytes no browser would send; it must not become a 500."""
    body = "method=email&direction=outbound&subject=%ED%A0%80"
    answer = signed_in(alice).post(
        reverse("contact_new", args=[lead.id]), body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code in (302, 422)


def test_the_dialog_opens_for_the_method_asked_for_with_a_fresh_key(lead, alice, signed_in):
    client, address = signed_in(alice), reverse("contact_new", args=[lead.id])
    first = client.get(address, {"method": "call"}, headers=HTMX)
    second = client.get(address, {"method": "carrier pigeon"}, headers=HTMX)
    assert first.context["form"]["method"].value() == "call"
    assert second.context["form"]["method"].value() == "email"
    assert first.context["form"]["key"].value() != second.context["form"]["key"].value()
    assert '<dialog id="log-dialog"' in first.text


def test_without_javascript_the_dialog_is_a_page_of_its_own(lead, alice, signed_in):
    text = signed_in(alice).get(reverse("contact_new", args=[lead.id])).text
    assert "<html" in text and '<dialog id="log-dialog"' not in text and 'id="log-form"' in text
