"""`import_leads`: what becomes of the rows of another CRM's export, once and again."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Company, Role, User
from leads.actions import delete_lead, update_lead
from leads.imports.source import load_source, source_names
from leads.models import Lead, LeadIdentifier, LeadStatus
from tests.support.factories import CompanyFactory
from tests.support.zoho import LEAD, REAL, SAMPLE, csv_text, needs_real_files, run, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    return tmp_path / "Leads.csv"


def lead(number: str = "1") -> Lead:
    return Lead.objects.get(external_id=f"zoho:lead:{number}")


def identifiers(of: Lead) -> list[tuple[str, str]]:
    return list(of.identifiers.values_list("kind", "normalised"))


def rows_stored() -> list[list[tuple]]:
    return [list(model.objects.order_by("id").values_list()) for model in (Company, User, Lead, LeadIdentifier)]


def test_a_row_becomes_a_lead_with_its_words_owner_status_and_time():
    report = run("import_leads", SAMPLE / "Leads.csv", time_zone="Europe/Berlin")
    assert "Leads: 8 created, 0 updated, 0 unchanged, 3 skipped." in report
    imported = lead("4563")
    assert (imported.last_name, imported.organization, imported.industry, imported.source) == (
        "Denson", "Maurice Ltd", "Education", "Employee Referral",
    )  # fmt: skip
    assert imported.website == "https://CameraUpdate.example"
    assert imported.owner.name == "David Love"
    assert imported.created_at == datetime(2021, 4, 14, 22, 3, tzinfo=UTC)
    assert (imported.status, imported.status_set, imported.status_set_at) == ("contacted", "contacted", None)
    assert identifiers(imported) == [("email", "garydenson@cuvox.example"), ("phone", "+16604850224")]


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("Not Contacted", "new"),
        ("Attempted to Contact", "contacted"),
        ("Contacted", "contacted"),
        ("Contact in Future", "enriched"),
        ("Pre Qualified", "qualified"),
        ("Lost Lead", "lost"),
        ("Junk Lead", "lost"),
    ],
)
def test_the_lead_status_decides_and_not_the_converted_column(file, cell, status):
    run("import_leads", write(file, LEAD | {"Lead Status": cell, "CONVERTED": "Yes"}))
    assert lead().status == lead().status_set == status


def test_a_second_run_changes_nothing():
    run("import_leads", SAMPLE / "Leads.csv")
    before = rows_stored()
    assert "0 created, 0 updated, 8 unchanged, 3 skipped" in run("import_leads", SAMPLE / "Leads.csv")
    assert rows_stored() == before


def test_what_people_edited_stays_while_the_row_is_unchanged(file):
    run("import_leads", write(file, LEAD))
    Lead.objects.update(last_name="Denson-Hall", notes="Met at the fair", status="lost")
    run("import_leads", file)
    imported = lead()
    assert (imported.last_name, imported.notes, imported.status) == ("Denson-Hall", "Met at the fair", "lost")


def test_a_changed_row_updates_its_words_but_not_status_owner_and_do_not_contact(file, tmp_path):
    write(tmp_path / "Users.csv", {"First Name": "", "Last Name": "David Love", "Email": "david@x.example"})
    run("import_leads", write(file, LEAD))
    Lead.objects.update(status="qualified", owner=None, do_not_contact=True, job_title="Owner")
    changed = LEAD | {
        "Company": "Maurice AG",
        "Lead Status": "Lost Lead",
        "Created Time": "16 Apr, 2021 00:03:00",
    }
    assert "0 created, 1 updated" in run("import_leads", write(file, changed))
    imported = lead()
    assert (imported.organization, imported.created_at.day, imported.version) == ("Maurice AG", 16, 2)
    assert (imported.status, imported.owner, imported.do_not_contact) == ("qualified", None, True)
    assert "0 updated, 1 unchanged" in run("import_leads", file)


def test_a_changed_row_brings_its_new_address_and_keeps_those_people_added(file, alice):
    run("import_leads", write(file, LEAD), company=alice.company.name)
    mails = [
        ("Home@maurice.example", "home@maurice.example"),
        ("gary@maurice.example", "gary@maurice.example"),
    ]
    update_lead(lead_id=lead().id, user=alice, fields={}, identifiers={"email": mails})
    run("import_leads", write(file, LEAD | {"Email": "new@maurice.example"}), company=alice.company.name)
    assert identifiers(lead()) == [
        ("email", "new@maurice.example"),
        ("email", "home@maurice.example"),
        ("email", "gary@maurice.example"),
        ("phone", "+16604850224"),
    ]


def test_an_unreadable_email_or_phone_is_kept_in_the_notes_and_named_by_row(file):
    bad = LEAD | {"Email": "gary at maurice", "Mobile": "12"}
    report = run("import_leads", write(file, LEAD | {"LEADID": "2"}, bad))
    assert "Email is not an email address, kept in the notes: 1 (row 3)" in report
    assert "Mobile is not a phone number, kept in the notes: 1 (row 3)" in report
    assert lead().notes == "Email as imported: gary at maurice\nMobile as imported: 12"
    assert identifiers(lead()) == []


def test_an_unreadable_value_goes_behind_the_notes_of_people_and_only_once(file):
    run("import_leads", write(file, LEAD))
    Lead.objects.update(notes="Met at the fair")
    run("import_leads", write(file, LEAD | {"Mobile": "12"}))
    run("import_leads", write(file, LEAD | {"Mobile": "12", "Company": "Other"}))
    assert lead().notes == "Met at the fair\nMobile as imported: 12"


def test_rows_that_share_an_address_are_both_imported_and_the_later_is_named(file):
    again = LEAD | {"LEADID": "2", "Email": "GARY@maurice.example", "Mobile": "(660) 485 0224"}
    other = LEAD | {"LEADID": "3", "Email": "else@maurice.example", "Mobile": ""}
    report = run("import_leads", write(file, LEAD, other, again))
    assert "Leads: 3 created" in report
    assert "Imported, but: its Email is that of an earlier row: 1 (row 4)" in report
    assert "Imported, but: its Phone is that of an earlier row: 1 (row 4)" in report


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"LEADID": ""}, "LEADID is empty: 1 (row 3)"),
        ({"Last Name": "", "Company": " "}, "it has neither a name nor an organization: 1 (row 3)"),
        ({"Company": "Acme\x07"}, "Company: Contains a character that cannot be stored (U+0007)"),
        ({"Company": "x" * 201}, "Company: Ensure this value has at most 200 characters"),
        ({"LEADID": "2"}, "LEADID is that of an earlier row: 1 (row 3)"),
    ],
)
def test_a_row_that_cannot_be_taken_is_skipped_with_its_reason_and_the_others_stay(file, cells, reason):
    report = run("import_leads", write(file, LEAD | {"LEADID": "2"}, LEAD | cells))
    assert f"Skipped: {reason}" in report
    assert Lead.objects.get().external_id == "zoho:lead:2"


def test_a_report_names_ten_rows_and_counts_the_rest(file):
    rows = [LEAD | {"LEADID": str(number), "Mobile": "12"} for number in range(1, 14)]
    assert "13 (rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more)" in run("import_leads", write(file, *rows))


def test_when_no_row_can_be_taken_nothing_is_written(file):
    with pytest.raises(CommandError, match="No row of Leads.csv can be imported"):
        run("import_leads", write(file, LEAD | {"LEADID": ""}))
    assert rows_stored() == [[], [], [], []]


def test_owners_become_reps_who_cannot_sign_in_yet():
    assert "Users created: 2." in run("import_leads", SAMPLE / "Leads.csv")
    david, clara = User.objects.order_by("email")
    assert (david.email, david.first_name, david.last_name) == ("david@finepick.example", "David", "Love")
    assert (clara.first_name, clara.last_name) == ("Santa Cruz", "Clara")
    assert david.role == Role.REP and not david.has_usable_password() and david.company.name == "Finepick"


def test_an_owner_who_is_a_user_already_keeps_account_and_role(mona):
    User.objects.filter(pk=mona.pk).update(email="david@finepick.example")
    run("import_leads", SAMPLE / "Leads.csv", company=mona.company.name)
    assert lead("4563").owner == mona
    mona.refresh_from_db()
    assert (mona.role, mona.name) == (Role.MANAGER, "Mona Fischer")


def test_an_owner_who_works_for_another_company_stops_the_import(charlie):
    User.objects.filter(pk=charlie.pk).update(email="david@finepick.example")
    with pytest.raises(CommandError, match="already a user, but not of Finepick"):
        run("import_leads", SAMPLE / "Leads.csv")
    assert not Lead.objects.exists() and Company.objects.count() == 1


def test_an_owner_is_found_by_name_without_a_users_file_unless_two_have_it(file, alice, bob):
    rows = [LEAD | {"Lead Owner": "alice  JONES"}, LEAD | {"LEADID": "2", "Lead Owner": "Bob Smith"}]
    User.objects.create_user("bob2@demo.test", company=bob.company, first_name="Bob", last_name="Smith")
    report = run("import_leads", write(file, *rows), company=alice.company.name)
    assert (lead("1").owner, lead("2").owner) == (alice, None)
    assert "Lead Owner “Bob Smith” is not a user, left without owner: 1 (row 3)" in report


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_usual_encoding_and_separator_is_read(file, encoding, separator):
    row = LEAD | {"Last Name": "Müller", "Company": "Größe, “Söhne”; \n& Co"}
    file.write_bytes(csv_text(row, separator=separator).encode(encoding))
    run("import_leads", file)
    assert (lead().last_name, lead().organization) == ("Müller", "Größe, “Söhne”; \n& Co")


HEADER = ",".join(LEAD)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Leads.csv is empty."),
        (b" \n\n", "Leads.csv is empty."),
        (HEADER.encode(), "has a header but no rows"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is not a CSV file"),
        (b"\xff\xfea", "is not a CSV file"),
        (b"a,b\n1,2\n", "lacks the columns “LEADID”, “Lead Owner”"),
        (
            HEADER.replace("Email", "E-mail").encode() + b"\n1",
            "lacks the column “Email”. Its first row has: LEADID",
        ),
        (HEADER.encode() + b",Email\n", "has the column “Email” more than once"),
        (HEADER.encode() + b"\n1,Denson,Maurice\n", "is damaged: row 2 without the 12 cells of the header"),
        (HEADER.encode() + b'\n1,"Denson,Maurice\n', "is not a CSV file after row 1"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_plain_words_and_nothing_is_written(file, content, sentence):
    file.write_bytes(content)
    with pytest.raises(CommandError) as refusal:
        run("import_leads", file)
    assert sentence in str(refusal.value)
    assert rows_stored() == [[], [], [], []]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"time_zone": "Mars"}, "“Mars” is not a time zone"),
        ({"region": "usa"}, "“usa” is not a region"),
        ({"company": " "}, "cannot be blank"),
        ({"users": "nowhere.csv"}, "nowhere.csv cannot be read: No such file"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_in_plain_words(file, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("import_leads", write(file, LEAD), **options)
    assert not Company.objects.exists()


def test_a_file_that_is_not_there_is_refused(file):
    with pytest.raises(CommandError, match="Leads.csv cannot be read: No such file"):
        run("import_leads", file)


def test_a_users_file_without_an_email_is_refused_by_row(file, tmp_path):
    write(tmp_path / "Users.csv", {"First Name": "", "Last Name": "David Love", "Email": ""})
    with pytest.raises(CommandError, match="Users.csv, row 2: This field cannot be blank"):
        run("import_leads", write(file, LEAD))


def test_a_lead_deleted_here_is_not_brought_back(file, alice):
    run("import_leads", write(file, LEAD, LEAD | {"LEADID": "2"}), company=alice.company.name)
    delete_lead(lead_id=lead().id, user=alice)
    changed = write(file, LEAD | {"Company": "Other"}, LEAD | {"LEADID": "2"})
    assert "it was deleted here and is not brought back: 1 (row 2)" in run(
        "import_leads", changed, company=alice.company.name
    )
    assert lead().deleted_at and lead().organization == "Maurice Ltd"


def test_two_companies_may_import_the_same_leads(file):
    write(file, LEAD)
    run("import_leads", file, company="Finepick")
    run("import_leads", file, company="Rival")
    assert Lead.objects.values_list("company__name", flat=True).distinct().count() == 2


def test_a_new_company_takes_zone_and_region_and_an_existing_one_keeps_and_lends_its_own(file, company):
    run("import_leads", write(file, LEAD | {"Mobile": "030 901820"}), time_zone="Europe/Paris", region="DE")
    made = Company.objects.get(name="Finepick")
    assert (made.time_zone, made.phone_region) == ("Europe/Paris", "DE")
    run("import_leads", file, company=company.name, region="DE")
    imported = Lead.objects.get(company=company)
    assert imported.created_at == datetime(2021, 4, 14, 22, 3, tzinfo=UTC)
    assert ("phone", "+4930901820") in identifiers(imported)
    company.refresh_from_db()
    assert (company.time_zone, company.phone_region) == ("Europe/Berlin", "US")


def test_the_number_of_queries_does_not_grow_with_the_rows(file):
    def queries(company: str, *rows: dict) -> int:
        with CaptureQueriesContext(connection) as captured:
            run("import_leads", write(file, *rows), company=company)
        return len(captured)

    many = [LEAD | {"LEADID": str(number), "Email": f"a{number}@x.example", "Mobile": ""} for number in range(60)]
    assert queries("One", LEAD) == queries("Many", *many)
    changed = [row | {"Company": "Other", "Email": "z" + row["Email"]} for row in many]
    assert queries("One", LEAD | {"Company": "Other", "Email": "z@x.example"}) == queries("Many", *changed)
    assert Lead.objects.filter(organization="Other").count() == 61


def test_progress_goes_to_stderr(file, capsys):
    run("import_leads", write(file, LEAD), verbosity=1)
    assert "Leads: 100%" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_make_each_lead_once(file):
    CompanyFactory(name="Finepick")
    write(file, *[LEAD | {"LEADID": str(number)} for number in range(40)])
    barrier, reports = threading.Barrier(2), []

    def work() -> None:
        barrier.wait()
        reports.append(run("import_leads", file).splitlines()[0])
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reports) == [
        "Leads: 0 created, 0 updated, 40 unchanged, 0 skipped.",
        "Leads: 40 created, 0 updated, 0 unchanged, 0 skipped.",
    ]
    assert Lead.objects.count() == 40 and Company.objects.count() == 1


@pytest.mark.parametrize("name", source_names())
def test_every_source_maps_to_statuses_and_fields_there_are(name):
    source = load_source(name)
    assert set(source.leads["statuses"].values()) <= set(LeadStatus.values)
    assert set(source.leads["fields"]) <= {field.name for field in Lead._meta.fields}
    assert set(source.calls["directions"].values()) <= {"outbound", "inbound"}


@needs_real_files
def test_the_full_export_is_imported_whole_and_quickly():
    # The processor's time: a wall clock would fail whenever the machine is busy with something else.
    started = time.process_time()
    report = run("import_leads", REAL / "Leads.csv")
    assert time.process_time() - started < 9
    assert report.splitlines() == [
        "Leads: 3,900 created, 0 updated, 0 unchanged, 0 skipped.",
        "Users created: 11. They have no password until one is set for them.",
    ]
    assert LeadIdentifier.objects.count() == 7_800
    assert "3,900 unchanged" in run("import_leads", REAL / "Leads.csv")
