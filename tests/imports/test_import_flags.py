"""Imported contacts that broke a limit are recorded all the same and flagged: the truth is never refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.actions import create_lead, set_do_not_contact
from leads.models import Lead
from outreach.contacts.actions import log_contact
from outreach.contacts.contact import Contact
from outreach.models import ContactAttempt, ContactPolicy, GuardDecision
from tests.leads.test_person import reached_by
from tests.support.factories import AttemptFactory
from tests.support.zoho import CALL, LEAD, run, write

pytestmark = pytest.mark.django_db

OWN = CALL | {"Call Owner": "Alice Jones"}
AT = datetime(2021, 4, 15, 21, 3, tzinfo=UTC)  # 23:03 in Berlin


@pytest.fixture
def calls(tmp_path, alice, bob, company):
    """Import these calls to lead 1; one call per 24 hours is admitted."""
    ContactPolicy.objects.create(company=company, method="call", cooldown_hours=24)
    run("import_leads", write(tmp_path / "Leads.csv", LEAD, LEAD | {"LEADID": "2", "Email": "other@maurice.example",
        "Mobile": "660-485-0999"}), company=company.name)  # fmt: skip

    def importing(*rows: dict[str, str]) -> str:
        return run("import_contacts", write(tmp_path / "Calls.csv", *rows), company=company.name)

    return importing


def at(clock: str, **cells: str) -> dict[str, str]:
    return OWN | {"TASKID": clock, "Call Start Time": f"2021-04-{clock}"} | cells


def test_calls_too_close_are_recorded_and_flagged_with_what_they_followed(calls, alice):
    """Whatever the order of the rows, the one that happened later is the one that broke the rule."""
    report = calls(at("16 10:00:00"), at("15 12:00:00", **{"Call Owner": "Bob Smith"}), at("20 10:00:00"))
    assert "Calls: 3 created" in report and "Flagged as collisions, for a manager to review: 1." in report
    (flag,) = GuardDecision.objects.select_related("attempt", "earlier_attempt")
    assert (flag.kind, flag.rule, flag.reason, flag.review) == ("collision", "cooldown", "imported", "")
    assert (flag.user, flag.attempt.external_id) == (alice, "zoho:call:16 10:00:00")
    assert flag.earlier_attempt.external_id == "zoho:call:15 12:00:00"
    assert flag.sentence == (
        "Bob Smith called this lead on 15 Apr 2021 at 12:00: “Invoice”, no reply by then. "
        "The rule was one call per 24 hours."
    )
    call_command("check_invariants", stdout=StringIO())


def test_a_second_run_changes_nothing(calls):
    rows = at("15 12:00:00"), at("15 13:00:00")
    calls(*rows)
    before = [list(table.objects.order_by("id").values()) for table in (Lead, ContactAttempt, GuardDecision)]
    assert "2 unchanged" in calls(*rows)
    assert before == [list(table.objects.order_by("id").values()) for table in (Lead, ContactAttempt, GuardDecision)]


def test_what_was_here_before_counts_on_every_record_of_the_person_and_whenever_it_was(calls, alice):
    twin = create_lead(user=alice, fields={"last_name": "D."}, identifiers=reached_by(email="Gary+x@maurice.example"))
    here = AttemptFactory(lead=twin, user=alice, method="call", occurred_at=AT + timedelta(hours=3))
    calls(OWN)
    flag = GuardDecision.objects.get()
    assert (flag.earlier_attempt, flag.lead.external_id) == (here, "zoho:lead:1")
    assert "called this person as D. on 16 Apr 2021" in flag.sentence
    versions = Lead.objects.filter(pk__in=[twin.pk, flag.lead_id]).values_list("version", flat=True)
    assert len(set(versions)) == 1 and versions[0] > 2
    call_command("check_invariants", stdout=StringIO())


def test_a_conversation_another_person_an_answer_and_time_enough_are_no_collision(calls):
    inbound = at("15 13:00:00", **{"Call Type": "Inbound"})
    calls(at("15 12:00:00"), inbound, at("15 14:00:00"), at("16 15:00:00"), at("16 14:30:00", LEADID="2"))
    assert not GuardDecision.objects.exists()
    call_command("check_invariants", stdout=StringIO())


def test_calls_after_the_person_asked_not_to_be_called_are_flagged(calls, alice):
    lead = Lead.objects.get(external_id="zoho:lead:1")
    set_do_not_contact(lead_id=lead.id, user=alice, whole=False, methods=["call"], reason="no calls")
    Lead.objects.update(do_not_contact_at=AT - timedelta(days=1))
    calls(at("10 10:00:00"), OWN)
    flag = GuardDecision.objects.get()
    assert (flag.rule, flag.earlier_attempt, flag.attempt.external_id) == ("do_not_contact", None, "zoho:call:1")
    assert "asked us not to call (14 Apr 2021, noted by Alice Jones): “no calls”." in flag.sentence


def test_the_guard_counts_what_was_imported(calls, alice, bob):
    calls(OWN)
    lead = Lead.objects.get(external_id="zoho:lead:1")
    log_contact(lead_id=lead.id, user=bob, contact=Contact("call", occurred_at=AT + timedelta(hours=1)), reason="true")
    assert GuardDecision.objects.get(rule="cooldown").kind == "collision"


def test_two_hundred_flags_take_as_many_queries_as_one(calls, tmp_path, company):
    def queries(*rows: dict[str, str]) -> int:
        file = write(tmp_path / "More.csv", *rows)
        with CaptureQueriesContext(connection) as queries:
            run("import_contacts", file, company=company.name)
        return len(queries)

    few = queries(at("15 12:00:00"), at("15 12:01:00"))
    many = queries(*(at(f"16 {n // 60:02}:{n % 60:02}:00", LEADID="12"[n % 2]) for n in range(200)))
    assert GuardDecision.objects.count() > 150
    assert many <= few + 1
