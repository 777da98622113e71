"""The founding document's endpoints, field by field, with the side effects it lists."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from crm.api.times import moment
from outreach.contacts.actions import void_contact
from outreach.models import ContactAttempt, ContactPolicy, GuardDecision
from tests.support.api import Tool, assert_problem
from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db

# Founding design, "1. Log Contact Attempt".
ASKED = {
    "method": "email",
    "direction": "outbound",
    "subject": "Quick question about your tech stack",
    "body": "Hi John, I noticed you're using...",
    "metadata": {"email_id": "msg_123", "thread_id": "thread_456"},
}
WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


@pytest.fixture
def tool(alice) -> Tool:
    return Tool(alice)


def ago(**span: float) -> datetime:
    return timezone.now() - timedelta(**span)


def test_logging_answers_with_the_founding_fields(tool, lead, alice):
    answer = tool.post(f"/leads/{lead.id}/contacts", ASKED)
    assert (answer.status_code, answer["Content-Type"]) == (201, "application/json")
    said = answer.json()
    assert UUID(said["id"]) == ContactAttempt.objects.get().id
    assert (said["lead_id"], said["user_id"]) == (str(lead.id), str(alice.id))
    assert (said["method"], said["direction"]) == ("email", "outbound")
    assert WRITTEN.fullmatch(said["created_at"])
    assert said["decision"] is None


def test_logging_has_the_five_founding_side_effects(tool, lead, alice):
    tool.post(f"/leads/{lead.id}/contacts", ASKED)
    attempt = ContactAttempt.objects.get()
    assert {name: getattr(attempt, name) for name in ASKED} == ASKED
    assert (attempt.user, attempt.company_id, attempt.responded) == (alice, lead.company_id, False)
    lead.refresh_from_db()
    assert lead.last_contacted_at == attempt.occurred_at == attempt.created_at
    assert (lead.last_contact_method, lead.contact_count, lead.status) == ("email", 1, "contacted")


@pytest.mark.parametrize(
    ("before", "after"),
    [("new", "contacted"), ("enriched", "contacted"), ("conversing", "conversing"), ("qualified", "qualified")],
)
def test_logging_lifts_only_new_and_enriched(tool, company, before, after):
    lead = LeadFactory(company=company, status=before, status_set=before)
    tool.post(f"/leads/{lead.id}/contacts", ASKED)
    lead.refresh_from_db()
    assert lead.status == after


def test_only_the_method_is_needed_and_null_texts_are_empty(tool, lead):
    said = tool.post(f"/leads/{lead.id}/contacts", {"method": "call", "subject": None, "body": None}).json()
    assert (said["direction"], said["subject"], said["body"], said["metadata"]) == ("outbound", "", "", {})


def test_marking_a_response_has_the_founding_side_effects(tool, lead, alice):
    attempt = AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=5))
    at = ago(hours=2)
    answer = tool.patch(f"/contacts/{attempt.id}/responded", {"responded": True, "response_at": at.isoformat()})
    assert answer.status_code == 200
    assert (answer.json()["responded"], answer.json()["response_at"]) == (True, moment(at))
    attempt.refresh_from_db()
    lead.refresh_from_db()
    assert (attempt.responded, attempt.response_at) == (True, at)
    assert (lead.last_response_at, lead.status) == (at, "conversing")


@pytest.mark.parametrize("status", ["qualified", "converted"])
def test_a_response_leaves_a_lead_that_is_further(tool, company, alice, status):
    lead = LeadFactory(company=company, status=status, status_set=status)
    attempt = AttemptFactory(lead=lead, user=alice)
    tool.patch(f"/contacts/{attempt.id}/responded", {"responded": True})
    lead.refresh_from_db()
    assert lead.status == status


def test_a_response_is_marked_once_and_taken_back(tool, lead, alice):
    attempt = AttemptFactory(lead=lead, user=alice)
    for _ in range(2):
        assert tool.patch(f"/contacts/{attempt.id}/responded", {"responded": True}).status_code == 200
    undone = tool.patch(f"/contacts/{attempt.id}/responded", {"responded": False}).json()
    assert (undone["responded"], undone["response_at"]) == (False, None)
    lead.refresh_from_db()
    assert (lead.last_response_at, lead.status) == (None, "contacted")


def test_the_history_has_the_founding_fields_newest_first(tool, lead, alice, bob):
    linkedin = AttemptFactory(
        lead=lead, user=bob, user_name="Bob Smith", method="linkedin", subject="Connection request",
        occurred_at=ago(days=2),
    )  # fmt: skip
    answered = AttemptFactory(lead=lead, user=alice, user_name="Alice Jones", subject="Quick", occurred_at=ago(days=1))
    at = ago(hours=1)
    tool.patch(f"/contacts/{answered.id}/responded", {"responded": True, "response_at": at.isoformat()})
    said = tool.get(f"/leads/{lead.id}/contacts").json()
    assert said["total"] == 2 and said["next_cursor"] is None
    first, second = said["data"]
    assert {name: first[name] for name in ("id", "method", "direction", "subject", "responded", "user")} == {
        "id": str(answered.id), "method": "email", "direction": "outbound", "subject": "Quick", "responded": True,
        "user": {"id": str(alice.id), "name": "Alice Jones"},
    }  # fmt: skip
    assert (first["response_at"], first["created_at"]) == (moment(at), moment(answered.created_at))
    assert (second["id"], second["responded"], second["response_at"]) == (str(linkedin.id), False, None)
    assert second["user"] == {"id": str(bob.id), "name": "Bob Smith"}


def test_the_history_says_of_a_contact_what_logging_it_said(tool, lead):
    logged = tool.post(
        f"/leads/{lead.id}/contacts",
        {**ASKED, "occurred_at": ago(hours=3).isoformat(), "responded": True, "external_id": "m-1"},
    ).json()
    (listed,) = tool.get(f"/leads/{lead.id}/contacts").json()["data"]
    assert {**listed, "decision": None} == logged


def test_the_history_pages_without_gap_or_repeat_over_all_records_of_the_person(tool, lead, company, alice):
    other = LeadFactory(company=company)
    for record in (lead, other):
        record.identifiers.create(
            company=company, kind="email", value="d@a.example", normalised="d@a.example", person_key="d@a.example"
        )
    same = ago(days=1)
    made = [AttemptFactory(lead=lead if n % 2 else other, user=alice, occurred_at=same).id for n in range(7)]
    seen, cursor = [], {}
    while cursor is not None:
        page = tool.get(f"/leads/{lead.id}/contacts", limit=3, **cursor).json()
        assert page["total"] == 7 and len(page["data"]) <= 3
        seen += [row["id"] for row in page["data"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert seen == [str(pk) for pk in sorted(made, reverse=True)]


def test_the_history_is_filtered_and_leaves_voided_contacts_out(tool, lead, alice, bob):
    AttemptFactory(lead=lead, user=alice, method="email")
    AttemptFactory(lead=lead, user=bob, method="call", direction="inbound")
    wrong = AttemptFactory(lead=lead, user=alice, method="sms")
    void_contact(attempt_id=wrong.id, user=alice, reason="wrong Dana")

    def found(**filters: object) -> tuple[list[str], int]:
        said = tool.get(f"/leads/{lead.id}/contacts", **filters).json()
        return sorted(row["method"] for row in said["data"]), said["total"]

    assert found() == (["call", "email"], 2)
    assert found(voided="true") == (["call", "email", "sms"], 3)
    assert found(method="call") == (["call"], 1)
    assert found(direction="outbound") == (["email"], 1)
    assert found(user_id=bob.id) == (["call"], 1)
    assert found(user_id=uuid4()) == ([], 0)


def test_a_warning_is_409_with_who_and_when_and_goes_through_with_a_reason(tool, lead, bob):
    earlier = AttemptFactory(lead=lead, user=bob, user_name="Bob Smith", method="email", occurred_at=ago(days=2))
    answer = tool.post(f"/leads/{lead.id}/contacts", ASKED)
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    said = answer.json()
    assert (said["code"], said["verdict"], said["status"]) == ("needs_override", "warn", 409)
    (reason,) = said["reasons"]
    assert (reason["rule"], reason["answer"]) == ("recent", "warn")
    assert "Bob Smith" in reason["sentence"]
    assert reason["previous"]["id"] == str(earlier.id)
    assert reason["previous"]["user"]["name"] == "Bob Smith"
    assert ContactAttempt.objects.count() == 1

    logged = tool.post(f"/leads/{lead.id}/contacts", {**ASKED, "override_reason": "They asked me to"})
    assert (logged.status_code, logged.json()["decision"]) == (201, "overridden")
    assert GuardDecision.objects.get(kind="overridden").reason == "They asked me to"


def test_a_cooldown_is_429_with_retry_after_and_the_earlier_attempt(tool, lead, bob):
    earlier = AttemptFactory(lead=lead, user=bob, occurred_at=ago(hours=20))
    answer = tool.post(f"/leads/{lead.id}/contacts", {**ASKED, "override_reason": "Let me"})
    said = answer.json()
    assert (answer.status_code, said["code"], said["verdict"]) == (429, "cooldown", "block")
    assert 3.9 * 3600 < int(answer["Retry-After"]) <= 4 * 3600
    assert said["allowed_from"] == moment(earlier.occurred_at + timedelta(hours=24))
    assert said["reasons"][0]["previous"]["id"] == str(earlier.id)


def test_a_manager_overrides_a_cooldown_and_nobody_a_wish(mona, lead, bob):
    AttemptFactory(lead=lead, user=bob, occurred_at=ago(hours=1))
    said = Tool(mona).post(f"/leads/{lead.id}/contacts", {**ASKED, "override_reason": "A deal hangs on it"})
    assert (said.status_code, said.json()["decision"]) == (201, "overridden")
    lead.do_not_contact, lead.do_not_contact_reason = True, "asked"
    lead.save(update_fields=["do_not_contact", "do_not_contact_reason"])
    refused = Tool(mona).post(f"/leads/{lead.id}/contacts", {**ASKED, "override_reason": "Still"})
    assert_problem(refused, 403, "do_not_contact")


def test_what_was_already_sent_is_recorded_whatever_the_verdict(tool, lead, bob):
    AttemptFactory(lead=lead, user=bob, occurred_at=ago(hours=1))
    said = tool.post(f"/leads/{lead.id}/contacts", {**ASKED, "already_sent": True})
    assert (said.status_code, said.json()["decision"]) == (201, "collision")
    assert {one.reason for one in GuardDecision.objects.all()} == {"Already sent"}


def test_what_came_in_after_the_version_one_goes_by_is_shown_first(tool, lead, bob):
    seen = tool.get(f"/leads/{lead.id}").json()["version"]
    AttemptFactory(lead=lead, user=bob, method="call", lead_version=seen + 1)
    said = tool.post(f"/leads/{lead.id}/contacts", {**ASKED, "seen_version": seen})
    assert (said.status_code, said.json()["reasons"][0]["rule"]) == (409, "unseen")


def test_their_answer_comes_in_as_a_contact_of_its_own(tool, lead, alice):
    sent = AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=2))
    said = tool.post(
        f"/leads/{lead.id}/contacts", {"method": "email", "direction": "inbound", "in_reply_to": str(sent.id)}
    ).json()
    sent.refresh_from_db()
    assert (said["in_reply_to"], sent.responded) == (str(sent.id), True)


def test_a_message_id_is_recorded_once(tool, company):
    one, other = LeadFactory(company=company), LeadFactory(company=company)
    assert tool.post(f"/leads/{one.id}/contacts", {**ASKED, "external_id": "m-1"}).status_code == 201
    again = tool.post(f"/leads/{other.id}/contacts", {**ASKED, "external_id": "m-1"})
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "external_id")


def test_the_policy_is_the_companys_own(tool, company):
    ContactPolicy.objects.create(company=company, method="sms", cooldown_hours=48, cooldown_count=2, warning_days=3)
    said = tool.get("/policy").json()
    assert said["methods"]["sms"] == {"cooldown_hours": 48, "cooldown_count": 2, "warning_days": 3}
    assert said["methods"]["email"] == {"cooldown_hours": 24, "cooldown_count": 1, "warning_days": 7}
    assert (said["similarity_percent"], said["claim_minutes"]) == (60, 5)


def test_managers_read_the_decisions_and_reps_do_not(tool, mona, lead, bob):
    AttemptFactory(lead=lead, user=bob, occurred_at=ago(hours=1))
    tool.post(f"/leads/{lead.id}/contacts", ASKED)
    assert tool.get("/decisions").json()["code"] == "forbidden"
    manager = Tool(mona)
    said = manager.get("/decisions", kind="refused", limit=1).json()
    assert said["data"][0]["user"]["name"] == "Alice Jones"
    assert said["total"] == 2, f"Of the refusal's two reasons these are listed: {said}"
    rest = manager.get("/decisions", kind="refused", cursor=said["next_cursor"]).json()["data"]
    assert {said["data"][0]["rule"], rest[0]["rule"]} == {"cooldown", "recent"}
    assert manager.get("/decisions", kind="collision").json()["data"] == []
