"""Leads in the API: found, read, created once for each person, changed, and listed page by page."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from crm.api.times import moment
from leads.models import Lead, LeadIdentifier
from tests.support.api import Tool, assert_problem
from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db

NEW = {
    "first_name": "Dana",
    "last_name": "Miller",
    "organization": "Acme Ltd",
    "email": "Dana@Acme.example",
    "phone": "(415) 555-0132",
    "linkedin_url": "https://www.linkedin.com/in/Dana-Miller/",
}


@pytest.fixture
def tool(alice) -> Tool:
    return Tool(alice)


def test_a_lead_is_created_with_its_addresses_and_read_back(tool, alice):
    made = tool.post("/leads", {**NEW, "owner_id": str(alice.id), "website": "acme.example", "status": "enriched"})
    said = made.json()
    assert (made.status_code, made["Location"]) == (201, f"/api/v1/leads/{said['id']}")
    assert said["name"] == "Dana Miller" and said["owner"] == {"id": str(alice.id), "name": "Alice Jones"}
    assert (said["email"], said["phone"]) == ("Dana@Acme.example", "(415) 555-0132")
    assert said["linkedin_url"] == "https://www.linkedin.com/in/dana-miller"
    assert (said["status"], said["website"]) == ("enriched", "https://acme.example")
    assert (said["contact_count"], said["last_contacted_at"], said["last_contact_method"]) == (0, None, None)
    assert tool.get(f"/leads/{said['id']}").json() == said
    keys = set(LeadIdentifier.objects.values_list("kind", "person_key"))
    assert keys == {("email", "dana@acme.example"), ("phone", "+14155550132"), ("profile", "dana-miller")}


def test_the_summary_follows_from_the_contacts(tool, lead, alice):
    tool.post(f"/leads/{lead.id}/contacts", {"method": "call"})
    said = tool.get(f"/leads/{lead.id}").json()
    lead.refresh_from_db()
    assert (said["contact_count"], said["last_contact_method"], said["status"]) == (1, "call", "contacted")
    assert said["last_contacted_at"] == moment(lead.last_contacted_at)
    assert said["last_contacted_by"] == {"id": str(alice.id), "name": "Alice Jones"}


def test_somebody_who_is_here_already_is_said_and_made_again_only_on_demand(tool, alice):
    made = tool.post("/leads", {**NEW, "owner_id": str(alice.id)}).json()
    tool.post(f"/leads/{made['id']}/contacts", {"method": "call"})
    first = tool.get(f"/leads/{made['id']}").json()
    same = {"last_name": "Mueller", "email": "dana+news@acme.example"}
    answer = tool.post("/leads", same)
    assert_problem(answer, 409, "duplicate_person")
    assert answer.json()["lead"] == first and answer.json()["lead_ids"] == [first["id"]]
    assert Lead.objects.count() == 1
    assert tool.post("/leads", {**same, "allow_duplicate": True}).status_code == 201
    assert Lead.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_with_one_address_one_is_created(alice):
    tool, barrier, statuses = Tool(alice), threading.Barrier(4), []

    def send() -> None:
        barrier.wait()
        statuses.append(tool.post("/leads", NEW).status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 409, 409, 409]


def test_only_what_is_said_changes(tool, lead):
    tool.patch(f"/leads/{lead.id}", {"emails": ["dana@acme.example", "d@home.example"], "notes": "Prefers calls"})
    before = tool.get(f"/leads/{lead.id}").json()
    said = tool.patch(f"/leads/{lead.id}", {"email": "new@acme.example", "status": "qualified"}).json()
    assert said["emails"] == ["new@acme.example", "dana@acme.example", "d@home.example"]
    assert said["status"] == "qualified"
    changed = {name for name in said if said[name] != before[name]}
    assert changed == {"email", "emails", "status", "version", "updated_at"}
    assert tool.patch(f"/leads/{lead.id}", {"emails": []}).json()["email"] is None


def test_an_owner_is_given_and_taken(tool, lead, bob):
    assert tool.patch(f"/leads/{lead.id}", {"owner_id": str(bob.id)}).json()["owner"]["name"] == "Bob Smith"
    assert tool.patch(f"/leads/{lead.id}", {"owner_id": None}).json()["owner"] is None


def test_a_change_is_all_or_nothing(tool, lead, company):
    Lead.objects.filter(pk=lead.pk).update(do_not_contact=True, do_not_contact_reason="asked")
    before = Lead.objects.values().get(pk=lead.pk)
    answer = tool.patch(f"/leads/{lead.id}", {"job_title": "Buyer", "status": "lost", "do_not_contact": False})
    assert_problem(answer, 403, "forbidden")
    assert Lead.objects.values().get(pk=lead.pk) == before


def test_what_a_person_asked_for_is_noted_and_lifted_by_managers_only(tool, mona, lead):
    assert tool.patch(f"/leads/{lead.id}", {"do_not_contact": True}).status_code == 422
    said = tool.patch(
        f"/leads/{lead.id}", {"do_not_contact_methods": ["sms", "email"], "do_not_contact_reason": "Unsubscribed"}
    ).json()
    assert (said["do_not_contact"], said["do_not_contact_methods"]) == (False, ["email", "sms"])
    refused = tool.post(f"/leads/{lead.id}/contacts", {"method": "email"})
    assert refused.json()["code"] == "do_not_contact"
    assert tool.patch(f"/leads/{lead.id}", {"do_not_contact_methods": []}).status_code == 403
    assert Tool(mona).patch(f"/leads/{lead.id}", {"do_not_contact_methods": []}).status_code == 200


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({}, ["last_name"]),
        ({"last_name": "  "}, ["last_name"]),
        ({"last_name": "A", "email": "no address"}, ["email"]),
        ({"last_name": "A", "emails": ["a@b.example", "?"], "phones": ["1"]}, ["emails", "phones"]),
        ({"last_name": "A", "linkedin_url": "https://example.com"}, ["linkedin_url"]),
        ({"last_name": "A", "website": "javascript:alert(1)"}, ["website"]),
        ({"last_name": "A", "email": "a@b.example\nb@b.example"}, ["email"]),
        ({"last_name": "A", "contact_count": 5, "company_id": str(uuid4())}, ["contact_count", "company_id"]),
    ],
)
def test_a_lead_that_cannot_be_names_the_fields(tool, said, fields):
    answer = tool.post("/leads", said)
    assert answer.status_code == 422
    assert sorted(error["field"] for error in answer.json()["errors"]) == sorted(fields)
    assert not Lead.objects.exists()


def test_a_lead_is_not_given_to_somebody_of_another_company(tool, lead, charlie):
    for owner in (charlie.id, uuid4()):
        answer = tool.patch(f"/leads/{lead.id}", {"owner_id": str(owner)})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "owner_id")
    assert answer.json() == tool.patch(f"/leads/{lead.id}", {"owner_id": str(charlie.id)}).json()


def test_a_person_is_looked_up_by_any_spelling(tool, company, charlie):
    first = tool.post("/leads", NEW).json()
    LeadFactory(company=company)
    for asked in (
        {"email": "DANA@acme.example"},
        {"phone": "+14155550132"},
        {"profile_url": "linkedin.com/in/DANA-miller"},
    ):
        assert tool.get("/leads/lookup", **asked).json() == {"data": [first], "total": 1}
    assert tool.get("/leads/lookup", email="x@acme.example").json() == {"data": [], "total": 0}
    assert Tool(charlie).get("/leads/lookup", email="dana@acme.example").json()["total"] == 0
    for asked in ({}, {"email": "?"}, {"email": "a@b.example", "phone": "1"}):
        assert tool.get("/leads/lookup", **asked).status_code == 422


@pytest.mark.parametrize("sort", ["newest", "oldest", "count", "name"])
def test_the_list_pages_without_gap_or_repeat_in_any_order(tool, company, alice, sort, django_assert_num_queries):
    leads = [LeadFactory(company=company, last_name=f"M{n % 3}") for n in range(7)]
    for number, lead in enumerate(leads[:4]):
        AttemptFactory(lead=lead, user=alice, occurred_at=timezone.now() - timedelta(days=number % 2))
    seen, cursor = [], {}
    while cursor is not None:
        # Token, page, addresses, total.
        with django_assert_num_queries(4):
            page = tool.get("/leads", limit=3, sort=sort, **cursor).json()
        assert page["total"] == 7
        seen += [lead["id"] for lead in page["data"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert len(seen) == len(set(seen)) == 7


def test_the_list_is_filtered(tool, company, alice, bob):
    mine = LeadFactory(company=company, last_name="Unique", owner=alice, status="qualified")
    theirs = LeadFactory(company=company, owner=bob, do_not_contact=True)
    AttemptFactory(lead=theirs, user=bob, method="call")

    def found(**filters: object) -> list[str]:
        return [lead["id"] for lead in tool.get("/leads", **filters).json()["data"]]

    assert found(q="uniq") == found(owner_id=alice.id) == found(status="qualified") == [str(mine.id)]
    assert found(method="call") == found(do_not_contact="true") == [str(theirs.id)]
    assert found(untouched_days=30) == found(do_not_contact="false") == [str(mine.id)]
    assert found(owner_id=uuid4()) == []


@pytest.mark.parametrize(
    ("path", "asked", "field"),
    [
        ("/leads", {"limit": 0}, "limit"),
        ("/leads", {"limit": 10**30}, "limit"),
        ("/leads", {"cursor": "xx"}, "cursor"),
        ("/leads", {"sort": "age"}, "sort"),
        ("/leads", {"owner_id": "1"}, "owner_id"),
        ("/leads", {"untouched_days": "-1"}, "untouched_days"),
        ("/leads", {"q": "a\0b"}, "q"),
        ("/leads/{lead}/contacts", {"limit": "201"}, "limit"),
        ("/leads/{lead}/contacts", {"cursor": "9" * 17 + ".x"}, "cursor"),
        ("/leads/{lead}/contacts", {"method": "fax"}, "method"),
        ("/leads/{lead}/contacts", {"user_id": "\0"}, "user_id"),
    ],
)
def test_a_query_that_cannot_be_names_its_field(tool, lead, path, asked, field):
    answer = tool.get(path.format(lead=lead.id), **asked)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
