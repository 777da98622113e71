"""`import_contacts`: calls of another CRM as the history of the leads imported before."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from crm.models import Company
from leads.actions import delete_lead
from leads.models import Lead
from outreach.contacts.summary import rebuild_summaries
from outreach.live import events
from outreach.models import ContactAttempt, GuardDecision
from tests.support.zoho import CALL, LEAD, REAL, SAMPLE, needs_real_files, run, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path, alice):
    """Where the calls go; lead 1 of alice's company is here already."""
    run(
        "import_leads",
        write(tmp_path / "Leads.csv", LEAD | {"Lead Owner": alice.name}),
        company=alice.company.name,
    )
    return tmp_path / "Calls.csv"


@pytest.fixture
def calls(file, alice):
    """Import these calls into alice's company."""

    def importing(*rows: dict[str, str]) -> str:
        return run("import_contacts", write(file, *rows), company=alice.company.name)

    return importing


def lead(number: str = "1") -> Lead:
    return Lead.objects.get(external_id=f"zoho:lead:{number}")


def test_a_call_becomes_an_attempt_with_who_when_which_way_and_what(calls, alice):
    assert "Calls: 1 created, 0 updated, 0 unchanged, 0 skipped." in calls(CALL | {"Call Owner": "Alice Jones"})
    call = ContactAttempt.objects.get()
    assert (call.method, call.direction, call.subject) == ("call", "outbound", "Invoice")
    assert (call.user, call.user_name, call.external_id) == (alice, "Alice Jones", "zoho:call:1")
    assert call.occurred_at == datetime(2021, 4, 15, 21, 3, tzinfo=UTC)
    assert call.created_at > timezone.now() - timezone.timedelta(minutes=1)
    assert call.metadata == {"duration_seconds": 420, "billable": False, "purpose": "Demo"}


def test_the_summary_follows_and_agrees_with_a_rebuild(calls, alice):
    earlier = CALL | {"Call Owner": "Alice Jones", "Call Start Time": "2021-03-01 10:00:00", "TASKID": "2"}
    calls(CALL | {"Call Owner": "Alice Jones"}, earlier)
    called = lead()
    assert (called.contact_count, called.last_contact_method, called.last_contacted_by) == (2, "call", alice)
    assert called.last_contacted_at == datetime(2021, 4, 15, 21, 3, tzinfo=UTC)
    assert called.status == "contacted"
    assert rebuild_summaries([called.id]) == []


def test_the_lead_rises_one_version_and_its_calls_carry_it(calls):
    before = lead().version
    calls(CALL, CALL | {"TASKID": "2"})
    assert lead().version == before + 1
    assert set(ContactAttempt.objects.values_list("lead_version", flat=True)) == {before + 1}


def test_a_status_beyond_contacted_stays(calls):
    Lead.objects.update(status="qualified", status_set="qualified")
    calls(CALL)
    assert lead().status == "qualified"


def test_a_second_run_changes_nothing(calls):
    calls(CALL)
    before = list(Lead.objects.values()), list(ContactAttempt.objects.values())
    assert "Calls: 0 created, 0 updated, 1 unchanged, 0 skipped." in calls(CALL | {"Subject": "Changed there"})
    assert (list(Lead.objects.values()), list(ContactAttempt.objects.values())) == before


def test_a_call_voided_here_stays_voided(calls):
    calls(CALL)
    ContactAttempt.objects.update(voided_at=timezone.now(), void_reason="Wrong lead")
    calls(CALL)
    assert ContactAttempt.objects.get().voided_at


def test_no_page_is_told_and_the_guard_is_not_asked(calls, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(events, "announce_contacted", lambda *args: pytest.fail("announced"))
    with django_capture_on_commit_callbacks() as callbacks:
        calls(CALL, CALL | {"TASKID": "2"})
    assert not callbacks and not GuardDecision.objects.exists()


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"LEADID": ""}, "it is not about a lead: 1 (row 3)"),
        ({"LEADID": "999"}, "its lead is not here: 1 (row 3)"),
        ({"TASKID": ""}, "TASKID is empty: 1 (row 3)"),
        ({"TASKID": "2"}, "TASKID is that of an earlier row: 1 (row 3)"),
        ({"Call Type": "Missed"}, "Call Type “Missed” is not known: 1 (row 3)"),
        ({"Call Start Time": "soon"}, "Call Start Time is not a time of a known format: 1 (row 3)"),
        (
            {"Call Start Time": "2999-01-01 00:00:00"},
            "Call Start Time is not between 2000 and now: 1 (row 3)",
        ),
        (
            {"Call Start Time": "0001-01-01 00:00:00"},
            "Call Start Time is not between 2000 and now: 1 (row 3)",
        ),
        (
            {"Call Start Time": "9999-12-31 23:59:59"},
            "Call Start Time is not between 2000 and now: 1 (row 3)",
        ),
        ({"Subject": "Ring\x07"}, "Subject: Contains a character that cannot be stored (U+0007)"),
    ],
)
def test_a_call_that_cannot_be_taken_is_skipped_with_its_reason_and_the_others_stay(calls, cells, reason):
    assert f"Skipped: {reason}" in calls(CALL | {"TASKID": "2"}, CALL | cells)
    assert ContactAttempt.objects.get().external_id == "zoho:call:2"


def test_a_call_with_a_deleted_lead_is_skipped(calls, alice):
    delete_lead(lead_id=lead().id, user=alice)
    assert "its lead was deleted here: 1 (row 2)" in calls(CALL)


def test_a_call_never_lands_on_the_lead_of_another_company(file, charlie):
    report = run("import_contacts", write(file, CALL), company=charlie.company.name)
    assert "its lead is not here: 1 (row 2)" in report and not ContactAttempt.objects.exists()


def test_a_caller_who_is_no_user_is_named_all_the_same(calls):
    calls(CALL | {"Call Owner": "Gone Person"}, CALL | {"TASKID": "2", "Call Owner": ""})
    assert list(ContactAttempt.objects.order_by("id").values_list("user", "user_name")) == [
        (None, "Gone Person"),
        (None, "Zoho CRM"),
    ]


def test_cells_that_are_no_number_or_no_answer_leave_their_name_out(calls):
    calls(CALL | {"Call Duration (in seconds)": "soon", "Billable": "perhaps", "Call Purpose": ""})
    assert ContactAttempt.objects.get().metadata == {}


def test_a_subject_too_long_is_shortened_and_whole_in_the_text(calls):
    calls(CALL | {"Subject": "x" * 600})
    call = ContactAttempt.objects.get()
    assert call.subject == "x" * 499 + "…" and call.body == "x" * 600


def test_a_company_nobody_knows_is_refused_and_not_made(file):
    with pytest.raises(CommandError, match="There is no company “Typo”. Import its leads first."):
        run("import_contacts", write(file, CALL), company="Typo")
    assert not Company.objects.filter(name="Typo").exists()


def test_a_file_of_leads_is_refused_as_calls_with_nothing_written(file, alice):
    with pytest.raises(CommandError, match="lacks the columns “TASKID”"):
        run("import_contacts", write(file, LEAD), company=alice.company.name)
    assert not ContactAttempt.objects.exists()


def test_an_error_in_the_middle_leaves_nothing(calls, monkeypatch):
    def fail(lead_ids):
        raise RuntimeError("the database went away")

    monkeypatch.setattr("outreach.contacts.imports.rebuild_summaries", fail)
    with pytest.raises(RuntimeError):
        calls(CALL)
    assert not ContactAttempt.objects.exists() and lead().contact_count == 0


def test_the_sample_is_imported_as_it_says():
    run("import_leads", SAMPLE / "Leads.csv")
    assert "Calls: 3 created, 0 updated, 0 unchanged, 5 skipped." in run("import_contacts", SAMPLE / "Calls.csv")
    assert lead("4563").contact_count == 2 and lead("4568").status == "contacted"
    call_command("check_invariants", stdout=StringIO())


@needs_real_files
def test_of_the_full_export_the_calls_with_leads_are_imported():
    run("import_leads", REAL / "Leads.csv")
    report = run("import_contacts", REAL / "Calls.csv")
    assert "Calls: 170 created, 0 updated, 0 unchanged, 3,930 skipped." in report
    assert "it is not about a lead: 3,930 (rows 2, 3," in report
    assert ContactAttempt.objects.inbound().count() == 151
    assert ContactAttempt.objects.exclude(user=None).count() == 170
    assert Lead.objects.filter(contact_count__gt=0).count() == 157
    assert "170 unchanged" in run("import_contacts", REAL / "Calls.csv")
    call_command("check_invariants", stdout=StringIO())
