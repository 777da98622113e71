"""The command that recomputes summaries: it says what had drifted, and repairs it while others log."""

from __future__ import annotations

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.db.models import F

from crm.models import User
from leads.models import Lead
from outreach.contacts import repair
from tests.support.factories import AttemptFactory, LeadFactory


def rebuild(**options: object) -> str:
    out = StringIO()
    call_command("rebuild_lead_summaries", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def drifted(lead: Lead, alice: User) -> Lead:
    AttemptFactory(lead=lead, user=alice)
    Lead.objects.filter(pk=lead.pk).update(contact_count=9)
    return lead


def test_says_and_repairs_what_had_drifted(drifted: Lead) -> None:
    LeadFactory(company=drifted.company)
    report = rebuild()
    assert f"repaired {drifted.id}" in report
    assert "2 leads looked at, 1 had drifted." in report
    assert Lead.objects.get(pk=drifted.pk).contact_count == 1
    assert "2 leads looked at, 0 had drifted." in rebuild()


def test_a_summary_that_is_right_keeps_its_version(lead: Lead, alice: User) -> None:
    AttemptFactory(lead=lead, user=alice)
    version = Lead.objects.get(pk=lead.pk).version
    rebuild()
    assert Lead.objects.get(pk=lead.pk).version == version


def test_one_company_or_one_lead(drifted: Lead, charlie: User) -> None:
    assert "0 leads looked at" not in rebuild(company="Northwind")
    other = LeadFactory(company=charlie.company)
    Lead.objects.filter(pk=drifted.pk).update(contact_count=F("contact_count") + 1)
    assert "1 lead looked at, 0 had drifted." in rebuild(lead=other.id)
    assert "1 lead looked at, 1 had drifted." in rebuild(lead=drifted.id)


def test_nothing_of_that_name_is_an_error(lead: Lead) -> None:
    with pytest.raises(CommandError, match="There are no such leads"):
        rebuild(company="Nobody")
    with pytest.raises(CommandError, match="There are no such leads"):
        rebuild(lead=uuid4())


def test_every_page_of_leads_is_read(company) -> None:
    wanted = {lead.id for lead in LeadFactory.create_batch(7, company=company)}
    assert set(repair.every_lead(Lead.objects.all(), size=3)) == wanted


def test_a_lead_somebody_holds_is_tried_again(drifted: Lead, monkeypatch) -> None:
    tried = []

    def busy_once(lead_ids):
        tried.append(lead_ids)
        if len(tried) == 1:
            raise OperationalError("lock timeout")
        return lead_ids

    monkeypatch.setattr(repair, "rebuild_summaries", busy_once)
    monkeypatch.setattr(repair, "PAUSE_SECONDS", 0)
    assert repair.rebuild_patiently([drifted.id]) == [drifted.id]
    assert len(tried) == 2
