"""Reminders: set from a refusal, due at their time, re-checked, and gone once the rep has made contact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from leads.actions import set_do_not_contact
from leads.addresses import clean_identifiers, set_identifiers
from leads.models import Lead
from outreach.contacts.actions import NeedsOverride, log_contact
from outreach.contacts.contact import Contact
from outreach.followups import reminders
from outreach.followups.reminders import remind, settle_reminder, snooze_reminder
from outreach.models import Reminder
from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
LIST = "/leads/"


def ahead(**length: float) -> datetime:
    return timezone.now() + timedelta(**length)


def make_due(*found: Reminder) -> None:
    """Time passes."""
    Reminder.objects.filter(pk__in=[one.pk for one in found]).update(due_at=timezone.now() - timedelta(minutes=1))


@pytest.fixture
def due(lead, alice) -> Reminder:
    reminder = remind(lead_id=lead.id, user=alice, method="email", due_at=ahead(hours=1))
    make_due(reminder)
    reminder.refresh_from_db()
    return reminder


def test_asked_again_for_the_same_lead_and_method_it_only_moves(lead, alice, bob):
    first = remind(lead_id=lead.id, user=alice, method="email", due_at=ahead(hours=1))
    later = ahead(hours=2)
    assert remind(lead_id=lead.id, user=alice, method="email", due_at=later).id == first.id
    assert Reminder.objects.get().due_at == later
    remind(lead_id=lead.id, user=alice, method="call", due_at=later)
    remind(lead_id=lead.id, user=bob, method="email", due_at=later)
    assert Reminder.objects.count() == 3


def test_one_that_is_done_does_not_come_back_when_a_new_one_is_set(lead, alice, due):
    settle_reminder(reminder_id=due.id, user=alice)
    new = remind(lead_id=lead.id, user=alice, method="email", due_at=ahead(hours=1))
    assert new.id != due.id


@pytest.mark.parametrize(
    ("method", "due_at", "field"),
    [
        ("email", timedelta(minutes=-1), "due_at"),
        ("email", timedelta(days=401), "due_at"),
        ("pigeon", timedelta(hours=1), "method"),
    ],
)
def test_a_reminder_lies_in_the_future_and_within_400_days(lead, alice, method, due_at, field):
    with pytest.raises(ValidationError) as wrong:
        remind(lead_id=lead.id, user=alice, method=method, due_at=timezone.now() + due_at)
    assert list(wrong.value.message_dict) == [field]
    assert not Reminder.objects.exists()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"method": "email", "due_at": "2020-01-01T10:00:00+00:00"}, "This time has passed"),
        ({"method": "email", "due_at": "9999-12-31T23:59:59+00:00"}, "at most 400 days"),
        ({"method": "email", "due_at": "0001-01-01T00:00"}, "Enter a valid date"),
        ({"method": "email", "due_at": "soon"}, "Enter a valid date"),
        ({"method": "email"}, "This field is required"),
        ({"method": "\0", "due_at": "2030-01-01T10:00"}, "Select a valid choice"),
        ({}, "This field is required"),
    ],
)
def test_what_is_wrong_with_a_reminder_is_said_in_its_place(lead, alice, signed_in, form, words):
    answer = signed_in(alice).post(reverse("lead_reminders", args=[lead.id]), form, headers=HTMX)
    assert answer.status_code == 422 and words in answer.text
    assert 'id="remind-step"' in answer.text


def test_another_companys_lead_or_reminder_is_the_same_404_as_a_random_one(lead, alice, bob, charlie, signed_in, due):
    form = {"method": "email", "due_at": ahead(hours=1).isoformat()}
    random = "01890000-0000-7000-8000-000000000000"
    client = signed_in(charlie)
    for one in (lead.id, random):
        assert client.post(reverse("lead_reminders", args=[one]), form).status_code == 404
        assert client.get(reverse("lead_reminders", args=[one])).status_code == 404
    for user in (charlie, bob):
        for name in ("reminder_done", "reminder_later"):
            for one in (due.id, random):
                assert signed_in(user).post(reverse(name, args=[one])).status_code == 404
    assert Reminder.objects.get().done_at is None


def test_a_deleted_lead_reminds_nobody(lead, alice, signed_in, due):
    Lead.objects.filter(pk=lead.id).update(deleted_at=timezone.now())
    page = signed_in(alice).get(LIST)
    assert page.context["reminders"] == []
    with pytest.raises(Lead.DoesNotExist):
        remind(lead_id=lead.id, user=alice, method="email", due_at=ahead(hours=1))


def test_at_its_time_it_stands_in_the_reps_own_list_with_the_guards_answer_of_now(lead, alice, bob, signed_in):
    reminder = remind(lead_id=lead.id, user=alice, method="email", due_at=ahead(hours=1))
    client = signed_in(alice)
    page = client.get(LIST)
    assert page.context["reminders"] == []
    assert f'data-next="{reminder.due_at.astimezone(UTC).isoformat()}"' in page.text
    make_due(reminder)
    page = client.get(LIST)
    assert [one.words for one in page.context["reminders"]] == ["Email is clear now"]
    assert 'data-next="' not in page.text
    AttemptFactory(lead=lead, user=bob, occurred_at=timezone.now() - timedelta(hours=2))
    (shown,) = client.get(LIST).context["reminders"]
    assert shown.words.startswith("Bob Smith emailed 2 h ago, allowed from ")
    assert "Remind me then" in client.get(LIST).text
    assert signed_in(bob).get(LIST).context["reminders"] == []


def test_what_the_person_asked_for_in_the_meantime_is_said(lead, alice, bob, signed_in, due):
    set_do_not_contact(lead_id=lead.id, user=bob, whole=True, methods=[], reason="no more")
    (shown,) = signed_in(alice).get(LIST).context["reminders"]
    assert shown.state.state == "dnc" and "asked" in shown.words


def pill(page) -> str:
    (view,) = [view for view in page.context["views"] if view["code"] == "reminders"]
    return view["count"]


def test_the_saved_view_holds_whom_one_is_to_be_reminded_of_now_and_later(company, lead, alice, bob, signed_in, due):
    other = LeadFactory(company=company, first_name="Ines", last_name="Costa")
    remind(lead_id=other.id, user=alice, method="call", due_at=ahead(days=1))
    page = signed_in(alice).get(LIST, {"view": "reminders"})
    assert {row["id"] for row in page.context["rows"]} == {lead.id, other.id}
    assert pill(page) == "1 due, 1 coming"
    assert [one.lead.name for one in page.context["reminders"]] == [lead.name]
    assert [one.lead.name for one in page.context["coming"]] == ["Ines Costa"]
    assert pill(signed_in(bob).get(LIST, {"view": "reminders"})) == "0"


def test_one_that_is_not_yet_due_is_listed_with_its_day(company, alice, signed_in):
    zone, now = ZoneInfo(alice.company.time_zone), timezone.now()
    days = {"email": 1, "call": 9}
    for method, length in days.items():
        lead = LeadFactory(company=company, first_name=method)
        remind(lead_id=lead.id, user=alice, method=method, due_at=now + timedelta(days=length))
    page = signed_in(alice).get(LIST, {"view": "reminders"})
    local = (now + timedelta(days=9)).astimezone(zone)
    words = [f"tomorrow {now.astimezone(zone):%H:%M}", f"{local:%a} {local.day} {local:%b} {local:%H:%M}"]
    assert [one.due_words for one in page.context["coming"]] == words
    assert all(f"{word}</time>" in page.text for word in words)
    assert pill(page) == "2 coming"
    assert "No lead here yet" not in page.text


def test_in_other_views_only_what_is_due_stands_above_the_list_and_leads_to_the_rest(company, alice, signed_in, due):
    remind(lead_id=LeadFactory(company=company).id, user=alice, method="call", due_at=ahead(days=1))
    text = signed_in(alice).get(LIST).text
    assert text.count("data-reminder=") == 1
    assert '<a class="quiet" href="/reminders/">1 coming</a>' in text


def test_an_act_in_the_view_of_reminders_answers_with_all_of_them_and_their_number(company, alice, signed_in, due):
    other = remind(lead_id=LeadFactory(company=company).id, user=alice, method="call", due_at=ahead(days=1))
    client, act = signed_in(alice), reverse("reminder_done", args=[due.id])
    answer = client.post(act, {"back": "reminders"}, headers={**HTMX, "HX-Target": "reminders"})
    assert f'id="reminder-{other.id}"' in answer.text
    assert '<span id="reminders-count" class="count" hx-swap-oob="true">1 coming</span>' in answer.text
    assert client.post(reverse("reminder_done", args=[other.id]), {"back": "reminders"})["Location"] == "/reminders/"
    page = client.get(LIST, {"view": "reminders"})
    assert "You have no reminders." in page.text and "New lead</a>\n    </p>" not in page.text
    assert pill(page) == "0"


def test_more_than_a_page_of_reminders_says_how_many_more_there_are(company, alice, signed_in):
    for _ in range(55):
        remind(lead_id=LeadFactory(company=company).id, user=alice, method="call", due_at=ahead(days=1))
    page = signed_in(alice).get(LIST, {"view": "reminders"})
    assert pill(page) == "55 coming"
    assert "4 more come later." in page.text
    make_due(*Reminder.objects.all())
    page = signed_in(alice).get(LIST)
    assert pill(page) == "55 due"
    assert "5 more are due and follow when these are done." in page.text


@pytest.mark.parametrize("count", [0, 1, 30])
def test_the_list_takes_eight_queries_however_many_reminders_are_due(
    company, alice, signed_in, count, django_assert_num_queries
):
    """Session, user, owners, leads, counts, reminders, guard, unread notes."""
    for _ in range(30):
        AttemptFactory(lead=LeadFactory(company=company), user=alice)
    for one in Lead.objects.all()[:count]:
        make_due(remind(lead_id=one.id, user=alice, method="email", due_at=ahead(hours=1)))
    client = signed_in(alice)
    with django_assert_num_queries(8):
        client.get(LIST)


@pytest.mark.parametrize("count", [1, 30])
def test_re_reading_the_reminders_takes_four_queries(company, alice, signed_in, count, django_assert_num_queries):
    """Session, user, reminders, guard."""
    for _ in range(count):
        one = LeadFactory(company=company)
        make_due(remind(lead_id=one.id, user=alice, method="email", due_at=ahead(hours=1)))
    client = signed_in(alice)
    with django_assert_num_queries(4):
        answer = client.get(reverse("reminders"), headers=HTMX)
    assert answer.text.count("data-reminder=") == count


def test_contacting_the_person_by_that_method_settles_it_on_whichever_record(company, lead, alice, bob):
    twin = LeadFactory(company=company)
    for one in (lead, twin):
        set_identifiers(one, "email", clean_identifiers("email", "dana@acme.example", "US"))
    kept = [
        remind(lead_id=lead.id, user=alice, method="call", due_at=ahead(hours=1)),
        remind(lead_id=lead.id, user=bob, method="email", due_at=ahead(hours=1)),
    ]
    remind(lead_id=lead.id, user=alice, method="email", due_at=ahead(hours=1))
    log_contact(lead_id=twin.id, user=alice, contact=Contact("email", direction="inbound"))
    assert Reminder.objects.filter(done_at=None).count() == 3
    log_contact(lead_id=twin.id, user=alice, contact=Contact("email"))
    assert set(Reminder.objects.filter(done_at=None)) == set(kept)


def test_a_refused_contact_settles_nothing(lead, alice, bob):
    AttemptFactory(lead=lead, user=bob, occurred_at=timezone.now() - timedelta(days=2))
    remind(lead_id=lead.id, user=alice, method="email", due_at=ahead(days=5))
    with pytest.raises(NeedsOverride):
        log_contact(lead_id=lead.id, user=alice, contact=Contact("email"))
    assert Reminder.objects.get().done_at is None


def test_done_twice_is_done_once_and_later_does_not_revive_it(alice, signed_in, due):
    client = signed_in(alice)
    for _ in range(2):
        answer = client.post(reverse("reminder_done", args=[due.id]), headers={**HTMX, "HX-Target": "reminders"})
        assert answer.status_code == 200 and 'id="reminders"' in answer.text
    done = Reminder.objects.get()
    client.post(reverse("reminder_later", args=[due.id]), headers=HTMX)
    again = Reminder.objects.get()
    assert (again.done_at, again.due_at) == (done.done_at, done.due_at) and done.done_at


def test_later_is_tomorrow_at_the_same_clock_time(alice, signed_in, due):
    answer = signed_in(alice).post(reverse("reminder_later", args=[due.id]), {"back": "list"})
    assert answer["Location"] == LIST
    zone = ZoneInfo(alice.company.time_zone)
    moved, today = Reminder.objects.get().due_at.astimezone(zone), timezone.now().astimezone(zone).date()
    assert moved.time() == due.due_at.astimezone(zone).time()
    assert moved.date() == today + timedelta(days=1)
    snooze_reminder(reminder_id=due.id, user=alice)
    assert Reminder.objects.get().due_at == moved


def test_tomorrow_keeps_its_clock_time_when_the_clocks_change():
    zone = ZoneInfo("Europe/Berlin")
    due_at = datetime(2026, 3, 28, 14, 0, tzinfo=zone)
    moved = reminders.tomorrow(due_at, due_at + timedelta(minutes=5), zone)
    assert moved == datetime(2026, 3, 29, 12, 0, tzinfo=UTC)


def test_later_is_when_the_guard_allows_it_if_it_does_not_now(lead, alice, bob, due):
    sent = AttemptFactory(lead=lead, user=bob, occurred_at=timezone.now() - timedelta(hours=2))
    moved = snooze_reminder(reminder_id=due.id, user=alice)
    assert moved.due_at == sent.occurred_at + timedelta(hours=24)


def test_the_refused_dialog_offers_it_with_the_exact_time_and_says_that_it_is_set(lead, alice, bob, signed_in):
    sent = AttemptFactory(lead=lead, user=bob, occurred_at=timezone.now() - timedelta(hours=2))
    allowed = sent.occurred_at + timedelta(hours=24)
    client, dialog = signed_in(alice), reverse("contact_new", args=[lead.id])
    steps = client.get(dialog, {"method": "email"}, headers=HTMX).context["steps"]
    assert steps.remind.due_at == allowed and steps.remind.in_words.startswith("21 h 59")
    answer = client.post(
        reverse("lead_reminders", args=[lead.id]),
        {"method": "email", "due_at": allowed.isoformat()},
        headers={**HTMX, "HX-Target": "remind-step"},
    )
    assert "You will be reminded" in answer.text and "reminders:changed" in answer["HX-Trigger"]
    assert Reminder.objects.get().due_at == allowed
    assert "You will be reminded" in client.get(dialog, {"method": "email"}, headers=HTMX).text


def test_a_warning_offers_the_end_of_its_window_and_a_clear_method_nothing(lead, alice, bob, signed_in):
    sent = AttemptFactory(lead=lead, user=bob, occurred_at=timezone.now() - timedelta(days=2))
    client, dialog = signed_in(alice), reverse("contact_new", args=[lead.id])
    steps = client.get(dialog, {"method": "email"}, headers=HTMX).context["steps"]
    assert steps.remind.due_at == sent.occurred_at + timedelta(days=7)
    assert client.get(dialog, {"method": "call"}, headers=HTMX).context["steps"] is None


def test_the_leads_page_shows_ones_own_and_lets_one_cancel(lead, alice, bob, signed_in):
    reminder = remind(lead_id=lead.id, user=alice, method="email", due_at=ahead(hours=3))
    page = reverse("lead", args=[lead.id])
    assert "You will be reminded" in signed_in(alice).get(page).text
    assert "You will be reminded" not in signed_in(bob).get(page).text
    answer = signed_in(alice).post(
        reverse("reminder_done", args=[reminder.id]), headers={**HTMX, "HX-Target": "own-reminders"}
    )
    assert 'id="own-reminders"' in answer.text and "You will be reminded" not in answer.text


def test_without_javascript_the_form_comes_back_as_it_was_typed(lead, alice, bob, signed_in):
    sent = AttemptFactory(lead=lead, user=bob, occurred_at=timezone.now() - timedelta(hours=2))
    typed = {"method": "email", "direction": "outbound", "subject": "Pricing", "body": "Hi Dana, 40 seats", "page": "1"}
    due_at = (sent.occurred_at + timedelta(hours=24)).isoformat()
    answer = signed_in(alice).post(reverse("lead_reminders", args=[lead.id]), {**typed, "due_at": due_at, "key": "k"})
    assert answer.status_code == 200
    assert 'value="Pricing"' in answer.text and "Hi Dana, 40 seats" in answer.text
    assert "You will be reminded" in answer.text
    assert Reminder.objects.get().due_at.isoformat() == due_at


def test_reminders_of_their_own_address_are_the_lists_view(alice, signed_in):
    assert signed_in(alice).get(reverse("reminders"))["Location"] == "/leads/?view=reminders"
