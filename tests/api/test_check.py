"""Asking before sending: the answer is the one the write would get, for one person or hundreds, at the same price."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from leads.actions import delete_lead
from leads.addresses import clean_identifiers, set_identifiers
from leads.models import Lead
from leads.organizations import organization_keys
from outreach.guard import Question
from outreach.guard import check as ask_guard
from outreach.guard.many import check_all
from outreach.live.claims import claim_person
from outreach.models import Claim, ContactAttempt, ContactPolicy, GuardDecision
from tests.support.api import Tool, assert_problem
from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db

LETTER = (
    "Customers of yours order by telephone and somebody types every order into the system afterwards. We move exactly "
    "that to a portal where wholesale buyers enter orders themselves, with prices agreed before."
)

GOOD = {"method": "email", "email": "a@b.example"}


@pytest.fixture
def tool(alice) -> Tool:
    return Tool(alice)


def named(lead: Lead, **addresses: str) -> Lead:
    for kind, value in addresses.items():
        set_identifiers(lead, kind, clean_identifiers(kind, value, "US"))
    return lead


@pytest.fixture
def dana(lead) -> Lead:
    return named(lead, email="dana@acme.example", phone="+1 415 555 0132", profile="linkedin.com/in/dana-miller")


@pytest.mark.parametrize(
    "person",
    [
        {"email": " Dana+news@ACME.example "},
        {"phone": "(415) 555-0132"},
        {"profile_url": "https://uk.linkedin.com/in/Dana-Miller/?trk=x"},
        {"lead_id": None},
    ],
)
def test_a_person_is_known_by_any_spelling_of_any_address(tool, dana, bob, person):
    earlier = AttemptFactory(lead=dana, user=bob, user_name="Bob Smith", subject="Quick question")
    person = {name: value or str(dana.id) for name, value in person.items()}
    said = tool.post("/contacts/check", {**person, "method": "email"}).json()
    assert (said["verdict"], said["known"], said["lead_ids"]) == ("block", True, [str(dana.id)])
    assert [reason["rule"] for reason in said["reasons"]] == ["cooldown", "recent"]
    assert said["reasons"][0]["previous"]["id"] == str(earlier.id)
    assert said["allowed_from"] == said["reasons"][0]["allowed_from"]
    assert "Bob Smith" in said["reasons"][0]["sentence"]


def test_asking_writes_nothing(tool, dana, bob):
    AttemptFactory(lead=dana, user=bob)
    before = Lead.objects.values().get(pk=dana.pk)
    tool.post("/contacts/check", {"lead_id": str(dana.id), "method": "email"})
    assert Lead.objects.values().get(pk=dana.pk) == before
    assert (ContactAttempt.objects.count(), GuardDecision.objects.count(), Claim.objects.count()) == (1, 0, 0)


def test_somebody_unknown_is_allowed_and_said_to_be_unknown(tool, dana):
    said = tool.post("/contacts/check", {"email": "nobody@acme.example", "method": "email"}).json()
    assert said == {
        "verdict": "allow", "known": False, "lead_ids": [], "reasons": [], "allowed_from": None, "claim": None,
    }  # fmt: skip


def test_what_they_send_us_is_never_held_back(tool, dana, bob):
    AttemptFactory(lead=dana, user=bob)
    said = tool.post("/contacts/check", {"lead_id": str(dana.id), "method": "email", "direction": "inbound"}).json()
    assert (said["verdict"], said["reasons"]) == ("allow", [])


def test_a_deleted_record_still_holds_and_is_not_named(tool, dana, alice, bob):
    AttemptFactory(lead=dana, user=bob)
    delete_lead(lead_id=dana.id, user=alice)
    said = tool.post("/contacts/check", {"email": "dana@acme.example", "method": "email"}).json()
    assert (said["verdict"], said["known"], said["lead_ids"]) == ("block", True, [])


def test_all_records_of_the_person_are_named(tool, dana, company):
    other = named(LeadFactory(company=company), email="dana@acme.example")
    said = tool.post("/contacts/check", {"phone": "+14155550132", "method": "call"}).json()
    assert sorted(said["lead_ids"]) == sorted([str(dana.id), str(other.id)])


def test_claiming_shows_colleagues_who_writes(tool, dana, bob):
    said = tool.post("/contacts/check", {"email": "dana@acme.example", "method": "email", "claim": True}).json()
    assert (said["claim"]["method"], said["verdict"]) == ("email", "allow")
    assert Claim.objects.get().lead == dana
    theirs = Tool(bob).post("/contacts/check", {"lead_id": str(dana.id), "method": "email"}).json()
    assert [reason["rule"] for reason in theirs["reasons"]] == ["claimed"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"method": "email"}, "lead_id"),
        ({"method": "email", "email": "a@b.example", "phone": "+14155550132"}, "lead_id"),
        ({"method": "email", "email": "no address"}, "email"),
        ({"method": "email", "phone": "12"}, "phone"),
        ({"method": "email", "profile_url": "https://example.com/in/dana"}, "profile_url"),
        ({"method": "pigeon", "email": "a@b.example"}, "method"),
        ({"email": "a@b.example"}, "method"),
        ({"checks": []}, "checks"),
        (
            {"checks": [{"method": "email", "email": "a@b.example"}, {"method": "email", "email": "?"}]},
            "checks.1.email",
        ),
        ({"checks": [{"method": "email", "lead_id": "1"}]}, "checks.0.lead_id"),
        ({"checks": [{"method": "email", "email": "a@b.example"}] * 501}, "checks"),
        ({"checks": [{"method": "email", "email": "a@b.example", "claim": True}]}, "checks.0.claim"),
    ],
)
def test_a_question_that_is_none_names_the_field(tool, said, field):
    answer = tool.post("/contacts/check", said)
    assert_problem(answer, 422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_hundreds_are_answered_in_order_in_as_many_queries_as_two(
    tool, company, alice, bob, django_assert_max_num_queries
):
    leads = [named(LeadFactory(company=company), email=f"p{n}@x{n}.example") for n in range(60)]
    for lead in leads[::2]:
        AttemptFactory(lead=lead, user=bob)
    asked = [{"email": f"p{n}@x{n}.example", "method": "email", "subject": "Hi", "body": LETTER} for n in range(60)]
    asked += [{"lead_id": str(leads[0].id), "method": "call"}, {"lead_id": str(uuid4()), "method": "call"}]
    asked += [{"email": f"new{n}@x.example", "method": "sms"} for n in range(438)]
    tool.get("/policy")
    with django_assert_max_num_queries(8):
        said = tool.post("/contacts/check", {"checks": asked}).json()
    assert said["total"] == len(said["data"]) == 500
    assert [one["verdict"] for one in said["data"][:60]] == ["block", "allow"] * 30
    assert [one["known"] for one in said["data"][60:62]] == [True, False]
    assert said["data"][60]["reasons"][0]["rule"] == "other_method"
    assert not any(one["known"] for one in said["data"][62:])


def test_one_is_asked_in_few_queries(tool, dana, bob, django_assert_num_queries):
    AttemptFactory(lead=dana, user=bob, method="call")
    tool.get("/policy")
    # Token, the person by its address, the guard, who wrote to it and to its organization; two look at the session.
    with django_assert_num_queries(4):
        tool.post("/contacts/check", {"email": "dana@acme.example", "method": "email", "body": LETTER})


def test_many_are_answered_exactly_as_each_alone(company, alice, bob, mona):
    """Every rule at once: the bulk read must find what the guard of one contact finds."""
    ContactPolicy.objects.create(company=company, method="email", cooldown_hours=24, cooldown_count=2)
    now, acme = timezone.now(), organization_keys("Acme Ltd")
    leads = [LeadFactory(company=company, organization="Acme Ltd", organization_keys=acme) for _ in range(6)]
    named(leads[0], email="same@acme.example")
    named(leads[1], email="same@acme.example")
    AttemptFactory(lead=leads[0], user=bob, user_name=bob.name, body=LETTER, occurred_at=now - timedelta(hours=3))
    AttemptFactory(lead=leads[1], user=mona, user_name=mona.name, method="sms", body=LETTER)
    AttemptFactory(lead=leads[2], user=alice, body=LETTER, occurred_at=now - timedelta(days=3))
    AttemptFactory(lead=leads[3], user=bob, user_name=bob.name, method="call", body=LETTER)
    Lead.objects.filter(pk=leads[4].pk).update(do_not_contact_methods=["sms"], do_not_contact_reason="no")
    claim_person(lead_id=leads[5].id, user=bob, method="email")
    asked = [
        (lead, Question(alice, method, direction, subject="Orders", body=body))
        for lead in leads
        for method in ("email", "call", "sms")
        for direction, body in (("outbound", LETTER), ("outbound", ""), ("inbound", LETTER))
    ]
    for (lead, question), verdict in zip(asked, check_all(asked), strict=True):
        alone = ask_guard(lead, question)
        assert found(verdict) == found(alone), (lead, question)
    assert {reason.rule for verdict in check_all(asked) for reason in verdict.reasons} >= {
        "do_not_contact", "similar", "recent", "claimed", "organization", "other_method",
    }  # fmt: skip


def found(verdict) -> tuple:
    reasons = {(one.rule, one.answer, one.previous and one.previous.id, one.likeness) for one in verdict.reasons}
    return verdict.answer, sorted(verdict.records), reasons
