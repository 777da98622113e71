"""Two contacts at one instant: none hides the other, and everywhere the one recorded later counts as the newer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.models import Lead
from outreach.contacts.summary import rebuild_summaries
from outreach.models import ContactAttempt
from outreach.page.blocks import BlockReader
from outreach.page.lead import get_lead
from tests.support.api import Tool
from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db

SUMMARY = ["contact_count", "last_contacted_at", "last_contact_method", "last_contacted_by__first_name"]


@pytest.fixture
def instant() -> datetime:
    return timezone.now() - timedelta(days=2)


@pytest.fixture
def both(lead, alice, bob, instant) -> list[ContactAttempt]:
    """Alice's email, and Bob's call, recorded after it."""
    return [
        AttemptFactory(lead=lead, user=alice, method="email", occurred_at=instant, subject="Alice's email"),
        AttemptFactory(lead=lead, user=bob, method="call", occurred_at=instant, subject="Bob's call"),
    ]


def test_both_are_counted_and_the_one_recorded_later_is_the_last(both, lead, instant):
    expected = (2, instant, "call", "Bob")
    added = Lead.objects.values_list(*SUMMARY).get(pk=lead.pk)
    assert added == expected, "The summary that was added to names another contact as the last."
    Lead.objects.filter(pk=lead.pk).update(last_contact_method="sms")
    rebuild_summaries([lead.id])
    rebuilt = Lead.objects.values_list(*SUMMARY).get(pk=lead.pk)
    assert rebuilt == expected, "The recomputed summary names another contact as the last than the one added to."


def test_the_timeline_shows_both_the_one_recorded_later_on_top(both, lead, alice, signed_in):
    timeline = signed_in(alice).get(reverse("lead", args=[lead.id])).context["timeline"]
    assert [entry.subject for entry in timeline.entries] == ["Bob's call", "Alice's email"]
    assert timeline.total == 2


@pytest.mark.parametrize("size", [1, 2, 3])
def test_page_by_page_the_timeline_shows_each_once(both, lead, alice, bob, instant, size):
    for hours in (-1, 0, 1):
        AttemptFactory(lead=lead, user=bob, method="sms", occurred_at=instant + timedelta(hours=hours))
    shown_lead, before, seen = get_lead(alice, lead.id), None, []
    for _ in range(10):
        block = BlockReader(shown_lead, alice).down(before, size)
        seen += [entry.id for entry in block.entries]
        before = block.span.until
        if before is None:
            break
    everything = [attempt.id for attempt in ContactAttempt.objects.order_by("-occurred_at", "-id")]
    assert seen == everything, f"Pages of {size} show {len(set(seen))} of {len(everything)} contacts."


def test_page_by_page_the_api_gives_each_once(both, lead, alice):
    tool, seen, cursor = Tool(alice), [], {}
    for _ in both:
        answer = tool.get(f"/leads/{lead.id}/contacts", limit=1, **cursor).json()
        seen += [row["subject"] for row in answer["data"]]
        cursor = {"cursor": answer["next_cursor"]}
    assert (seen, cursor["cursor"]) == (["Bob's call", "Alice's email"], None)


@pytest.mark.parametrize("sort", ["newest", "oldest", "count"])
def test_leads_last_contacted_at_one_instant_are_each_listed_once(company, alice, instant, sort):
    leads = [LeadFactory(company=company) for _ in range(5)]
    for lead in leads:
        AttemptFactory(lead=lead, user=alice, occurred_at=instant)
    tool, seen, cursor = Tool(alice), [], {}
    for _ in range(10):
        answer = tool.get("/leads", limit=2, sort=sort, **cursor).json()
        seen += [row["id"] for row in answer["data"]]
        if answer["next_cursor"] is None:
            break
        cursor = {"cursor": answer["next_cursor"]}
    assert sorted(seen) == sorted(str(lead.id) for lead in leads), f"{len(seen)} rows for {len(leads)} leads"
