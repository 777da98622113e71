"""The same form sent again, by a double click, the Back button or after a lost answer, gives the same answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from outreach.contacts.actions import log_contact
from outreach.contacts.contact import Contact
from outreach.followups.notes import ask_colleague
from outreach.followups.reminders import remind
from outreach.models import ColleagueNote, ContactAttempt, GuardDecision, Reminder
from tests.support.factories import AttemptFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
EVERYTHING = [ColleagueNote, ContactAttempt, GuardDecision, Reminder]


@pytest.fixture
def forms(lead, alice, bob, mona) -> dict[str, tuple[str, dict]]:
    """Each act as the page of mona sends it: its address and its fields."""
    attempt = AttemptFactory(lead=lead, user=mona)
    mistake = AttemptFactory(lead=lead, user=mona, method="sms")
    AttemptFactory(lead=lead, user=alice, method="call")
    anyway = log_contact(lead_id=lead.id, user=bob, contact=Contact("call"), reason="Different topic")
    question = ask_colleague(lead_id=lead.id, user=alice, recipient_id=mona.id, text="Yours?")
    ahead = timezone.now() + timedelta(hours=1)
    reminder = remind(lead_id=lead.id, user=mona, method="email", due_at=ahead)
    return {
        "response": (reverse("contact_response", args=[attempt.id]), {"responded": "true"}),
        "void": (reverse("contact_void", args=[mistake.id]), {"reason": "The wrong person"}),
        "note": (reverse("lead_notes", args=[lead.id]), {"recipient_id": str(bob.id), "text": "Who goes on?"}),
        "answer": (reverse("note_answer", args=[question.id]), {"text": "Mine"}),
        "read": (reverse("note_read", args=[question.id]), {}),
        "remind": (reverse("lead_reminders", args=[lead.id]), {"method": "call", "due_at": ahead.isoformat()}),
        "done": (reverse("reminder_done", args=[reminder.id]), {}),
        "later": (reverse("reminder_later", args=[reminder.id]), {}),
        "review": (reverse("review_verdict", args=[anyway.id]), {"verdict": "accepted", "note": "Fine"}),
        "wish": (reverse("lead_do_not_contact", args=[lead.id]), {"whole": "on", "reason": "Asked on the phone"}),
        "status": (reverse("lead_status", args=[lead.id]), {"status": "lost"}),
        "owner": (reverse("lead_owner", args=[lead.id]), {"owner": str(bob.id)}),
    }


ACTS = ["response", "void", "note", "answer", "read", "remind", "done", "later", "review", "wish", "status", "owner"]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
@pytest.mark.parametrize("act", ACTS)
def test_each_act_done_twice_is_done_once_and_answered_alike(forms, mona, signed_in, act, headers):
    address, fields = forms[act]
    client = signed_in(mona)
    first = client.post(address, fields, headers=headers)
    before = [kind.objects.count() for kind in EVERYTHING]
    second = client.post(address, fields, headers=headers)
    assert first.status_code < 400
    assert (second.status_code, second.get("Location")) == (first.status_code, first.get("Location"))
    assert [kind.objects.count() for kind in EVERYTHING] == before


@pytest.fixture
def asked(signed_in, lead) -> Callable[..., HttpResponse]:
    """The guard asked by a form that was sent and got no answer."""

    def ask(user, **said: str) -> HttpResponse:
        return signed_in(user).post(reverse("contact_verdict", args=[lead.id]), said, headers=HTMX)

    return ask


@pytest.fixture
def sent(signed_in, lead, alice) -> dict[str, str]:
    """What Alice's form has logged."""
    form = {"method": "email", "direction": "outbound", "subject": "Pricing", "key": uuid.uuid4().hex}
    signed_in(alice).post(reverse("contact_new", args=[lead.id]), form, headers=HTMX)
    return form


def test_a_form_that_has_logged_is_answered_as_logged_when_it_asks_the_guard(asked, sent, alice):
    answer = asked(alice, **sent)
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#dialog-slot", "innerHTML")
    assert "contact:logged" in answer["HX-Trigger"]
    assert "logged" in answer.text and not re.search('id="verdict"', answer.text)


def test_on_its_own_page_it_leads_on_to_the_lead(asked, sent, alice, lead):
    assert asked(alice, **sent, page="1")["HX-Redirect"] == reverse("lead", args=[lead.id])


def test_other_words_another_key_and_another_user_are_asked_about_as_ever(asked, sent, alice, bob):
    without = {name: value for name, value in sent.items() if name != "key"}
    for answer in (
        asked(alice, **{**sent, "subject": "Something else"}),
        asked(alice, **{**sent, "key": uuid.uuid4().hex}),
        asked(alice, **without),
        asked(bob, **sent),
    ):
        assert "HX-Retarget" not in answer and 'data-answer="block"' in answer.text


def test_a_used_form_with_other_words_comes_back_with_a_key_of_its_own(signed_in, sent, alice, lead):
    address = reverse("contact_new", args=[lead.id])
    answer = signed_in(alice).post(address, {**sent, "subject": "Something else"}, headers=HTMX)
    assert answer.status_code == 422
    assert sent["key"] not in answer.text and re.search(r'name="key" value="[0-9a-f]{32}"', answer.text)
