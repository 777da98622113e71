"""Every act that a page confirms is taken back by its Undo, unless somebody has changed since what it did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import signing
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from crm.models import User
from crm.pages.undo import Act, note_of
from leads import actions as lead_actions
from leads.models import Lead
from outreach.contacts.actions import log_contact, mark_responded, void_contact
from outreach.contacts.contact import Contact
from outreach.followups.notes import answer_note, ask_colleague, count_unread, mark_read
from outreach.followups.reminders import remind, settle_reminder
from outreach.models import ColleagueNote, ContactAttempt, Reminder
from outreach.views.undo import UNDO
from tests.support.factories import AttemptFactory
from tests.support.undo import HTMX, press_undo

pytestmark = pytest.mark.django_db


@pytest.fixture
def act(signed_in, alice) -> Callable[..., str]:
    """Send a form as Alice and return the text of the answer; without htmx of the page one is led to."""

    def send(name: str, pk: object, fields: dict[str, object], *, htmx: bool = True, user: User = alice) -> str:
        answer = signed_in(user).post(reverse(name, args=[pk]), fields, headers=HTMX if htmx else {}, follow=not htmx)
        assert answer.status_code == 200, answer.text
        return answer.text

    return send


@pytest.fixture
def attempt(lead, alice) -> ContactAttempt:
    return log_contact(lead_id=lead.id, user=alice, contact=Contact("email", subject="Pricing"))


@pytest.fixture(autouse=True)
def nothing_is_left_wrong(db):
    yield
    call_command("check_invariants")


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_there_is_an_undo_for_every_act_and_none_for_what_is_no_act():
    assert set(UNDO) == set(Act)


@pytest.mark.parametrize("htmx", [True, False])
def test_a_reply_that_was_marked_is_taken_back(act, attempt, lead, alice, signed_in, htmx):
    text = act("contact_response", attempt.id, {"responded": "true"}, htmx=htmx)
    assert "Reply of Dana Miller recorded" in text and fresh(lead).status == "conversing"
    answer = press_undo(signed_in(alice), text, htmx=htmx)
    assert "Undone. The reply of Dana Miller is not recorded." in answer.text
    assert (fresh(attempt).responded, fresh(attempt).response_at, fresh(lead).status) == (False, None, "contacted")


def test_the_time_of_a_reply_goes_back_to_what_it_was(act, lead, alice, signed_in):
    attempt = AttemptFactory(lead=lead, user=alice, occurred_at=timezone.now() - timedelta(days=3))
    first = mark_responded(attempt_id=attempt.id, user=alice, responded=True)
    earlier = timezone.localtime(timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    text = act("contact_response", attempt.id, {"responded": "true", "response_at": earlier})
    assert fresh(attempt).response_at < first.response_at
    assert "stands as it was" in press_undo(signed_in(alice), text).text
    assert fresh(attempt).response_at == first.response_at


def test_a_reply_that_was_taken_back_is_there_again_with_its_time(act, attempt, alice, signed_in):
    before = mark_responded(attempt_id=attempt.id, user=alice, responded=True)
    text = act("contact_response", attempt.id, {"responded": "false"})
    press_undo(signed_in(alice), text)
    after = fresh(attempt)
    assert (after.responded, after.response_at) == (True, before.response_at)
    assert after.response_recorded_at == before.response_recorded_at


def test_what_changed_nothing_or_was_a_colleagues_offers_no_undo(act, attempt, bob):
    mark_responded(attempt_id=attempt.id, user=bob, responded=True)
    assert "data-undo" not in act("contact_response", attempt.id, {"responded": "true"})


def test_a_reply_that_a_colleague_has_changed_since_stays(act, attempt, alice, bob, signed_in):
    text = act("contact_response", attempt.id, {"responded": "true"})
    mark_responded(attempt_id=attempt.id, user=bob, responded=False)
    mark_responded(attempt_id=attempt.id, user=bob, responded=True)
    answer = press_undo(signed_in(alice), text)
    assert answer.status_code == 409 and "Bob Smith has changed it since. Nothing was undone." in answer.text
    assert fresh(attempt).responded


def test_a_void_is_taken_back_and_the_contact_counts_again(act, attempt, lead, alice, signed_in):
    act("contact_response", attempt.id, {"responded": "true"})
    text = act("contact_void", attempt.id, {"reason": "Wrong person"})
    assert fresh(lead).contact_count == 0
    answer = press_undo(signed_in(alice), text)
    assert "Undone. The contact with Dana Miller counts again." in answer.text
    after = fresh(attempt)
    assert (after.voided_at, after.voided_by, after.voided_by_name, after.void_reason) == (None, None, "", "")
    assert (fresh(lead).contact_count, fresh(lead).status, after.responded) == (1, "conversing", True)
    call_command("rebuild_outreach_summary")


def test_a_void_stays_once_there_was_another_contact(act, attempt, lead, alice, bob, signed_in):
    """What the guard has let through meanwhile it would not have let through beside this one."""
    text = act("contact_void", attempt.id, {"reason": "Wrong person"})
    log_contact(lead_id=lead.id, user=bob, contact=Contact("email", subject="Mine"))
    assert "There has been another contact since. Nothing was undone." in press_undo(signed_in(alice), text).text
    assert fresh(attempt).voided_at is not None


def test_undoing_a_contact_takes_back_the_reply_and_the_reminder_that_it_settled(lead, alice, bob, signed_in):
    sent = AttemptFactory(lead=lead, user=alice, occurred_at=timezone.now() - timedelta(days=3))
    reminder = remind(lead_id=lead.id, user=alice, method="call", due_at=timezone.now() + timedelta(days=1))
    client = signed_in(alice)
    form = {"method": "call", "direction": "inbound", "key": "one", "in_reply_to": str(sent.id)}
    text = client.post(reverse("contact_new", args=[lead.id]), form, headers=HTMX).text
    assert fresh(sent).responded
    press_undo(client, text)
    assert not fresh(sent).responded and fresh(lead).last_response_at is None
    form = {"method": "call", "direction": "outbound", "key": "two"}
    text = client.post(reverse("contact_new", args=[lead.id]), form, headers=HTMX).text
    assert fresh(reminder).done_at is not None
    press_undo(client, text)
    assert fresh(reminder).done_at is None


def test_a_contact_that_a_colleague_has_marked_since_is_not_undone(lead, alice, bob, signed_in):
    form = {"method": "call", "direction": "outbound", "key": "one"}
    text = signed_in(alice).post(reverse("contact_new", args=[lead.id]), form, headers=HTMX).text
    attempt = ContactAttempt.objects.get()
    mark_responded(attempt_id=attempt.id, user=bob, responded=True)
    assert "Bob Smith has changed it since." in press_undo(signed_in(alice), text).text
    assert fresh(attempt).voided_at is None


@pytest.mark.parametrize("htmx", [True, False])
def test_the_status_goes_back_and_the_ladder_with_it(act, attempt, lead, alice, signed_in, htmx):
    text = act("lead_status", lead.id, {"status": "lost"}, htmx=htmx)
    assert "Dana Miller is Lost now" in text
    assert "Undone. Dana Miller is Contacted again." in press_undo(signed_in(alice), text, htmx=htmx).text
    assert (fresh(lead).status, fresh(lead).status_set, fresh(lead).status_set_at) == ("contacted", "new", None)
    mark_responded(attempt_id=attempt.id, user=alice, responded=True)
    assert fresh(lead).status == "conversing"


def test_a_status_that_was_chosen_anew_stays(act, lead, alice, bob, signed_in):
    text = act("lead_status", lead.id, {"status": "lost"})
    lead_actions.set_status(lead_id=lead.id, user=bob, status="qualified")
    assert "The status has been chosen anew since." in press_undo(signed_in(alice), text).text
    assert fresh(lead).status == "qualified"


@pytest.mark.parametrize("htmx", [True, False])
def test_the_owner_goes_back(act, lead, alice, bob, signed_in, htmx):
    text = act("lead_owner", lead.id, {"owner": str(bob.id)}, htmx=htmx)
    assert "Dana Miller belongs to Bob Smith now" in text
    assert "belongs to nobody again" in press_undo(signed_in(alice), text, htmx=htmx).text
    assert fresh(lead).owner is None


def test_an_owner_who_has_given_the_lead_on_stays(act, lead, alice, bob, mona, signed_in):
    text = act("lead_owner", lead.id, {"owner": str(bob.id)})
    lead_actions.set_owner(lead_id=lead.id, user=bob, owner=mona)
    assert "The owner has changed since." in press_undo(signed_in(alice), text).text
    assert fresh(lead).owner == mona


def test_a_rep_takes_back_a_slip_in_do_not_contact_but_not_what_a_colleague_noted(act, lead, alice, bob, signed_in):
    wish = {"whole": "on", "reason": "Said so"}
    text = act("lead_do_not_contact", lead.id, wish, htmx=False)
    assert fresh(lead).do_not_contact
    assert "is noted as before" in press_undo(signed_in(alice), text, htmx=False).text
    assert (fresh(lead).do_not_contact, fresh(lead).do_not_contact_at) == (False, None)
    text = act("lead_do_not_contact", lead.id, wish, htmx=False)
    lead_actions.set_do_not_contact(lead_id=lead.id, user=bob, whole=True, methods=[], reason="Told me, too")
    assert "noted anew since. Nothing was undone." in press_undo(signed_in(alice), text, htmx=False).text
    assert fresh(lead).do_not_contact


@pytest.mark.parametrize("htmx", [True, False])
def test_a_reminder_that_was_set_moved_or_done_goes_back(act, lead, alice, signed_in, htmx):
    client = signed_in(alice)
    first, second = ((timezone.now() + timedelta(days=days)).isoformat() for days in (1, 2))
    set_first = act("lead_reminders", lead.id, {"method": "email", "due_at": first}, htmx=htmx)
    reminder = Reminder.objects.get()
    moved = act("lead_reminders", lead.id, {"method": "email", "due_at": second}, htmx=htmx)
    assert "Nothing was undone." in press_undo(client, set_first, htmx=htmx).text
    assert "as before" in press_undo(client, moved, htmx=htmx).text
    assert fresh(reminder).due_at.isoformat() == first
    done = act("reminder_done", reminder.id, {}, htmx=htmx)
    assert "The reminder is there again." in press_undo(client, done, htmx=htmx).text
    assert fresh(reminder).done_at is None
    later = act("reminder_later", reminder.id, {}, htmx=htmx)
    press_undo(client, later, htmx=htmx)
    assert fresh(reminder).due_at.isoformat() == first
    text = act("reminder_done", reminder.id, {}, htmx=htmx)
    again = remind(lead_id=lead.id, user=alice, method="email", due_at=timezone.now() + timedelta(days=3))
    assert "Another reminder has been set since." in press_undo(client, text, htmx=htmx).text
    settle_reminder(reminder_id=again.id, user=alice)


@pytest.mark.parametrize("htmx", [True, False])
def test_a_question_is_taken_back_until_it_was_read(act, lead, alice, bob, signed_in, htmx):
    question = {"recipient_id": str(bob.id), "text": "What did she say?"}
    text = act("lead_notes", lead.id, question, htmx=htmx)
    assert count_unread(bob) == 1
    assert "Bob Smith no longer has your note." in press_undo(signed_in(alice), text, htmx=htmx).text
    assert not ColleagueNote.objects.exists() and count_unread(bob) == 0
    text = act("lead_notes", lead.id, question, htmx=htmx)
    mark_read(note_id=ColleagueNote.objects.get().id, user=bob)
    assert "Bob Smith has read it already." in press_undo(signed_in(alice), text, htmx=htmx).text
    assert ColleagueNote.objects.exists()


@pytest.mark.parametrize("htmx", [True, False])
def test_an_answer_is_taken_back_and_a_note_is_unread_again(act, lead, alice, bob, signed_in, htmx):
    note = ask_colleague(lead_id=lead.id, user=bob, recipient_id=alice.id, text="What did she say?")
    text = act("note_read", note.id, {}, htmx=htmx)
    assert count_unread(alice) == 0
    assert "unread again" in press_undo(signed_in(alice), text, htmx=htmx).text
    assert count_unread(alice) == 1
    text = act("note_answer", note.id, {"text": "Yes"}, htmx=htmx)
    assert count_unread(bob) == 1
    press_undo(signed_in(alice), text, htmx=htmx)
    assert count_unread(bob) == 0
    answer_note(note_id=note.id, user=alice, text="No")


def test_a_note_of_an_act_is_good_for_its_user_alone_and_for_an_hour(attempt, alice, bob, signed_in, monkeypatch):
    note = note_of(alice, Act.CONTACT_LOGGED, attempt=attempt.id)
    for undo in (note, "nonsense", ""):
        answer = signed_in(bob).post(reverse("undo"), {"undo": undo}, headers=HTMX)
        assert answer.status_code == 409 and "This page is out of date. Nothing was undone." in answer.text
    monkeypatch.setattr(signing.time, "time", lambda: timezone.now().timestamp() + 3601)
    answer = signed_in(alice).post(reverse("undo"), {"undo": note}, headers=HTMX)
    assert "It is too long ago. Nothing was undone." in answer.text
    assert fresh(attempt).voided_at is None


def test_an_undo_leads_back_to_the_page_it_was_pressed_on_and_nowhere_else(act, lead, alice, signed_in):
    for came_from, led_to in [("http://testserver/notes/", "http://testserver/notes/"), ("https://evil.example/", "/")]:
        note = note_of(alice, Act.STATUS, lead=lead.id)
        client = signed_in(alice)
        answer = client.post(reverse("undo"), {"undo": "x" + note}, headers={"Referer": came_from})
        assert answer["Location"] == led_to
    assert client.get(reverse("undo")).status_code == 302


def test_what_is_no_longer_there_is_not_undone(act, attempt, lead, alice, mona, signed_in):
    text = act("lead_status", lead.id, {"status": "lost"})
    Lead.objects.filter(pk=lead.pk).update(deleted_at=timezone.now())
    assert "This is no longer here. Nothing was undone." in press_undo(signed_in(alice), text).text
    Lead.objects.filter(pk=lead.pk).update(deleted_at=None)
    void_contact(attempt_id=attempt.id, user=mona, reason="Not ours")
