"""Companies are isolated: in pages, in writes and in the database."""

from __future__ import annotations

import re
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from leads.models import Lead
from outreach.contacts.actions import log_contact
from outreach.contacts.contact import Contact
from outreach.models import ContactAttempt
from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db

LEAD_PAGES = [
    "lead",
    "lead_timeline",
    "lead_history",
    "lead_live",
    "contact_new",
    "lead_edit",
    "lead_do_not_contact",
]
LEAD_ACTS = {
    "contact_verdict": {"method": "email", "direction": "outbound"},
    "contact_new": {"method": "email", "direction": "outbound"},
    "lead_edit": {"last_name": "Mine"},
    "lead_check": {"last_name": "Mine"},
    "lead_status": {"status": "lost"},
    "lead_owner": {"owner": ""},
    "lead_do_not_contact": {"whole": "on", "reason": "x"},
}
ATTEMPT_ACTS = {"contact_response": {"responded": "true"}, "contact_void": {"reason": "gone"}}


@pytest.mark.parametrize("name", LEAD_PAGES)
def test_a_foreign_lead_looks_exactly_like_one_that_does_not_exist(lead, charlie, signed_in, name):
    client = signed_in(charlie)
    for headers in ({}, {"HX-Request": "true"}):
        foreign = client.get(reverse(name, args=[lead.id]), headers=headers, follow=True)
        missing = client.get(reverse(name, args=[uuid.uuid4()]), headers=headers, follow=True)
        assert foreign.status_code == missing.status_code == 404
        assert mask(foreign.text) == mask(missing.text)


def mask(text: str) -> str:
    """The CSRF token and the time differ from answer to answer."""
    return re.sub(r'X-CSRFToken": "[^"]+|csrfmiddlewaretoken" value="[^"]+|data-now="[^"]+', "", text)


@pytest.mark.parametrize("name", LEAD_ACTS)
def test_a_foreign_lead_cannot_be_written(lead, charlie, signed_in, name):
    before = Lead.objects.filter(pk=lead.pk).values().get()
    answer = signed_in(charlie).post(reverse(name, args=[lead.id]), LEAD_ACTS[name])
    assert answer.status_code == 404
    assert Lead.objects.filter(pk=lead.pk).values().get() == before
    assert not ContactAttempt.objects.exists()


@pytest.mark.parametrize("name", ATTEMPT_ACTS)
def test_a_foreign_attempt_cannot_be_seen_or_changed(lead, alice, charlie, signed_in, name):
    attempt = AttemptFactory(lead=lead, user=alice)
    client = signed_in(charlie)
    assert client.get(reverse(name, args=[attempt.id])).status_code == 404
    assert client.post(reverse(name, args=[attempt.id]), ATTEMPT_ACTS[name]).status_code == 404
    attempt.refresh_from_db()
    assert not attempt.responded and attempt.voided_at is None


def test_the_list_shows_the_own_company_only(lead, charlie, signed_in):
    own = LeadFactory(company=charlie.company, last_name="Own")
    answer = signed_in(charlie).get("/leads/", {"q": ""})
    assert [row["id"] for row in answer.context["rows"]] == [own.id]
    assert [view["count"] for view in answer.context["views"]][0] == 1


def test_a_lead_cannot_be_given_to_somebody_of_another_company(lead, alice, charlie, signed_in):
    answer = signed_in(alice).post(reverse("lead_owner", args=[lead.id]), {"owner": str(charlie.id)})
    assert answer.status_code == 422
    lead.refresh_from_db()
    assert lead.owner is None


def test_the_verb_itself_finds_no_foreign_lead(lead, charlie):
    with pytest.raises(Lead.DoesNotExist):
        log_contact(lead_id=lead.id, user=charlie, contact=Contact("email"))


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("leads_lead", "owner_id"), ("leads_lead", "last_contacted_by_id"), ("outreach_contactattempt", "voided_by_id"),
        ("outreach_contactattempt", "changed_by_id"),
    ],
)  # fmt: skip
def test_the_database_refuses_a_row_naming_somebody_of_another_company(lead, alice, charlie, table, column):
    AttemptFactory(lead=lead, user=alice)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s", [charlie.id])


def test_the_database_refuses_an_attempt_of_one_company_on_a_lead_of_another(lead, alice, charlie):
    with pytest.raises(IntegrityError), transaction.atomic():
        AttemptFactory(lead=lead, company=charlie.company, user=charlie)


def test_nobody_comes_in_without_signing_in(lead, client):
    for name in ["lead_list", "lead_new", "profile", "password_change"]:
        assert client.get(reverse(name))["Location"].startswith("/sign-in/")
    assert client.get(reverse("lead", args=[lead.id]))["Location"].startswith("/sign-in/")
