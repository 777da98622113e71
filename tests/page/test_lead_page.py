"""The lead page: who this is, what may be done, and everything that was said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from outreach.models import ContactAttempt
from tests.support.days import noon
from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def ago(**length: float):
    return timezone.now() - timedelta(**length)


@pytest.mark.parametrize("attempts", [1, 60])
def test_the_page_takes_six_queries_whatever_the_history(lead, alice, signed_in, attempts, django_assert_num_queries):
    """Session, user, lead, guard with who is here and what is pending, timeline, the bar."""
    for number in range(attempts):
        AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=number))
    client = signed_in(alice)
    with django_assert_num_queries(6):
        client.get(reverse("lead", args=[lead.id]))


@pytest.mark.parametrize("attempts", [0, 60])
def test_logging_a_contact_takes_twelve_queries_with_guard_signal_and_savepoint(
    lead, alice, signed_in, attempts, django_assert_num_queries
):
    for number in range(attempts):
        AttemptFactory(lead=lead, user=alice, method="call", occurred_at=ago(hours=number))
    client = signed_in(alice)
    form = {
        "method": "email",
        "direction": "outbound",
        "subject": "Hello",
        "key": "one",
        "seen": attempts + 1,
    }
    with django_assert_num_queries(12):
        answer = client.post(reverse("contact_new", args=[lead.id]), form, headers=HTMX)
    assert answer.status_code == 200


def test_entries_are_grouped_by_the_companys_days_with_gaps_named(lead, alice, bob, signed_in):
    AttemptFactory(lead=lead, user=alice, occurred_at=noon(lead.company, days_ago=1))
    AttemptFactory(lead=lead, user=bob, method="call", occurred_at=noon(lead.company, days_ago=6))
    timeline = signed_in(alice).get(reverse("lead", args=[lead.id])).context["timeline"]
    assert timeline.blocks[0].days[0].title == "Yesterday"
    assert timeline.blocks[0].days[1].gap == "4 days without contact"
    assert [entry.who for entry in timeline.entries] == ["You", "Bob Smith"]


def test_midnight_in_the_companys_zone_parts_the_days(lead, alice, signed_in):
    """23:30 and 00:30 in Berlin are one UTC evening and two days of the company."""
    for moment in ("2025-07-01T21:30:00+00:00", "2025-07-01T22:30:00+00:00"):
        AttemptFactory(lead=lead, user=alice, method="call", occurred_at=moment)
    timeline = signed_in(alice).get(reverse("lead", args=[lead.id])).context["timeline"]
    assert [day.date_words for day in timeline.blocks[0].days] == ["2 July 2025", "1 July 2025"]


def test_the_timeline_is_filtered_by_method_and_direction(lead, alice, signed_in):
    AttemptFactory(lead=lead, user=alice, subject="An email")
    AttemptFactory(lead=lead, user=alice, method="call", subject="A call")
    AttemptFactory(lead=lead, user=alice, direction="inbound", subject="Their email")
    client, address = signed_in(alice), reverse("lead_timeline", args=[lead.id])
    by_method = client.get(address, {"method": "call"}, headers=HTMX).text
    by_direction = client.get(address, {"direction": "inbound"}, headers=HTMX).text
    assert "A call" in by_method and "An email" not in by_method
    assert "Their email" in by_direction and "An email" not in by_direction
    page = client.get(reverse("lead", args=[lead.id]), {"method": "call"}).text
    assert "A call" in page and "An email" not in page


def test_older_entries_come_on_demand_each_exactly_once(lead, alice, signed_in):
    same = ago(days=3)
    for number in range(50):
        AttemptFactory(lead=lead, user=alice, method="call", occurred_at=same, subject=f"Call number {number:02}")
    client = signed_in(alice)
    timeline = client.get(reverse("lead", args=[lead.id])).context["timeline"]
    seen = [entry.subject for entry in timeline.entries]
    while older := timeline.blocks[-1].older_url:
        timeline = client.get(older, headers=HTMX).context["timeline"]
        seen += [entry.subject for entry in timeline.entries]
    assert sorted(seen) == [f"Call number {number:02}" for number in range(50)]


@pytest.mark.parametrize(
    "query",
    [
        {"method": "pigeon"}, {"direction": "up"}, {"before": "x"}, {"before": "2026-01-01T00:00:00_x"},
        {"before": "0001-01-01T00:00:00+14:00_00000000-0000-0000-0000-000000000000"},
        {"before": "9999-12-31T23:59:59-14:00_00000000-0000-0000-0000-000000000000"},
        {"show": "99999999999999999999"}, {"show": "-1"}, {"version": "-1"}, {"version": "9" * 30}, {"method": "\0"},
    ],
)  # fmt: skip
def test_an_address_that_makes_no_sense_shows_the_page_all_the_same(lead, alice, signed_in, query):
    AttemptFactory(lead=lead, user=alice)
    client = signed_in(alice)
    for name in ("lead", "lead_timeline", "lead_live"):
        answer = client.get(reverse(name, args=[lead.id]), query, headers=HTMX)
        assert answer.status_code in (200, 204)


def test_one_click_marks_that_they_replied_and_another_takes_it_back(lead, alice, bob, signed_in):
    attempt = AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=3))
    client, address = signed_in(bob), reverse("contact_response", args=[attempt.id])
    text = client.post(address, {"responded": "true"}, headers=HTMX).text
    assert "replied in 3 h" in text and "Replied" in text
    lead.refresh_from_db()
    assert lead.status == "conversing" and lead.last_response_at is not None

    client.post(address, {"responded": "false"}, headers=HTMX)
    lead.refresh_from_db()
    attempt.refresh_from_db()
    assert (attempt.responded, attempt.response_at) == (False, None)
    assert (lead.status, lead.last_response_at) == ("contacted", None)


def test_the_time_of_a_reply_can_be_given_and_is_checked(lead, alice, signed_in):
    attempt = AttemptFactory(lead=lead, user=alice, occurred_at="2026-07-01T08:00:00Z")
    client, address = signed_in(alice), reverse("contact_response", args=[attempt.id])
    early = client.post(address, {"responded": "true", "response_at": "2026-07-01T09:00"}, headers=HTMX)
    assert early.status_code == 422 and "cannot come before" in early.text
    client.post(address, {"responded": "true", "response_at": "2026-07-01T12:00"}, headers=HTMX)
    attempt.refresh_from_db()
    assert attempt.response_at.isoformat() == "2026-07-01T10:00:00+00:00"


@pytest.mark.parametrize("said", [{}, {"responded": "maybe"}, {"responded": "true", "response_at": "soon"}])
def test_a_reply_said_wrongly_changes_nothing(lead, alice, signed_in, said):
    attempt = AttemptFactory(lead=lead, user=alice)
    answer = signed_in(alice).post(reverse("contact_response", args=[attempt.id]), said, headers=HTMX)
    assert answer.status_code == 422
    attempt.refresh_from_db()
    assert not attempt.responded


def test_a_voided_contact_stays_struck_through_and_no_longer_counts(lead, alice, signed_in):
    attempt = AttemptFactory(lead=lead, user=alice, subject="Wrong Dana")
    client = signed_in(alice)
    client.post(reverse("contact_void", args=[attempt.id]), {"reason": "Called the wrong Dana"}, headers=HTMX)
    text = client.get(reverse("lead", args=[lead.id])).text
    assert "<s>Wrong Dana</s>" in text and "Called the wrong Dana" in text
    lead.refresh_from_db()
    assert (lead.contact_count, lead.last_contacted_at, lead.status) == (0, None, "new")


def test_only_the_author_or_a_manager_voids(lead, alice, bob, mona, signed_in):
    attempt = AttemptFactory(lead=lead, user=alice)
    address = reverse("contact_void", args=[attempt.id])
    assert signed_in(bob).post(address, {"reason": "mine now"}).status_code == 403
    attempt.refresh_from_db()
    assert attempt.voided_at is None
    assert signed_in(mona).post(address, {"reason": "settled"}).status_code == 302
    attempt.refresh_from_db()
    assert attempt.voided_by_name == "Mona Fischer"


def test_without_scripts_an_act_on_an_entry_leads_back_to_that_entry(lead, alice, signed_in):
    now = timezone.now()
    attempts = [AttemptFactory(lead=lead, user=alice, occurred_at=now - timedelta(days=day)) for day in range(1, 26)]
    client, old = signed_in(alice), attempts[-1]
    for name, form in (("contact_response", {"responded": "true"}), ("contact_void", {"reason": "wrong Dana"})):
        address = reverse(name, args=[old.id])
        back = f"/leads/{lead.id}/?entry={old.id}#attempt-{old.id}"
        assert f'href="{back}">Cancel</a>' in client.get(address).text
        answer = client.post(address, form)
        assert answer.url == back
        assert f'id="attempt-{old.id}"' in client.get(answer.url).text


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "nul\0"])
def test_a_void_needs_a_reason_that_can_be_kept(lead, alice, signed_in, reason):
    attempt = AttemptFactory(lead=lead, user=alice)
    answer = signed_in(alice).post(reverse("contact_void", args=[attempt.id]), {"reason": reason}, headers=HTMX)
    assert answer.status_code == 422
    assert not ContactAttempt.objects.filter(voided_at__isnull=False).exists()


def test_text_of_people_is_shown_as_text(lead, alice, signed_in):
    AttemptFactory(lead=lead, user=alice, subject="<script>alert(1)</script>", body="<img src=x onerror=alert(1)>")
    type(lead).objects.filter(pk=lead.pk).update(first_name="<b>Dana</b>", notes="<i>hm</i>")
    text = signed_in(alice).get(reverse("lead", args=[lead.id])).text
    for raw in ("<script>alert", "<img src=x", "<b>Dana", "<i>hm"):
        assert raw not in text


def test_the_page_asks_what_is_newer_and_hears_nothing_or_all_regions(lead, alice, signed_in):
    client, address = signed_in(alice), reverse("lead_live", args=[lead.id])
    assert client.get(address, {"version": lead.version}, headers=HTMX).status_code == 204
    AttemptFactory(lead=lead, user=alice, subject="Just now")
    text = client.get(address, {"version": lead.version}, headers=HTMX).text
    assert "Just now" in text and 'data-version="2"' in text


def test_pages_are_kept_by_no_cache_and_carry_the_strict_policy(lead, alice, signed_in):
    answer = signed_in(alice).get(reverse("lead", args=[lead.id]))
    assert answer["Cache-Control"] == "no-store"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "style=" not in answer.text and "<style" not in answer.text and " onclick" not in answer.text


def test_an_expired_login_never_shows_the_sign_in_page_in_a_panel_nor_throws_the_page_away(lead, client):
    answer = client.get(reverse("lead_timeline", args=[lead.id]), headers=HTMX)
    assert answer.status_code == 401 and "HX-Redirect" not in answer
    assert "password" not in answer.text


def test_others_at_the_company_see_the_same_history(lead, alice, bob, signed_in):
    AttemptFactory(lead=lead, user=alice, subject="Seen by all")
    assert "Seen by all" in signed_in(bob).get(reverse("lead", args=[lead.id])).text


def test_a_deleted_lead_is_gone_from_pages_and_keeps_its_history(lead, alice, signed_in):
    from leads.actions import delete_lead

    AttemptFactory(lead=lead, user=alice)
    delete_lead(lead_id=lead.id, user=alice)
    assert signed_in(alice).get(reverse("lead", args=[lead.id])).status_code == 404
    assert ContactAttempt.objects.count() == 1


def test_a_lead_with_another_company_of_the_same_name_is_not_shown(alice, signed_in):
    assert signed_in(alice).get(reverse("lead", args=[LeadFactory().id])).status_code == 404


@pytest.mark.parametrize(
    ("method", "title"),
    [
        ("other", "Clear. Nobody contacted Dana another way in 7 days."),
        ("call", "Clear. Nobody called Dana in 7 days."),
    ],
)
def test_a_clear_verdict_speaks_of_its_own_method_alone(lead, alice, bob, signed_in, method, title):
    """Bob emailed her yesterday, so that nobody contacted her would not be true."""
    AttemptFactory(lead=lead, user=bob, occurred_at=ago(days=1))
    assert title in signed_in(alice).get(reverse("contact_new", args=[lead.id]), {"method": method}).text
