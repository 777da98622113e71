"""The summary follows from the attempts: added one by one or recomputed, in any order, with the same result."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from leads.actions import set_status
from leads.models import Lead
from outreach.contacts.actions import log_contact, mark_responded, void_contact
from outreach.contacts.contact import Contact
from outreach.contacts.summary import rebuild_summaries
from outreach.models import ContactAttempt
from tests.support.factories import AttemptFactory

pytestmark = pytest.mark.django_db

SUMMARY = [
    "contact_count",
    "last_contacted_at",
    "last_contact_method",
    "last_contacted_by_id",
    "last_response_at",
    "status",
]


def summary(lead: Lead) -> dict[str, object]:
    return Lead.objects.filter(pk=lead.pk).values(*SUMMARY).get()


@pytest.mark.parametrize("seed", range(20))
def test_adding_one_by_one_equals_recomputing_from_all(lead, alice, bob, seed):
    """Random contacts in random order of time, answers, undone answers, voids and choices of status."""
    dice, now = random.Random(seed), timezone.now()
    for _ in range(25):
        attempts = list(ContactAttempt.objects.filter(voided_at=None, direction="outbound"))
        act = dice.choice(["log", "log", "log", "respond", "undo", "void", "status"])
        if act == "log":
            when = now - timedelta(hours=dice.randint(1, 2_000))
            answered = dice.random() < 0.2
            AttemptFactory(
                lead=lead, user=dice.choice([alice, bob]), method=dice.choice(["email", "call", "sms"]),
                occurred_at=when, responded=answered, response_at=when if answered else None,
            )  # fmt: skip
        elif act == "status":
            set_status(lead_id=lead.id, user=alice, status=dice.choice(["new", "lost", "qualified", "contacted"]))
        elif attempts and act == "void":
            chosen = dice.choice(attempts)
            void_contact(attempt_id=chosen.id, user=chosen.user, reason="mistake")
        elif attempts:
            mark_responded(attempt_id=dice.choice(attempts).id, user=bob, responded=act == "respond")
        added = summary(lead)
        assert rebuild_summaries([lead.id]) == [], f"{act} left {added}, recomputed {summary(lead)}"


def test_the_count_leaves_out_voided_contacts_and_the_newest_wins_whatever_the_order(lead, alice, bob):
    now = timezone.now()
    AttemptFactory(lead=lead, user=alice, method="call", occurred_at=now - timedelta(days=1))
    AttemptFactory(lead=lead, user=bob, method="email", occurred_at=now - timedelta(days=5))
    assert summary(lead) == {
        "contact_count": 2, "last_contacted_at": now - timedelta(days=1), "last_contact_method": "call",
        "last_contacted_by_id": alice.id, "last_response_at": None, "status": "contacted",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "after_contact", "after_response"),
    [
        ("new", "contacted", "conversing"), ("enriched", "contacted", "conversing"),
        ("contacted", "contacted", "conversing"), ("conversing", "conversing", "conversing"),
        ("qualified", "qualified", "qualified"), ("converted", "converted", "converted"),
        ("lost", "lost", "conversing"),
    ],
)  # fmt: skip
def test_the_status_ladder_and_back(lead, alice, status, after_contact, after_response):
    set_status(lead_id=lead.id, user=alice, status=status)
    attempt = log_contact(lead_id=lead.id, user=alice, contact=Contact("call"))
    assert summary(lead)["status"] == after_contact
    mark_responded(attempt_id=attempt.id, user=alice, responded=True)
    assert summary(lead)["status"] == after_response
    mark_responded(attempt_id=attempt.id, user=alice, responded=False)
    assert summary(lead)["status"] == after_contact
    void_contact(attempt_id=attempt.id, user=alice, reason="mistake")
    assert summary(lead)["status"] == status


def test_undoing_a_response_leaves_a_status_somebody_chose_since(lead, alice):
    attempt = log_contact(lead_id=lead.id, user=alice, contact=Contact("call"))
    mark_responded(attempt_id=attempt.id, user=alice, responded=True)
    set_status(lead_id=lead.id, user=alice, status="lost")
    mark_responded(attempt_id=attempt.id, user=alice, responded=False)
    assert summary(lead)["status"] == "lost"


def test_marking_the_same_answer_again_changes_nothing(lead, alice):
    attempt = log_contact(lead_id=lead.id, user=alice, contact=Contact("call"))
    mark_responded(attempt_id=attempt.id, user=alice, responded=True)
    before = Lead.objects.values().get(pk=lead.pk)
    mark_responded(attempt_id=attempt.id, user=alice, responded=True)
    assert Lead.objects.values().get(pk=lead.pk) == before


def test_each_change_a_viewer_should_see_raises_the_version_by_one(lead, alice):
    attempt = log_contact(lead_id=lead.id, user=alice, contact=Contact("call"))
    mark_responded(attempt_id=attempt.id, user=alice, responded=True)
    set_status(lead_id=lead.id, user=alice, status="lost")
    void_contact(attempt_id=attempt.id, user=alice, reason="mistake")
    assert Lead.objects.get(pk=lead.pk).version == 5
