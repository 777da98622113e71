"""Statements written by hand say what the ORM says."""

from __future__ import annotations

import pytest
from django.db.models import Model
from django.utils import timezone

from crm.models.ids import new_id
from crm.postgres.prepared import Prepared
from leads.models import Lead
from leads.person.reading import visible_leads
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


def fields(row: Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
