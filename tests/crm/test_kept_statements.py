"""Statements written by hand say what the ORM says."""

from __future__ import annotations

import pytest
from django.db.models import Model
from django.utils import timezone

from crm.models.ids import new_id
from crm.postgres.prepared import Prepared
from leads.models import Lead
from leads.person.reading import visible_leads
from outreach.models import ContactAttempt
from tests.support.factories import LeadFactory

WORDS = Prepared("SELECT %(words)s::text[]")
NASTY = [
    "plain", "", "null", "NULL", "two words", 'a "quoted" word', "back\\slash", '\\"', "{1,2}", "a,b", "'", " ",
    "\n", "ü",
]  # fmt: skip


@pytest.mark.parametrize("words", [[], NASTY, [None, "one"], *([word] for word in NASTY)])
def test_a_list_arrives_as_it_was_sent(db, words):
    assert WORDS.rows({"words": words}) == [(words,)]


def test_the_leads_a_user_may_see_are_those_of_the_orm(alice, charlie, lead):
    deleted = LeadFactory(company=alice.company, deleted_at=timezone.now())
    foreign = LeadFactory(company=charlie.company)
    asked = [lead.id, deleted.id, foreign.id, new_id()]
    for user in (alice, charlie):
        seen = {one.id: fields(one) for one in visible_leads(user, asked)}
        assert seen == {one.id: fields(one) for one in Lead.objects.visible_to(user).filter(pk__in=asked)}
    assert [one.id for one in visible_leads(alice, asked)] == [lead.id]
    alice.company_id = None
    assert visible_leads(alice, asked) == []


def test_a_contact_is_written_as_the_orm_writes_it(alice, lead):
    now = timezone.now()
    said = {
        "company": lead.company, "lead": lead, "user": alice, "user_name": alice.name, "method": "email",
        "direction": "outbound", "subject": 'Über "all"', "body": "a\\b\n{c}", "metadata": {"a": [1, None, "ü"]},
        "responded": True, "response_at": now, "response_recorded_at": now, "occurred_at": now, "created_at": now,
        "lead_version": 7,
    }  # fmt: skip
    written = ContactAttempt.objects.create(**said)
    # What comes in bulk goes the ORM's own way.
    (usual,) = ContactAttempt.objects.bulk_create([ContactAttempt(**said)])
    own, other = (fields(ContactAttempt.objects.get(pk=one.pk)) for one in (written, usual))
    assert own.pop("id") != other.pop("id")
    assert own == other


def fields(row: Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
